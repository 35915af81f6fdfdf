"""Whether generated images are nearer to training images than held-out ones are: statistics of nearest distances.

All distances are arrays of one value for each image: the distance to the nearest training image, or to the nearest test
image. Those of test images say what is usual where nothing is copied; a test image is no test image's own neighbour.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Cells = NDArray[np.integer]

RARE = 0.01
"""The share of fresh images whose relative distance is rare."""
ROUNDING = 1e-3
"""Of the usual distance: distances below it count as it, so that two images that agree but for rounding are equally near."""
LEAST = 20
"""Images of either kind in a cell that counts: Mann-Whitney's U is near enough to a normal variable from there."""


def relative_distances(to_training: Floats, to_test: Floats, usual: float) -> Floats:
    """How many times as far [n] each image is from the nearest training image as from the nearest test image.

    It does not change with the density of real images, or with their distance from all of them: an image between real ones is
    about as near to either kind, wherever it is.

    Args:
        usual: a distance between neighbours, above 0: the unit of what is rounding.
    """
    relative: Floats = np.maximum(to_training, ROUNDING * usual) / np.maximum(to_test, ROUNDING * usual)
    return relative


def share_of_copies(generated: Floats, test: Floats) -> float:
    """The share of generated images whose relative distance is below what 1% of fresh images have.

    That bound is the first percentile of the test images' relative distances, by the definition (Weibull's) under which a
    fresh image lies below it with a probability of 1% whatever the number of test images, from 99 of them. Fresh images have a
    share of 0.01 +- 0.1 sqrt(1 / n + 1 / m), of n generated and m test images; copies have 1.

    Args:
        generated, test: relative distances [n] and [m].
    """
    return float(np.mean(generated < np.quantile(test, RARE, method="weibull")))


def z_u(generated: Floats, test: Floats) -> float:
    """Mann-Whitney's U of generated and test images' distances to the nearest training image, as a z score.

    Below 0, generated images are the nearer ones; of fresh images it has mean 0 and standard deviation 1. Ties count half.

    Source: Meehan, Chaudhuri and Dasgupta 2020, section 3.2.
    """
    from scipy.stats import rankdata  # slow to load

    n, m = len(generated), len(test)
    pairs = rankdata(np.concatenate([generated, test]))[:n].sum() - n * (n + 1) / 2  # in which the generated one is farther
    return float((pairs - n * m / 2) / np.sqrt(n * m * (n + m + 1) / 12))


def c_t(generated: Floats, generated_cells: Cells, test: Floats, test_cells: Cells) -> float:
    """C_T: the mean of the cells' ``z_u``, weighted by their shares of the test images; far below 0 where images are copied.

    Cells with fewer than 20 generated or test images do not count; where none counts, all images are taken as one cell. Of
    fresh images its mean is 0 and its standard deviation below 1.

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
