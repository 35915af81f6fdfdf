"""How the training step is executed: together with others, compiled where that pays and where it can be."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.plugins import UserError


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How the trials of a study are computed on a device; it changes no more than a result's last digits.

    Attributes:
        population: trials trained together.
        compiled: whether their step is compiled.
        graphs: whether a GPU replays what was compiled as CUDA graphs.
    """

    population: int
    compiled: bool
    graphs: bool = False


def compiling_pays(device: str, population: int) -> bool:
    """Whether a step is faster compiled, on a ``cpu`` or ``cuda``.

    One trial's on a processor is not: its time goes into PyTorch's matrix products and convolutions, and what is compiled takes
    an eighth longer (``make speed``).
    """
    return device != "cpu" or population > 1


def require_compiler() -> None:
    """Checks that torch.compile will find a C++ compiler.

    Raises:
        UserError: there is none.
    """
    import torch._inductor.cpp_builder  # slow to load
    import torch._inductor.exc

    try:
        torch._inductor.cpp_builder.get_cpp_compiler()
    except (RuntimeError, torch._inductor.exc.InductorError) as error:
        raise UserError(
            "No C++ compiler was found, and the training step of a population is compiled by default.\n"
            "Install one (g++ on Debian), or pass --no-compile (make ... COMPILE=no) to train slower without."
        ) from error
