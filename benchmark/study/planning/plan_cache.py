"""Keeps plans in the results folder, so that a status or a table needs neither a new plan nor torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.data.image_folder import folder_of
from benchmark.factors import FACTORS, Choices
from benchmark.files import write_atomically
from benchmark.plugins import UserError
from benchmark.study.planning.names import require_names_of
from benchmark.study.storage.status import PlannedTrial, planned_trial
from benchmark.study.storage.store import Store, read_json
from benchmark.study.storage.table import Names
from benchmark.study.study import Study
from benchmark.study.trial import RESULT_VERSION, Trial
from benchmark.training.budget import Budget

if TYPE_CHECKING:
    from benchmark.study.planning.plan import Plan


DAMAGED = (KeyError, IndexError, TypeError, ValueError, AttributeError, UserError)
"""Errors that an edited or damaged plan's file raises; the plan is then made anew."""
KIND = ("loss", "dataset", "budget", "metrics", *(f.name for f in FACTORS), "precision", "batch_norm", "validation")
"""What many trials of a plan have in common."""


@dataclass(frozen=True, kw_only=True)
class KeptPlan:
    """What is kept of a plan; see ``Plan``.

    Attributes:
        notes: the lines that were reported when it was made.
        ranges: the ranges from which its samples are drawn, a line for each hyperparameter.
    """

    study: Study
    trials: list[Trial]
    names: Names
    image_shapes: dict[str, tuple[int, int, int]]
    notes: list[str]
    ranges: list[str]


def plan_and_keep(study: Study, results: Path, report: Callable[[str], None] = print) -> Plan:
    """The study's plan, made anew, and kept for later if the disk permits.

    Raises:
        UserError: an unknown name, or a study that cannot be planned.
    """
    require_names_of(study)
    from benchmark.study.planning.plan import make_plan  # loads torch

    notes: list[str] = []
    plan = make_plan(study, Store(results, notes.append), notes.append)
    for note in notes:
        report(note)
    if is_keepable(study):
        with suppress(OSError):  # a full or protected disk: the plan is then made anew next time
            write_plan(plan_file(study, results), plan_key(study), plan, notes)
    return plan


def kept_plan(study: Study, results: Path, report: Callable[[str], None] = print) -> Plan | KeptPlan:
    """The study's plan: the kept one if nothing has changed, else a new one. Both have the same content."""
    if not is_keepable(study) or (kept := read_plan(plan_file(study, results), plan_key(study), study)) is None:
        return plan_and_keep(study, results, report)
    for note in kept.notes:
        report(note)
    return kept


def planned_trials(study: Study, results: Path, report: Callable[[str], None] = print) -> tuple[list[PlannedTrial], Names]:
    """What a status needs to know of the study's trials, and the names in print."""
    if is_keepable(study) and (planned := read_planned(plan_file(study, results), plan_key(study))) is not None:
        return planned
    plan = plan_and_keep(study, results, report)
    return [planned_trial(t, plan.names) for t in plan.trials], plan.names


def is_keepable(study: Study) -> bool:
    """Whether the plan depends only on the study and this package, not on another study's results or on other files."""
    values = [name for factor in FACTORS for name in study.values(factor)]
    names = (*study.losses, *values, *study.datasets, *study.metrics, study.extractor, study.defaults)
    files = any(n.endswith((".py", ".csv")) for n in names) or any(folder_of(n) is not None for n in study.datasets)
    return study.source is None and not files


def plan_file(study: Study, results: Path) -> Path:
    """The file that keeps the study's plan."""
    return results / "plans" / f"{study.name}.json"


def plan_key(study: Study) -> str:
    """A text that changes with everything that a plan depends on: the study's content and the package's files."""
    package = Path(__file__).parents[2]
    changed = max(path.stat().st_mtime_ns for kind in ("*.py", "*.csv") for path in package.rglob(kind))
    return f"study {study.hash}, results {RESULT_VERSION}, package of {changed}"


def write_plan(path: Path, key: str, plan: Plan, notes: Sequence[str]) -> None:
    """Writes a plan with its key, see ``plan_key``."""
    kinds: dict[tuple[Any, ...], int] = {}  # what many trials share is written once
    rows = []
    for t in plan.trials:
        kind = tuple(getattr(t, name) for name in KIND)
        rows.append((t.id, kinds.setdefault(kind, len(kinds)), t.sample, t.seed, t.setting))
    shared = [[vars(value) if isinstance(value, Budget) else value for value in kind] for kind in kinds]
    content = {"key": key, "names": plan.names, "image_shapes": plan.image_shapes, "notes": notes, "ranges": plan.ranges}
    text = json.dumps(content | {"kinds": shared, "trials": rows}, separators=(",", ":"))
    write_atomically(path, text.encode(), durable=False)


def read_planned(path: Path, key: str) -> tuple[list[PlannedTrial], Names] | None:
    """What a status needs from the kept plan; None if there is no plan, or one with another key."""
    if (content := read_content(path, key)) is None:
        return None
    with suppress(*DAMAGED):
        names = Names(*content["names"])
        kinds = []
        for kind in map(kind_of, content["kinds"]):
            choices = Choices(**{factor.name: kind[factor.name] for factor in FACTORS})
            kinds.append((kind["loss"], kind["dataset"], kind["budget"].steps, names.of_loss(kind["loss"], choices)))
        return [PlannedTrial(name, *kinds[kind]) for name, kind, *_ in content["trials"]], names
    return None


def kind_of(values: Sequence[Any]) -> dict[str, Any]:
    """What trials of a kind share, by name."""
    kind = dict(zip(KIND, values, strict=True))
    return {**kind, "budget": Budget(**kind["budget"]), "metrics": tuple(kind["metrics"])}


def read_plan(path: Path, key: str, study: Study) -> KeptPlan | None:
    """The study's kept plan; None if there is no plan, or one with another key."""
    if (content := read_content(path, key)) is None:
        return None
    with suppress(*DAMAGED):
        return plan_of(content, study)
    return None


def plan_of(content: dict[str, Any], study: Study) -> KeptPlan:
    """The study's plan from the content of its file; raises one of ``DAMAGED`` if the content is damaged."""
    kinds = [kind_of(values) for values in content["kinds"]]
    trials = [
        Trial(**kinds[kind], sample=sample, seed=seed, setting=setting) for _, kind, sample, seed, setting in content["trials"]
    ]
    shapes = {key: (channels, height, width) for key, (channels, height, width) in content["image_shapes"].items()}
    return KeptPlan(
        study=study,
        trials=trials,
        names=Names(*content["names"]),
        image_shapes=shapes,
        notes=content["notes"],
        ranges=content["ranges"],
    )


def read_content(path: Path, key: str) -> dict[str, Any] | None:
    """The content of a kept plan's file; None if it is missing, unreadable, or has another key."""
    try:
        content = read_json(path)
    except OSError:  # another user's file, which only they may read
        return None
    return content if isinstance(content, dict) and content.get("key") == key else None
