"""The main numbers: how much the loss matters compared with settings and seeds, with intervals."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

from benchmark.analysis.paper import best_fid
from benchmark.analysis.statistics.importance.spread import nested_without_each
from benchmark.analysis.statistics.variance import variance_split
from benchmark.analysis.summary import summarise
from benchmark.analysis.tables.headline import headline
from benchmark.analysis.tables.importance import learning_rates, narrowed_ranges
from benchmark.analysis.trials import is_gan
from measurements.pages.published import interval, published
from measurements.pages.second_best import paired, split

GANS = "the GANs"


@cache
def rows_of(studies: str) -> pd.DataFrame:
    """The table ``headline`` of one study, or of several studies whose names are separated by spaces."""
    return headline(published(*studies.split()).trials)


def numbers(study: str, of: str = GANS) -> dict[str, float]:
    """The row of the table ``headline`` for these losses."""
    rows = rows_of(study)
    return _row(rows[rows["of"] == of])


def _row(rows: pd.DataFrame) -> dict[str, float]:
    (row,) = rows.to_dict("records")
    return {str(name): value for name, value in row.items()}


def spread(study: str, of: str = GANS) -> str:
    """How far a typical loss is from the average, as a factor, with its 95% interval."""
    row = numbers(study, of)
    return interval(row["spread"], row["spread_low"], row["spread_high"], ".2f")


def best_to_worst(study: str, of: str = GANS) -> str:
    """The worst loss's mean divided by the best's, with its 95% interval."""
    row = numbers(study, of)
    return interval(row["best_to_worst"], row["best_to_worst_low"], row["best_to_worst_high"], ".1f")


def within(study: str) -> str:
    """The spread between the runs of one GAN (its settings or its seeds), as a factor."""
    return f"{numbers(study)['within']:.2f}"


def share(study: str, lowest_rate: float | None = None, of: str = GANS) -> str:
    """The losses' share of the variance of the GANs' log scores, for all settings or for those above a learning rate."""
    if lowest_rate is None:
        row = numbers(study, of)
    else:
        rows = narrowed_ranges(published(*study.split()).trials)
        row = _row(rows[(rows["of"] == of) & np.isclose(rows["rates_from"], lowest_rate)])
    return interval(row["share_of_losses"], row["low"], row["high"], ".0%")


def share_without_the_worst(study: str) -> str:
    """The losses' share of the variance of the GANs' log scores, without the run with the highest score."""
    gans = published(*study.split()).gans
    kept = gans[gans["best"] < gans["best"].max()]
    found = variance_split(np.log(kept["best"]), kept["name"].tolist())
    assert found is not None, "one loss, or one run of each"
    return interval(found.share, found.low, found.high, ".0%")


def rate(study: str) -> str:
    """The share of the variance of the GANs' log scores that a cubic in the log learning rate explains."""
    rows = learning_rates(published(*study.split()).trials)
    row = _row(rows[rows["of"] == GANS])
    return interval(row["cubic"], row["low"], row["high"], ".0%")


def slow(study: str, below: float) -> str:
    """The share of the GANs' settings with a learning rate below this."""
    return f"{(published(*study.split()).gans['h_learning_rate'] < below).mean():.0%}"


def leaders(study: str, count: int = 2) -> str:
    """The GANs with the lowest means."""
    return " and ".join(published(*study.split()).gans.groupby("name")["best"].mean().nsmallest(count).index)


def ranks(loss: str) -> str:
    """The loss's rank among all models by mean over seeds (1 is the best), on each data set with a study of seeds."""
    studies = ("fashion-standard-seeds", "mnist-quick-seeds", "triangles-quick-seeds")
    found = [int(published(study).trials.groupby("name")["best"].mean().rank()[loss]) for study in studies]
    words = {1: "first", 2: "second", 3: "third"}
    *others, last = [words.get(rank, f"{rank}th") for rank in found]
    return f"{', '.join(others)} and {last}"


def order_of_the_paper(study: str, paper: str) -> str:
    """Spearman's correlation between the GANs' means and the paper's on a data set."""
    table = best_fid()
    theirs = table[(table["dataset"] == paper) & is_gan(table)].set_index("loss")["mean"]
    ours = published(study).gans.groupby("loss")["best"].mean()
    found = stats.spearmanr(theirs, ours[theirs.index])
    return f"{found.statistic:.2f} (p = {found.pvalue:.2f})"


def of_the_paper(dataset: str) -> str:
    """The spread between the GANs in the paper's own table of best FIDs, as a factor."""
    table = best_fid()
    means = table.loc[(table["dataset"] == dataset) & is_gan(table), "mean"]
    return f"{np.exp(np.log(means).std(ddof=1)):.2f}"


SEARCHES = {"Fashion-MNIST": "fashion-standard", "MNIST": "mnist-quick", "triangles": "triangles-quick"}
SEEDS = {name: f"{study}-seeds" for name, study in SEARCHES.items()}


def over_settings() -> pd.DataFrame:
    """How the variance of the GANs' scores over random settings splits, on each data set."""
    return pd.DataFrame(
        [
            {
                "data set": label,
                "runs": f"{int(numbers(study)['n'])}",
                "learning rate's share": rate(study),
                "loss's share": share(study),
                "factor between losses": spread(study),
                "factor between settings": within(study),
            }
            for label, study in SEARCHES.items()
        ]
    )


def settings_searched() -> str:
    """The number of settings that each search tried of a loss, in the order of the data sets."""
    *others, last = [str(published(study).trials.groupby("name").size().min()) for study in SEARCHES.values()]
    return f"{', '.join(others)} and {last}"


def scores() -> pd.DataFrame:
    """Each model's mean score over seeds with its 95% interval, and the number of runs; the lowest mean is bold."""
    columns = {}
    for label, study in SEEDS.items():
        rows = summarise(published(study).trials).set_index("loss")
        intervals = rows[["mean", "ci_low", "ci_high"]].to_numpy(float)
        cells = [interval(mean, low, high, ".1f") for mean, low, high in intervals]
        cells = [f"**{cell}**" if name == rows["mean"].idxmin() else cell for name, cell in zip(rows.index, cells, strict=True)]
        columns[f"{label} (n = {rows['n'].min()})"] = pd.Series(cells, index=rows.index)
    return pd.DataFrame(columns).reset_index(names="loss")


def over_seeds() -> pd.DataFrame:
    """How far the GANs' best settings are apart, on each data set."""
    return pd.DataFrame(
        [
            {
                "data set": label,
                "runs": f"{int(numbers(study)['n'])}",
                "factor between losses": spread(study),
                "worst over best": best_to_worst(study),
                "factor between seeds": within(study),
                "loss's share": share(study),
            }
            for label, study in SEEDS.items()
        ]
    )


def by_range(study: str) -> pd.DataFrame:
    """The losses' share among the GANs' settings above a minimum learning rate."""
    rows = narrowed_ranges(published(*study.split()).trials)
    return pd.DataFrame(
        [
            {
                "learning rates from": f"{row['rates_from']:.2g}",
                "settings": f"{row['n']}",
                "loss's share": interval(row["share_of_losses"], row["low"], row["high"], ".0%"),
                "factor between losses": interval(row["spread"], row["spread_low"], row["spread_high"], ".2f"),
            }
            for row in rows[rows["of"] == GANS].to_dict("records")
        ]
    )


def apart(study: str) -> pd.DataFrame:
    """How far the losses of a study are apart: all models, the GANs, and the GANs without each of them in turn."""
    return pd.DataFrame(
        [
            {
                "of": row["of"],
                "runs": f"{row['n']}",
                "factor between losses": interval(row["spread"], row["spread_low"], row["spread_high"], ".2f"),
                "worst over best": interval(row["best_to_worst"], row["best_to_worst_low"], row["best_to_worst_high"], ".1f"),
                "factor within a loss": f"{row['within']:.2f}",
                "loss's share": interval(row["share_of_losses"], row["low"], row["high"], ".0%"),
            }
            for row in rows_of(study).to_dict("records")
        ]
    )


def without_each() -> pd.DataFrame:
    """The factor between the GANs' best settings without each of them in turn, on each data set."""
    columns = {}
    for label, study in SEEDS.items():
        rows = rows_of(study)
        left_out = rows[rows["of"].str.startswith(f"{GANS} without ")]
        names = left_out["of"].str.removeprefix(f"{GANS} without ")
        cells = [interval(r["spread"], r["spread_low"], r["spread_high"], ".2f") for r in left_out.to_dict("records")]
        columns[label] = pd.Series(cells, index=names)
    return pd.DataFrame(columns).reset_index(names="without")


def nested() -> str:
    """Do losses differ by more than two settings of one loss? The p-value for all GANs, and the largest without one GAN."""
    runs = paired()
    scores = np.log([[of["best"] for _, of in loss.groupby("rank")] for _, loss in runs.groupby("name", sort=False)])
    names = list(dict.fromkeys(runs["name"]))
    each = nested_without_each(scores, names)
    worst = max(each, key=lambda name: each[name].p)
    return f"p = {split(runs).p:.3f} of all seven, {each[worst].p:.3f} without {worst}"
