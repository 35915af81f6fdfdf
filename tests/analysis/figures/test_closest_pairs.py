from __future__ import annotations

import numpy as np
import pytest

from benchmark.analysis.figures.closest_pairs import closest_pairs


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [1, 8])
def test_each_column_has_a_generated_image_above_its_neighbours_and_their_distances(channels: int, count: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, count, channels, 4, 5), dtype=np.uint8)
    to_training, to_test = np.arange(count) + 0.25, np.arange(count) + 0.5
    figure = closest_pairs(*images, to_training, to_test)
    grid = np.array(figure.axes).reshape(3, 8)
    for line, of_line in zip(grid, images, strict=True):
        for axes, image in zip(line, of_line, strict=False):
            (shown,) = axes.get_images()
            assert np.array_equal(shown.get_array(), image.transpose(1, 2, 0).squeeze())
        assert not any(axes.get_images() for axes in line[count:])
    for i in range(count):
        titles = [axes.get_title() for axes in grid[:, i]]
        assert titles == ["", f"{to_training[i]:.3g}", f"{to_test[i]:.3g}"]
    figure.draw_without_rendering()
