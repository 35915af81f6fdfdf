"""Formats tables of numbers for readers, as text and as LaTeX."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

HEADINGS = {
    "dataset": "data set",
    "min": "minimum",
    "p": "p (Welch)",
    "p_rank": "p (ranks)",
    "p_value": "p (permutation)",
    "p_spearman": "p (Spearman)",
    "variance_settings": "variance, settings",
    "variance_seeds": "variance, seeds",
    "expected": "expected minimum (bootstrap)",
    "unbiased": "expected without replacement",
    "low": "95% interval",
    "ci_low": "95% interval",
    "band_low": "95% band",
    "improvement_low": "its 95% interval",
    "iqm_low": "its 95% interval",
    "shuffled": "largest share in shuffled scores",
    "forest_r2": "forest's R^2",
    "cubic": "share by a cubic",
    "share_low": "its 95% interval",
    "spread_low": "95% interval of the spread",
    "best_to_worst_low": "95% interval of best to worst",
    "range_from": "range",
    "best_of_k": "expected lowest of k",
}
"""The printed headings of columns, where they differ from the column's name."""
HIGH_ENDS = {
    "low": "high",
    "ci_low": "ci_high",
    "band_low": "band_high",
    "improvement_low": "improvement_high",
    "iqm_low": "iqm_high",
    "share_low": "share_high",
    "spread_low": "spread_high",
    "best_to_worst_low": "best_to_worst_high",
    "range_from": "range_to",
}
"""For the column with the low end of an interval, the column with its high end."""
P_VALUES = ("p", "p_rank", "p_value", "p_spearman")


def number(value: object, column: str = "") -> str:
    """The value as text: two decimals, more for small values, three for p-values, ``-`` for missing values."""
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "-"
    if isinstance(value, float):
        if column in P_VALUES:
            return "< 0.001" if value < 0.001 else f"{value:.3f}"
        if value == 0 or 0.01 <= abs(value) < 1e5:
            return f"{value:.2f}"
        return f"{value:.2g}"
    return str(value)


def printed(table: pd.DataFrame, headings: Mapping[str, str] = HEADINGS) -> pd.DataFrame:
    """The table with its numbers as text, and the two ends of each interval merged into one column.

    Args:
        headings: the printed headings of columns; other columns keep their names.
    """
    text: dict[str, list[str]] = {}
    for column in table.columns:
        if column in HIGH_ENDS.values():
            continue
        heading = headings.get(column, column.replace("_", " "))
        if column in HIGH_ENDS:
            ends = zip(table[column], table[HIGH_ENDS[column]], strict=True)
            text[heading] = ["-" if pd.isna(a) else f"{number(float(a))} to {number(float(b))}" for a, b in ends]
        else:
            text[heading] = [number(value, column) for value in table[column].tolist()]
    return pd.DataFrame(text)


def as_latex(text: pd.DataFrame) -> str:
    """A table of strings in LaTeX, for the package booktabs; text between dollar signs is kept as a formula."""
    numeric = [text[c].str.fullmatch(r"-|[<\s\d.e+-]+( to [\d.e+-]+)?").all() for c in text]
    in_math = text.replace(r"^[<>](?= )", r"$\g<0>$", regex=True)  # for "< 0.001"; < and > in other text are replaced elsewhere
    shown = in_math.style.hide().format(escape="latex-math").format_index(escape="latex", axis=1)
    return shown.to_latex(hrules=True, column_format="".join("r" if n else "l" for n in numeric))
