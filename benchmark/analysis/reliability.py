"""What a score rests on beside the generated images, and where that is too little for a reader to trust it."""

from __future__ import annotations

from math import sqrt

import pandas as pd

from benchmark.analysis.names import dataset_names
from benchmark.columns import RELIABILITY

LEAST_SKILL = 0.1
"""Of the way from chance to a perfect classifier: one that surely gets less far has hardly learnt its classes."""


def doubts(
    dataset: str,
    score: str,
    *,
    images: int | None = None,
    features: int | None = None,
    accuracy: float | None = None,
    chance: float | None = None,
) -> list[str]:
    """Sentences on what a score rests on, for each thing that is too little; empty where all is well, or not known.

    Args:
        dataset: in print.
        images: the test images that the score compares with.
        features: of each image, if the score needs more images than these.
        accuracy: the share, in [0, 1], of test images whose class the extractor tells.
        chance: the share, in [0, 1], of the largest class.
    """
    found = []
    if accuracy is not None and chance is not None:
        error = 2 * sqrt(accuracy * (1 - accuracy) / images) if images else 0.0
        if accuracy - error < chance + LEAST_SKILL * (1 - chance):
            of = f" of {images:,}" if images else ""
            found.append(
                f"{dataset}: the extractor behind {score} tells the class of {accuracy:.0%}{of} test images; guessing the "
                f"largest class would tell {chance:.0%}. It has hardly learnt them, so its features may not see what differs. "
                "The extractors efficientnet, inception and pixels learn from no data set."
            )
    if features is not None and images is not None and images < features:
        found.append(
            f"{dataset}: {score} compares {features:,} features of {images:,} test images. With fewer images than features "
            "their covariance is not determined: the score depends on which images they are, and no interval here shows that."
        )
    return found


def doubts_of(table: pd.DataFrame) -> list[str]:
    """The doubts about the score of a table of trials, on each of its data sets."""
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
