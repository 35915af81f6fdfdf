"""The penalties on the discriminator, one file each, found by any spelling of their name or by the path of a file."""

from __future__ import annotations

from benchmark.penalties.base import Network, Penalty
from benchmark.plugins import UserError, classes, find, naming_exits
from benchmark.searched import check_searched

__all__ = ["Network", "Penalty", "find_penalty", "known_penalties"]


@naming_exits()
def find_penalty(name: str) -> type[Penalty]:
    """The penalty called ``name``, in any spelling, or the one defined in the Python file at that path.

    Raises:
        UserError: an unknown name, or a file that does not define exactly one penalty with both ranges.

    Examples:
        >>> import benchmark
        >>> r1 = benchmark.find_penalty("R1")
        >>> benchmark.find_loss("nsgan")("paper", r1()).defaults["gamma"]
        10.0
    """
    found = find("penalty", name, "benchmark.penalties", Penalty)  # type: ignore[type-abstract]
    if name.endswith(".py"):
        check_searched(found)
        for space in ("wide", "narrow"):
            if missing := found.defaults.keys() - getattr(found, space).keys():
                raise UserError(f"{found.__name__}: {space} has no range for {min(missing)}, which has a default.")
    return found


def known_penalties() -> dict[str, type[Penalty]]:
    """All penalties of the package, by key.

    Examples:
        >>> import benchmark
        >>> benchmark.known_penalties()["gp"].defaults
        {'lambda': 10.0}
    """
    return classes("benchmark.penalties", Penalty)  # type: ignore[type-abstract]
