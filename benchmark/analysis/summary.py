"""The summary of a table of trials: mean and spread of the scores by loss and data set, and how trials ended."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from benchmark.analysis.formats import printed
from benchmark.analysis.trials import checked, scored_before_divergence
from benchmark.columns import WITHOUT_SCORE, require_comparable


def mean_interval(values: pd.Series, confidence: float = 0.95) -> tuple[float, float]:
    """The t interval for the mean of at least two values (Student 1908); (nan, nan) for fewer.

    Examples:
        >>> import benchmark, pandas as pd
        >>> low, high = benchmark.mean_interval(pd.Series([48.0, 50.0, 52.0]))
        >>> round(low, 2), round(high, 2)
        (45.03, 54.97)
    """
    n = len(values)
    if n < 2:
        return np.nan, np.nan
    mean, half = float(values.mean()), float(stats.t.ppf((1 + confidence) / 2, n - 1) * values.std(ddof=1) / np.sqrt(n))
    return mean - half, mean + half


def summarise(table: pd.DataFrame, column: str = "best") -> pd.DataFrame:
    """One row per data set, loss, variant and optimiser of a table of trials.

    ``n`` counts the trials that ended ``ok``; mean, std (n - 1), min and the 95% t interval of the mean are over those.
    planned = n + diverged + failed + pending. If diverged trials count with a score (``count_last_scores``), ``n`` includes
    them, and the column ``diverged_later`` gives their number.

    Args:
        table: the table that ``benchmark.bench`` returns, or that ``benchmark.read_trials`` reads.
        column: ``best`` for the best score of each run, ``last`` for the score of its last evaluation.

    Raises:
        UserError: the trials differ in budget, score or extractor, or the table is not a table of trials.

    Examples:
        >>> import benchmark
        >>> summary = benchmark.summarise(benchmark.read_trials("results/studies/fashion-standard-seeds"))
        >>> summary.set_index("loss").loc["LS GAN", ["n", "diverged", "failed", "pending"]].tolist()
        [15, 0, 0, 0]
    """
    table = checked(table)
    require_comparable(table, any_torch=True)
    return summary_of(table, column)


def summary_of(table: pd.DataFrame, column: str = "best") -> pd.DataFrame:
    """``summarise`` for a table that is already ``checked`` and comparable."""
    rows = []
    for (dataset, name), trials in table.groupby(["dataset", "name"], sort=False):
        status = trials["status"]
        scores = trials.loc[status == "ok", column].astype(float)
        low, high = mean_interval(scores)
        rows.append(
            {
                "dataset": dataset,
                "loss": name,
                "n": len(scores),
                "mean": scores.mean(),
                "std": scores.std(ddof=1),
                "min": scores.min(),
                "ci_low": low,
                "ci_high": high,
                **{s: int((status == s).sum()) for s in WITHOUT_SCORE},
                "diverged_later": int(scored_before_divergence(trials).sum()),
            }
        )
    summary = pd.DataFrame(rows)
    return summary if summary["diverged_later"].any() else summary.drop(columns="diverged_later")


def as_text(summary: pd.DataFrame) -> pd.DataFrame:
    """The summary as text, with the headings of the published ``summary.md``."""
    return printed(summary, {"ci_low": "95% CI"})


def as_markdown(text: pd.DataFrame) -> str:
    """A table of strings in Markdown."""
    lines = [list(text.columns), ["---"] * len(text.columns), *text.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
