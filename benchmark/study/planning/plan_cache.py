"""Plans that are kept, so that a status or a table need neither plan anew nor load torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from benchmark.files import write_atomically
from benchmark.study.storage.status import Planned
from benchmark.study.storage.store import read_json
from benchmark.study.storage.table import Names
from benchmark.study.study import Study
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget


@dataclass(frozen=True)
class KeptPlan:
    """What is kept of a plan."""

    study: Study
    trials: list[Trial]
    names: Names


def write_plan(path: Path, key: str, trials: Sequence[Trial], names: Names) -> None:
    """Keeps a plan under a key, which names all that it depends on."""
    kinds: dict[tuple[Any, ...], int] = {}  # what many trials share is written once
    rows = []
    for t in trials:
        kind = (t.loss, t.dataset, t.budget, t.metrics, t.variant, t.optimiser, t.precision)
        rows.append((t.id, kinds.setdefault(kind, len(kinds)), t.sample, t.seed, t.setting))
    shared = [(loss, dataset, astuple(budget), *more) for loss, dataset, budget, *more in kinds]
    text = json.dumps({"key": key, "names": names, "kinds": shared, "trials": rows}, separators=(",", ":"))
    write_atomically(path, text.encode(), durable=False)


def read_planned(path: Path, key: str) -> list[Planned] | None:
    """What the status needs of the plan kept under the key; None if there is none, or one of another key."""
    if (content := read_content(path, key)) is None:
        return None
    kinds = [(loss, dataset, Budget(*budget).steps) for loss, dataset, budget, *_ in content["kinds"]]
    return [Planned(name, *kinds[kind]) for name, kind, *_ in content["trials"]]


def read_trials(path: Path, key: str) -> tuple[list[Trial], Names] | None:
    """Trials and names of the plan kept under the key; None if there is none, or one of another key."""
    if (content := read_content(path, key)) is None:
        return None
    kinds = [
        (loss, dataset, Budget(*budget), tuple(metrics), *more) for loss, dataset, budget, metrics, *more in content["kinds"]
    ]
    trials = []
    for _, kind, sample, seed, setting in content["trials"]:
        loss, dataset, budget, metrics, variant, optimiser, precision = kinds[kind]
        trials.append(Trial(loss, dataset, setting, seed, budget, metrics, variant, optimiser, precision, sample))
    return trials, Names(*content["names"])


def read_content(path: Path, key: str) -> dict[str, Any] | None:
    """The kept plan as it was written."""
    content = read_json(path)
    return content if isinstance(content, dict) and content.get("key") == key else None
