"""Scores ended trials by further metrics, extractors or numbers of images, without training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import torch

from benchmark.analysis.figures.samples import stacked
from benchmark.analysis.pictures import chosen_trials
from benchmark.analysis.trials import checked
from benchmark.files import require_writable, write_atomically
from benchmark.guest import guest
from benchmark.metrics import ImageMetric, Metric, find_metric
from benchmark.metrics.base import require_images_for
from benchmark.metrics.extractors import Extractor, find_extractor
from benchmark.plugins import UserError, is_own, naming_exits
from benchmark.plurals import how_many
from benchmark.study.planning.plan import Plan
from benchmark.study.planning.plan_cache import plan_and_keep
from benchmark.study.planning.resolution import score_names
from benchmark.study.publish import Published, publish_table, require_publishable, study_folder
from benchmark.study.running.contexts import Resources, find_device
from benchmark.study.running.rehearsal import rehearse_metric
from benchmark.study.running.rescoring import Rescoring, Scorer
from benchmark.study.storage.published import require_own_table
from benchmark.study.storage.records.rescored import Scoring, rescored_picture, rescored_table
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.store import Store
from benchmark.study.study import Study
from benchmark.study.trial import Trial
from benchmark.training.budget import changed

Report = Callable[[str], None]
NAMED = 3  # a message names so many trials without a generator; the table has them all


@guest()
@naming_exits()
def rescore_study(
    study: Study,
    resources: Resources,
    *,
    metrics: Sequence[str] = (),
    extractor: str | None = None,
    images: int | None = None,
    any_torch: bool = False,
    report: Report = print,
) -> list[Published]:
    """Scores the generators that the study's trials kept at their best evaluations, and publishes a table for each metric.

    Each is a table of trials like every other, with the new score in place of the study's. It is written to
    ``studies/NAME/rescored/SCORE`` in the results folder (``SCORE-N`` for another number of images than the budget's), with
    the metric's picture if it makes one. Scores that are there already are not computed again.

    Args:
        metrics: names; by default the study's.
        extractor: its features are scored; by default the study's.
        images: how many generated images are scored, from the latents that evaluations use; by default the budget's number.
        any_torch: whether one table may have trials of different versions of torch.

    Raises:
        UserError: an unknown name, a metric that is named twice or cannot be computed, no trial with a score or none with a
            generator, or a full or protected disk; what is computed is kept.
    """
    found = [find_metric(name) for name in metrics or study.metrics]
    by = find_extractor(extractor or study.extractor)
    scores = score_names(found, by)
    if twice := [name for name, count in Counter(scores).items() if count > 1]:
        raise UserError(f"{twice[0]} is asked for twice; name each metric once.")
    plan, store = plan_and_keep(study, resources.results, report), Store(resources.results, report)
    require_publishable(plan.trials)
    store.require_open()
    if images is not None:
        changed(plan.trials[0].budget, images=images)  # refuses a number that is too small for any metric
    require_images_for(found, images or min(trial.budget.images for trial in plan.trials))
    for table_of in (
        study_folder(resources.results, study.name),
        *(rescored_folder(resources.results, plan, s, images) for s in scores),
    ):
        require_own_table(study, [trial.id for trial in plan.trials], table_of)
    results = {trial.id: result for trial in plan.trials if (result := store.result(trial)) is not None}
    trials, unscored = with_generator(plan, results, store, report)
    torch.set_num_threads(resources.threads)
    require_writable(resources.results, 16_000_000, "scores")
    scorers = scorers_of(plan, found, by, images, resources, report)
    rescoring = Rescoring(
        trials=trials,
        results=results,
        loss=plan.resolved.loss,
        scorers=scorers,
        store=store,
        device=find_device(resources.device),
        report=report,
        unscored=unscored,
        names=plan.names,
    )
    rescoring.run()
    published = []
    for place in range(len(found)):
        scorings = {t.id: scorers[t.dataset].scoring(scorers[t.dataset].metrics[place], t) for t in plan.trials}
        table = rescored_table(plan.trials, store, scorings, rescoring.unscored, plan.names)
        folder = rescored_folder(resources.results, plan, scores[place], images)
        table = publish_table(plan, table, store, folder, any_torch=any_torch)
        if found[place].picture:
            publish_pictures(found[place].picture, plan, table, scorings, store, folder)
        published.append(Published(trials=table, folder=folder))
    return published


def with_generator(plan: Plan, results: dict[str, Result], store: Store, report: Report) -> tuple[list[Trial], dict[str, str]]:
    """The scored trials that kept a generator; and for each other scored trial, by id, why it cannot be scored again.

    Raises:
        UserError: no trial has a score, or none kept a generator.
    """
    name = plan.study.name
    scored = [t for t in plan.trials if t.id in results and results[t.id].status == "ok"]
    if not scored:
        counts = Counter(results[t.id].status if t.id in results else "pending" for t in plan.trials)
        ended = ", ".join(f"{count} {status}" for status, count in counts.items())
        raise UserError(f"No trial of {name} has ended with a score ({ended}), so none can be scored again.")
    lacking = [t for t in scored if not store.generator(t).is_file()]
    if len(lacking) == len(scored):
        raise UserError(
            f"No generator of {how_many(len(scored), 'scored trial')} of {name} was kept; the first would be\n"
            f"{store.generator(scored[0])}."
        )
    if lacking:
        first = ", ".join(f"{plan.names.title(t)} ({t.id})" for t in lacking[:NAMED])
        more = f" and {len(lacking) - NAMED} more" if len(lacking) > NAMED else ""
        report(f"Not scored, no kept generator: {len(lacking)} of {how_many(len(scored), 'scored trial')}: {first}{more}.")
    without = {t.id: "no kept generator" for t in lacking}
    return [t for t in scored if t.id not in without], without


def scorers_of(
    plan: Plan,
    metrics: Sequence[type[Metric]],
    extractor: type[Extractor],
    images: int | None,
    resources: Resources,
    report: Report,
) -> dict[str, Scorer]:
    """The scorer of each of the plan's data sets, by its key. Missing weights are fetched or trained.

    Raises:
        UserError: a metric cannot be computed on a data set, or something that it needs is not available.
    """
    device = find_device(resources.device)
    scorers = {}
    for key, cls in plan.resolved.datasets.items():
        dataset = cls(resources.data, validation=plan.study.validation)
        made = [metric.on(dataset, extractor, device, report) for metric in metrics]
        for metric in made:
            if is_own(type(metric)) or (is_own(extractor) and isinstance(metric, ImageMetric)):
                rehearse_metric(metric, dataset, device)
        scorers[key] = Scorer(dataset=cls, metrics=made, images=images)
    return scorers


def publish_pictures(
    name: str, plan: Plan, table: pd.DataFrame, scorings: Mapping[str, Scoring], store: Store, folder: Path
) -> None:
    """Writes the pictures of each loss's worst run, one below the other, into one file per data set."""
    worst = {*chosen_trials(checked(table), "worst")["id"]}
    for dataset in table["dataset"].unique():
        shown = [trial for trial in plan.trials if trial.id in worst and trial.dataset == dataset]
        files = [path for trial in shown if (path := rescored_picture(store, trial, scorings[trial.id])).is_file()]
        suffix = f"-{dataset}" if table["dataset"].nunique() > 1 else ""
        if files:
            write_atomically(folder / f"{name}{suffix}.png", stacked(files))


def rescored_folder(results: Path, plan: Plan, score: str, images: int | None) -> Path:
    """The folder for the table of a later score; each number of images has a folder of its own."""
    usual = images is None or {trial.budget.images for trial in plan.trials} == {images}
    return study_folder(results, plan.study.name) / "rescored" / (score if usual else f"{score}-{images}")
