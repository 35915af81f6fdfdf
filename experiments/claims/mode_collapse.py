"""Claim: Wasserstein GANs cure mode collapse."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from benchmark.analysis.figures.panels import panels, points
from benchmark.analysis.figures.texts import label_x
from benchmark.analysis.statistics.differences import difference
from benchmark.analysis.statistics.intervals import bootstrap_interval
from benchmark.analysis.styles import paper_styles
from benchmark.claims import Claim, Studies, Verdict
from benchmark.study.planning.studyfile import find_study

CURES, OTHERS = ("WGAN", "WGAN GP"), ("MM GAN", "NS GAN", "LS GAN")
MODES = {"ring": 8, "grid": 25}
LEARNED = 0.5  # the share of points near a mode above which a loss has learned
SMALLEST = 0.001  # the smallest share above zero among a thousand points
SHARES = (0, 0.001, 0.01, 0.1, 1)


class ModeCollapse(Claim):
    """Seven losses, searched in the same way, on points whose modes can be counted."""

    key = "mode-collapse"
    number = 7
    title = "WGAN cures mode collapse"
    sentence = "Wasserstein GANs cover modes that other GANs drop."
    source = "Arjovsky et al. 2017, section 4.3, and tutorials after it"
    measured = (
        "A ring of 8 and a grid of 25 Gaussians (Metz et al. 2017; Srivastava et al. 2017) are learned by perceptrons with two "
        "hidden layers of 64 units in 1,500 steps.",
        "Each loss has its best of 20 random settings, by Wasserstein distance on validation points, under ten seeds.",
        "A mode is covered if one of 1,000 generated points lies within three standard deviations of it. The share of such "
        "points is counted too.",
    )
    criterion = (
        "Supported for a Wasserstein loss if on both sets it covers more modes than MM, NS and LS GAN, by 95% intervals of "
        "the difference. Not supported if one of these covers more than it on one of the sets. A set on which none of the "
        "five losses puts half of its points near modes is ignored; that rule came after the first run."
    )
    not_seen = (
        "Images, longer training and larger networks.",
        "Other settings: each loss has one, from one search.",
        "How evenly the modes are covered.",
    )

    def measure(self, studies: Studies) -> pd.DataFrame:
        studies.trials(find_study("modes-search"), together=20)
        trials = studies.trials(find_study("modes-seeds"), together=10)
        return trials[["id", "dataset", "name", "seed", "status", "modes", "high_quality", "best"]].rename(
            columns={"name": "loss", "best": "wasserstein"}
        )

    def judge(self, table: pd.DataFrame) -> Verdict:
        modes = covered(table)
        learned = {d: table[(table["dataset"] == d) & table["loss"].isin((*CURES, *OTHERS))] for d in MODES}
        shares = {d: rows.groupby("loss")["high_quality"].mean().max() for d, rows in learned.items()}
        better, worse, said = dict.fromkeys(CURES, True), dict.fromkeys(CURES, False), []
        for dataset in MODES:
            for cure in CURES:
                for other in OTHERS:
                    found = difference(modes[dataset, cure], modes[dataset, other])
                    better[cure] &= found.low > 0 and shares[dataset] >= LEARNED
                    worse[cure] |= found.high < 0 and shares[dataset] >= LEARNED
            told = {name: modes[dataset, name].mean() for name in (*OTHERS, *CURES)}
            said.append(f"{dataset}, of {MODES[dataset]}: " + ", ".join(f"{name} {mean:.1f}" for name, mean in told.items()))
        n = table.groupby(["dataset", "loss"]).size().min()
        words = {cure: "supported" if better[cure] else "not supported" if worse[cure] else "undecided" for cure in CURES}
        both = set(words.values())
        few = [f"{share:.1%} on the {dataset}" for dataset, share in shares.items() if share < LEARNED]
        return Verdict(
            "supported" if both == {"supported"} else "not supported" if "not supported" in both else "undecided",
            (
                f"On average none of these losses puts more than {' and '.join(few)} of its points near a mode. So no "
                "loss learned what a mode is in these steps, and modes are covered by chance. "
                if few
                else ""
            )
            + " ".join(f"For {cure} the claim is {word}." for cure, word in words.items()),
            (f"Mean modes covered under n = {n} seeds: {'; '.join(said)}.",),
        )

    def draw(self, table: pd.DataFrame) -> Figure:
        names = list(dict.fromkeys(table["loss"]))
        figure, grid = panels(4, 4.6, 2.9)
        rng = np.random.default_rng(0)
        for row, dataset in enumerate(MODES):
            for column, what in enumerate(("modes", "high_quality")):
                axes = grid[2 * row + column]
                for place, name in enumerate(names):
                    rows = table[(table["dataset"] == dataset) & (table["loss"] == name)]
                    values = rows[what].fillna(0).to_numpy(float)
                    spread = place + rng.uniform(-0.3, 0.1, len(values))
                    axes.scatter(spread, values, s=16, **points(paper_styles()[name]))
                    low, high = bootstrap_interval(values, np.mean, rng)
                    axes.plot([place + 0.28] * 2, [low, high], color="black", linewidth=2)
                    axes.plot(place + 0.28, values.mean(), "_", color="black", markersize=9, markeredgewidth=2)
                axes.set_xticks(range(len(names)), [name.replace(" ", "\n") for name in names], fontsize=7)
                axes.set_ylabel("modes covered" if what == "modes" else "share of points near a mode", fontsize=8)
                n = table[table["dataset"] == dataset].groupby("loss").size().min()
                axes.set_title(f"{dataset} of {MODES[dataset]} modes, n = {n} seeds of each", fontsize=9)
                if what == "modes":
                    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
                else:  # some runs have no such points, and one loss has almost only such points
                    axes.set_yscale("symlog", linthresh=SMALLEST)
                    axes.set_yticks(SHARES, [f"{share:g}" for share in SHARES])
                    axes.yaxis.set_minor_locator(NullLocator())
                    axes.set_ylim(-SMALLEST / 2, 1.5)
        label_x(figure, "every run, and beside them the mean and its 95% interval (bootstrap)")
        return figure


def covered(table: pd.DataFrame) -> dict[tuple[str, str], np.ndarray]:
    """The number of modes covered by each run, by data set and loss; 0 for a run that diverged or failed."""
    groups = table.groupby(["dataset", "loss"], sort=False)
    return {(str(dataset), str(loss)): rows["modes"].fillna(0).to_numpy(float) for (dataset, loss), rows in groups}
