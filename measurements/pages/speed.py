"""The time of a training step, from the measurements of ``make speed``."""

from __future__ import annotations

import json
import statistics
from functools import cache
from typing import Any

import pandas as pd

from benchmark.losses import paper_losses
from measurements.pages.published import STUDIES


@cache
def measured() -> dict[str, Any]:
    """The measurements, and the hardware and software they were made with."""
    found: dict[str, Any] = json.loads((STUDIES.parent / "speed" / "step-amd-epyc.json").read_text())
    return found


def steps(width: float) -> pd.DataFrame:
    """Milliseconds per step of one trial: ours, the fastest plain loop's and the floor; medians of the blocks."""
    rows: list[dict[str, str]] = []
    for key, loss in paper_losses().items():
        (found,) = (row for row in measured()["rows"] if (row["loss"], row["width"]) == (key, width))
        medians = {name: statistics.median(blocks) for name, blocks in found["blocks"].items()}
        ours = medians.pop("ours")
        fastest = min(medians.values())
        times = {"ours": f"{ours:.1f}", "fastest plain": f"{fastest:.1f}", "ratio": f"{fastest / ours:.2f}"}
        rows.append({"loss": loss.name, **times, "floor": f"{found['floor']:.1f}"})
    return pd.DataFrame(rows)
