"""The numbers of ``results/paper/findings.md``, which compares every finding of the paper with ours."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from benchmark.analysis.paper import best_fid, train_against_test
from benchmark.analysis.paper_comparison import default_scores
from benchmark.analysis.tables.manifold import DELTAS, scores_at
from benchmark.analysis.tables.search import selected
from benchmark.analysis.trials import is_gan
from measurements.pages.published import VAE, interval, published, without_vae
from measurements.pages.seeds import pairs_of

METRICS = Path(__file__).parents[2] / "results" / "metrics"
REFERENCE = "NS GAN"
RESAMPLES = 2_000


def bias(dataset: str) -> str:
    """FID between 10,000 training images and the 10,000 test images by ``layers``, mean ± standard deviation."""
    sizes = pd.read_csv(METRICS / f"{dataset}-layers-size-summary.csv", dtype={"n": str})
    found = sizes[(sizes["comparison"] == "training against test images") & (sizes["n"] == "10000")]
    return f"{found['mean'].item():.2f} ± {found['std'].item():.2f}"


def bias_of_the_paper(dataset: str) -> str:
    """The paper's number for the same comparison, with Inception features."""
    table = train_against_test().set_index("dataset")
    mean, std = (float(table[column][dataset]) for column in ("mean", "std"))
    return f"{mean:.2f} ± {std:.2f}"


def rises_with_dropped_classes(dataset: str) -> str:
    """The number of random class orders in which FID rises with every further class left out."""
    rows = pd.read_csv(METRICS / f"{dataset}-layers-dropped-classes.csv")
    orders = [of["fid"].to_numpy() for _, of in rows.sort_values("dropped").groupby("repetition")]
    return f"{sum(bool((np.diff(fids) > 0).all()) for fids in orders)} of {len(orders)}"


def correlation(first: pd.Series, second: pd.Series) -> str:
    """Spearman's rank correlation with its 95% interval, by resampling the few values."""
    pairs = np.column_stack([first, second[first.index]])
    rng = np.random.default_rng(0)
    resampled = (pairs[rng.integers(len(pairs), size=len(pairs))] for _ in range(RESAMPLES))
    found = [stats.spearmanr(of).statistic for of in resampled if np.ptp(of, axis=0).all()]  # equal values have no ranks
    low, high = np.quantile(found, [0.025, 0.975])
    return interval(float(stats.spearmanr(pairs).statistic), float(low), float(high), ".2f")


@cache
def expected_scores(study: str) -> pd.DataFrame:
    """The expected score reported by a search of k settings, by k and loss."""
    return selected(published(study).trials).pivot(index="k", columns="loss", values="expected_test")


def by_settings(study: str, *ks: int) -> str:
    """The geometric mean over the GANs of the expected score of a search, for each number of settings in ``ks``."""
    gans = expected_scores(study).drop(columns=VAE)
    return ", ".join(f"{np.exp(np.log(gans.loc[k]).mean()):.0f}" for k in ks)


def crossings(study: str, few: int, many: int) -> str:
    """The number of pairs of GANs whose order differs between searches of ``few`` and of ``many`` settings."""
    gans = expected_scores(study).drop(columns=VAE)
    first, last = gans.loc[few].to_numpy(), gans.loc[many].to_numpy()
    i, j = np.triu_indices(len(first), 1)
    changed = np.sign(first[i] - first[j]) != np.sign(last[i] - last[j])
    return f"{changed.sum()} of {len(changed)}"


def between_datasets(first: str, second: str) -> str:
    """The rank correlation between two studies of the GANs' means over seeds."""
    a, b = (published(name).gans.groupby("loss")["best"].mean() for name in (first, second))
    return correlation(a, b)


def defaults(study: str) -> str:
    """The best GAN's score with the authors' default settings, and the lowest score of a GAN in the search."""
    rows = default_scores(published(study).trials)
    gans = rows[rows["loss"] != VAE]
    best = gans.set_index("loss")["default"].astype(float)
    return f"{next(iter(best.sort_values().index))} {best.min():.0f} against {gans['lowest'].min():.0f}"


def seed_spread(study: str) -> str:
    """The relative standard deviation over seeds (std / mean), as the median over the GANs."""
    scores = published(study).gans.groupby("loss")["best"]
    return f"{(scores.std() / scores.mean()).median():.0%}"


def seed_spread_of_the_paper(dataset: str) -> str:
    """The same in the paper's table of best FIDs."""
    gans = _paper(dataset)
    return f"{(gans['std'] / gans['mean']).median():.0%}"


def best_to_worst_of_the_paper(dataset: str) -> str:
    """The worst GAN's mean divided by the best's, in the paper's table of best FIDs."""
    means = _paper(dataset)["mean"]
    return f"{means.max() / means.min():.1f}"


def _paper(dataset: str) -> pd.DataFrame:
    table = best_fid()
    return table[(table["dataset"] == dataset) & is_gan(table)]


def against_reference(study: str) -> pd.DataFrame:
    """The GANs whose mean over seeds differs from NS GAN's (Welch's test, Holm over all models): ``loss``, ``better``."""
    pairs = pairs_of(published(study).trials)
    rows = pairs[(pairs["first"] == REFERENCE) | (pairs["second"] == REFERENCE)]
    losses = rows["second"].where(rows["first"] == REFERENCE, rows["first"])
    lower = (rows["difference"] > 0) == (rows["first"] == REFERENCE)
    table = pd.DataFrame({"loss": losses, "better": lower, "differs": rows["p"] < 0.05})
    return table[(table["loss"] != VAE) & table["differs"]]


def better_than_reference(*studies: str) -> str:
    """The GANs whose mean is lower than NS GAN's, by study and in all studies."""
    found = {study: set(against_reference(study).query("better")["loss"]) for study in studies}
    everywhere = set.intersection(*found.values())
    said = [
        f"{', '.join(sorted(losses)) or 'none'} on {published(study).trials['dataset_name'].iloc[0]}"
        for study, losses in found.items()
    ]
    return "; ".join(said) + f"; everywhere {', '.join(sorted(everywhere)) or 'none'}"


def highest_f1(study: str, delta: float = DELTAS[0]) -> str:
    """The highest mean F1 over seeds among the GANs, and that GAN's name."""
    gans = without_vae(published(study).trials)
    means = scores_at(delta, gans)["F1"].groupby(gans["name"]).mean()
    return f"{means.max():.2f} ({means.idxmax()})"


def poor_recall(study: str, delta: float = DELTAS[-1]) -> str:
    """Spearman's correlation between FID and recall over the GANs' runs; -1 means that a low FID implies high recall."""
    gans = without_vae(published(study).trials)
    return correlation(gans["best"].astype(float), scores_at(delta, gans)["recall"])


def between_extractors(first: str, second: str) -> str:
    """The rank correlation of the models' mean log scores between two extractors, as measured by claim 11."""
    from experiments.claims.features import EXTRACTORS, by_run
    from experiments.claims.features import correlation as of_two

    runs, rng = by_run(pd.read_csv(METRICS.parent / "claims" / "features.csv")), np.random.default_rng(0)
    found = {pair: of_two(runs[pair[0]], runs[pair[1]], rng) for pair in combinations(EXTRACTORS, 2)}  # same draws as the claim
    return interval(*found[first, second], ".2f")
