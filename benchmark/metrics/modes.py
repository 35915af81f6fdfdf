"""Scores of points in the plane against a known mixture of Gaussians: modes, quality and Wasserstein distance."""

from __future__ import annotations

import hashlib
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import entropy

from benchmark.data import DataSet
from benchmark.data.gaussians import GaussianMixture, Gaussians
from benchmark.metrics.base import Generated, Metric, Report
from benchmark.metrics.extractors import Extractor
from benchmark.plugins import UserError

Floats = NDArray[np.float64]
REACH = 3.0  # standard deviations: a point this near a centre is of high quality
ASSIGNED = 2_000  # points of each kind in the Wasserstein distance
VERSION = 1  # raise it when a change here changes scores


def checked(points: Floats) -> Floats:
    """The points, after checking that they are finite and of shape [n, 2] with n > 0.

    Raises:
        ValueError: they are not.
    """
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"points of shape {points.shape}: [n, 2] with n > 0 is needed")
    if not np.isfinite(points).all():
        raise ValueError("points contain NaN or infinite values")
    return points


def high_quality(points: Floats, truth: GaussianMixture) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """For each of n points: whether it lies within three standard deviations of a centre, and the nearest centre's number."""
    distances = cdist(checked(points), truth.centres)
    nearest = distances.argmin(axis=1)
    return distances.min(axis=1) <= REACH * truth.deviation, nearest


def mode_scores(points: Floats, truth: GaussianMixture) -> dict[str, float]:
    """``modes``, ``high_quality`` and ``mode_kl`` of points [n, 2].

    ``modes`` counts the modes that have a high-quality point. ``high_quality`` is the share of such points; the true
    distribution has 1 - exp(-9/2) = 0.989. ``mode_kl`` is KL(p || uniform) in nats, where p is each mode's share of the
    high-quality points: 0 if all k modes are equally frequent, log k if there is only one, infinite without such points.

    Source: Srivastava et al. 2017, section 4.1; Lin et al. 2018, section 4.1.
    """
    good, nearest = high_quality(points, truth)
    counts = np.bincount(nearest[good], minlength=len(truth.centres))
    kl = float(entropy(counts, np.ones(len(counts)))) if counts.sum() else np.inf
    return {"modes": float((counts > 0).sum()), "high_quality": float(good.mean()), "mode_kl": kl}


def wasserstein(points: Floats, others: Floats) -> float:
    """The exact 1-Wasserstein distance, in the points' units, between two sets of n points [n, 2], by optimal assignment.

    Two samples of one distribution have a distance above 0 that falls with n, so compare only at equal n.

    Raises:
        ValueError: the sets differ in size, or their values are not finite points.
    """
    if len(checked(points)) != len(checked(others)):
        raise ValueError(f"{len(points)} points against {len(others)}: equally many are needed")
    costs = cdist(points, others)
    return float(costs[linear_sum_assignment(costs)].mean())


class PointMetric(Metric):
    """A metric that compares points in the plane with the mixture of Gaussians behind the data set."""

    def __init__(self, dataset: Gaussians) -> None:
        self.dataset, self.name = dataset, self.main()
        settings = [VERSION, dataset.key, dataset.mixture.centres.tolist(), dataset.mixture.deviation, REACH, ASSIGNED]
        self.fingerprint = hashlib.sha256(repr(settings).encode()).hexdigest()[:12]

    @classmethod
    def main(cls) -> str:
        """The column of its main score."""
        return cls.key

    @classmethod
    def named(cls, extractor: type[Extractor]) -> str:
        return cls.main()

    @classmethod
    def on(cls, dataset: DataSet, extractor: type[Extractor], device: torch.device, report: Report) -> Self:
        if not isinstance(dataset, Gaussians):
            raise UserError(
                f"The metric {cls.key!r} needs points from a mixture of Gaussians, which {dataset.name} does not have.\n"
                "It is defined on ring and grid."
            )
        return cls(dataset)


class Modes(PointMetric):
    """``modes_missed``, where lower is better, and ``modes``, ``high_quality`` and ``mode_kl`` (see ``mode_scores``)."""

    key = "modes"

    @classmethod
    def main(cls) -> str:
        return "modes_missed"

    def __call__(self, generated: Generated) -> dict[str, float]:
        mixture = self.dataset.mixture
        scores = mode_scores(self.dataset.in_plane(generated.images.cpu().numpy()), mixture)
        return {self.name: len(mixture.centres) - scores["modes"], **scores}


class Wasserstein(PointMetric):
    """``wasserstein``: the distance between 2,000 generated and 2,000 test points (see ``wasserstein``), in the plane's units.

    ``wasserstein_validation`` is the distance to validation points. If fewer points are generated, as few real ones are used.
    """

    key = "wasserstein"

    def __init__(self, dataset: Gaussians) -> None:
        super().__init__(dataset)
        parts = {"": "test", "_validation": "validation"}
        self.real = {suffix: dataset.in_plane(dataset.load(split).images[:ASSIGNED]) for suffix, split in parts.items()}

    def __call__(self, generated: Generated) -> dict[str, float]:
        points = self.dataset.in_plane(generated.images[:ASSIGNED].cpu().numpy())
        return {self.name + suffix: wasserstein(points, real[: len(points)]) for suffix, real in self.real.items()}
