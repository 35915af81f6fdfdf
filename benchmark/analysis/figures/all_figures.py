"""All figures of a table of trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from benchmark.analysis.crossing import crosses_parts, has_many
from benchmark.analysis.fewer_steps import read_evaluations
from benchmark.analysis.figures.best_of_k import manifold_curves, minimum_curves
from benchmark.analysis.figures.distribution import score_distribution
from benchmark.analysis.figures.factors import combination_grid, factor_bars, level_curves
from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.pairs import improvement_matrix, rank_diagram
from benchmark.analysis.figures.panels import FORMATS, keep_texts, save, write_below
from benchmark.analysis.figures.samples import gallery
from benchmark.analysis.figures.search.hyperparameters import hyperparameter_scatter
from benchmark.analysis.figures.search.importance import importance_bars
from benchmark.analysis.figures.search.ranking import ranking_curves
from benchmark.analysis.figures.search.sensitivity import sensitivity_curves
from benchmark.analysis.figures.search.winning import winning_curves
from benchmark.analysis.figures.seeds import seeds_figure
from benchmark.analysis.figures.steps import step_curves
from benchmark.analysis.pictures import titled_pictures
from benchmark.analysis.statistics.ranks import ranks_over_datasets
from benchmark.analysis.styles import styles
from benchmark.analysis.trials import compared_trials, divergence_note, has_seeds, is_search, search_trials, worst_scored
from benchmark.columns import require_comparable

CROSSED = {"factors": factor_bars, "factor-levels": level_curves, "combinations": combination_grid}
"""The figures of a crossed study, by name; each shows the table of the same name."""


def figures(
    table: pd.DataFrame, folder: Path | None = None, found: Mapping[str, pd.DataFrame] | None = None
) -> Iterator[tuple[str, Figure]]:
    """All figures that the table has enough trials for, by file name; for a search, figures on what matters come first.

    A crossed study with many combinations has no figures with a panel, line or cell per combination or pair. The figures
    ``factor-levels`` and ``combinations`` replace them.

    Args:
        folder: the folder with the study's pictures and evaluations.
        found: the result of ``benchmark.analysis.tables.tables``, if it was already computed; it takes seconds.

    Raises:
        UserError: trials of one data set differ in budget, score or extractor.
    """
    note = divergence_note(table)
    for name, figure in _figures(table, folder, found):
        if note:
            write_below(figure, note)
        yield name, figure


def _figures(
    table: pd.DataFrame, folder: Path | None, tables: Mapping[str, pd.DataFrame] | None
) -> Iterator[tuple[str, Figure]]:
    require_comparable(table, any_torch=True)
    evaluations = read_evaluations(folder) if folder is not None else None
    shares = None if tables is None else tables.get("importance", pd.DataFrame())
    crossed, many = crosses_parts(table), has_many(table)
    for dataset in dict.fromkeys(table["dataset"]):
        for name, draw in CROSSED.items():
            if (found := draw(table, str(dataset), None if tables is None else tables.get(name, pd.DataFrame()))) is not None:
                yield f"{name}-{dataset}", found
    for dataset in dict.fromkeys(table["dataset"]):
        if not crossed and (found := importance_bars(table, str(dataset), shares)) is not None:
            yield f"importance-{dataset}", found
        if (found := sensitivity_curves(table, str(dataset))) is not None:
            yield f"sensitivity-{dataset}", found
    yield "distribution", score_distribution(search_trials(table) if is_search(table) else table)
    for dataset in dict.fromkeys(table["dataset"]):
        if is_search(table) and not many:
            yield f"minimum-against-budget-{dataset}", minimum_curves(table, str(dataset))
        if (found := hyperparameter_scatter(table, str(dataset))) is not None:
            yield f"hyperparameters-{dataset}", found
        if not many and (found := winning_curves(table, str(dataset), evaluations)) is not None:
            yield f"winning-{dataset}", found
        if not many and (found := ranking_curves(table, str(dataset), evaluations)) is not None:
            yield f"ranking-{dataset}", found
        if (found := step_curves(table, str(dataset), evaluations)) is not None:
            yield f"steps-{dataset}", found
    if has_seeds(table):
        yield "seeds", seeds_figure(table)
    if (found := manifold_curves(table)) is not None:
        yield "f1-against-budget", found
    # For a search the matrix would repeat what `winning` and `ranking` show at k = 1.
    if has_seeds(table) and not many and (found := improvement_matrix(table)) is not None:
        yield "improvement", found
    if (ranks := ranks_over_datasets(worst_scored(compared_trials(table)[0]))) is not None:
        yield "ranks", rank_diagram(ranks, styles(table))
    for dataset in table["dataset"].unique():
        if shown := titled_pictures(table, str(dataset), "best", folder):
            yield f"samples-best-{dataset}", gallery(shown)


def write_figures(
    table: pd.DataFrame,
    out: Path,
    folder: Path | None = None,
    formats: tuple[str, ...] = FORMATS,
    found: Mapping[str, pd.DataFrame] | None = None,
) -> list[str]:
    """Writes every figure in every format into ``out``; returns their names. ``found`` is as for ``figures``."""
    written = []
    for name, figure in figures(table, folder, found):
        if figure.get_layout_engine() is not None:
            place(figure)
        for ending in formats:
            save(figure, out / f"{name}.{ending}")
        written.append(name)
    return written


@own_style()
def place(figure: Figure) -> None:
    """Computes the layout once, for all formats."""
    keep_texts(figure)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
