"""Runs a study from its plan to its published table, for the command line, Python programs and notebooks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from benchmark.guest import guest
from benchmark.plugins import naming_exits
from benchmark.plurals import how_many
from benchmark.study.planning.plan import Plan
from benchmark.study.planning.plan_cache import plan_and_keep
from benchmark.study.planning.studyfile import find_study
from benchmark.study.publish import Published, publish, require_publishable, study_folder
from benchmark.study.running.contexts import Resources, StudyContext
from benchmark.study.running.executors import Executor, find_executor
from benchmark.study.storage.published import require_own_table
from benchmark.study.storage.store import Store
from benchmark.study.study import Study

Report = Callable[[str], None]
Display = Callable[[Plan, Store], AbstractContextManager[object]]
"""Shows the progress of a plan's trials while they run."""


def no_display(plan: Plan, store: Store) -> AbstractContextManager[object]:
    """Shows nothing while trials run."""
    return nullcontext()


@guest()
@naming_exits()
def run_study(
    study: Study | str,
    resources: Resources | None = None,
    executor: Executor | str = "inline",
    *,
    folder: Path | None = None,
    cut: bool = False,
    retry_failed: bool = False,
    any_torch: bool = False,
    report: Report = print,
    display: Display = no_display,
) -> Published | None:
    """Plans the study, checks that its trials can run, trains those without a result, and publishes the table.

    Args:
        study: a study, or the name or the file of one.
        resources: what it runs with; by default the values of ``Resources``.
        executor: where its workers run, or its name: ``inline`` for this process, ``local`` for processes of their own,
            ``slurm`` for a cluster.
        folder: where to publish; by default ``studies/NAME`` in the results folder. Another study's table is not overwritten.
        cut: whether it may also overwrite a table that has all trials of the study and more.
        retry_failed: whether trials that failed are trained again.
        any_torch: whether one table may have results of different versions of torch.
        report: called with each line about what happens.
        display: shows the progress of the trials while they run.

    Returns:
        What was published; None if trials are still running on a cluster.

    Raises:
        Stopped: the run was interrupted; checkpoints are written.
        UserError: anything that the user can fix; nothing computed is lost.

    Examples:
        >>> import benchmark
        >>> scores = ["wasserstein", "modes"]
        >>> study = benchmark.Study(name="rings", losses="wgan", datasets="ring", budget="smoke", metrics=scores)
        >>> published = benchmark.run_study(study)
        >>> published.trials["status"].tolist()
        ['ok']
        >>> published.folder.as_posix()
        'results/studies/rings'
    """
    study = find_study(study) if isinstance(study, str) else study
    resources = resources or Resources()
    executor = find_executor(executor) if isinstance(executor, str) else executor
    plan = plan_and_keep(study, resources.results, report)
    require_publishable(plan.trials)
    ids, folder = [trial.id for trial in plan.trials], folder or study_folder(resources.results, study.name)
    require_own_table(study, ids, folder, cut=cut)
    if not run_trials(plan, resources, executor, retry_failed=retry_failed, report=report, display=display):
        return None
    require_own_table(study, ids, folder, cut=cut)  # another study of this name may have ended meanwhile
    return Published(trials=publish(plan, Store(resources.results, report), folder, any_torch=any_torch), folder=folder)


@guest()
@naming_exits()
def run_trials(
    plan: Plan, resources: Resources, executor: Executor, *, retry_failed: bool, report: Report, display: Display
) -> bool:
    """Trains the plan's trials without a result; returns whether all have one now."""
    context = StudyContext(resolved=plan.resolved, resources=resources, report=report)
    context.store.require_open()
    context.store.require_readable(plan.trials)  # otherwise writing the table would fail, after all training
    if retry_failed and (count := context.store.forget_failures(plan.trials)):
        report(f"{how_many(count, 'failed trial')} to run again.")
    if pending := context.store.pending(plan.trials):
        executor.check(pending, context)  # before the display starts: it may have to fetch and train
    with display(plan, context.store) if executor.waits else nullcontext():
        return executor.run(plan, context)
