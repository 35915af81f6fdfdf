"""Galleries of pictures."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import imread
from numpy.typing import NDArray
from PIL import Image

from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.texts import fitted, title

Images = NDArray[np.uint8]
Distances = NDArray[np.floating[Any]]
COLUMNS = 8


@own_style()
def gallery(pictures: dict[str, Path | None], columns: int = 4) -> Figure:
    """The pictures side by side, each under its title; "no picture" where one is None or cannot be read."""
    columns = min(columns, len(pictures))
    lines = -(-len(pictures) // columns)
    deepest = max(fitted(heading, 0.9 * 2.6, 11).count("\n") for heading in pictures)
    figure = Figure(figsize=(2.6 * columns, (2.8 + 0.2 * deepest) * lines), layout="constrained")
    grid = np.atleast_1d(figure.subplots(lines, columns)).flatten()
    for axes in grid:
        axes.set_axis_off()
        axes.set_anchor("N")  # so that the layout knows the title's place even without a picture
    for axes, (heading, path) in zip(grid, pictures.items(), strict=False):
        pixels = read_picture(path)
        if pixels is None:
            axes.text(0.5, 0.5, "no picture", ha="center", va="center", fontsize=9, transform=axes.transAxes)
        else:
            axes.imshow(pixels, interpolation="nearest")
        title(axes, heading, 11)
    return figure


def read_picture(path: Path | None) -> NDArray[Any] | None:
    """The picture's pixels; None if there is none, or its file is damaged."""
    try:
        return None if path is None else imread(path)
    except (OSError, ValueError, SyntaxError):  # what Pillow raises
        return None


def stacked(paths: Iterable[Path]) -> bytes:
    """The content of a PNG file with the pictures one below the other on white, not resized."""
    pictures = []
    for path in paths:
        with Image.open(path) as file:
            pictures.append(file.convert("RGB"))
    whole = Image.new("RGB", (max(p.width for p in pictures), sum(p.height for p in pictures)), "white")
    top = 0
    for picture in pictures:
        whole.paste(picture, (0, top))
        top += picture.height
    content = BytesIO()
    whole.save(content, "PNG")
    return content.getvalue()


@own_style()
def closest_pairs(generated: Images, training: Images, test: Images, to_training: Distances, to_test: Distances) -> Figure:
    """A column per generated image, with its nearest training and test images and their distances below.

    Args:
        generated, training, test: uint8 [n, C, H, W], n at most 8; unused columns stay empty.
        to_training, to_test: distances [n].
    """
    figure = Figure(figsize=(9.6, 4.1), layout="constrained")
    grid = figure.subplots(3, COLUMNS, squeeze=False)
    for axes in grid.flatten():
        axes.set_axis_off()
    lines = (("generated", generated, None), ("nearest\ntraining", training, to_training), ("nearest\ntest", test, to_test))
    for line, (name, images, distances) in zip(grid, lines, strict=True):
        line[0].text(-0.1, 0.5, name, ha="right", va="center", fontsize=9, transform=line[0].transAxes)
        for i, image in enumerate(images[:COLUMNS]):
            line[i].imshow(image.transpose(1, 2, 0).squeeze(), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            if distances is not None:
                line[i].set_title(f"{distances[i]:.3g}", fontsize=9, pad=3)
    return figure
