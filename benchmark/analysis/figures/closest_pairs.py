"""Generated images beside the training images and the test images that are nearest to them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmark.analysis.figures.own_style import own_style

Images = NDArray[np.uint8]
Distances = NDArray[np.floating[Any]]
COLUMNS = 8


@own_style()
def closest_pairs(generated: Images, training: Images, test: Images, to_training: Distances, to_test: Distances) -> Figure:
    """A column for each generated image, the real ones below it with their distances.

    Args:
        generated, training, test: uint8 [n, C, H, W], n at most 8; further columns stay empty.
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
