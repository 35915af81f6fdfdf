"""Claim: the choice of features decides the ranking."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from benchmark.analysis.figures.panels import log_axis, panels, points
from benchmark.analysis.figures.texts import label_x
from benchmark.analysis.statistics.differences import difference
from benchmark.analysis.styles import paper_styles
from benchmark.analysis.summary import mean_interval
from benchmark.analysis.trials import checked
from benchmark.claims import Claim, Studies, Verdict
from benchmark.plurals import how_many
from benchmark.table_file import read_table

STUDY = "fashion-standard-seeds"
EXTRACTORS = {
    "layers": "fid_layers",
    "classifier": "fid_classifier",
    "pixels": "fid_pixels",
    "efficientnet": "fid_efficientnet",
}
IMAGES = 2_000
TICKS = (1, 1.5, 2, 3, 4, 5, 6, 8)


class Features(Claim):
    """The same generators, scored by four extractors."""

    key = "features"
    number = 11
    title = "The features decide the ranking"
    sentence = "Which loss an FID prefers depends on the features that it is computed with."
    source = "the ImageNet features of FID questioned: Kynkäänniemi et al. 2023, section 3"
    measured = (
        f"The kept generators of {STUDY} (each loss's best setting under fifteen seeds) are scored again on {IMAGES:,} "
        "images. Runs whose generator is not kept are left out.",
        "The extractors are all layers of a small classifier (layers), its last layer (classifier), the pixels, and "
        "EfficientNet-Lite0 trained on ImageNet (efficientnet).",
        "For each pair of extractors: Spearman's correlation of the losses' mean log scores, its 95% interval by "
        "resampling the seeds of every loss, and the pairs of losses that change sides. A pair changes sides if one "
        "extractor's interval of the difference of log scores (Welch) is below zero and the other's above.",
    )
    criterion = (
        "Supported if a pair of losses changes sides; "
        "not supported if none does and every correlation's interval lies above 0.9."
    )
    not_seen = (
        "Inception's features.",
        "Which of them is right: no person has ranked the pictures.",
        "A neutral choice of generators: each was kept where fid_layers was lowest, which favours that score.",
        "A correction for 28 pairs of losses and six pairs of extractors. Chance alone would change few, since both "
        "intervals have to leave out zero.",
    )

    def measure(self, studies: Studies) -> pd.DataFrame:
        folder = studies.published(STUDY) / "rescored"
        parts = []
        for extractor, score in EXTRACTORS.items():
            trials = checked(read_table(folder / f"{score}-{IMAGES}" / "trials.csv"))
            parts.append(trials[["id", "name", "seed", "best"]].assign(extractor=extractor))
        return pd.concat(parts, ignore_index=True).rename(columns={"name": "loss", "best": "score"})

    def judge(self, table: pd.DataFrame) -> Verdict:
        wide = by_run(table)
        rng = np.random.default_rng(0)
        said, lowest = [], 1.0
        for first, second in combinations(EXTRACTORS, 2):
            found, low, high = correlation(wide[first], wide[second], rng)
            lowest = min(lowest, low)
            said.append(f"{first} and {second} {found:.2f} ({low:.2f} to {high:.2f})")
        sides = changed_sides(wide)
        n = wide.groupby("loss").size().min()
        told = "; ".join(f"{a} and {b} ({by} against {other})" for a, b, by, other in sides[:4])
        more = f" and {len(sides) - 4} more" if len(sides) > 4 else ""
        return Verdict(
            "supported" if sides else "not supported" if lowest > 0.9 else "undecided",
            (
                f"Losses that change sides between two extractors, {how_many(len(sides), 'pair')}: {told}{more}."
                if sides
                else "No pair of losses changes sides."
            )
            + f" n = {n} seeds or more of each of {wide.index.get_level_values('loss').nunique()} models.",
            (
                f"Rank correlations of mean log scores: {', '.join(said)}.",
                f"The same of the losses' mean ranks among all runs: {by_ranks(wide)}.",
            ),
        )

    def draw(self, table: pd.DataFrame) -> Figure:
        """A panel per extractor, each with its own scale, since scores of different features are not comparable."""
        logs = table.dropna(subset="score").assign(score=lambda rows: np.log(rows["score"]))
        by = {str(extractor): rows for extractor, rows in logs.groupby("extractor", sort=False)}
        order = by[next(iter(EXTRACTORS))].groupby("loss")["score"].mean().sort_values().index.tolist()
        figure, grid = panels(len(EXTRACTORS), 2.6, 3.8, columns=len(EXTRACTORS))
        for axes, extractor in zip(grid, EXTRACTORS, strict=True):
            ranks = by[extractor].groupby("loss")["score"].mean().rank()
            log_axis(axes, "x", TICKS)
            for row, name in enumerate(order):
                values = by[extractor].loc[by[extractor]["loss"] == name, "score"]
                spread = row + np.random.default_rng(0).uniform(-0.05, 0.2, len(values))
                axes.scatter(np.exp(values), spread, s=10, **(points(paper_styles()[name]) | {"alpha": 0.5}))
                axes.plot(np.exp(mean_interval(values)), [row - 0.25] * 2, color="black", linewidth=2)
                axes.plot(np.exp(values.mean()), row - 0.25, "|", color="black", markersize=9, markeredgewidth=2)
            places = [f"{ranks[name]:.0f}" for name in order]
            labels = [f"{name}  {place}" for name, place in zip(order, places, strict=True)] if axes is grid[0] else places
            axes.set_yticks(range(len(order)), labels, fontsize=8)
            axes.set_ylim(len(order) - 0.5, -0.5)
            axes.tick_params(axis="x", labelsize=8)
            axes.set_title(extractor, fontsize=9)
        runs = logs.groupby(["extractor", "loss"]).size()
        told = (
            "FID by each extractor, with a scale of its own: every seed, and above them the geometric mean and its 95% interval"
        )
        label_x(figure, f"{told}; beside each axis the rank of the mean; n = {runs.min()} to {runs.max()} seeds of each loss")
        return figure


def by_run(table: pd.DataFrame) -> pd.DataFrame:
    """The logarithms of the scores: one row per run, by loss and id, and one column per extractor."""
    runs = table.assign(log=np.log(table["score"])).pivot(index=["loss", "id"], columns="extractor", values="log")
    return runs.dropna()


def correlation(
    first: pd.Series, second: pd.Series, rng: np.random.Generator, resamples: int = 999
) -> tuple[float, float, float]:
    """Spearman's correlation between the losses' mean scores by two extractors; the interval resamples each loss's runs."""
    runs = [rows.to_numpy(float) for _, rows in pd.concat([first, second], axis=1).groupby(level="loss")]

    def of(means: np.ndarray) -> float:
        return float(stats.spearmanr(means[:, 0], means[:, 1]).statistic)

    drawn = [of(np.array([r[rng.integers(len(r), size=len(r))].mean(axis=0) for r in runs])) for _ in range(resamples)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return of(np.array([r.mean(axis=0) for r in runs])), float(low), float(high)


def by_ranks(wide: pd.DataFrame) -> str:
    """The correlation for every pair of extractors of the losses' mean ranks among all runs, as text."""
    means = wide.rank().groupby(level="loss").mean()
    pairs = combinations(EXTRACTORS, 2)
    return ", ".join(f"{a} and {b} {stats.spearmanr(means[a], means[b]).statistic:.2f}" for a, b in pairs)


def changed_sides(wide: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """The pairs of losses for which one extractor prefers the first and another the second, each by its interval."""
    found = []
    losses = list(dict.fromkeys(wide.index.get_level_values("loss")))
    for a, b in combinations(losses, 2):
        ends = {e: difference(wide.loc[a, e], wide.loc[b, e]) for e in EXTRACTORS}
        prefers_a, prefers_b = [e for e, d in ends.items() if d.high < 0], [e for e, d in ends.items() if d.low > 0]
        if prefers_a and prefers_b:
            found.append((a, b, " and ".join(prefers_a), " and ".join(prefers_b)))
    return sorted(found, key=lambda pair: "pixels" in (pair[2], pair[3]))  # pairs with pixels, the crudest features, come last
