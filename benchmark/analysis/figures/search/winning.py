"""The budget needed to prefer one loss: how often its search beats the baseline's, by samples and by steps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from benchmark.analysis.fewer_steps import common_steps, stopped_at
from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import line, small_multiples
from benchmark.analysis.figures.texts import head, label_x, label_y, title
from benchmark.analysis.names import dataset_names
from benchmark.analysis.statistics.search import Search, probability_of_winning
from benchmark.analysis.statistics.search_intervals import winning_intervals
from benchmark.analysis.styles import styles
from benchmark.analysis.tables.search import searches

BASELINE = "nsgan"
"""The baseline for other losses, if the table has it: the paper found no loss that is better on every data set."""
POINTS = 12  # at most this many points on a curve


@own_style()
def winning_curves(table: pd.DataFrame, dataset: str, evaluations: pd.DataFrame | None = None) -> Figure | None:
    """A panel for each loss: the probability that its search of k samples beats the baseline's, with its 95% interval.

    k goes up to half of the samples, so that two separate searches fit. The baseline is NS GAN, or the table's first loss if
    there is no NS GAN. Grey lines show the probability after fewer steps.

    Args:
        evaluations: the evaluations of the table's trials; without them there are no lines for fewer steps.

    Returns:
        None if the table is not a search by validation scores, or has a single loss.
    """
    found = dict(searches(table)).get(dataset, {})
    if len(found) < 2:
        return None
    keys = dict(zip(table["name"], table["loss"], strict=True))
    names, looks = list(found), styles(table[table["name"].isin(list(found))])
    baseline = next((name for name in names if keys[name] == BASELINE), names[0])
    earlier = shorter_searches(table, dataset, evaluations)
    others = [name for name in names if name != baseline]
    figure, grid = small_multiples(len(others))
    for axes, name in zip(grid, others, strict=True):
        for shade, step in zip(np.linspace(0.7, 0.4, len(earlier)), earlier, strict=True):
            ks, curve, _ = _curve(earlier[step][name], earlier[step][baseline])
            axes.plot(ks, curve, color=f"{shade:.2f}", linewidth=1.4, label=f"{step:,} steps")
        ks, curve, band = _curve(found[name], found[baseline], band=True)
        drawn = line(looks[name])
        axes.fill_between(ks, *band, color=drawn["color"], alpha=0.2, linewidth=0)
        axes.plot(ks, curve, **drawn)
        axes.axhline(0.5, color="0.3", linewidth=0.8, linestyle=":")
        title(axes, f"{name} (n = {len(found[name].test)})", 8)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlim(0.5, ks[-1] + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    if earlier:
        grid[0].legend(fontsize=6, frameon=False, handlelength=1.5, loc="lower right")
    steps = f"{int(table.loc[table['dataset'] == dataset, 'steps'].iloc[0]):,} steps" if "steps" in table else "all steps"
    grey = "; grey: after fewer steps" if earlier else ""
    label_x(figure, f"hyperparameter samples of each loss (colour: {steps}, with 95% interval{grey})")
    label_y(figure, f"probability of ending below {baseline}")
    head(figure, f"{dataset_names(table)[dataset]}: searches that choose by validation, judged by test scores", 10)
    return figure


def shorter_searches(table: pd.DataFrame, dataset: str, evaluations: pd.DataFrame | None) -> dict[int, dict[str, Search]]:
    """The searches after fewer steps, by number of steps, for steps at which all ended trials were scored."""
    rows = table[table["dataset"] == dataset]
    if evaluations is None:
        return {}
    steps = common_steps(rows, evaluations)[:-1]
    found = {step: dict(searches(stopped_at(rows, evaluations, step))).get(dataset, {}) for step in steps}
    return {step: of_step for step, of_step in found.items() if of_step}


def _curve(
    search: Search, baseline: Search, *, band: bool = False
) -> tuple[list[int], list[float], tuple[list[float], list[float]]]:
    """The numbers of samples, the probability of winning at each, and the ends of its interval if requested."""
    n = min(len(search.test), len(baseline.test))
    ks = sorted({round(k) for k in np.geomspace(1, max(1, n // 2), POINTS)})
    curve = [probability_of_winning(search, baseline, k) for k in ks]
    ends = winning_intervals(search, baseline, ks, np.random.default_rng(0)) if band else []
    return ks, curve, ([low for low, _ in ends], [high for _, high in ends])
