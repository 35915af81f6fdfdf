"""All tables of a study, as numbers. Diverged and failed trials count as the worst score, except in the summary."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchmark.analysis.crossing import crosses_parts
from benchmark.analysis.formats import as_latex, printed
from benchmark.analysis.names import dataset_names
from benchmark.analysis.paper_comparison import best_scores, default_scores
from benchmark.analysis.summary import as_markdown
from benchmark.analysis.tables.comparison import failures, losses, minima, pairs, ranks, robust, summaries
from benchmark.analysis.tables.factors import combinations, factor_levels, factor_shares
from benchmark.analysis.tables.headline import headline, nested
from benchmark.analysis.tables.importance import importances, learning_rates, narrowed_ranges
from benchmark.analysis.tables.range_ends import range_ends
from benchmark.analysis.tables.search import ranking, selected, variances, winning
from benchmark.columns import require_comparable


def tables(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All tables that the trials allow, by file name; those on what matters come first.

    If the study crosses losses with penalties or normalisations, tables on what losses explain are left out, because they
    would treat each combination as a loss.

    Raises:
        UserError: trials of one data set differ in budget, score or extractor.
    """
    require_comparable(table, any_torch=True)
    of_losses = {
        "importance": importances,
        "learning-rate": learning_rates,
        "learning-rate-range": narrowed_ranges,
        "range-ends": range_ends,
        "headline": headline,
        "nested": nested,
    }
    found = {
        "factors": factor_shares(table),
        "factor-levels": factor_levels(table),
        "combinations": combinations(table),
        **({} if crosses_parts(table) else {name: of(table) for name, of in of_losses.items()}),
        **summaries(table),
        "best-score": best_scores(table),
        "default-settings": default_scores(table),
        "robust": robust(table),
        "minimum-against-budget": minima(table),
        "selected": selected(table),
        "pairs": pairs(table),
        "winning": winning(table),
        "ranking": ranking(table),
        "variance": variances(table),
        "ranks": ranks(table),
        "failures": failures(table),
        "losses": losses(table),
    }
    return {name: rows for name, rows in found.items() if not rows.empty}


def write_tables(table: pd.DataFrame, out: Path, found: Mapping[str, pd.DataFrame] | None = None) -> list[str]:
    """Writes every table as CSV (all digits), Markdown and LaTeX into ``out``; returns their names.

    Args:
        found: the result of ``tables`` for this table, if it was already computed; it takes seconds.
    """
    out.mkdir(parents=True, exist_ok=True)
    found = tables(table) if found is None else found
    in_print = tables_in_print(table, found)
    for name, rows in found.items():
        rows.to_csv(out / f"{name}.csv", index=False)
        text = in_print[name]
        (out / f"{name}.md").write_text(as_markdown(text), encoding="utf-8")
        (out / f"{name}.tex").write_text(as_latex(text), encoding="utf-8")
    return list(found)


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables that ``write_tables`` wrote into a folder, by name; empty if there are none."""
    return {path.stem: pd.read_csv(path) for path in sorted(folder.glob("*.csv"))}


def tables_in_print(table: pd.DataFrame, found: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables found in a table of trials, as text for readers, with printed headings and data set names."""
    names = dataset_names(table)
    return {
        name: printed(rows.assign(dataset=rows["dataset"].map(names)) if "dataset" in rows else rows)
        for name, rows in found.items()
    }
