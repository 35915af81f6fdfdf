"""The plan of the study that a command names."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.cli.app import say

if TYPE_CHECKING:
    from benchmark.study.planning.plan import Plan
    from benchmark.study.planning.plan_cache import KeptPlan
    from benchmark.study.storage.status import Planned
    from benchmark.study.study import Study


def planned_study(name: str, results: Path, incomplete: bool) -> Plan:
    """The plan of the study called so."""
    from benchmark.study.planning.plan import make_plan
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.storage.store import Store

    study = find_study(name)
    if incomplete and study.source is not None:
        study = replace(study, source=replace(study.source, incomplete=True))
    return make_plan(study, Store(results), say)


def planned_trials(name: str, results: Path, incomplete: bool) -> Plan | KeptPlan:
    """The study's trials: from the plan kept the last time, if nothing changed, which needs no torch."""
    from benchmark.study.planning.plan_cache import KeptPlan, read_trials
    from benchmark.study.planning.studyfile import find_study

    study = find_study(name)
    if is_kept(study) and (kept := read_trials(plan_file(study, results), plan_key(study))) is not None:
        return KeptPlan(study, *kept)
    return keep_plan(planned_study(name, results, incomplete), results)


def planned_briefly(name: str, results: Path, incomplete: bool) -> list[Planned]:
    """What a status needs of the plan, kept from the last time if nothing changed."""
    from benchmark.study.planning.plan_cache import read_planned
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.storage.status import Planned

    study = find_study(name)
    if is_kept(study) and (planned := read_planned(plan_file(study, results), plan_key(study))) is not None:
        return planned
    trials = keep_plan(planned_study(name, results, incomplete), results).trials
    return [Planned(t.id, t.loss, t.dataset, t.budget.steps) for t in trials]


def keep_plan(planned: Plan, results: Path) -> Plan:
    """Keeps the plan for the status and the table, if the disk lets it; returns it."""
    from benchmark.study.planning.plan_cache import write_plan

    if is_kept(planned.study):
        with suppress(OSError):  # a full or protected disk: what needs the plan will make it anew
            write_plan(plan_file(planned.study, results), plan_key(planned.study), planned.trials, planned.names)
    return planned


def is_kept(study: Study) -> bool:
    """Whether the study and this package alone determine its plan: neither results of another one nor other files do."""
    names = (*study.losses, *study.datasets, *study.metrics, study.defaults)
    return study.source is None and not any(n.endswith((".py", ".csv")) for n in names)


def plan_file(study: Study, results: Path) -> Path:
    """Where the study's plan is kept."""
    return results / "plans" / f"{study.name}.json"


def plan_key(study: Study) -> str:
    """Names all that a plan depends on: what the study says, and the package's files."""
    from benchmark.study.trial import RESULT_VERSION

    package = Path(__file__).parents[1]
    changed = max(path.stat().st_mtime_ns for kind in ("*.py", "*.csv") for path in package.rglob(kind))
    return f"study {study.hash}, results {RESULT_VERSION}, package of {changed}"


def study_folder(results: Path, name: str) -> Path:
    """Where a study's table goes."""
    return results / "studies" / name
