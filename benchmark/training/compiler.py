"""Whether the training step can be compiled here."""

from __future__ import annotations

import torch._inductor.cpp_builder
import torch._inductor.exc

from benchmark.plugins import UserError


def require_compiler() -> None:
    """Checks that torch.compile will find a C++ compiler.

    Raises:
        UserError: there is none.
    """
    try:
        torch._inductor.cpp_builder.get_cpp_compiler()
    except (RuntimeError, torch._inductor.exc.InductorError) as error:
        raise UserError(
            "No C++ compiler was found, and the training step is compiled by default.\n"
            "Install one (g++ on Debian), or pass --no-compile (make ... COMPILE=no) to train slower without."
        ) from error
