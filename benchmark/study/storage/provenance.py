"""What made a table, and whether its trials may stand in one table at all."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import pandas as pd

from benchmark.plugins import UserError
from benchmark.study.storage.environment import commit
from benchmark.study.study import Study
from benchmark.study.trial import RESULT_VERSION
from benchmark.version import __version__

EVERYWHERE = ("score", "dtype", "result_version")
PER_DATASET = ("budget", "steps", "batch", "width", "images", "extractor_fingerprint")


def require_comparable(trials: pd.DataFrame, *, any_torch: bool = False) -> None:
    """Checks that the trials with a result may be compared.

    Args:
        any_torch: whether results of different versions of torch may be.

    Raises:
        UserError: they differ in score, extractor, budget, precision or a version that changes results; it says which.
    """
    ended = trials[trials["status"] != "pending"]
    ended = ended[ended["status"] != "failed"] if "torch" in ended else ended
    for column in EVERYWHERE:
        refuse_several(ended, column, "")
    for dataset, rows in ended.groupby("dataset"):
        for column in PER_DATASET:
            refuse_several(rows, column, f" on {dataset}")
    if not any_torch and "torch" in ended:
        refuse_several(
            ended.assign(torch=ended["torch"].astype(str).str.replace(r"\+.*", "", regex=True)),
            "torch",
            "",
            "--any-torch accepts that.",
        )


def refuse_several(
    rows: pd.DataFrame, column: str, where: str, remedy: str = "Run one kind again, or use two results folders."
) -> None:
    """Raises a UserError if the column has several values."""
    if column not in rows:
        return
    counts = rows[column].dropna().value_counts()
    if len(counts) > 1:
        said = ", ".join(f"{value} ({count} trials)" for value, count in counts.items())
        raise UserError(f"Trials{where} of different {column} cannot stand in one table: {said}.\n{remedy}")


def provenance(study: Study, trials: pd.DataFrame) -> dict[str, Any]:
    """Versions, commits, devices and counts behind a table."""
    several = ("torch", "device_name", "dtype", "compiled", "commit", "dirty", "extractor_fingerprint")
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
        **{c: {str(k): int(v) for k, v in trials[c].value_counts().items()} for c in several if c in trials},
    }
