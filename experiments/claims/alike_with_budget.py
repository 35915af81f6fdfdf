"""Claim: all losses are alike once the budget is large enough."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter
from numpy.typing import NDArray

from benchmark.analysis.fewer_steps import common_steps, stopped_at
from benchmark.analysis.figures.panels import log_axis, panels
from benchmark.analysis.statistics.minimum import minimum_weights
from benchmark.analysis.statistics.search import Search
from benchmark.analysis.tables.search import searches, selected, winning
from benchmark.analysis.trials import is_gan
from benchmark.claims import Claim, Studies, Verdict
from benchmark.claims.base import Word

Floats = NDArray[np.float64]
STUDY = "fashion-standard"
BUDGETS = (1, 2, 5, 10, 20)
RESAMPLES = 1_999
COLOURS = ("#56B4E9", "#009E73", "#E69F00", "#D55E00")


class AlikeWithBudget(Claim):
    """The spread between losses of the expected scores of searches of k settings, by steps and k."""

    key = "alike-with-budget"
    number = 10
    title = "Alike, given budget"
    sentence = "With enough budget for hyperparameters and training, all GAN losses reach similar scores."
    source = "Lucic et al. 2018, abstract, sections 6 and 7"
    measured = (
        "The trials are those of fashion-standard: 30 random settings of each of seven GAN losses, scored after 250, 500, "
        "1,000 and 2,000 steps.",
        "A search of k = 1, 2, 5, 10 or 20 settings chooses by validation images. Its expected test score is compared "
        "between the losses: the spread is the worst loss's over the best's. Its 95% interval resamples every search's "
        "trials. Beside it is the spread if the trials are assigned to the losses at random, so that no loss is different.",
        "A pair is decided if the probability that one of the two wins has a 95% interval that excludes a half.",
    )
    criterion = (
        "Supported if the spread shrinks from k = 1 to 20 after 2,000 steps, and from 250 to 2,000 steps at k = 20, "
        "without overlap of the first and last interval. Not supported if it grows so in either."
    )
    not_seen = (
        "Budgets larger than 20 settings and 2,000 steps, where the claim is made.",
        "At k = 1, more than means over settings that mostly never learn.",
        "Exact intervals: the spread of seven estimates is above one even where all losses are the same, so its interval lies "
        "high. Searches of 20 share most of the 30 settings, so those intervals are too short.",
        "Differences too small for 30 settings, each with one seed.",
    )

    def measure(self, studies: Studies) -> pd.DataFrame:
        trials, evaluations = studies.published_trials(STUDY)
        gans = trials[is_gan(trials)]
        rows = []
        for steps in common_steps(gans, evaluations):
            shorter = stopped_at(gans, evaluations, steps)
            ((_, found),) = searches(shorter)
            expected = selected(shorter).pivot(index="budget", columns="loss", values="expected_test")
            pairs = winning(shorter)
            for k in BUDGETS:
                of_losses, of_k = expected.loc[k], pairs[pairs["k"] == k]
                low, high = np.quantile(resampled_spreads([*found.values()], k, np.random.default_rng(0)), [0.025, 0.975])
                chance = shuffled_spreads([*found.values()], k, np.random.default_rng(0))
                rows.append(
                    {
                        "steps": steps,
                        "k": k,
                        "n": min(len(search.test) for search in found.values()),
                        "spread": of_losses.max() / of_losses.min(),
                        "low": low,
                        "high": high,
                        "chance": np.median(chance),
                        "chance_high": np.quantile(chance, 0.95),
                        "decided": ((of_k["low"] > 0.5) | (of_k["high"] < 0.5)).sum(),
                        "pairs": len(of_k),
                        "best": of_losses.idxmin(),
                        "worst": of_losses.idxmax(),
                    }
                    | {f"expected {name}": of_losses[name] for name in found}
                )
        return pd.DataFrame(rows)

    def judge(self, table: pd.DataFrame) -> Verdict:
        (first, last), (one, most) = ((table[c].min(), table[c].max()) for c in ("steps", "k"))
        start, end = row_of(table, last, one), row_of(table, last, most)
        by_k, by_steps = (start, end), (row_of(table, first, most), end)
        both = [trend(*by_k), trend(*by_steps)]
        if "grows" in both:
            word: Word = "not supported"
        else:
            word = "supported" if both == ["shrinks", "shrinks"] else "undecided"
        told = "no wider than" if end["spread"] <= end["chance_high"] else "wider than"
        top = table[table["steps"] == last]
        widest = top.iloc[int(top["spread"].argmax())]
        over = top[top["spread"] > top["chance_high"]]
        wider = ", ".join(f"at k = {r.k} ({r.spread:.2f} against {r.chance_high:.2f})" for r in over.itertuples())
        return Verdict(
            word,
            f"After {last:,} steps the spread, the worst loss's expected score over the best's, is {interval(start)} for "
            f"one setting of each and {interval(end)} for the best of {most}: with settings it {both[0]}. After {first:,} "
            f"steps it is {interval(by_steps[0])} for the best of {most}: with steps it {both[1]}. n = {end['n']} "
            "settings of each loss.",
            (
                f"If the trials are assigned to the losses at random, the spread at the largest k is {end['chance']:.2f}, "
                f"with a 95% quantile of {end['chance_high']:.2f}. So the spread found is {told} chance may give. All "
                f"that is shown is that the losses are within a factor of {end['high']:.1f}. The spread is above that "
                f"quantile {wider or 'at no k'}.",
                f"It is widest at k = {widest['k']}, {interval(widest)}, between {widest['best']} and {widest['worst']}.",
                f"At k = {one} {start['decided']} of {end['pairs']} pairs are decided, at k = {most} {end['decided']}; "
                f"chance would decide {0.05 * end['pairs']:.0f}.",
            ),
        )

    def draw(self, table: pd.DataFrame) -> Figure:
        figure, (spread, decided) = panels(2, 4.8, 3.8)
        for i, ((steps, rows), colour, marker) in enumerate(zip(table.groupby("steps"), COLOURS, "os^D", strict=False)):
            how: dict[str, Any] = {"color": colour, "marker": marker, "markeredgecolor": "black", "markeredgewidth": 0.4}
            k = rows["k"] * 1.05 ** (i - 1.5)  # side by side, so that every interval is visible
            spread.vlines(k, rows["low"], rows["high"], color=colour, linewidth=2)
            spread.plot(k, rows["spread"], label=f"{steps:,} steps", **how)
            decided.plot(k, rows["decided"], **how)
        last = table[table["steps"] == table["steps"].max()]
        for column, dashes, words in (("chance", ":", "median"), ("chance_high", "--", "95%")):
            label = f"dealt anew, {last['steps'].iloc[0]:,} steps: {words}"
            spread.plot(last["k"], last[column], color="0.2", linestyle=dashes, linewidth=1.1, label=label)
        log_axis(spread, "y", (1, 2, 3, 5, 7))
        spread.set_ylabel("worst loss's expected score over best's")
        decided.set_ylabel(f"decided pairs of {table['pairs'].max()}")
        decided.set(ylim=(-0.5, table["pairs"].max() + 0.5), yticks=range(0, table["pairs"].max() + 1, 3))
        for axes in (spread, decided):
            axes.set_xscale("log")
            axes.set_xlabel("settings tried, k")
            axes.xaxis.set_major_locator(FixedLocator(BUDGETS))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.xaxis.set_minor_locator(FixedLocator([]))
        figure.legend(*spread.get_legend_handles_labels(), loc="outside upper center", ncols=3, frameon=False, fontsize=8)
        return figure


def expected_scores(search: Search, drawn: NDArray[np.int64], k: int) -> Floats:
    """The expected test score [resamples] of a search of k among the trials with these numbers [resamples, n]."""
    order = np.argsort(search.validation[drawn], axis=1, kind="stable")
    scores: Floats = np.take_along_axis(search.test[drawn], order, axis=1)
    return scores @ minimum_weights(drawn.shape[1], k, replace=False)


def spreads(expected: Floats) -> Floats:
    """The worst loss's expected score divided by the best's, [resamples], from [losses, resamples]."""
    found: Floats = expected.max(axis=0) / expected.min(axis=0)
    return found


def resampled_spreads(found: list[Search], k: int, rng: np.random.Generator) -> Floats:
    """The spread [resamples] if the trials of every search are resampled with replacement."""
    sizes = [len(search.test) for search in found]
    drawn = [rng.integers(n, size=(RESAMPLES, n)) for n in sizes]
    return spreads(np.array([expected_scores(search, d, k) for search, d in zip(found, drawn, strict=True)]))


def shuffled_spreads(found: list[Search], k: int, rng: np.random.Generator) -> Floats:
    """The spread [resamples] if all trials are assigned to the losses at random, so that no loss differs."""
    everyone = Search(np.concatenate([s.validation for s in found]), np.concatenate([s.test for s in found]))
    ends = np.cumsum([len(search.test) for search in found])
    dealt = rng.permuted(np.tile(np.arange(ends[-1]), (RESAMPLES, 1)), axis=1)
    return spreads(np.array([expected_scores(everyone, places, k) for places in np.split(dealt, ends[:-1], axis=1)]))


def row_of(table: pd.DataFrame, steps: int, k: int) -> pd.Series:
    """The row for searches of k after this many steps."""
    ((_, row),) = table[(table["steps"] == steps) & (table["k"] == k)].iterrows()
    return row


def trend(first: pd.Series, last: pd.Series) -> str:
    """Whether the spread shrinks or grows from the first row to the last, judged by the intervals."""
    if last["high"] < first["low"]:
        return "shrinks"
    return "grows" if last["low"] > first["high"] else "shows no detectable change"


def interval(row: pd.Series) -> str:
    """A spread with its interval."""
    return f"{row['spread']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
