"""The columns of the table of trials. Each is declared once, here, for all modules that make, read, check or show a table.

A table has a row per trial. In addition to the columns of ``COLUMNS`` it has one for each hyperparameter, ``h_<name>``, and
one for each further score of its study (``f1``, ``kid_layers``, ...).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from benchmark.factors import FACTORS, Choices
from benchmark.plugins import UserError
from benchmark.plurals import how_many

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["ok", "diverged", "failed"]
ENDED: tuple[Status, ...] = get_args(Status)
"""How a trial may end."""
STATUSES = (*ENDED, "pending")
"""The possible values of the column ``status``."""
WITHOUT_SCORE = STATUSES[1:]

Type = Literal["text", "whole number", "number", "yes or no"]
Agreement = Literal["never", "everywhere", "on each data set", "unless accepted"]
Place = Literal["trials", "provenance", "counts"]


@dataclass(frozen=True)
class Column:
    """The declaration of a column.

    Attributes:
        type: the type of its values; any of them may be missing, which is an empty cell in CSV.
        meaning: what its values mean, in one sentence.
        agrees: whether all trials of a table, or all those on one data set, must have the same value before they are
            compared; ``unless accepted``: all must, unless the user accepts that they differ.
        shown: where a reader finds it: in the report's table of trials, in the report's provenance, among the counts of
            ``provenance.json``.
        required: whether every table of trials must have it.
    """

    name: str
    type: Type
    meaning: str
    agrees: Agreement = "never"
    shown: tuple[Place, ...] = ()
    required: bool = False


# In the order of a table. ``name`` is made when a table is read, ``picture`` when it is published; only tables of rescored
# trials have ``chosen_by`` and ``rescored_with``.
COLUMNS = (
    Column("id", "text", "The trial's own name, a hash of all that determines its result.", shown=("trials",)),
    Column("loss", "text", "The loss's key; for a user's own file with @ and a hash.", shown=("provenance",), required=True),
    Column("name", "text", "The loss in print, with its variant and optimiser if they are not usual.", shown=("trials",)),
    *(Column(factor.name, "text", factor.meaning, shown=("provenance",)) for factor in FACTORS if factor.of_loss),
    Column("dataset", "text", "The data set's key.", shown=("trials", "provenance"), required=True),
    Column("budget", "text", "The name of its budget.", "on each data set", ("provenance",)),
    Column("steps", "whole number", "The discriminator updates of its budget.", "on each data set", ("provenance",)),
    Column("batch", "whole number", "The number of images in a batch.", "on each data set", ("provenance",)),
    Column("width", "number", "The width of its networks; 1 is the paper's.", "on each data set", ("provenance",)),
    *(Column(factor.name, "text", factor.meaning, shown=("provenance",)) for factor in FACTORS if not factor.of_loss),
    Column("precision", "text", "The number format of its training.", "everywhere", ("provenance", "counts")),
    Column(
        "batch_norm",
        "text",
        "Whether the generator's batch norm is evaluated by its averages or recalibrated.",
        "on each data set",
        ("provenance",),
    ),
    Column(
        "validation_split",
        "yes or no",
        "Whether validation images were held out of training and scored against.",
        "on each data set",
        ("provenance",),
    ),
    Column("sample", "whole number", "The number of its setting in a search, 0: the default.", shown=("trials", "provenance")),
    Column("seed", "whole number", "The seed of its weights, batches and noise.", shown=("trials", "provenance")),
    Column("status", "text", "How it ended, or pending.", shown=("trials", "provenance"), required=True),
    Column("score", "text", "The name of the score that compares trials.", "everywhere", ("provenance",), required=True),
    Column(
        "extractor_fingerprint",
        "text",
        "A hash of the weights and settings behind the score.",
        "on each data set",
        ("provenance", "counts"),
    ),
    Column("images", "whole number", "The number of generated images scored.", "on each data set", ("provenance",)),
    Column(
        "chosen_by",
        "text",
        "In a table of rescored trials, the score that chose the evaluation.",
        "everywhere",
        ("provenance",),
    ),
    Column("rescored_with", "text", "The torch, device and commit of a later score.", shown=("provenance", "counts")),
    Column("best", "number", "The lowest score of its evaluations.", shown=("trials",), required=True),
    Column("best_step", "whole number", "The step of the lowest score.", shown=("trials",)),
    Column("last", "number", "The score of the last evaluation.", shown=("trials",)),
    Column("selected", "number", "The score at the evaluation of the lowest validation score.", shown=("trials",)),
    Column("validation", "number", "The lowest score against validation images."),
    Column("validation_last", "number", "The last evaluation's score against validation images."),
    Column("ended_at_step", "whole number", "The steps done when it ended."),
    Column("reason", "text", "Why it diverged or failed.", shown=("trials",)),
    Column("seconds", "number", "The wall time of its training and scoring.", shown=("trials",)),
    Column("torch", "text", "The version of torch.", "unless accepted", ("provenance", "counts")),
    Column("device", "text", "The kind of device.", shown=("provenance",)),
    Column("device_name", "text", "The device's model.", shown=("provenance", "counts")),
    Column("compiled", "yes or no", "Whether the training step was compiled.", shown=("provenance", "counts")),
    Column("commit", "text", "The commit of this package.", shown=("provenance", "counts")),
    Column("dirty", "yes or no", "Whether the package had uncommitted changes.", shown=("provenance", "counts")),
    Column("attempts", "whole number", "How often it was started.", shown=("provenance",)),
    Column("result_version", "whole number", "The version of its code's results.", "everywhere", ("provenance",)),
    Column("study", "text", "The study that ran it first.", shown=("provenance",)),
    Column("study_hash", "text", "A hash of that study.", shown=("provenance",)),
    Column("loss_name", "text", "The loss's name in print."),
    Column("dataset_name", "text", "The data set's name in print."),
    *(Column(f"{factor.name}_name", "text", f"The {factor.name}'s name in print.") for factor in FACTORS if factor.package),
    Column("train_images", "whole number", "The number of its training images.", "on each data set", ("provenance",)),
    Column("real_images", "whole number", "The number of real images for the score.", "on each data set", ("provenance",)),
    Column(
        "extractor_features",
        "whole number",
        "The number of features per image, if the score needs more test images than that.",
        shown=("provenance", "counts"),
    ),
    Column(
        "extractor_accuracy",
        "number",
        "The extractor's accuracy on test images, if it learnt their classes here.",
        shown=("provenance", "counts"),
    ),
    Column("extractor_chance", "number", "The largest class's share of test images.", shown=("provenance", "counts")),
    Column("best_before_divergence", "number", "The lowest score of a run that then diverged.", shown=("trials",)),
    Column("picture", "text", "The file of its samples, in the table's folder."),
)
BY_NAME = {c.name: c for c in COLUMNS}
REQUIRED = tuple(c.name for c in COLUMNS if c.required)
AGREEING = tuple(c.name for c in COLUMNS if c.agrees != "never")
VALUES = ("best", "last", "selected", "validation", "validation_last", "best_before_divergence")
"""The columns with values of the score that the column ``score`` names; infinite if a trial diverged."""
RELIABILITY = tuple(name for name in BY_NAME if name.startswith("extractor_") and name != "extractor_fingerprint")
"""The columns that tell how reliable the extractor of a score is; a table of older trials has none of them."""
HYPERPARAMETER = "h_"
"""The beginning of the name of a hyperparameter's column."""


def column(name: str) -> Column:
    """The declaration of the column of this name; if it is not in ``COLUMNS``, it is a hyperparameter or a further score."""
    if name in BY_NAME:
        return BY_NAME[name]
    if is_hyperparameter(name):
        return Column(name, "number", "The hyperparameter's value, a number or yes or no.", shown=("trials",))
    of_curve = "_at_" in name  # one of many points, such as precision_at_0.5
    return Column(name, "number", "A further score at the best evaluation.", shown=() if of_curve else ("trials",))


def hyperparameter_column(name: str) -> str:
    """The column of the hyperparameter."""
    return HYPERPARAMETER + name


def is_hyperparameter(name: str) -> bool:
    """Whether the column of this name is a hyperparameter's."""
    return name.startswith(HYPERPARAMETER)


def score_column(score: str) -> str:
    """The column of a further score: its name, with ``_score`` added if ``COLUMNS`` has this name for something else."""
    return f"{score}_score" if score in BY_NAME else score


def shown_in(place: Place, table: pd.DataFrame) -> list[str]:
    """The table's columns that are shown in this place, in the order of ``COLUMNS``; then scores, then hyperparameters."""
    order = {name: i for i, name in enumerate(BY_NAME)}
    shown = [name for name in map(str, table.columns) if place in column(name).shown]
    return sorted(shown, key=lambda name: (order.get(name, len(order)), is_hyperparameter(name)))


def rows_with(table: pd.DataFrame, choices: Choices) -> pd.DataFrame:
    """The table's rows with these choices and any optimiser; a missing column or cell counts as the usual value."""
    for factor in (factor for factor in FACTORS if factor.of_loss):
        value = choices.of(factor)
        if factor.name in table:
            table = table[table[factor.name].fillna(factor.usual) == value]
        elif value != factor.usual:
            table = table.iloc[:0]
    return table


def require(table: pd.DataFrame, *names: str, source: str = "the table") -> None:
    """Checks that the table has the columns.

    Raises:
        UserError: columns are missing; the message names them.
    """
    if missing := [name for name in names if name not in table]:
        raise UserError(f"{source} lacks the column {', '.join(missing)}.\nIt has: {', '.join(map(str, table.columns))}.")


def require_comparable(table: pd.DataFrame, *, any_torch: bool = False, remedy: Callable[[str], str] | None = None) -> None:
    """Checks that the trials agree in the columns where ``COLUMNS`` says that they must; missing columns are not checked.

    Args:
        any_torch: whether scores computed with different versions of torch are accepted.
        remedy: gives the advice for a column, by its name; by default to read only one of its values.

    Raises:
        UserError: they do not agree; the message names the column and its values.
    """
    for name in (c.name for c in COLUMNS if c.agrees == "everywhere"):
        _require_one(table, name, remedy=remedy)
    for dataset, trials in table.groupby("dataset", sort=False):
        for name in (c.name for c in COLUMNS if c.agrees == "on each data set"):
            _require_one(trials, name, f"on {dataset}", remedy)
    if not any_torch and "torch" in table:
        scored = table[table["status"].isin(["ok", "diverged"])]
        versions = scored["torch"].astype("str").str.replace(r"\+.*", "", regex=True).where(scored["torch"].notna())
        _require_one(scored.assign(torch=versions), "torch", remedy=lambda name: "--any-torch accepts that.")


def _require_one(
    trials: pd.DataFrame, name: str, where: str = "in one table", remedy: Callable[[str], str] | None = None
) -> None:
    """Checks that the column has one value."""
    if name not in trials:
        return
    counts = trials[name].value_counts(sort=False)
    if len(counts) > 1:
        values = ", ".join(f"{value} ({how_many(count, 'trial')})" for value, count in counts.items())
        what_to_do = (
            remedy(name) if remedy else f"Read one kind only (--where {name}={counts.index[0]}), or run one kind again."
        )
        raise UserError(f"Trials of different {name} cannot be compared {where}: {values}.\n{what_to_do}")
