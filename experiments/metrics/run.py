"""Runs the experiments with the scores and writes their tables and figures to a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from benchmark.analysis.figures.panels import save
from benchmark.data import DataSet
from benchmark.data.base import joined
from benchmark.data.polygons import Triangles
from benchmark.files import write_atomically
from benchmark.metrics.extractors import Extractor
from benchmark.metrics.precision_recall import DELTA

from . import fid, figures
from .precision_recall import try_out
from .statistics import monotone, size_summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Report = Callable[[str], None]


def fid_experiment(
    dataset: DataSet, extractors: list[Extractor], repetitions: int, images: int, out: Path, report: Report
) -> pd.DataFrame:
    """Measures how FID depends on the number of images, on missing classes and on degradations; returns the latter's verdict.

    Tables and figures go to ``out``, named by data set and first extractor; the other extractors rate only the degradations.

    Raises:
        UserError: the data set has too few images or classes.
    """
    train = joined(dataset.load(split) for split in dataset.splits if split != "test")
    test = dataset.load("test")
    fid.require_images(dataset, train, test, images)
    extractor = extractors[0]
    report("Computing the features of all images, kept in the data folder ...")
    cache = dataset.folder / "cache"
    known, unseen = (fid.Features.of(extractor, split, cache) for split in (train, test))
    name, score = f"{dataset.key}-{extractor.key}", f"FID, {extractor.key} features"
    size = fid.against_size(known, unseen, repetitions, np.random.default_rng(0))
    write(out / f"{name}-size", report, size, figures.size_figure(size, score))
    write(out / f"{name}-size-summary", report, size_summary(size))
    dropped = fid.against_dropped_classes(known, unseen, repetitions, np.random.default_rng(1))
    write(out / f"{name}-dropped-classes", report, dropped, figures.dropped_figure(dropped, score))
    table = fid.against_degradation(extractors, dataset, train, test, images, 2, report)
    write(out / f"{name}-degradations", report, table, figures.degradation_figure(table))
    verdict = monotone(table)
    write(out / f"{name}-monotone", report, verdict)
    return verdict


def precision_recall_experiment(dataset: Triangles, out: Path, report: Report) -> None:
    """Measures precision and recall of generators of known quality; tables and a figure go to ``out``."""
    scores, curve = try_out(dataset, torch.device("cpu"), report)
    write(out / f"{dataset.key}-precision-recall", report, scores)
    write(out / f"{dataset.key}-precision-recall-curve", report, curve, figures.curve_figure(curve, DELTA))


def write(path: Path, report: Report, table: pd.DataFrame, figure: Figure | None = None) -> None:
    """Writes the table as CSV and the figure as PNG, and reports the path."""
    write_atomically(path.with_suffix(".csv"), table.to_csv(index=False, float_format="%.6g").encode())
    if figure is not None:
        save(figure, path.with_suffix(".png"))
    report(str(path.with_suffix(".csv" if figure is None else ".png")))
