"""Several tables of trials side by side: for several data sets, scores or numbers of steps.

Scores of different data sets or features have no common scale; only the losses' orders and the factors between them compare.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from scipy import stats

from benchmark.analysis.names import dataset_names, short_score_name
from benchmark.analysis.tables.headline import headline
from benchmark.analysis.tables.importance import GANS
from benchmark.analysis.trials import setting

_FACTORS = [f"{factor}{end}" for factor in ("spread", "best_to_worst") for end in ("", "_low", "_high")]
HEADLINE = ["part", "n", *_FACTORS, "within", "share_of_losses", "low", "high"]
"""The columns of ``headlines``."""


def overview(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """An overview of each table: data set, score, steps, losses, the most settings and seeds of a loss, and trials."""
    rows = []
    for label, trials in parts.items():
        of_loss = trials.assign(setting=setting(trials)).groupby("name")
        rows.append(
            {
                "study": label,
                "data set": ", ".join(dataset_names(trials).values()),
                "score": short_score_name(str(trials["score"].iloc[0])),
                "steps": f"{int(trials['steps'].iloc[0]):,}",
                "losses": trials["name"].nunique(),
                "settings": int(of_loss["setting"].nunique().max()),
                "seeds": int(of_loss["seed"].nunique().max()),
                "trials": len(trials),
                "without_score": int((trials["status"] != "ok").sum()),
            }
        )
    return pd.DataFrame(rows)


def headlines(parts: Mapping[str, pd.DataFrame], of: str = GANS) -> pd.DataFrame:
    """Each part's row of the table ``headline`` for these losses; parts without such a row are left out."""
    found = {label: headline(trials) for label, trials in parts.items()}
    rows = [rows[rows["of"] == of].assign(part=label) for label, rows in found.items() if len(rows)]
    return pd.concat(rows, ignore_index=True)[HEADLINE] if rows else pd.DataFrame()


def mean_scores(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Each loss's mean score in each part, over trials that ended with a score; the first part's best loss comes first.

    Losses that are missing from a part are left out.
    """
    means = {label: trials[trials["status"] == "ok"].groupby("name")["best"].mean() for label, trials in parts.items()}
    table = pd.DataFrame(means).dropna()
    return table.sort_values(table.columns[0], kind="stable").rename_axis("loss")


def places(means: pd.DataFrame) -> pd.DataFrame:
    """The rank of each loss in each column of means, 1 for the lowest; equal means share the mean of their ranks."""
    return means.rank().map(_plain).reset_index()


def _plain(rank: float) -> float:
    return int(rank) if rank.is_integer() else rank


def rank_correlations(means: pd.DataFrame) -> pd.DataFrame:
    """Spearman's rank correlation of the first column with each other column, and its p-value.

    Args:
        means: one row per loss, at least three.
    """
    first, *others = means.columns
    rows = []
    for other in others:
        rho, p = stats.spearmanr(means[first], means[other])
        about = {"order": str(first), "compared_with": str(other), "losses": len(means)}
        rows.append(about | {"rank_correlation": float(rho), "p_spearman": float(p)})
    return pd.DataFrame(rows)
