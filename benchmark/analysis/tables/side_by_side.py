"""Several tables of trials side by side: of several data sets, by several scores, or after several numbers of steps.

Scores of different data sets or features have no common scale. Their orders can be compared, and so can factors between losses.
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
    """What each table has: data set, score, steps, losses, settings and seeds of the loss that has most, and trials."""
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
    """The row of the table ``headline`` of each part, for these losses; a part that has no such row is left out."""
    found = {label: headline(trials) for label, trials in parts.items()}
    rows = [rows[rows["of"] == of].assign(part=label) for label, rows in found.items() if len(rows)]
    return pd.concat(rows, ignore_index=True)[HEADLINE] if rows else pd.DataFrame()


def mean_scores(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The mean score of each loss in each part, over trials that ended with a score; the first part's best loss comes first.

    Losses that some part does not have are left out.
    """
    means = {label: trials[trials["status"] == "ok"].groupby("name")["best"].mean() for label, trials in parts.items()}
    table = pd.DataFrame(means).dropna()
    return table.sort_values(table.columns[0], kind="stable").rename_axis("loss")


def places(means: pd.DataFrame) -> pd.DataFrame:
    """The place of each loss in each column of means, 1 for the lowest; of equal ones the mean of their places."""
    return means.rank().map(_plain).reset_index()


def _plain(rank: float) -> float:
    return int(rank) if rank.is_integer() else rank


def rank_correlations(means: pd.DataFrame) -> pd.DataFrame:
    """Spearman's rank correlation of the first column with each other one, with the p-value of no relation.

    Args:
        means: a row for each loss, at least three.
    """
    first, *others = means.columns
    rows = []
    for other in others:
        rho, p = stats.spearmanr(means[first], means[other])
        about = {"order": str(first), "compared_with": str(other), "losses": len(means)}
        rows.append(about | {"rank_correlation": float(rho), "p_spearman": float(p)})
    return pd.DataFrame(rows)
