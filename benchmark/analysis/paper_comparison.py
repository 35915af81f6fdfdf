"""Tables that show the paper's numbers next to ours, where both measure the same."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from benchmark.analysis.names import key
from benchmark.analysis.paper import best_fid, comparable, dataset_names, default_settings, default_settings_fid, loss_names
from benchmark.analysis.statistics.differences import holm
from benchmark.analysis.statistics.ranks import Ranks, mean_ranks
from benchmark.analysis.statistics.scales import as_numbers
from benchmark.analysis.trials import has_seeds, is_gan, is_search, search_trials, seed_trials
from benchmark.columns import WITHOUT_SCORE, hyperparameter_column


def best_scores(table: pd.DataFrame) -> pd.DataFrame:
    """Like the paper's table of best scores: mean, std and n of the setting with most seeds, with the paper's if comparable."""
    if not has_seeds(table):
        return pd.DataFrame()
    rows = []
    for dataset, trials in seed_trials(table).groupby("dataset", sort=False):
        theirs, _ = comparable(trials, best_fid())
        for name, of_loss in trials.groupby("name", sort=False):
            scores = of_loss.loc[of_loss["status"] == "ok", "best"].astype(float)
            row: dict[str, Any] = {
                "dataset": dataset,
                "loss": name,
                "n": len(scores),
                "mean": scores.mean(),
                "std": scores.std(ddof=1),
            }
            row |= {s: int((of_loss["status"] == s).sum()) for s in WITHOUT_SCORE}
            rows.append(row | {f"paper_{column}": theirs[column].get(name) for column in ("mean", "std", "note")})
    return without_empty_paper(pd.DataFrame(rows))


def beside_paper(table: pd.DataFrame) -> pd.DataFrame:
    """Each GAN's mean score and the paper's best FID for the same loss and data set, to compare the losses' orders.

    Only the orders can be compared; the scores have a common scale only if ``comparable`` says so.

    Args:
        table: trials of one data set, with one variant of each loss.
    """
    ended = table[is_gan(table) & (table["status"] == "ok")]
    ours = ended.groupby("loss")["best"].mean()
    paper = best_fid()
    theirs = paper[paper["dataset"] == table["dataset"].iloc[0]].set_index("loss")["mean"]
    both = pd.DataFrame({"ours": ours, "the paper's": theirs}).dropna()
    return both.rename(index=dict(loss_names())).rename_axis("loss").sort_values("ours", kind="stable")


def differences_in_paper(paper: pd.DataFrame | None = None) -> pd.DataFrame:
    """How many pairs of GANs differ at 5% in the paper's best FIDs, and how far the GANs are apart, on each data set.

    Uses Welch's test on the published means and standard deviations, corrected by Holm. ``spread`` is one standard deviation
    of the means' logarithms, expressed as a factor.

    Args:
        paper: a table like that of ``best_fid``, which is the default.
    """
    rows = []
    paper = best_fid() if paper is None else paper
    for dataset, gans in paper[is_gan(paper)].groupby("dataset", sort=False):
        named = gans.assign(name=gans["loss"].map(loss_names()))
        losses = list(named[["name", "mean", "std", "n"]].itertuples(index=False, name=None))
        tests = (stats.ttest_ind_from_stats(*a[1:], *b[1:], equal_var=False) for a, b in combinations(losses, 2))
        p = [test.pvalue for test in tests]
        best, worst = min(losses, key=lambda of: of[1]), max(losses, key=lambda of: of[1])
        rows.append(
            {
                "dataset": dataset_names().get(str(dataset), str(dataset)),
                "pairs": len(p),
                "differ": int((holm(p) < 0.05).sum()),
                "best": f"{best[0]} {best[1]:g}",
                "worst": f"{worst[0]} {worst[1]:g}",
                "worst_over_best": worst[1] / best[1],
                "spread": float(np.exp(np.log(gans["mean"]).std(ddof=1))),
            }
        )
    return pd.DataFrame(rows)


def ranks_in_paper() -> Ranks:
    """The GANs' mean ranks over the paper's data sets, by its best FIDs."""
    paper = best_fid()
    gans = paper[is_gan(paper)]
    return mean_ranks(gans.assign(name=gans["loss"].map(loss_names())).pivot(index="dataset", columns="name", values="mean"))


def default_scores(table: pd.DataFrame) -> pd.DataFrame:
    """The score of each loss's default setting (its authors'), and the lowest score of its search.

    The paper gives an approximate score of the best GAN with default settings; it is shown next to our best one if comparable.
    Losses whose sample 0 is not the default setting, or has no score, are left out.
    """
    if not is_search(table) or "sample" not in table:
        return pd.DataFrame()
    ok = table[table["status"] == "ok"]
    at_default = ok[(ok["sample"] == 0) & is_default_setting(ok)]
    rows = []
    for dataset, trials in at_default.groupby("dataset", sort=False):
        theirs, _ = comparable(trials, default_settings_fid())
        searched = search_trials(ok[ok["dataset"] == dataset])
        means = {str(name): float(of_loss["best"].mean()) for name, of_loss in trials.groupby("name", sort=False)}
        gans = [name for name in trials.loc[is_gan(trials), "name"].unique() if name in theirs.index]
        best = min(gans, key=lambda name: means[name], default=None)
        for name, mean in means.items():
            scores = searched.loc[searched["name"] == name, "best"]
            row = {
                "dataset": dataset,
                "loss": name,
                "n": int((trials["name"] == name).sum()),
                "default": mean,
                "settings": len(scores),
                "lowest": float(scores.min()),
            }
            beside = theirs[theirs.index == best]
            rows.append(row | {f"paper_{column}": beside[column].get(name) for column in ("best_gan", "note")})
    return without_empty_paper(pd.DataFrame(rows))


def without_empty_paper(table: pd.DataFrame) -> pd.DataFrame:
    """The table without the paper's columns if none of them has a number."""
    theirs = [column for column in table if str(column).startswith("paper_")]
    return table.drop(columns=theirs) if table[theirs].isna().all(axis=None) else table


def is_default_setting(table: pd.DataFrame) -> pd.Series:
    """Whether each trial has the default setting that the paper gives for its loss."""
    settings = default_settings().set_index("loss")
    losses = table["loss"].map(key)
    found = losses.isin(settings.index)
    for name in settings:
        column, theirs = hyperparameter_column(str(name)), losses.map(settings[name]).astype(float)
        ours = as_numbers(table[column]) if column in table else pd.Series(np.nan, table.index)
        found &= theirs.isna() | np.isclose(ours, theirs, rtol=1e-9)
    return found
