"""Finds a loss's default setting for a budget: the best of an equal number of random samples of its wide ranges."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmark.files import write_atomically


def merge_into(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """Writes the table's rows into the CSV at ``path``, in place of those of the same losses, data sets and variants."""
    keys = ["loss", "dataset", "variant"]
    if path.exists():
        old = pd.read_csv(path)
        kept = old[~old.set_index(keys).index.isin(table.set_index(keys).index)]
        table = pd.concat([kept, table], ignore_index=True)
    table = table.sort_values([*keys, "sample"], ignore_index=True)
    write_atomically(path, table.to_csv(index=False).encode())
    return table
