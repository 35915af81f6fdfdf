"""Claim: WGAN converges more slowly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from benchmark.analysis.figures.panels import line, log_axis, panels
from benchmark.analysis.styles import paper_styles
from benchmark.claims import Claim, Studies, Verdict
from benchmark.claims.base import Word

STUDY, SCORE = "fashion-standard-seeds", "fid_layers"
WASSERSTEIN, OTHERS = ("WGAN", "WGAN GP"), ("NS GAN", "LS GAN")
LOSSES = WASSERSTEIN + OTHERS
THRESHOLDS = (500, 1_000)
"""The thresholds are the medians of ``OTHERS`` after these numbers of steps."""
CENSORED = 0.2
"""A threshold is ignored for a loss if a larger share of its seeds is censored there."""
STEPS, UPDATES, SECONDS, SCORES = "steps", "generator updates", "seconds", "score"
RESAMPLES = 4_999

Side = Literal["", "before", "after"]
Pair = tuple[str, str]


class SlowerWGAN(Claim):
    """How early each seed of each loss's best setting reaches a score, from its evaluations."""

    key = "slower-wgan"
    number = 8
    title = "WGAN converges more slowly"
    sentence = (
        "WGAN, and WGAN GP with it, need more steps than the non-saturating and the least-squares GAN for the same score."
    )
    source = "tutorials of WGAN; of WGAN GP's time per step Gulrajani et al. 2017, section 5.2"
    measured = (
        "The runs are those of fashion-standard-seeds: the best of 30 settings of each loss, under up to 15 seeds, scored "
        "after 250, 500, 1,000 and 2,000 steps.",
        "The thresholds are the medians of NS GAN and of LS GAN after 500 and 1,000 steps. When a seed reaches one is "
        "interpolated between its scores, in logarithms. A seed below it at its first score counts as 250 steps, one that "
        "is never below it as 2,000. If more than a fifth of a loss's seeds are cut off so, the threshold is ignored.",
        "Ratios are of geometric means, with 95% bootstrap intervals over both losses' seeds. Seconds are steps times the "
        "loss's median seconds per step, scoring included.",
    )
    criterion = (
        "A loss is slower than another if at every threshold that decides the interval of its steps over the other's lies "
        "above 1, and faster if below. Supported if WGAN and WGAN GP are each slower than NS GAN and than LS GAN; not "
        "supported if WGAN is faster than both."
    )
    not_seen = (
        "Other settings: each loss has the one that scored best by 2,000 steps, and not WGAN's recommended five critic "
        "updates, small clip and RMSProp, under which it was called slow.",
        "Anything before 250 steps, longer training, other data.",
        "The uncertainty of the settings and the thresholds, which are taken from the same seeds. Interpolation knows four "
        "points of each curve. Seconds were measured beside other work.",
    )

    def measure(self, studies: Studies) -> pd.DataFrame:
        trials, evaluations = studies.published_trials(STUDY)
        trials = trials[trials["name"].isin(LOSSES) & (trials["status"] == "ok")]
        scored = evaluations.merge(trials[["id", "name", "seed", "h_disc_iters"]], on="id").sort_values("step", kind="stable")
        seconds = (trials["seconds"] / trials["steps"]).groupby(trials["name"]).median()
        rows: list[dict[str, object]] = [
            {"what": SCORES, "unit": STEPS, "loss": r["name"], "seed": r["seed"], "at": r["step"], "value": r[SCORE]}
            | {"disc_iters": r["h_disc_iters"]}
            for r in scored.to_dict("records")
        ]
        medians = scored.groupby(["name", "step"])[SCORE].median()
        for loss, steps in product(OTHERS, THRESHOLDS):
            threshold = round(float(medians[loss, steps]), 1)
            for (name, seed), of_seed in scored.groupby(["name", "seed"]):
                taken, side = steps_to(threshold, of_seed["step"], of_seed[SCORE])
                about = {"what": "reached", "loss": name, "seed": seed, "at": threshold, "censored": side}
                in_units = {STEPS: 1.0, UPDATES: 1 / of_seed["h_disc_iters"].iloc[0], SECONDS: seconds[str(name)]}
                rows += [about | {"unit": unit, "value": taken * factor} for unit, factor in in_units.items()]
        table = pd.DataFrame(rows)
        return pd.concat([table, ratios(table)], ignore_index=True)

    def judge(self, table: pd.DataFrame) -> Verdict:
        said = {pair: pace(table, pair) for pair in product(WASSERSTEIN, OTHERS)}
        if all(found == "slower" for found in said.values()):
            word: Word = "supported"
        else:
            word = "not supported" if all(said["WGAN", other] == "faster" for other in OTHERS) else "undecided"
        scores = table[table["what"] == SCORES]
        per_update = sorted(scores["disc_iters"].unique())
        in_updates = "; ".join(f"{a} over {b} {span(of_pair(table, (a, b), UPDATES))}" for a, b in said)
        updates = (
            f"All four settings have {per_update[0]:g} update of D per update of the generator, so equal steps are equal "
            "updates of the generator."
            if len(per_update) == 1
            else f"In generator updates: {in_updates}."
        )
        pairs = "; ".join(f"{a} {needed(table, (a, b))} those of {b}: {found}" for (a, b), found in said.items())
        thresholds = "; ".join(f"{a} over {b} {span(of_pair(table, (a, b), STEPS))}" for a, b in said)
        ends = "; ".join(f"{a} over {b} {at_ends(table, (a, b))}" for a, b in said)
        counts = scores.groupby("loss")["seed"].nunique()
        return Verdict(
            word,
            f"Steps needed for a score, as multiples, over the scores that decide: {pairs}. Seeds: "
            f"{', '.join(f'{counts[loss]} of {loss}' for loss in LOSSES)}.",
            (
                f"The multiple at each score, with its interval: {thresholds}. A * marks a score that is ignored, "
                "since more than a fifth of a loss's seeds are cut off.",
                f"Scores after equal steps, as multiples: {ends}.",
                f"{updates} 1,000 steps take "
                f"{', '.join(f'{1000 * seconds_per_step(table, loss):.0f} s of {loss}' for loss in LOSSES)}.",
            ),
        )

    def draw(self, table: pd.DataFrame) -> Figure:
        figure, (curves, needed) = panels(2, 5.4, 4.2)
        scores = table[table["what"] == SCORES]
        for loss in LOSSES:
            by_step = scores[scores["loss"] == loss].groupby("at")["value"]
            how = line(paper_styles()[loss])
            curves.fill_between(
                by_step.median().index, by_step.quantile(0.1), by_step.quantile(0.9), color=how["color"], alpha=0.2, linewidth=0
            )
            curves.plot(by_step.median().index, by_step.median(), label=loss, **how)
        log_axis(curves, "y")
        curves.set_xscale("log")
        curves.set_xticks(x := sorted(scores["at"].unique()), [f"{step:,.0f}" for step in x])
        curves.minorticks_off()
        found = of_pairs(table, STEPS)
        for threshold in found["at"].unique():
            curves.axhline(threshold, color="0.6", linewidth=0.7, linestyle=":")
        places = [*found.groupby(["loss", "than"], sort=False)]
        for i, ((loss, _), rows) in enumerate(places):
            for j, (_, row) in enumerate(rows.sort_values("at", ascending=False).iterrows()):
                y = i + (j - (len(rows) - 1) / 2) * 0.18
                how, star = line(paper_styles()[str(loss)]), "*" if row["share_censored"] > CENSORED else ""
                needed.plot([row["low"], row["high"]], [y, y], color="0.25", linewidth=1.4)
                needed.plot(row["value"], y, **(how | {"color": how["color"], "markersize": 5, "linestyle": ""}))
                needed.annotate(
                    f"{row['at']:.0f}{star}", (row["high"], y), (4, 0), textcoords="offset points", fontsize=7, va="center"
                )
        log_axis(needed, "x", (1, 2, 3, 5, 7))
        needed.axvline(1, color="0.4", linewidth=0.9)
        needed.set_ylim(len(places) - 0.5, -0.5)
        needed.set_yticks(range(len(places)), [f"{loss}\nover {than}" for (loss, than), _ in places], fontsize=9)
        needed.set_xlabel("ratio of steps to reach a score (written beside), 95% interval")
        one_each = (scores["disc_iters"] == 1).all()
        curves.set_xlabel("steps, of one generator update each" if one_each else "steps")
        curves.set_ylabel("fid_layers, median of seeds and band of 80%")
        curves.legend(frameon=False, fontsize=8)
        return figure


def steps_to(threshold: float, steps: ArrayLike, scores: ArrayLike) -> tuple[float, Side]:
    """The steps at which a run first reaches the threshold, by log-log interpolation, and the side on which it is censored.

    ``before``: it had reached the threshold at its first score. ``after``: it had not reached it at its last score.
    """
    x, y = np.asarray(steps, float), np.asarray(scores, float)
    reached = np.flatnonzero(y <= threshold)
    if not len(reached):
        return float(x[-1]), "after"
    i = reached[0]
    if i == 0:
        return float(x[0]), "before"
    share = np.log(y[i - 1] / threshold) / np.log(y[i - 1] / y[i])
    return float(x[i - 1] * (x[i] / x[i - 1]) ** share), ""


def ratio(first: Sequence[float], second: Sequence[float], rng: np.random.Generator) -> tuple[float, float, float]:
    """The ratio of the geometric means and its 95% interval, by resampling both (percentile bootstrap)."""
    a, b = np.log(np.asarray(first, float)), np.log(np.asarray(second, float))
    means = [x[rng.integers(len(x), size=(RESAMPLES, len(x)))].mean(axis=1) for x in (a, b)]
    low, high = np.exp(np.quantile(means[0] - means[1], [0.025, 0.975]))
    return float(np.exp(a.mean() - b.mean())), float(low), float(high)


def ratios(table: pd.DataFrame) -> pd.DataFrame:
    """The ratios of every pair: of the effort to reach each threshold, in every unit, and of scores after equal steps."""
    rng, rows = np.random.default_rng(0), []
    for (what, unit, at), of_all in table.groupby(["what", "unit", "at"], sort=False):
        for first, second in product(WASSERSTEIN, OTHERS):
            a, b = (of_all[of_all["loss"] == loss] for loss in (first, second))
            found = dict(zip(("value", "low", "high"), ratio(a["value"].tolist(), b["value"].tolist(), rng), strict=True))
            shares = [of_one["censored"].isin(["before", "after"]).mean() for of_one in (a, b)]
            counts = {"n": len(a), "n_than": len(b), "share_censored": max(shares)}
            rows.append({"what": f"ratio of {what}", "unit": unit, "loss": first, "than": second, "at": at} | found | counts)
    return pd.DataFrame(rows)


def of_pairs(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The ratios of the effort to reach the thresholds, for all pairs."""
    return table[(table["what"] == "ratio of reached") & (table["unit"] == unit)]


def of_pair(table: pd.DataFrame, pair: Pair, unit: str) -> pd.DataFrame:
    """The pair's ratios, from the easiest threshold to the hardest."""
    found = of_pairs(table, unit)
    return found[(found["loss"] == pair[0]) & (found["than"] == pair[1])].sort_values("at", ascending=False)


def needed(table: pd.DataFrame, pair: Pair) -> str:
    """The smallest and the largest ratio of the pair's steps, over the thresholds that count."""
    found = of_pair(table, pair, STEPS)
    ratios = found.loc[found["share_censored"] <= CENSORED, "value"]
    return f"{ratios.min():.2f} to {ratios.max():.2f} times" if len(ratios) else "(no threshold decides)"


def pace(table: pd.DataFrame, pair: Pair) -> str:
    """Whether the first of the pair is slower or faster in steps, by the intervals at all thresholds that count."""
    found = of_pair(table, pair, STEPS)
    found = found[found["share_censored"] <= CENSORED]
    slower, faster = (found["low"] > 1).sum(), (found["high"] < 1).sum()
    for word, count in (("slower", slower), ("faster", faster)):
        if count and count == len(found):
            return word
    return f"undecided (of {len(found)} thresholds slower at {slower}, faster at {faster})"


def span(found: pd.DataFrame) -> str:
    """A pair's ratios at all thresholds, with intervals; a star marks thresholds that are ignored."""
    stars = np.where(found["share_censored"] > CENSORED, "*", "")
    return ", ".join(f"{shown(r)} at {r['at']:.1f}{star}" for (_, r), star in zip(found.iterrows(), stars, strict=True))


def at_ends(table: pd.DataFrame, pair: Pair) -> str:
    """The pair's ratios of scores after the smallest and the largest number of steps, with intervals."""
    found = table[(table["what"] == f"ratio of {SCORES}") & (table["loss"] == pair[0]) & (table["than"] == pair[1])]
    found = found.sort_values("at").iloc[[0, -1]]
    return ", ".join(f"{shown(r)} after {r['at']:,.0f}" for _, r in found.iterrows())


def seconds_per_step(table: pd.DataFrame, loss: str) -> float:
    """The loss's median seconds per step, from its rows of steps and seconds."""
    reached = table[(table["what"] == "reached") & (table["loss"] == loss)]
    totals = reached.groupby("unit")["value"].sum()
    return float(totals[SECONDS] / totals[STEPS])


def shown(row: pd.Series) -> str:
    """A ratio with its interval, as text."""
    return f"{row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
