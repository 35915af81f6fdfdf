"""The tables and the figure on the page of a published search.

``python -m measurements.pages.search fashion-standard`` draws the figure. With several names, as in ``visitors
fashion-standard``, the first study is compared with the others, and the figure goes into its folder.

The tables show the score that a search of k samples is expected to report, by loss, k and steps of a run. They also count the
decided pairs of losses: a pair is decided if the interval of the probability that one search ends below the other excludes 0.5.
"""

from __future__ import annotations

import sys
from collections.abc import Collection

import pandas as pd

from benchmark.analysis.figures.panels import save
from benchmark.analysis.figures.search.ranking import ranking_curves
from benchmark.analysis.tables.comparison import minima
from benchmark.analysis.tables.importance import learning_rates
from benchmark.analysis.tables.range_ends import range_ends
from benchmark.analysis.tables.search import ranking, selected, sizes, winning
from measurements.pages.published import STUDIES, VAE, PublishedStudy, interval, published, shares, without_vae

LOW = 100  # scores below it are counted
LEARNED = 400  # a run that ends above it has learned almost nothing


def held_equal(trials: pd.DataFrame) -> pd.DataFrame:
    """The GANs' share of variance between losses, with part of the setting held equal, and among the runs that learned."""
    gans = without_vae(trials)
    batch_norm, updates = gans["h_discriminator_batch_norm"].astype(bool), gans["h_disc_iters"]
    return shares(
        {
            "settings with batch norm in D": gans[batch_norm],
            "without": gans[~batch_norm],
            "one update of D to each of the generator": gans[updates == 1],
            "five": gans[updates == 5],
            f"runs below {LEARNED}": gans[gans["best"] < LEARNED],
        }
    )


def by_samples(trials: pd.DataFrame) -> pd.DataFrame:
    """The expected score of a search, by loss and number of samples, and the distribution of single settings' scores."""
    rows = selected(trials)
    most = int(rows["k"].max())
    rows = rows[rows["k"].isin([1, 5, 10, most])]
    columns = {f"k = {k}": of_k.set_index("loss")["expected_test"] for k, of_k in rows.groupby("k")}
    table = pd.DataFrame(columns).sort_values(f"k = {most}").map("{:.1f}".format)
    of_loss = (trials["best"] < LOW).groupby(trials["loss_name"])
    table[f"settings below {LOW}"] = [f"{of_loss.sum()[loss]} of {of_loss.size()[loss]}" for loss in table.index]
    of_loss = trials.groupby("loss_name")["best"]
    low, high = (of_loss.quantile(q)[table.index].map("{:.0f}".format) for q in (0.25, 0.75))
    table["half of the settings"] = low + " to " + high
    return table.reset_index(names="loss")


def minimum(trials: pd.DataFrame, loss: str, k: int) -> dict[str, float]:
    """The lowest score expected among k of a loss's trials: ``expected`` with replacement, ``unbiased`` without."""
    rows = minima(trials)
    ((expected, unbiased),) = rows.loc[(rows["loss"] == loss) & (rows["k"] == k), ["expected", "unbiased"]].to_numpy(float)
    return {"expected": expected, "unbiased": unbiased}


def compared_at(trials: pd.DataFrame) -> int:
    """The number of samples at which searches are compared: the table's largest, up to half of a search's samples.

    With more, two separate searches do not fit into the samples, and the intervals are too short.
    """
    n = int(trials.groupby("name").size().min())
    return max(k for k in sizes(n) if k <= max(1, n // 2))


def by_steps(shorter: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """The expected score of a search of ``compared_at`` samples, by loss and steps of its runs."""
    columns = {}
    for step, trials in shorter.items():
        rows = selected(trials)
        columns[f"{step:,} steps"] = rows[rows["k"] == compared_at(trials)].set_index("loss")["expected_test"]
    table = pd.DataFrame(columns)
    return table.sort_values(table.columns[-1]).map("{:.1f}".format).reset_index(names="loss")


def decided(pairs: pd.DataFrame) -> pd.Series:
    """Whether each pair of searches differs: the interval of the probability of winning excludes 0.5."""
    return (pairs["low"] > 0.5) | (pairs["high"] < 0.5)


def decided_by_steps(shorter: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """The numbers of decided pairs, of GANs and of all models, by steps and samples."""
    rows = []
    for step, trials in shorter.items():
        row, won = {"steps": f"{step:,}"}, winning(trials)
        for k, pairs in won[won["k"] < won["k"].max()].groupby("k"):
            gans = pairs[(pairs["first"] != VAE) & (pairs["second"] != VAE)]
            row[f"k = {k}"] = " and ".join(f"{decided(p).sum()} of {len(p)}" for p in (gans, pairs))
        rows.append(row)
    return pd.DataFrame(rows)


def decided_pairs(trials: pd.DataFrame, own: Collection[str] | None = None) -> pd.DataFrame:
    """The decided pairs of searches of ``compared_at`` samples, the better loss first; with ``own``, only these losses'."""
    rows, won = [], winning(trials)
    for row in won[decided(won) & (won["k"] == compared_at(trials))].to_dict("records"):
        better = (row["first"], row["second"], row["probability"], row["low"], row["high"])
        if row["high"] < 0.5:
            better = (row["second"], row["first"], 1 - row["probability"], 1 - row["high"], 1 - row["low"])
        first, second, probability, low, high = better
        rows.append(
            {"better": first, "than": second, "probability": f"{probability:.2f}", "95% interval": f"{low:.2f} to {high:.2f}"}
        )
    pairs = pd.DataFrame(rows)
    return pairs if own is None else pairs[pairs["better"].isin(own) | pairs["than"].isin(own)]


def told_apart(trials: pd.DataFrame) -> str:
    """The number of decided pairs of GANs, for searches of ``compared_at`` samples."""
    names = {*without_vae(trials)["name"]}
    pairs = decided_pairs(trials)
    found = pairs["better"].isin(names) & pairs["than"].isin(names)
    return f"{found.sum()} of {len(names) * (len(names) - 1) // 2}"


def share_of(row: pd.Series) -> str:
    """A row's share, with its interval."""
    value, low, high = (float(row[end]) for end in ("cubic", "low", "high"))
    return interval(value, low, high, ".0%")


def rates(trials: pd.DataFrame) -> pd.DataFrame:
    """The learning rate's share of the variance of each loss's log scores (by a cubic), and the best setting's rate."""
    shares = learning_rates(trials).set_index("of")
    best = trials.loc[trials.groupby("name")["validation"].idxmin()].set_index("name")["h_learning_rate"]
    upper = range_ends(trials).query("hyperparameter == 'learning rate' and end == 'upper'")["loss"].tolist()
    rows = [
        {
            "loss": name,
            "learning rate's share": share_of(shares.loc[name]),
            "best setting's rate": f"{best[name]:.5f}",
            "at the range's upper end": "yes" if name in upper else "no",
        }
        for name in dict.fromkeys(trials["name"])
    ]
    return pd.DataFrame(rows)


def first(trials: pd.DataFrame, count: int = 2) -> str:
    """The losses with the lowest expected ranks, for searches of ``compared_at`` samples."""
    rows = ranking(trials)
    ranks = rows[rows["k"] == compared_at(trials)].set_index("loss")["rank"]
    return " and ".join(ranks.nsmallest(count).index)


def draw_ranking(name: str, found: PublishedStudy) -> None:
    """Draws the figure for the study's page: the losses' ranking by samples and steps."""
    figure = ranking_curves(found.trials, str(found.trials["dataset"].iloc[0]), found.evaluations)
    assert figure is not None, f"{name} is not a search"
    save(figure, STUDIES / name / "ranking.png")


if __name__ == "__main__":
    draw_ranking(sys.argv[1], published(*sys.argv[1:]))
