"""The tables on the page of a published study of seeds.

They show each loss's scores over seeds, with intervals and by the steps of a run, which pairs differ, and by how much.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmark.analysis.statistics.differences import pairwise
from benchmark.analysis.summary import as_text, mean_interval, summarise
from benchmark.analysis.trials import checked, compared_trials, values_by_name, worst_scored
from benchmark.table_file import read_table
from measurements.pages import factors
from measurements.pages.published import STUDIES, VAE, published, without_vae


def ranking(trials: pd.DataFrame) -> pd.DataFrame:
    """The published summary, the lowest mean first, with the median and the mean of the runs' last evaluations."""
    summary = summarise(trials).sort_values("mean", kind="stable", ignore_index=True)
    last = summarise(trials, "last").set_index("loss")["mean"]
    table = as_text(summary).drop(columns=["dataset", "pending"])
    medians = trials[trials["status"] == "ok"].groupby("name")["best"].median()
    table.insert(3, "median", [f"{medians[loss]:.2f}" for loss in table["loss"]])
    table.insert(len(table.columns) - 2, "mean of the last", [f"{last[loss]:.2f}" for loss in table["loss"]])
    return table


def multiples(trials: pd.DataFrame, loss: str, above: float = 1.5) -> pd.Series:
    """The scores of a loss's worst runs, as multiples of its median; only those larger than ``above``."""
    scores = trials.loc[trials["name"] == loss, "best"]
    of_median = scores / scores.median()
    return of_median[of_median > above]


def settings(trials: pd.DataFrame) -> pd.DataFrame:
    """The hyperparameters with which each loss was trained."""
    rows = []
    for name, of_loss in trials.groupby("name", sort=False):
        (setting,) = of_loss.filter(regex="^h_").drop_duplicates().dropna(axis="columns").to_dict("records")
        h = {str(key).removeprefix("h_"): value for key, value in setting.items()}
        shown = {"loss": name, "learning rate": f"{h.pop('learning_rate'):.5f}", "beta1": f"{h.pop('beta1'):.2f}"}
        shown["disc_iters"] = f"{h.pop('disc_iters'):g}" if "disc_iters" in h else "-"
        shown["batch norm in D"] = "yes" if h.pop("discriminator_batch_norm") else "no"
        rows.append(shown | {"its own": ", ".join(f"{key} {value:.3g}" for key, value in h.items()) or "-"})
    return pd.DataFrame(rows)


def by_steps(shorter: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """The mean and standard deviation of each loss's best scores, by the steps of a run."""
    columns = {}
    for step, trials in shorter.items():
        scores = trials[trials["status"] == "ok"].groupby("name")["best"]
        columns[f"{step:,} steps"] = scores.mean().map("{:.1f}".format) + " ± " + scores.std().map("{:.1f}".format)
    order = shorter[max(shorter)].groupby("name")["best"].mean().sort_values().index
    return pd.DataFrame(columns).loc[order].reset_index(names="loss")


def pairs_of(trials: pd.DataFrame) -> pd.DataFrame:
    """The pairwise comparison of the losses on the study's data set; a run without a score counts as the worst."""
    ((_, values),) = [(d, values_by_name(worst_scored(compared_trials(trials)[0]), d)) for d in trials["dataset"].unique()]
    return pairwise(values)


def differing(shorter: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """The number of pairs that differ at 5% after Holm's correction, by means (Welch) and by ranks (Mann-Whitney), by steps."""
    rows = []
    for step, trials in shorter.items():
        pairs = pairs_of(trials)
        gans = pairs[(pairs["first"] != VAE) & (pairs["second"] != VAE)]
        counts = [f"{int((part[p] < 0.05).sum())} of {len(part)}" for p in ("p", "p_rank") for part in (gans, pairs)]
        headings = ("GANs, by means", "all models, by means", "GANs, by ranks", "all models, by ranks")
        rows.append({"steps": f"{step:,}"} | dict(zip(headings, counts, strict=True)))
    return pd.DataFrame(rows)


def differ(trials: pd.DataFrame, p: str = "p") -> str:
    """The number of pairs of GANs that differ at 5% (Holm over all models' pairs), by means, or with ``p_rank`` by ranks."""
    pairs = pairs_of(trials)
    gans = pairs[(pairs["first"] != VAE) & (pairs["second"] != VAE)]
    return f"{(gans[p] < 0.05).sum()} of {len(gans)}"


def beside_search(seeds: str, search: str) -> pd.DataFrame:
    """The test score that the search reported for each loss's chosen setting, compared with its mean over seeds."""
    found = published(search).trials
    reported = found.loc[found.groupby("name")["validation"].idxmin()].set_index("name")["selected"]
    rows = []
    for name, scores in published(seeds).trials.groupby("name", sort=False)["best"]:
        low, high = mean_interval(scores.astype(float))
        mean = f"{scores.mean():.1f} ({low:.1f} to {high:.1f})"
        rows.append({"loss": name, "in the search": f"{reported[name]:.1f}", "mean under seeds": mean})
    return pd.DataFrame(rows).sort_values("loss", key=lambda names: names.map(reported), ignore_index=True)


FEATURES = {
    "fid_layers": "greys and all layers of a small classifier",
    "fid_classifier": "last layer of that classifier",
    "fid_efficientnet": "EfficientNet, trained on ImageNet",
    "fid_pixels": "pixels",
}


def _rescored_table(study: str, score: str, images: int = 2_000) -> Path:
    return STUDIES / study / "rescored" / f"{score}-{images}" / "trials.csv"


def rescored(study: str, score: str) -> pd.DataFrame:
    """A study's kept generators, scored again by this score; runs without a kept generator are left out."""
    trials = checked(read_table(_rescored_table(study, score)))
    return trials[trials["status"] == "ok"]


def by_features(study: str) -> pd.DataFrame:
    """How far the GANs are apart, and which come first and last, for each score that the study has."""
    rows = []
    for score, label in FEATURES.items():
        if not _rescored_table(study, score).exists():
            continue
        trials = rescored(study, score)
        order = trials.groupby("name")["best"].mean().sort_values().index.tolist()
        gans = without_vae(trials)
        of_gans = [name for name in order if name != VAE]
        rows.append(
            {
                "features": label,
                "GANs' runs": f"{len(gans)}",
                "factor between GANs": factors.typical(gans),
                "worst over best": factors.ends(gans),
                "first three GANs": ", ".join(of_gans[:3]),
                "last GAN": of_gans[-1],
                "VAE's rank": f"{order.index('VAE') + 1} of {len(order)}",
            }
        )
    return pd.DataFrame(rows)


def equivalent_within(trials: pd.DataFrame, *losses: str) -> float:
    """The smallest margin within which these two losses are shown to be equivalent."""
    pairs = pairs_of(trials)
    return float(pairs.loc[pairs["first"].isin(losses) & pairs["second"].isin(losses), "equivalent_within"].item())


def closest(trials: pd.DataFrame) -> pd.DataFrame:
    """The pairs that do not differ, with the margin within which they are equivalent; the closest first."""
    pairs = pairs_of(trials)
    rows = pairs[pairs["p"] >= 0.05].sort_values("equivalent_within")
    return pd.DataFrame(
        {
            "pair": rows["first"] + ", " + rows["second"],
            "difference of means": rows["difference"].map("{:+.1f}".format),
            "95% interval": rows["ci_low"].map("{:+.1f}".format) + " to " + rows["ci_high"].map("{:+.1f}".format),
            "equivalent within": rows["equivalent_within"].map("{:.1f}".format),
        }
    )
