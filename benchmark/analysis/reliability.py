"""Warns about scores that are not trustworthy: too few test images, or an extractor that learnt too little."""

from __future__ import annotations

from math import sqrt

import pandas as pd

from benchmark.analysis.names import dataset_names
from benchmark.columns import RELIABILITY

LEAST_SKILL = 0.1
"""The share of the way from chance to perfect accuracy; a classifier that is clearly below it has hardly learnt its classes."""


def doubts(
    dataset: str,
    score: str,
    *,
    images: int | None = None,
    features: int | None = None,
    accuracy: float | None = None,
    chance: float | None = None,
) -> list[str]:
    """A warning for each reason not to trust a score; empty if there is none, or nothing is known.

    Args:
        dataset: its printed name.
        score: its name.
        images: the number of test images that the score compares with.
        features: the number of features of an image, if the score needs more images than features.
        accuracy: the extractor's test accuracy, in [0, 1].
        chance: the accuracy of always guessing the largest class, in [0, 1].
    """
    found = []
    if accuracy is not None and chance is not None:
        error = 2 * sqrt(accuracy * (1 - accuracy) / images) if images else 0.0
        if accuracy - error < chance + LEAST_SKILL * (1 - chance):
            of = f" of {images:,}" if images else ""
            found.append(
                f"{dataset}: the extractor behind {score} classifies {accuracy:.0%}{of} test images correctly; always guessing "
                f"the largest class gives {chance:.0%}. It has hardly learnt, so its features may miss differences. "
                "The extractors efficientnet, inception and pixels need no training on the data set."
            )
    if features is not None and images is not None and images < features:
        found.append(
            f"{dataset}: {score} compares {features:,} features of {images:,} test images. With fewer images than features "
            "the covariance is poorly estimated: the score depends on the choice of test images, which no interval here shows."
        )
    return found


def doubts_of(table: pd.DataFrame) -> list[str]:
    """The warnings about the score of a table of trials, for all its data sets."""
    found: list[str] = []
    names, score = dataset_names(table), str(table["score"].iloc[0])
    for dataset, trials in table.groupby("dataset", sort=False):
        known = {"images": "real_images", **{name.removeprefix("extractor_"): name for name in RELIABILITY}}
        values = {
            argument: trials[column].dropna().iloc[0]
            for argument, column in known.items()
            if column in trials and trials[column].notna().any()
        }
        whole = {argument: int(values[argument]) for argument in ("images", "features") if argument in values}
        shares = {argument: float(values[argument]) for argument in ("accuracy", "chance") if argument in values}
        found += doubts(names[str(dataset)], score, **whole, **shares)  # type: ignore[arg-type]
    return found
