"""Whether two results folders hold the same of a study, to the last bit."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

PASSING = ["seconds", "attempts", "commit", "dirty"]  # columns in which two runs of a trial may differ


def table(results: Path, study: str) -> pd.DataFrame:
    """The study's table, by trial id; pandas reads numbers to their last bit."""
    return pd.read_csv(results / "studies" / study / "trials.csv").set_index("id")


def kept(results: Path) -> dict[str, bytes]:
    """What the trials keep, samples and generators: all but their results, which tell the time they took."""
    files = [p for p in (results / "trials").glob("*/*/*/*") if p.is_file()]
    return {str(p.relative_to(results)): p.read_bytes() for p in files}


def require_same(results: Path, other: Path, study: str, trials: Collection[str] = ()) -> None:
    """Both have the same table and kept the same files; of ``trials`` only, if they are named."""
    chosen = list(trials) or list(table(other, study).index)
    own = ["study_hash"] if trials else []  # a study of fewer trials is another one
    ours, others = (table(r, study).drop(columns=[*PASSING, *own]) for r in (results, other))
    # A column of whole numbers is one of floats where a failed trial has none.
    if trials:
        ours, others = ours.loc[chosen], others.loc[chosen]
    pd.testing.assert_frame_equal(ours, others, check_exact=True, check_dtype=False)
    files = [{path: content for path, content in kept(r).items() if Path(path).parent.name in chosen} for r in (results, other)]
    assert files[1] and files[0] == files[1]
