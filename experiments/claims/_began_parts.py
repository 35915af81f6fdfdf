"""BEGAN with one of the released code's changes at a time."""

from __future__ import annotations

from benchmark.losses.began import BEGAN


class BEGANParts(BEGAN):
    """As ``paper`` but for one part: how ``k`` moves, the ``z`` of the generator's update, or the initial ``weights``."""

    key = "began-parts"
    name = "BEGAN, one change"
    variants = ("k", "z", "weights")

    def __init__(self, variant: str = "k") -> None:
        super().__init__(variant)

    @property
    def released_balance(self) -> bool:
        return self.variant == "k"

    @property
    def reuses_z(self) -> bool:
        return self.variant == "z"

    @property
    def truncates_transposed(self) -> bool:
        return self.variant != "weights"
