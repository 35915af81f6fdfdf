"""Compute budgets, which are the same for every loss."""

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
# At least two images, because FID needs a covariance; the upper limit keeps a mistyped number from filling the memory.
Images = Annotated[int, Strict(), Field(ge=2, le=1_000_000), needs("a whole number of 2 or more (up to 1,000,000)")]
Batch = Annotated[int, Strict(), Field(ge=1, le=65_536), needs("a whole number of 1 or more (up to 65,536)")]

BUDGETS: dict[Preset, str] = {
    "smoke": "20 steps at a sixteenth of the width: checks in seconds that everything works; its scores are meaningless",
    "quick": "1,000 steps at a quarter of the width: minutes on two CPU cores",
    "standard": "2,000 steps at a quarter of the width, scored after 250, 500, 1,000 and 2,000 of them",
    "paper": "budget of Lucic et al. 2018: full width, 15,625 steps on data like MNIST, 78,125 on CIFAR-10, 101,250 on CelebA",
}


@record
class Budget:
    """The compute budget of a trial, and how often and on how many images it is scored.

    Attributes:
        steps: the number of discriminator updates.
        batch: the number of images in a batch.
        width: a factor on the size of every hidden layer of the networks.
        evaluations: how often a run is scored; the last time is after the last step.
        images: the number of generated images in a score; they are compared with all test images.
        spacing: ``even`` for evaluations at equal distances; ``doubling`` if each comes after twice the steps of the last one.
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
    """A study's choice of budget: a preset, and values that replace some of the preset's own.

    Attributes:
        preset: ``smoke``, ``quick``, ``standard`` or ``paper``.
        steps, batch, width, evaluations, images, spacing: as in ``Budget``; None keeps the preset's value.
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
    """How batch norm is evaluated by default: with its moving averages if the run has at least the paper's number of steps.

    In shorter runs the averages, with momentum 0.999, still describe much older weights, so batch norm is recalibrated.
    """
    return "averages" if budget.steps >= dataset.paper_steps else "recalibrated"


def changed(budget: Budget, **values: float | str) -> Budget:
    """The budget with some values replaced; if any of them differ, its name becomes ``custom``.

    Raises:
        UserError: the values are not a valid budget.
    """
    if all(getattr(budget, name) == value for name, value in values.items()):
        return budget
    return replace(budget, name="custom", **values)  # type: ignore[arg-type]
