"""How the training step is executed: in a population, and compiled where that is possible and faster."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.plugins import UserError


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How the trials of a study are computed on a device; it affects at most the last digits of a result.

    Attributes:
        population: the number of trials trained together.
        compiled: whether their step is compiled.
        graphs: whether a GPU replays the compiled step as CUDA graphs.
    """

    population: int
    compiled: bool
    graphs: bool = False


def compiling_pays(device: str, population: int) -> bool:
    """Whether a compiled step is faster, on a ``cpu`` or ``cuda`` device.

    For a single trial on a CPU it is not: most time goes into PyTorch's matrix products and convolutions, and the compiled step
    takes an eighth longer (``make speed``).
    """
    return device != "cpu" or population > 1


def require_compiler() -> None:
    """Checks that torch.compile will find a C++ compiler.

    Raises:
        UserError: there is no C++ compiler.
    """
    import torch._inductor.cpp_builder  # slow to load
    import torch._inductor.exc

    try:
        torch._inductor.cpp_builder.get_cpp_compiler()
    except (RuntimeError, torch._inductor.exc.InductorError) as error:
        raise UserError(
            "No C++ compiler was found; the training step of a population is compiled by default.\n"
            "Install one (g++ on Debian), or pass --no-compile (make ... COMPILE=no) to train without, which is slower."
        ) from error
