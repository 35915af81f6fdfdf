"""The ranking of the losses as a function of the budget: of the samples of a search, and of the steps of a run."""

from __future__ import annotations

from textwrap import fill

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import line, panels
from benchmark.analysis.names import dataset_names
from benchmark.analysis.shorter import common_steps, stopped_at
from benchmark.analysis.tables.search import ranking, winning

ASIDE = 1.09  # the factor from one interval's place to the next


@own_style()
def ranking_curves(table: pd.DataFrame, dataset: str, evaluations: pd.DataFrame | None = None) -> Figure | None:
    """A panel for each number of steps: the expected rank of each loss against the samples of its search.

    Bars on the right are 95% intervals at the largest number of samples. The title of a panel says of how many pairs of losses
    the better one is known, for searches of as many samples as the panel has: the interval of the probability to win excludes a
    half. Every loss would be in the middle if it did not matter.

    Args:
        evaluations: of the table's trials; without them there is a panel for the runs as they ended.

    Returns:
        None for a table that is no search by validation scores, or of a single loss.
    """
    rows = table[table["dataset"] == dataset]
    last = f"{int(rows['steps'].iloc[0]):,} steps" if len(rows) and "steps" in rows else "all steps"
    stages = {last: rows}
    if evaluations is not None:
        stages = {f"{step:,} steps": stopped_at(rows, evaluations, step) for step in common_steps(rows, evaluations)} or stages
    ranks = {title: found for title, stage in stages.items() if not (found := ranking(stage)).empty}
    if not ranks:
        return None
    names = list(dict.fromkeys(rows["name"]))
    figure, grid = panels(len(ranks), 3.6, 3.0)
    for axes, (title, found) in zip(grid, ranks.items(), strict=True):
        most = int(found["budget"].max())
        pairs = winning(stages[title])
        pairs = pairs[pairs["budget"] == most]
        known = int(((pairs["low"] > 0.5) | (pairs["high"] < 0.5)).sum())
        axes.set_title(f"{title}: {known} of {len(pairs)} pairs told apart at k = {most}", fontsize=8)
        for i, (name, of_loss) in enumerate(found.groupby("loss", sort=False)):
            drawn = line(str(name), names)
            axes.plot(of_loss["budget"], of_loss["rank"], label=str(name), **drawn)
            bar, last_rank = most * ASIDE ** (i + 2), of_loss.iloc[int(of_loss["budget"].argmax())]
            axes.plot([bar, bar], [last_rank["low"], last_rank["high"]], **(drawn | {"linestyle": "-", "marker": ""}))
        axes.axhline((1 + len(names)) / 2, color="0.3", linewidth=0.8, linestyle=":")
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(sorted(found["budget"].unique())))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
        axes.set_yticks(range(1, len(names) + 1))
        axes.set_ylim(len(names) + 0.3, 0.7)
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=8, frameon=False)
    wide = min(len(ranks), 2)
    told = "k, hyperparameter samples of each loss's search; bars: 95% intervals at the largest"
    figure.supxlabel(fill(told, 45 * wide), fontsize=9)
    figure.supylabel(fill("expected rank by test score (1 is the best)", 26 * -(-len(ranks) // 2)), fontsize=9, ma="center")
    figure.suptitle(fill(f"{dataset_names(table)[dataset]}: what budget it takes to prefer one loss", 40 * wide), fontsize=10)
    return figure
