"""Chooses the best settings of an earlier study, or those of another rank, which a study of seeds then trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmark.hyperparameters import Setting
from benchmark.plugins import UserError
from benchmark.plurals import how_many
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import Names, table
from benchmark.study.study import Source
from benchmark.study.trial import Cell, Trial

COLUMNS = {
    ("validation", "best"): "validation",
    ("validation", "last"): "validation_last",
    ("test", "best"): "best",
    ("test", "last"): "last",
}


Selected = dict[Cell, list[tuple[int, Setting]]]
"""Numbers and settings of the chosen samples, by the cell (with the usual optimiser) in which they are trained."""


def selected(
    source: Source, trials: Sequence[Trial], store: Store, report: Callable[[str], None], names: Names | None = None
) -> Selected:
    """The sample and setting of each cell with the lowest score; with several seeds, with the lowest mean over seeds.

    With ``best_of`` it is the lowest of each level of those factors on each data set, in any cell. If the source names another
    rank, it is the setting of that rank; a cell that has fewer settings with a score is left out. Diverged and failed trials
    count as the worst score.

    Args:
        names: the names in print of what the earlier study trains.

    Raises:
        UserError: the study has trials without a result (unless the source permits it), no scores of that kind, several
            optimisers, or a level with too few settings that have a score.
    """
    if len(optimisers := {t.optimiser for t in trials}) > 1:
        raise UserError(
            f"{source.study} trains every sample with {' and '.join(sorted(optimisers))}: no setting is best for both.\n"
            "Take settings from a study with one optimiser."
        )
    if source.split == "validation" and not any(t.validation for t in trials):
        raise no_validation(source)
    results = table(trials, store)
    pending = int((results["status"] == "pending").sum())
    if pending and not source.incomplete:
        raise UserError(
            f"{source.study} is incomplete: {pending} of {how_many(len(results), 'trial')} without a result.\n"
            f"Run it to its end, restore its published trials (ganbench restore {source.study}), or choose from the trials so "
            "far with --incomplete."
        )
    column = COLUMNS[source.split, source.evaluation]
    ended = results["status"] == "ok"
    if ended.any() and results.loc[ended, column].isna().all():
        raise no_validation(source)
    scores = results[column].astype(float).where(results["status"] != "failed", np.inf)
    chosen, names = Selected(), names or Names()
    for group, members in groups(source, trials).items():
        by_setting: dict[tuple[Cell, int], list[int]] = {}
        for row in members:
            by_setting.setdefault((loss_cell(trials[row]), trials[row].sample), []).append(row)
        means = {setting: scores.iloc[rows].mean() for setting, rows in by_setting.items()}
        in_order = sorted((s for s, mean in means.items() if not np.isnan(mean)), key=means.__getitem__)
        if sum(np.isfinite(means[setting]) for setting in in_order) < source.rank:
            if source.best_of:
                raise UserError(
                    f"{source.study} has too few settings with a score to choose the best of {group_in_print(group, names)}."
                )
            continue
        (cell, sample), first = in_order[source.rank - 1], trials[by_setting[in_order[source.rank - 1]][0]]
        samples = chosen.setdefault(cell, [])
        if all(number != sample for number, _ in samples):  # it may be the best of several levels
            samples.append((sample, first.setting))
        of = how_many(len(in_order), "setting")
        if lost := int((results["status"].iloc[members] != "ok").sum()):
            of += f", {how_many(lost, 'trial')} without a score"
        lowest = "the lowest" if source.rank == 1 else f"rank {source.rank} by the lowest"
        found = f"{names.of_loss(cell.loss, cell.choices)}, " if source.best_of else ""
        report(
            f"{group_in_print(group, names)}: {found}sample {sample} of {source.study}, {lowest} {first.score} of {of} "
            f"({source.evaluation} evaluation, {source.split} images): {means[cell, sample]:.4g}"
        )
    return chosen


def loss_cell(trial: Trial) -> Cell:
    """The trial's cell, but with the usual optimiser."""
    return Cell(trial.loss, trial.dataset, trial.of_loss)


Group = tuple[str, str, str] | Cell
"""A factor, its level and a data set, or a cell."""


def groups(source: Source, trials: Sequence[Trial]) -> dict[Group, list[int]]:
    """Groups of trials, by indices, from each of which one setting is chosen; the key is what they share."""
    found: dict[Group, list[int]] = {}
    for name in source.best_of:
        for place, trial in enumerate(trials):
            found.setdefault((name, getattr(trial, name), trial.dataset), []).append(place)
    if not source.best_of:
        for place, trial in enumerate(trials):
            found.setdefault(loss_cell(trial), []).append(place)
    return found


def group_in_print(group: Group, names: Names) -> str:
    """What the trials of the group share, for print."""
    if isinstance(group, Cell):
        return f"{names.of_loss(group.loss, group.choices)} on {names.datasets.get(group.dataset, group.dataset)}"
    name, level, dataset = group
    level = names.losses.get(level, level) if name == "loss" else names.value(name, level)
    return f"{name} {level} on {names.datasets.get(dataset, dataset)}"


def no_validation(source: Source) -> UserError:
    """The error if there are no validation scores to choose by."""
    return UserError(
        f"The trials of {source.study} have no scores against a validation split: its data set or metric has none, "
        'or it has validation = false.\nChoose by test scores, as the paper did: split = "test" under [from].'
    )
