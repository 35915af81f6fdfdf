"""The plan of a study: its trials. The same study always has the same plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmark.data import DataSet
from benchmark.factors import OPTIMISER, Choices
from benchmark.hyperparameters import Setting, check_setting, sample
from benchmark.losses import Loss
from benchmark.metrics.base import require_images_for
from benchmark.plugins import UserError, naming_exits
from benchmark.study.planning.defaults import default_setting
from benchmark.study.planning.ranges import check_ranges, drawn_ranges, ranges_of
from benchmark.study.planning.resolution import ResolvedStudy, resolve
from benchmark.study.planning.selection import Selected, loss_cell, selected
from benchmark.study.planning.studyfile import find_study
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import Names
from benchmark.study.study import Study
from benchmark.study.trial import Cell, Trial
from benchmark.training.budget import Budget, changed, find_budget, usual_batch_norm

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A study and its trials.

    Attributes:
        resolved: the study, with classes in place of names.
        trials: ordered by data set, loss, variant, penalty, normalisation, sample, optimiser and seed.
    """

    resolved: ResolvedStudy
    trials: list[Trial]

    @property
    def study(self) -> Study:
        return self.resolved.study

    @property
    def names(self) -> Names:
        """The names in print of its losses, data sets and factors' values."""
        return self.resolved.names

    @property
    def image_shapes(self) -> dict[str, tuple[int, int, int]]:
        """Channels, height and width of each data set's images, by its key."""
        return {key: cls.image_shape for key, cls in self.resolved.datasets.items()}

    @property
    def ranges(self) -> list[str]:
        """The ranges from which its samples are drawn, in words; empty if none is drawn."""
        return drawn_ranges(self.study.ranges, [*self.resolved.losses.values()]) if self.study.samples > 1 else []


@naming_exits()
def make_plan(study: Study, store: Store, report: Report = print, *, later: tuple[str, ...] = ()) -> Plan:
    """The study's trials; nothing is loaded, computed or written.

    Args:
        store: where the results of an earlier study are, if the study takes its best settings from one.
        later: hashes of the studies that take their settings from this one.

    Raises:
        UserError: an unknown name, or a study that cannot be planned.
    """
    try:
        resolved = resolve(study)
        check_ranges(study.ranges, [*resolved.losses.values()])
        budgets = {key: budget_of(study, dataset) for key, dataset in resolved.datasets.items()}
        require_images_for(resolved.metrics, min(budget.images for budget in budgets.values()))
    except UserError as error:
        raise UserError(f"Study {study.name}: {error}") from None
    losses, datasets, scores = resolved.losses, resolved.datasets, resolved.scores
    chosen = None
    if study.source is not None:
        if study.hash in later:
            raise UserError(f"{study.name}: the chain of [from] tables leads back to it; one study in it needs samples.")
        earlier = make_plan(find_study(study.source.study), store, report, later=(*later, study.hash))
        among = earlier.trials
        if study.source.best_of:  # the best of what this study trains
            cells = {Cell(loss, dataset, choices) for loss, choices in losses for dataset in datasets}
            among = [trial for trial in among if loss_cell(trial) in cells]
        chosen = selected(study.source, among, store, report, earlier.names)
    trials = [
        Trial(
            loss=loss_key,
            dataset=dataset_key,
            setting=setting,
            seed=seed,
            budget=budgets[dataset_key],
            metrics=scores,
            precision=study.precision,
            batch_norm=study.batch_norm or usual_batch_norm(budgets[dataset_key], dataset),
            validation=study.validation and dataset.can_validate(),
            sample=number,
            **{**vars(choices), OPTIMISER.name: optimiser},
        )
        for dataset_key, dataset in datasets.items()
        for (loss_key, choices), loss in losses.items()
        for number, setting in (
            settings(study, loss, choices, dataset, budgets[dataset_key], report)
            if chosen is None
            else chosen_settings(chosen, Cell(loss_key, dataset_key, choices), resolved)
        )
        for optimiser in study.optimisers
        for seed in study.seeds
    ]
    return Plan(resolved=resolved, trials=trials)


def settings(
    study: Study, loss: Loss, choices: Choices, dataset: type[DataSet], budget: Budget, report: Report
) -> Iterator[tuple[int, Setting]]:
    """The samples of one loss on one data set, numbered; 0 is the default, unless the study has none, and 1 the first draw."""
    if study.defaults == "none":
        default, draws = [], study.samples
    else:
        default = [default_setting(loss, budget.name, dataset.key, study.defaults, report, choices)]
        draws = study.samples - 1
    drawn = sample(ranges_of(study.ranges, loss), draws, study.ranges.space, loss.key, dataset.key, *choices.stream)
    domains = loss.hyperparameters()
    for number, setting in enumerate((*default, *drawn), start=1 - len(default)):
        check_setting(setting, domains, loss.name)
        yield number, setting


def chosen_settings(chosen: Selected, cell: Cell, resolved: ResolvedStudy) -> list[tuple[int, Setting]]:
    """The settings chosen from the earlier study for a cell; with ``best_of`` there may be none."""
    source = resolved.study.source
    assert source is not None
    if cell not in chosen and not source.best_of:
        lacking = "no scored trial" if source.rank == 1 else f"fewer than {source.rank} settings with a score"
        raise UserError(
            f"{resolved.study.name} takes its settings from {source.study}, which has {lacking} of "
            f"{resolved.names.of_loss(cell.loss, cell.choices)} on {resolved.names.datasets[cell.dataset]}."
        )
    return chosen.get(cell, [])


def budget_of(study: Study, dataset: type[DataSet]) -> Budget:
    """The study's budget on the data set."""
    values = {k: v for k, v in study.budget.items() if k != "preset"}
    return changed(find_budget(study.budget["preset"], dataset), **values)
