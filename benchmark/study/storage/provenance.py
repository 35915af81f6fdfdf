"""What made a table."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import pandas as pd

from benchmark.columns import shown_in
from benchmark.study.storage.environment import commit
from benchmark.study.study import Study
from benchmark.study.trial import RESULT_VERSION
from benchmark.version import __version__


def provenance(study: Study, trials: pd.DataFrame) -> dict[str, Any]:
    """Versions, commits, devices and counts behind a table."""
    seconds = trials["seconds"].sum() if "seconds" in trials else 0
    return {
        "study": study.name,
        "study_hash": study.hash,
        "description": study.description,
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
    }
