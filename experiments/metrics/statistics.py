"""Numbers on how the metrics behave, from the tables of ``python -m experiments.metrics``."""

from __future__ import annotations

import numpy as np
import pandas as pd


def at_infinity(n: pd.Series, fid: pd.Series) -> tuple[float, float]:
    """Intercept and slope of the least-squares line of FID over 1/n: FID at infinite n (Chong and Forsyth 2020, section 3)."""
    slope, intercept = np.polyfit(1 / n.to_numpy(float), fid.to_numpy(float), 1)
    return float(intercept), float(slope)


def extrapolations(size: pd.DataFrame) -> pd.DataFrame:
    """FID at infinite n for every comparison and repetition: columns comparison, repetition, fid."""
    rows = [
        {"comparison": comparison, "repetition": repetition, "fid": at_infinity(group["n"], group["fid"])[0]}
        for (comparison, repetition), group in size.groupby(["comparison", "repetition"], sort=False)
    ]
    return pd.DataFrame(rows)


def size_summary(size: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation of FID over the repetitions, for every comparison and n and at infinite n."""
    infinite = extrapolations(size).assign(n=np.inf)
    rows = pd.concat([size, infinite]).groupby(["comparison", "n"], sort=False)["fid"]
    return rows.agg(repetitions="count", mean="mean", std="std").reset_index()


def monotone(degradations: pd.DataFrame) -> pd.DataFrame:
    """Whether the mean FID rises with every step of each degradation: columns extractor, degradation, monotone."""
    means = degradations.groupby(["extractor", "degradation", "level"], sort=False)["fid"].mean()
    rises = means.groupby(level=["extractor", "degradation"], sort=False).agg(lambda v: bool((np.diff(v) > 0).all()))
    return rises.rename("monotone").reset_index()
