"""Are generated images nearer to training images than held-out images are? Statistics of nearest distances.

All distances are arrays with one value per image: the distance to the nearest training image, or to the nearest test image.
Those of test images show what is usual without copying; a test image does not count as its own neighbour.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Cells = NDArray[np.integer]

RARE = 0.01
"""A relative distance is rare if at most this share of new real images has a lower one."""
ROUNDING = 1e-3
"""Distances below this share of the usual distance are raised to it, so that rounding does not matter for equal images."""
LEAST = 20
"""The fewest images of each kind in a cell that counts: Mann-Whitney's U is then close enough to normal."""


def relative_distances(to_training: Floats, to_test: Floats, usual: float) -> Floats:
    """Each image's distance to the nearest training image divided by that to the nearest test image, [n].

    The ratio depends neither on the density of real images nor on the distance to all of them. Without copying an image is
    about equally near to both kinds, wherever it lies.

    Args:
        usual: a typical distance between neighbours, above 0; the tolerance for rounding is relative to it.
    """
    relative: Floats = np.maximum(to_training, ROUNDING * usual) / np.maximum(to_test, ROUNDING * usual)
    return relative


def share_of_copies(generated: Floats, test: Floats) -> float:
    """The share of generated images whose relative distance is so low that only 1% of new real images have a lower one.

    The bound is the first percentile of the test images' relative distances, by Weibull's definition: with 99 or more test
    images, a new real image is below it with a probability of exactly 1%. New real images give 0.01 +- 0.1 sqrt(1 / n + 1 / m)
    for n generated and m test images; copies give 1.

    Args:
        generated, test: relative distances [n] and [m].
    """
    return float(np.mean(generated < np.quantile(test, RARE, method="weibull")))


def z_u(generated: Floats, test: Floats) -> float:
    """Mann-Whitney's U of generated and test images' distances to the nearest training image, as a z score.

    Below 0, generated images are nearer. For new real images it has mean 0 and standard deviation 1. Ties count half.

    Source: Meehan, Chaudhuri and Dasgupta 2020, section 3.2.
    """
    from scipy.stats import rankdata  # slow to load

    n, m = len(generated), len(test)
    pairs = rankdata(np.concatenate([generated, test]))[:n].sum() - n * (n + 1) / 2  # where generated is farther
    return float((pairs - n * m / 2) / np.sqrt(n * m * (n + m + 1) / 12))


def c_t(generated: Floats, generated_cells: Cells, test: Floats, test_cells: Cells) -> float:
    """C_T: the mean of the cells' ``z_u``, weighted by their shares of the test images; far below 0 if images are copied.

    Cells with fewer than 20 generated or 20 test images are ignored; if none is left, all images form one cell. For new real
    images its mean is 0 and its standard deviation is below 1.

    Source: Meehan, Chaudhuri and Dasgupta 2020, equation 2 and section 4.

    Args:
        generated, test: distances [n] and [m] to the nearest training image.
        generated_cells, test_cells: the cells [n] and [m] of the space that the images lie in.
    """
    scores, weights = [], []
    for cell in np.unique(test_cells):
        of_generated, of_test = generated[generated_cells == cell], test[test_cells == cell]
        if min(len(of_generated), len(of_test)) >= LEAST:
            scores.append(z_u(of_generated, of_test))
            weights.append(len(of_test))
    return float(np.average(scores, weights=weights)) if scores else z_u(generated, test)
