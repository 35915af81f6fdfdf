"""Compute budgets: what every loss is given alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, Strict

from benchmark.plugins import spelling, unknown
from benchmark.plurals import how_many
from benchmark.validation import Name, Positive, Text, needs, record

if TYPE_CHECKING:
    from benchmark.data import DataSet

Preset = Annotated[Literal["smoke", "quick", "standard", "paper"], Name()]
Spacing = Annotated[Literal["even", "doubling"], Name()]
BatchNorm = Annotated[Literal["averages", "recalibrated"], Name()]
Width = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False), needs("a number greater than 0")]
# The covariance behind a FID needs two images; a mistyped number would fill the memory.
Images = Annotated[int, Strict(), Field(ge=2, le=1_000_000), needs("a whole number of 2 or more (up to 1,000,000)")]
Batch = Annotated[int, Strict(), Field(ge=1, le=65_536), needs("a whole number of 1 or more (up to 65,536)")]

BUDGETS: dict[Preset, str] = {
    "smoke": "20 steps at a sixteenth of the width: whether everything works, in seconds; its scores mean nothing",
    "quick": "1,000 steps at a quarter of the width: minutes on two CPU cores",
    "standard": "2,000 steps at a quarter of the width, scored after 250, 500, 1,000 and 2,000 of them",
    "paper": "the budget of Lucic et al. 2018: full width, 15,625 steps on MNIST's like, 78,125 on CIFAR-10, 101,250 on CelebA",
}


@record
class Budget:
    """What a trial may spend, and how its score is taken.

    Attributes:
        steps: discriminator updates.
        batch: images in a batch.
        width: factor on every hidden layer of the networks.
        evaluations: how often a run is scored, the last time after the last step.
        images: generated images in a score, against all test images.
        spacing: of the evaluations: ``even``, at equal distances; ``doubling``, each after twice the steps of the one before.
    """

    name: Text
    steps: Positive
    batch: Batch
    width: Width
    evaluations: Positive
    images: Images
    spacing: Spacing = "even"

    def __post_init__(self) -> None:
        if self.evaluations > self.steps or self.evaluation_steps[0] < 1:
            raise ValueError(f"{how_many(self.evaluations, 'evaluation')} do not fit into {how_many(self.steps, 'step')}.")

    @property
    def evaluation_steps(self) -> list[int]:
        """The steps after which the run is scored, ascending."""
        count = self.evaluations
        if self.spacing == "doubling":
            return [self.steps >> (count - i) for i in range(1, count + 1)]
        return [self.steps * i // count for i in range(1, count + 1)]


@record
class BudgetChoice:
    """What a study says of its budget: a preset, and the values that take the place of the preset's own.

    Attributes:
        preset: ``smoke``, ``quick``, ``standard`` or ``paper``.
        steps, batch, width, evaluations, images, spacing: as in ``Budget``; None for the preset's.
    """

    preset: Preset = "paper"
    steps: Positive | None = None
    batch: Batch | None = None
    width: Width | None = None
    evaluations: Positive | None = None
    images: Images | None = None
    spacing: Spacing | None = None


def find_budget(name: str, dataset: type[DataSet]) -> Budget:
    """The budget called ``name`` on the data set.

    Raises:
        UserError: an unknown name.
    """
    match spelling(name):
        case "smoke":
            return Budget(name="smoke", steps=20, batch=64, width=1 / 16, evaluations=2, images=1_000)
        case "quick":
            return Budget(name="quick", steps=1_000, batch=64, width=1 / 4, evaluations=2, images=10_000)
        case "standard":
            return Budget(name="standard", steps=2_000, batch=64, width=1 / 4, evaluations=4, images=10_000, spacing="doubling")
        case "paper":
            steps, evaluations = dataset.paper_steps, dataset.paper_evaluations
            return Budget(name="paper", steps=steps, batch=64, width=1.0, evaluations=evaluations, images=10_000)
    raise unknown("budget", name, [*BUDGETS])


def usual_batch_norm(budget: Budget, dataset: type[DataSet]) -> BatchNorm:
    """How batch norm is evaluated unless a study says it: by its averages from the paper's number of steps on.

    With fewer steps averages of momentum 0.999 still describe weights of long ago, so it is recalibrated.
    """
    return "averages" if budget.steps >= dataset.paper_steps else "recalibrated"


def changed(budget: Budget, **values: float | str) -> Budget:
    """The budget with other values in place of some of its own; if any differ, it is called ``custom``.

    Raises:
        UserError: values that do not make a budget.
    """
    if all(getattr(budget, name) == value for name, value in values.items()):
        return budget
    return replace(budget, name="custom", **values)  # type: ignore[arg-type]
