"""Claim: WGAN's loss is the first whose training curve tells how good the samples are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.stats import spearmanr

from benchmark.analysis.figures.panels import panels
from benchmark.analysis.statistics.intervals import bootstrap_interval
from benchmark.analysis.styles import paper_styles
from benchmark.claims import Claim, Studies, Verdict
from benchmark.claims.base import Word
from benchmark.study.storage.records.transfer import Record

LOOKS = paper_styles()
"""The styles of the paper's losses, by their names in this claim's tables."""
STUDY, SCORE = "fashion-standard", "fid_layers"
STEPS, ESTIMATE = "steps so far", "Wasserstein estimate"
CURVES = {
    "discriminator": "discriminator",
    "generator": "generator",
    "convergence": "convergence measure",
    "negative_elbo": "negative ELBO",
    "step": STEPS,
}
"""The curves that a trial's evaluations may contain, with their names in the table."""
WASSERSTEIN = ("WGAN", "WGAN GP")
OTHERS = ("MM GAN", "NS GAN", "LS GAN", "DRAGAN", "BEGAN")
LEARNED, ENOUGH = 100.0, 5
"""Trials that end below this score have learned; they are reported only if there are enough."""
WITHIN, OF_LEARNED, ACROSS = "within", "within, learned", "across"
RESAMPLES = 1_999


class TrainingCurves(Claim):
    """Rank correlations between logged training curves and the score, in published trials."""

    key = "training-curves"
    number = 6
    title = "A loss that tells quality"
    sentence = (
        "WGAN's loss, an estimate of the Wasserstein distance, falls as samples improve; the losses of GANs before it do not "
        "tell how good their samples are."
    )
    source = "Arjovsky et al. 2017, section 4.2, figures 3 and 4"
    measured = (
        "The trials are all 240 of fashion-standard: 30 settings of each of seven GAN losses and the VAE, each scored "
        "after 250, 500, 1,000 and 2,000 steps. A curve's value at a score is its mean since the score before.",
        "Within a trial the number is Kendall's tau of curve and score over the four scores: 1 if the curve falls whenever the "
        "score falls, 0 if it says nothing of it. The mean is over 30 trials, and over those alone that end below "
        f"{LEARNED:.0f}, where at least {ENOUGH} do. Across trials it is Spearman's correlation at the last score.",
        "The curve of WGAN's and WGAN GP's discriminator is the Wasserstein estimate, minus the critic's loss. The number "
        "of steps so far serves as a curve that needs no loss.",
    )
    criterion = (
        "Supported if WGAN's estimate has a positive tau by its 95% bootstrap interval, above that of the best curve, of "
        "either sign, of each of MM GAN, NS GAN, LS GAN, DRAGAN and BEGAN. Not supported if it lies below zero, or below "
        "another's best curve."
    )
    not_seen = (
        "More than four points of a curve, each a mean over an interval; curves smoothed or read by eye.",
        "Longer training, where quality may rise and fall.",
        "One scale across trials: the critic's scale changes with clip and lambda, as the paper says itself.",
        "A fair choice of the other losses' curves: the best one is chosen on the same trials, which favours it.",
    )

    def measure(self, studies: Studies) -> pd.DataFrame:
        rng = np.random.default_rng(0)
        records = studies.published_records(STUDY)
        by_loss: dict[str, list[Record]] = {name: [] for name in LOOKS}
        trials, _ = studies.published_trials(STUDY)
        names = trials.set_index("id")["name"]
        for record in records:
            if record.result.status == "ok":
                by_loss[names[record.trial.id]].append(record)
        rows: list[dict[str, object]] = []
        for loss, of_loss in by_loss.items():
            for key in [key for key in CURVES if key in of_loss[0].result.scores[0]]:
                curve, sign = named(loss, key)
                values = [[sign * evaluation[key] for evaluation in r.result.scores] for r in of_loss]
                scores = [[evaluation[SCORE] for evaluation in r.result.scores] for r in of_loss]
                taus = [kendall(v, s) for v, s in zip(values, scores, strict=True)]
                learned = [tau for tau, s in zip(taus, scores, strict=True) if s[-1] < LEARNED]
                for kind, some in ((WITHIN, taus), (OF_LEARNED, learned)):
                    if kind == WITHIN or len(some) >= ENOUGH:
                        low, high = bootstrap_interval(some, np.mean, rng)
                        about = {"loss": loss, "curve": curve, "kind": kind, "n": len(some)}
                        rows.append(about | {"estimate": np.mean(some), "low": low, "high": high})
                if curve != STEPS:  # the same in every trial
                    found = spearman([v[-1] for v in values], [s[-1] for s in scores], rng)
                    about = {"loss": loss, "curve": curve, "kind": ACROSS, "n": len(of_loss)}
                    rows.append(about | dict(zip(("estimate", "low", "high"), found, strict=True)))
        return pd.DataFrame(rows)

    def judge(self, table: pd.DataFrame) -> Verdict:
        within = table[(table["kind"] == WITHIN) & (table["curve"] != STEPS)]
        wgan = row_of(table, WITHIN, "WGAN", ESTIMATE)
        best = {loss: best_curve(within[within["loss"] == loss]) for loss in OTHERS}
        below = [loss for loss in OTHERS if best[loss]["size_low"] > wgan["high"]]
        above = [loss for loss in OTHERS if best[loss]["size_high"] < wgan["low"]]
        if wgan["high"] < 0 or below:
            word: Word = "not supported"
        else:
            word = "supported" if wgan["low"] > 0 and len(above) == len(OTHERS) else "undecided"
        others = "; ".join(f"{loss}'s {best[loss]['curve']} {interval(best[loss])}" for loss in OTHERS)
        estimates = {
            kind: " and ".join(f"{interval(row_of(table, kind, loss, ESTIMATE))} for {loss}" for loss in WASSERSTEIN)
            for kind in (OF_LEARNED, ACROSS)
        }
        trivial = " and ".join(f"{interval(row_of(table, OF_LEARNED, loss, STEPS))} for {loss}" for loss in WASSERSTEIN)
        learned = ", ".join(f"{row_of(table, OF_LEARNED, loss, ESTIMATE)['n']} of {loss}" for loss in WASSERSTEIN)
        return Verdict(
            word,
            f"Within {wgan['n']} trials, Kendall's tau of WGAN's estimate and the score is {interval(wgan)}; 1 would be full "
            "agreement, 0 none. By the whole interval and whatever its sign, the best curve of these losses tells more: "
            f"{', '.join(below) or 'none'}; of these less: {', '.join(above) or 'none'}.",
            (
                f"The best curves of the others: {others}. WGAN GP's estimate: "
                f"{interval(row_of(table, WITHIN, 'WGAN GP', ESTIMATE))}.",
                f"Many settings never learn. In the trials that end below {LEARNED:.0f} ({learned}) the estimate's tau is "
                f"{estimates[OF_LEARNED]}. That of the number of steps so far is {trivial}.",
                f"Across trials Spearman's correlation of the estimate and the score is {estimates[ACROSS]}.",
            ),
        )

    def draw(self, table: pd.DataFrame) -> Figure:
        labels = table[["loss", "curve"]].drop_duplicates()
        places = {(loss, curve): i for i, (loss, curve) in enumerate(zip(labels["loss"], labels["curve"], strict=True))}
        kinds = {
            WITHIN: "within a trial: Kendall's tau with\nthe score, mean over trials",
            OF_LEARNED: f"the same, of the trials\nthat end below {LEARNED:.0f}",
            ACROSS: "across trials: Spearman's correlation\nwith the score at the end",
        }
        figure, grid = panels(len(kinds), 4.0, 6.4, columns=len(kinds))
        last = [i for i, (loss, after) in enumerate(pairwise(labels["loss"])) if loss != after]
        for axes, (kind, words) in zip(grid, kinds.items(), strict=True):
            for _, row in table[table["kind"] == kind].iterrows():
                y, colour = places[row["loss"], row["curve"]], "0.55" if row["curve"] == STEPS else LOOKS[row["loss"]].colour
                for width, drawn in ((3.2, "0.25"), (2.2, colour)):
                    axes.plot([row["low"], row["high"]], [y, y], color=drawn, linewidth=width, solid_capstyle="butt")
                axes.plot(row["estimate"], y, "o", color=colour, markeredgecolor="black", markeredgewidth=0.6, markersize=6)
            axes.axvline(0, color="0.5", linewidth=0.8)
            for i in last:
                axes.axhline(i + 0.5, color="0.75", linewidth=0.6)
            axes.set(xlim=(-1.05, 1.05), ylim=(len(places) - 0.5, -0.5), xticks=(-1, -0.5, 0, 0.5, 1))
            axes.set_yticks(range(len(places)), [f"{loss}: {curve}" for loss, curve in places], fontsize=8)
            axes.tick_params(labelleft=kind == WITHIN)
            axes.set_xlabel(f"{words}, 95% interval")
        return figure


def named(loss: str, key: str) -> tuple[str, int]:
    """The name of this loss's curve that training logs as ``key``, and the sign with which it is used."""
    return (ESTIMATE, -1) if loss in WASSERSTEIN and key == "discriminator" else (CURVES[key], 1)


def kendall(first: Sequence[float], second: Sequence[float]) -> float:
    """Kendall's tau-a: concordant minus discordant pairs, divided by all pairs. Ties are neither; a constant curve has 0."""
    a, b = np.asarray(first, float), np.asarray(second, float)
    i, j = np.triu_indices(len(a), 1)
    return float(np.mean(np.sign(a[j] - a[i]) * np.sign(b[j] - b[i])))


def spearman(first: ArrayLike, second: ArrayLike, rng: np.random.Generator) -> tuple[float, float, float]:
    """Spearman's correlation and its 95% interval by resampling pairs (percentile bootstrap)."""
    a, b = np.asarray(first, float), np.asarray(second, float)
    drawn = [rng.integers(len(a), size=len(a)) for _ in range(RESAMPLES)]
    low, high = np.quantile([spearmanr(a[i], b[i]).statistic for i in drawn], [0.025, 0.975])
    return float(spearmanr(a, b).statistic), float(low), float(high)


def row_of(table: pd.DataFrame, kind: str, loss: str, curve: str) -> pd.Series:
    """The row for this loss's curve."""
    ((_, row),) = table[(table["kind"] == kind) & (table["loss"] == loss) & (table["curve"] == curve)].iterrows()
    return row


def best_curve(rows: pd.DataFrame) -> pd.Series:
    """The row with the strongest correlation, of either sign, and the interval of its absolute value."""
    row = rows.iloc[int(rows["estimate"].abs().argmax())].copy()
    sign = 1 if row["estimate"] >= 0 else -1
    row["size_low"], row["size_high"] = sorted((sign * row["low"], sign * row["high"]))
    return row


def interval(row: pd.Series) -> str:
    """An estimate with its interval, as text."""
    return f"{row['estimate']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
