"""Reads published studies, several of them into one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.analysis.fewer_steps import common_steps, read_evaluations, stopped_at
from benchmark.analysis.paper import loss_names
from benchmark.analysis.statistics.variance import variance_split
from benchmark.analysis.trials import NOT_A_GAN, checked, is_gan
from benchmark.table_file import read_table

VAE = loss_names()[NOT_A_GAN]
"""The name of the only model that is not a GAN, for tables without a column of keys."""
STUDIES = Path(__file__).parents[2] / "results" / "studies"


@dataclass(frozen=True, eq=False)
class PublishedStudy:
    """The trials and evaluations of one study, or of several comparable studies."""

    trials: pd.DataFrame
    evaluations: pd.DataFrame

    def by_steps(self) -> dict[int, pd.DataFrame]:
        """The table of trials as it would be if every run had ended earlier, by number of steps."""
        return self._by_steps

    @property
    def gans(self) -> pd.DataFrame:
        """The trials of all models except the VAE."""
        return without_vae(self.trials)

    @property
    def outcomes(self) -> str:
        """How the trials ended."""
        ok, diverged, failed = ((self.trials["status"] == status).sum() for status in ("ok", "diverged", "failed"))
        return f"{ok} of {len(self.trials)} runs ended with a score, {diverged} diverged and {failed} failed"

    def scores(self, loss: str) -> pd.Series:
        """The best score of each run of a loss."""
        return self.trials.loc[self.trials["name"] == loss, "best"].astype(float)

    @property
    def hours(self) -> float:
        """The total time of training and scoring, over all trials, in hours."""
        return float(self.trials["seconds"].sum()) / 3600

    @cached_property
    def _by_steps(self) -> dict[int, pd.DataFrame]:
        steps = common_steps(self.trials, self.evaluations)
        return {step: stopped_at(self.trials, self.evaluations, step) for step in steps}


def without_vae(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials of the GANs."""
    return trials[is_gan(trials)]


@cache
def published(*names: str) -> PublishedStudy:
    """The studies with these names, in one table."""
    folders = [STUDIES / name for name in names]
    if missing := [folder.name for folder in folders if not folder.is_dir()]:
        raise ValueError(f"no study called {missing[0]} is published")
    evaluations = [read_evaluations(folder) for folder in folders]
    assert all(found is not None for found in evaluations), f"{names}: a study was published without evaluations"
    trials = pd.concat([read_table(folder / "trials.csv") for folder in folders], ignore_index=True)
    return PublishedStudy(checked(trials), pd.concat(evaluations, ignore_index=True))


def factor(variance: float) -> str:
    """The standard deviation of logarithms, given their variance, as a factor."""
    return f"x {np.exp(np.sqrt(variance)):.2f}"


def interval(value: float, low: float, high: float, form: str) -> str:
    """An estimate with its interval in brackets."""
    return f"{format(value, form)} ({format(low, form)} to {format(high, form)})"


def shares(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """For each part of a table of trials: the standard deviations between and within losses as factors, and the losses' share.

    A factor of 1.2 is a standard deviation of log 1.2: a typical loss scores 1.2 times above or below the mean.
    """
    rows = []
    for label, part in parts.items():
        ended = part[part["status"] == "ok"]
        found = variance_split(np.log(ended["best"]), ended["name"].tolist())
        assert found is not None, "one loss, or one run of each"
        rows.append(
            {
                "of": label,
                "runs": str(len(ended)),
                "spread between losses": factor(found.settings),
                "within a loss": factor(found.seeds),
                "share between losses": f"{found.share:.0%}",
                "95% interval": f"{found.low:.0%} to {found.high:.0%}",
            }
        )
    return pd.DataFrame(rows)
