"""A score as a cubic in one parameter: the share of variance it explains, and a smooth line through the trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from statsmodels.regression.linear_model import OLS, RegressionResults

Floats = NDArray[np.floating[Any]]
TERMS = 4
FEWEST = 7
"""The fewest trials for a cubic: with fewer it would pass through nearly all of them."""


@dataclass(frozen=True)
class Cubic:
    """A cubic in x, fitted by least squares.

    Attributes:
        explained: the share of the scores' variance that it explains (R^2).
        residuals: the scores minus the cubic, [n].
    """

    explained: float
    residuals: Floats
    _centre: float
    _scale: float
    _fitted: RegressionResults

    def at(self, x: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats, Floats]:
        """The curve and the ends of its pointwise t interval at x, assuming equal variance of the residuals."""
        found = self._fitted.get_prediction(_basis(x, self._centre, self._scale))
        return found.predicted_mean, *found.conf_int(alpha=1 - confidence).T


def fit_cubic(x: ArrayLike, scores: ArrayLike) -> Cubic | None:
    """The cubic fitted to the scores; None for fewer than ``FEWEST`` trials, fewer than four values of x, or equal scores."""
    at, y = np.asarray(x, float), np.asarray(scores, float)
    if len(y) < FEWEST or len(np.unique(at)) < TERMS or np.ptp(y) == 0:
        return None
    centre, scale = float(at.mean()), float(at.std())
    fitted = OLS(y, _basis(at, centre, scale)).fit()
    return Cubic(float(fitted.rsquared), fitted.resid, centre, scale, fitted)


def explained_interval(
    x: ArrayLike, scores: ArrayLike, rng: np.random.Generator, confidence: float = 0.95, resamples: int = 499
) -> tuple[float, float]:
    """The interval of ``explained`` by resampling trials (percentile bootstrap); (nan, nan) if there is no cubic.

    A cubic explains 3 / (n - 1) of pure noise, and more in resampled trials, so the ends are too high for few trials.
    """
    at, y = np.asarray(x, float), np.asarray(scores, float)
    if fit_cubic(at, y) is None:
        return np.nan, np.nan
    columns = np.column_stack([np.linalg.qr(_basis(at, float(at.mean()), float(at.std())))[0], y - y.mean()])
    times = rng.multinomial(len(y), np.full(len(y), 1 / len(y)), size=resamples)  # how often each trial is drawn
    products = np.einsum("bi,ij,ik->bjk", times, columns, columns, optimize=True)
    of_basis, with_scores = products[:, :TERMS, :TERMS], products[:, :TERMS, TERMS]
    sums = times @ columns[:, TERMS]
    total = products[:, TERMS, TERMS] - sums**2 / len(y)
    fitted = np.einsum("bj,bjk,bk->b", with_scores, np.linalg.pinv(of_basis, hermitian=True), with_scores) - sums**2 / len(y)
    found = np.divide(fitted, total, out=np.full(resamples, np.nan), where=total > 0)
    low, high = np.nanquantile(np.clip(found, 0, 1), [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _basis(x: ArrayLike, centre: float, scale: float) -> Floats:
    return np.vander((np.asarray(x, float) - centre) / scale, TERMS)
