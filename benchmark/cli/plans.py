"""The plan of the study that a command names."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.cli.app import console

if TYPE_CHECKING:
    from benchmark.study.plan import Plan
    from benchmark.study.status import Planned


def planned_study(name: str, results: Path, incomplete: bool) -> Plan:
    """The plan of the study called so."""
    from benchmark.study.plan import make_plan
    from benchmark.study.store import Store
    from benchmark.study.studyfile import find_study

    study = find_study(name)
    if incomplete and study.source is not None:
        study = replace(study, source=replace(study.source, incomplete=True))
    return make_plan(study, Store(results), lambda line: console.print(line, highlight=False, soft_wrap=True))


def planned_briefly(name: str, results: Path, incomplete: bool) -> list[Planned]:
    """What a status needs of the plan: kept from the last time if nothing changed."""
    from benchmark.study.status import read_plan
    from benchmark.study.studyfile import find_study

    study = find_study(name)
    kept = read_plan(study_folder(results, study.name) / "plan.csv", plan_key(study.hash))
    plugged = any(n.endswith(".py") for n in (*study.losses, *study.datasets, *study.metrics))  # a file that may have changed
    if kept is not None and study.source is None and not plugged:
        return kept
    return keep_plan(planned_study(name, results, incomplete), results)


def keep_plan(planned: Plan, results: Path) -> list[Planned]:
    """Keeps the plan for the status, if the disk lets it; returns what is kept."""
    from benchmark.study.status import Planned, write_plan

    brief = [Planned(t.id, t.loss, t.dataset, t.budget.steps) for t in planned.trials]
    with suppress(OSError):  # a full or protected disk: it only makes the status slower
        write_plan(study_folder(results, planned.study.name) / "plan.csv", plan_key(planned.study.hash), brief)
    return brief


def plan_key(study_hash: str) -> str:
    """Names all that a plan depends on."""
    from benchmark.study.environment import package_version
    from benchmark.study.trial import RESULT_VERSION

    return f"study {study_hash}, results {RESULT_VERSION}, benchmark {package_version()}"


def study_folder(results: Path, name: str) -> Path:
    """Where a study's table goes."""
    return results / "studies" / name
