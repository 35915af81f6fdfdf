"""The report's samples, embedded in the page as pictures."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
from PIL import Image

from benchmark.analysis.names import dataset_names, short_score_name
from benchmark.analysis.pictures import chosen_trials, picture_of
from benchmark.files import read_plain

KINDS: tuple[Literal["best", "median", "worst"], ...] = ("best", "median", "worst")
PICTURE_BYTES = 2_000_000
"""The limit for all pictures together, so that a report of a thousand trials stays below 3 MB; others are left out."""
KEPT = 40_000
"""A picture of at most this many bytes may be embedded unchanged."""
SIDES = (420, 300, 210, 150)
"""The sizes to which a picture may be reduced: the greatest width and height, in pixels."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture in the page.

    Attributes:
        address: a ``data:`` address that holds the picture itself.
        alt: a description for readers who cannot see the picture.
        caption: the trial's score as text.
    """

    address: str
    alt: str
    caption: str


@dataclass(frozen=True, kw_only=True)
class DatasetSamples:
    """The samples of all losses on one data set; ``rows`` has one picture, or a word in its place, per loss and kind."""

    dataset: str
    rows: dict[str, list[Picture | str]]
    kinds: tuple[str, ...] = KINDS


def shown_samples(table: pd.DataFrame, folder: Path | None) -> tuple[list[DatasetSamples], int]:
    """The pictures of each loss's best, median and worst run, and the number of pictures left out to keep the page small.

    Losses and data sets without any picture are left out.

    Args:
        table: a table returned by ``checked``.
        folder: the folder that the paths in the column ``picture`` are relative to.
    """
    score = short_score_name(str(table["score"].iloc[0]))
    chosen = {kind: chosen_trials(table, kind) for kind in KINDS}
    there = [row for trials in chosen.values() for _, row in trials.iterrows() if picture_of(row, folder) is not None]
    each = PICTURE_BYTES // max(1, len(there))
    found, used, left_out = [], 0, 0
    for dataset, printed_name in dataset_names(table).items():
        rows: dict[str, list[Picture | str]] = {}
        for name in dict.fromkeys(table.loc[table["dataset"] == dataset, "name"]):
            cells: list[Picture | str] = []
            for kind, trials in chosen.items():
                row = trials[(trials["dataset"] == dataset) & (trials["name"] == name)]
                path = picture_of(row.iloc[0], folder) if len(row) else None
                address = data_address(path, each) if path is not None else ""
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


def data_address(path: Path, most: int) -> str:
    """The picture as a ``data:`` address of at most ``most`` characters: unchanged, or reduced to one of ``SIDES``.

    If none is short enough, the shortest address.
    """
    content, kind = read_plain(path), path.suffix.lstrip(".").lower()
    tried = []
    if kind in ("png", "jpg", "jpeg") and len(content) <= KEPT:
        tried.append(_address(content, kind.replace("jpg", "jpeg")))
    for side in SIDES:
        if tried and len(tried[-1]) <= most:
            return tried[-1]
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        picture.thumbnail((side, side))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=82)
        tried.append(_address(buffer.getvalue(), "jpeg"))
    return min(tried, key=len)


def _address(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
