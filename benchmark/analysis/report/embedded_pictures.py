"""The samples that the report shows, as pictures inside the page itself."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
from PIL import Image

from benchmark.analysis.names import dataset_names, score_name
from benchmark.analysis.pictures import chosen_trials, picture_of
from benchmark.files import read_plain

KINDS: tuple[Literal["best", "median", "worst"], ...] = ("best", "median", "worst")
PICTURE_BYTES = 9_000_000
"""All pictures together; further ones are left out, so that the file stays below 15 MB."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture in the page.

    Attributes:
        address: a ``data:`` address that holds the picture itself.
        alt: what it shows, for readers who do not see it.
        caption: the trial's score in print.
    """

    address: str
    alt: str
    caption: str


@dataclass(frozen=True, kw_only=True)
class DatasetSamples:
    """The samples of all losses on one data set; ``rows`` has for each loss a picture, or a word in its place, per kind."""

    dataset: str
    rows: dict[str, list[Picture | str]]
    kinds: tuple[str, ...] = KINDS


def shown_samples(table: pd.DataFrame, folder: Path | None) -> tuple[list[DatasetSamples], int]:
    """The pictures of the best, median and worst run of every loss, and how many were left out to keep the page small.

    Losses and data sets without any picture are not among them.

    Args:
        table: as ``checked`` returns it.
        folder: where the pictures of the column ``picture`` are.
    """
    score = score_name(str(table["score"].iloc[0])).partition(" (")[0]
    chosen = {kind: chosen_trials(table, kind) for kind in KINDS}
    found, used, left_out = [], 0, 0
    for dataset, printed_name in dataset_names(table).items():
        rows: dict[str, list[Picture | str]] = {}
        for name in dict.fromkeys(table.loc[table["dataset"] == dataset, "name"]):
            cells: list[Picture | str] = []
            for kind, trials in chosen.items():
                row = trials[(trials["dataset"] == dataset) & (trials["name"] == name)]
                path = picture_of(row.iloc[0], folder) if len(row) else None
                address = data_address(path) if path is not None else ""
                if path is None:
                    cells.append("no picture")
                elif used + len(address) > PICTURE_BYTES:
                    left_out += 1
                    cells.append("left out")
                else:
                    used += len(address)
                    alt = f"Samples of the {kind} run of {name} on {printed_name}"
                    cells.append(Picture(address=address, alt=alt, caption=f"{score} {row['best'].iloc[0]:.1f}"))
            if any(isinstance(cell, Picture) for cell in cells):
                rows[name] = cells
        if rows:
            found.append(DatasetSamples(dataset=printed_name, rows=rows))
    return found, left_out


def data_address(path: Path) -> str:
    """The picture as a ``data:`` address that holds it; one above 40 kB is made smaller, at most 420 pixels wide and high."""
    content, kind = read_plain(path), path.suffix.lstrip(".").lower()
    if len(content) > 40_000 or kind not in ("png", "jpg", "jpeg"):
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        picture.thumbnail((420, 420))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=82)
        content, kind = buffer.getvalue(), "jpeg"
    return f"data:image/{kind.replace('jpg', 'jpeg')};base64,{base64.b64encode(content).decode()}"
