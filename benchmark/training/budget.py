"""Compute budgets: what every loss is given alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmark.plugins import UserError, spelling, unknown

if TYPE_CHECKING:
    from benchmark.data import DataSet


@dataclass(frozen=True)
class Budget:
    """What a trial may spend, and how its score is taken.

    Attributes:
        steps: discriminator updates.
        batch: images in a batch.
        width: factor on every hidden layer of the networks.
        evaluations: how often a run is scored, at equal distances, the last time after the last step.
        images: generated images in a score, against all test images.
    """

    name: str
    steps: int
    batch: int
    width: float
    evaluations: int
    images: int

    def __post_init__(self) -> None:
        for field in ("steps", "batch", "width", "evaluations", "images"):
            if getattr(self, field) <= 0:
                raise UserError(f"Budget {self.name}: {field} is {getattr(self, field)}; it must be greater than 0.")
        if self.evaluations > self.steps:
            raise UserError(f"Budget {self.name}: {self.evaluations} evaluations do not fit into {self.steps} steps.")

    @property
    def evaluation_steps(self) -> list[int]:
        """The steps after which the run is scored, ascending."""
        return [self.steps * i // self.evaluations for i in range(1, self.evaluations + 1)]


BUDGETS = {
    "smoke": "20 steps at a sixteenth of the width: whether everything works, in seconds; its scores mean nothing",
    "quick": "1,000 steps at a quarter of the width: minutes on two CPU cores",
    "paper": "the budget of Lucic et al. 2018: full width, 15,625 steps on MNIST's like, 78,125 on CIFAR-10, 101,250 on CelebA",
}


FIELDS = ("steps", "batch", "width", "evaluations", "images")


def find_budget(name: str, dataset: type[DataSet]) -> Budget:
    """The budget called ``name`` on the data set.

    Raises:
        UserError: an unknown name.
    """
    match spelling(name):
        case "smoke":
            return Budget("smoke", steps=20, batch=64, width=1 / 16, evaluations=2, images=1_000)
        case "quick":
            return Budget("quick", steps=1_000, batch=64, width=1 / 4, evaluations=2, images=10_000)
        case "paper":
            return Budget("paper", dataset.paper_steps, 64, 1.0, dataset.paper_evaluations, 10_000)
    raise unknown("budget", name, list(BUDGETS))


def changed(budget: Budget, **values: float) -> Budget:
    """The budget with other values in place of some of its own; if any differ, it is called ``custom``.

    Raises:
        UserError: values that do not make a budget.
    """
    if all(getattr(budget, name) == value for name, value in values.items()):
        return budget
    return replace(budget, name="custom", **values)  # type: ignore[arg-type]
