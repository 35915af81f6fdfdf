"""Precision, recall and F1 on a known manifold at several tolerances, compared with FID.

A tolerance delta is the largest squared distance, for pixels from 0 to 1, at which an image counts as part of the manifold or
of the generator's range. The paper's is 0.75; larger ones are more lenient.
"""

from __future__ import annotations

import pandas as pd
from scipy import stats

from benchmark.analysis.tables.importance import parts
from benchmark.columns import score_column

DELTAS = (0.75, 2.0, 4.0)
"""The paper's tolerance, and two larger ones for short runs."""


def scores_at(delta: float, trials: pd.DataFrame) -> pd.DataFrame:
    """Precision, recall and F1 of each trial at this tolerance; F1 is 0 if precision and recall are 0."""
    columns = (
        (score_column("precision"), "recall") if delta == DELTAS[0] else (f"precision_at_{delta:g}", f"recall_at_{delta:g}")
    )
    precision, recall = (trials[column].astype(float) for column in columns)
    f1 = (2 * precision * recall / (precision + recall)).where(precision + recall > 0, 0.0)
    return pd.DataFrame({"precision": precision, "recall": recall, "F1": f1})


def manifold_means(trials: pd.DataFrame, delta: float = DELTAS[-1]) -> pd.DataFrame:
    """Each loss's mean F1 at the paper's tolerance and at ``delta``, its precision and recall at ``delta``, and its mean FID.

    Means are over trials that ended with a score; the loss with the highest F1 at ``delta`` comes first.
    """
    ended = trials[trials["status"] == "ok"]
    at = f"F1 at {delta:g}"
    scores = scores_at(delta, ended).rename(columns={"F1": at})
    scores.insert(0, f"F1 at {DELTAS[0]:g}", scores_at(DELTAS[0], ended)["F1"])
    means = scores.assign(FID=ended["best"].astype(float)).groupby(ended["name"]).mean()
    return means.sort_values(at, ascending=False, kind="stable").rename_axis("loss").reset_index()


def agreement(trials: pd.DataFrame, delta: float = DELTAS[-1]) -> pd.DataFrame:
    """Spearman's rank correlation over trials between FID and precision, recall and F1, for all models and for the GANs.

    A low FID is good, and so are high values of the others, so -1 means full agreement.
    """
    rows: list[dict[str, object]] = []
    for label, part in parts(trials[trials["status"] == "ok"]).items():
        scores = scores_at(delta, part)
        with_fid = {f"FID and {score}": float(stats.spearmanr(part["best"], scores[score]).statistic) for score in scores}
        rows.append({"of": label, "runs": len(part)} | with_fid)
    return pd.DataFrame(rows)
