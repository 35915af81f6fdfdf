"""The published studies, for the tests that hold pages and documents to them."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]
STUDIES = ROOT / "results" / "studies"
SEARCH_AND_SEEDS = ("fashion-standard", "fashion-standard-seeds")
SEARCH, SEEDS = (pd.read_csv(STUDIES / name / "trials.csv") for name in SEARCH_AND_SEEDS)


def one_line(text: str) -> str:
    """The text with every line break and run of spaces as one space."""
    return re.sub(r"\s+", " ", text)
