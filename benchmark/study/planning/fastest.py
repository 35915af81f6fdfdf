"""The fastest way to train on a device, as `ganbench gpu` measured it: the number of trials together, and the mode."""

from __future__ import annotations

import io
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.files import read_plain
from benchmark.plugins import UserError, one_line
from benchmark.training.execution import Execution

MEASURED = {
    "device_name": str,
    "channels": int,
    "side": int,
    "width": float,
    "batch": int,
    "population": int,
    "mode": str,
    "trial_steps_per_second": float,
    "memory_gb": float,
    "note": str,
    "torch": str,
}
"""The columns of a device's table, one row per way to compute NS GAN's step; a way that failed has a note and no speed."""
KEYS = list(MEASURED)[:7]


def device_file(results: Path, device_name: str) -> Path:
    """The file of the device's table."""
    return results / "speed" / f"{re.sub('[^a-z0-9]+', '-', device_name.lower()).strip('-')}.csv"


def read_measured(path: Path) -> pd.DataFrame:
    """A device's table; an empty one if nothing was measured.

    Raises:
        UserError: the file is not such a table.
    """
    if not path.exists():
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in MEASURED.items()})
    try:
        table = pd.read_csv(
            io.BytesIO(read_plain(path)), keep_default_na=False, na_values={"trial_steps_per_second": [""], "memory_gb": [""]}
        )
        return table[list(MEASURED)].astype(MEASURED)
    except (KeyError, ValueError) as error:
        raise UserError(f"{path} is not a table of ganbench gpu: {one_line(error)}.\nDelete it and measure again.") from error


def fastest(
    measured: pd.DataFrame,
    shapes: Collection[tuple[int, int, int]],
    width: float,
    *,
    population: int | None = None,
    free_gb: float = float("inf"),
) -> Execution | None:
    """The measured way to train that is fastest on the slowest of the shapes; None if no way was measured on all shapes.

    Args:
        measured: a device's table.
        shapes: of the images, [C, H, W].
        population: how many trials train together, if that is fixed.
        free_gb: free memory of the device in GB; a way that took more than nine tenths of it is left out.
    """
    rows = measured[(measured["width"] == width) & measured["trial_steps_per_second"].notna()]
    rows = rows[(rows["memory_gb"] <= 0.9 * free_gb) & rows["population"].eq(population if population else rows["population"])]
    speeds = []
    for channels, side, _ in shapes:
        of_shape = rows[(rows["channels"] == channels) & (rows["side"] == side)]
        speeds.append(of_shape.set_index(["population", "mode"])["trial_steps_per_second"])
    slowest = pd.concat(speeds, axis=1, join="inner").min(axis=1)
    if slowest.empty:
        return None
    best: Any = slowest.idxmax()
    size, mode = best
    return Execution(population=int(size), compiled=mode != "eager", graphs=mode == "graphs")
