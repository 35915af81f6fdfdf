"""The provenance of a table: what it was computed with."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import pandas as pd

from benchmark.analysis.reliability import doubts_of
from benchmark.columns import shown_in
from benchmark.study.storage.environment import commit
from benchmark.study.storage.records.results import Result
from benchmark.study.study import Study
from benchmark.study.trial import RESULT_VERSION
from benchmark.training.processor import ARITHMETIC
from benchmark.version import __version__

EXECUTION_FIELDS = ("population", "threads", "graphs", *ARITHMETIC)
"""How trials were computed, as far as the table does not say: population, threads, and the processor's arithmetic."""


def provenance(study: Study, trials: pd.DataFrame, results: Iterable[Result] = ()) -> dict[str, Any]:
    """Versions, commits, devices and counts behind a table, and what a reader must know of its score.

    Args:
        results: those of its ended trials; they also say how many were trained together, and on how many threads.
    """
    computed = [result.environment for result in results]
    seconds = trials["seconds"].sum() if "seconds" in trials else 0
    return {
        "study": study.name,
        "study_hash": study.hash,
        "description": study.description,
        **({"doubts": found} if (found := doubts_of(trials)) else {}),
        "collected": datetime.now(UTC).isoformat(timespec="seconds"),
        "collected_with": {
            "benchmark": __version__,
            "python": platform.python_version(),
            "pandas": version("pandas"),
            **commit(),
        },
        "result_version": RESULT_VERSION,
        "planned": len(trials),
        **{str(k): int(v) for k, v in trials["status"].value_counts().items()},
        "trial_hours": round(float(seconds) / 3600, 3),
        **{c: {str(k): int(v) for k, v in trials[c].value_counts().items()} for c in shown_in("counts", trials)},
        **{name: dict(counts) for name in EXECUTION_FIELDS if (counts := Counter(str(e[name]) for e in computed if name in e))},
    }
