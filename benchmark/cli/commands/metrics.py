"""Scores a user's images, scores a study's generators by other metrics, and trains the networks that give features."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.cli.app import command, computing, console, say, warn
from benchmark.cli.options import (
    DATA,
    AnyTorchOption,
    DataOption,
    DatasetOption,
    ExtractorOption,
    IncompleteOption,
    Place,
    StudyArgument,
    count,
    option,
    separated,
)
from benchmark.cli.printing import print_summary
from benchmark.plurals import how_many

if TYPE_CHECKING:
    from benchmark.data import DataSet
    from benchmark.metrics.extractors import Extractor

WeightsOption = Annotated[
    Path | None, option("Inception's weights as torch-fidelity publishes them.", "FILE", default="in the data folder")
]


@command("ganbench score images.npy --dataset mnist --metrics fid,kid")
@computing
def score(
    images: Annotated[
        Path,
        typer.Argument(
            metavar="IMAGES",
            help="A folder of PNG or JPEG files, or .npy or .npz: uint8, or floats from 0 to 1; [n, C, H, W] or [n, H, W, C].",
        ),
    ],
    dataset: DatasetOption = "fashion-mnist",
    metrics: Annotated[
        str, option("Several separated by commas: fid, kid, copying, inception-score, improved-precision-recall.", "METRICS")
    ] = "fid",
    extractor: ExtractorOption = "layers",
    number: Annotated[int | None, count("How many of the images to score.", "--images", default="all")] = None,
    inception_weights: WeightsOption = None,
    data: DataOption = DATA,
) -> None:
    """Score images of your own against a data set's test images."""
    from benchmark.data import find_dataset
    from benchmark.data.base import require_images
    from benchmark.metrics import ImageMetric, find_metric
    from benchmark.metrics.base import checked_scores, require_images_for
    from benchmark.metrics.extractors import find_extractor, require_learnable
    from benchmark.metrics.images import read_images
    from benchmark.plugins import UserError

    require_learnable([dataset], find_extractor(extractor))
    chosen = find_dataset(dataset)(data)
    require_images(chosen, "ganbench score")
    found = [find_metric(name) for name in separated(metrics)]
    for metric in found:
        if not issubclass(metric, ImageMetric):
            raise UserError(f"The metric {metric.key!r} needs a generator, not images alone.")
    checked = read_images(images, chosen.image_shape, number, warn)
    require_images_for(found, len(checked), f"{images}, images = ")
    used = find_with_weights(chosen, extractor, inception_weights)
    console.print(f"{how_many(len(checked), 'image')}, extractor {used.key} ({used.fingerprint})")
    for metric in found:
        assert issubclass(metric, ImageMetric)
        made = metric.by(used, chosen)
        made.learnt = used.learnt(chosen)
        for doubt in made.doubts(chosen.name):
            warn(f"Warning: {doubt}")
        for column, value in checked_scores(made, made.of(checked)).items():
            console.print(f"{column:40} {value:.6g}")


@command("ganbench train-extractor --dataset path/to/photos", "train-extractor")
@computing
def train_extractor(
    dataset: DatasetOption = "fashion-mnist",
    extractor: Annotated[str, option("An extractor that is trained: layers or classifier.", "EXTRACTOR")] = "layers",
    data: DataOption = DATA,
    out: Annotated[Path | None, option("The weights file.", "FILE", default="in the data folder")] = None,
) -> None:
    """Train the small classifier whose features the FID uses.

    It is trained on one thread; its test accuracy is printed.
    """
    from benchmark.data import find_dataset
    from benchmark.files import require_file
    from benchmark.metrics.extractors import find_extractor, require_learnable
    from benchmark.metrics.extractors.trained import TrainedExtractor
    from benchmark.plugins import UserError

    found = find_extractor(extractor)
    if not issubclass(found, TrainedExtractor):
        raise UserError(f"The extractor {found.key!r} is not trained on a data set; layers and classifier are.")
    require_learnable([dataset], found)
    chosen = find_dataset(dataset)(data)
    path = out or found.own_path(chosen)
    require_file(path, 1_000_000, "the weights")
    found.make_weights(chosen, path, console.print)
    console.print(f"Weights: {path}")


def find_with_weights(dataset: DataSet, name: str, weights: Path | None) -> Extractor:
    """The extractor called ``name``, on the CPU; Inception takes the given weights."""
    import torch

    from benchmark.metrics.extractors import find_extractor
    from benchmark.metrics.extractors.inception import InceptionExtractor
    from benchmark.plugins import UserError

    found, device = find_extractor(name), torch.device("cpu")
    if issubclass(found, InceptionExtractor):
        return found(dataset, device, console.print, weights)
    if weights is not None:
        raise UserError(f"--inception-weights goes with the extractors inception and inception_bf16, not with {found.key!r}.")
    return found(dataset, device, console.print)


@command("ganbench rescore quick --metrics kid --extractor pixels")
def rescore(
    study: StudyArgument,
    metrics: Annotated[
        str | None,
        option(
            "fid, kid, copying, inception-score, precision-recall, improved-precision-recall or your own file.py; "
            "several separated by commas, a table for each.",
            "METRICS",
            default="the study's",
        ),
    ] = None,
    extractor: Annotated[
        str | None,
        option("Feature extractor: layers, classifier, efficientnet, inception, ...", "EXTRACTOR", default="the study's"),
    ] = None,
    images: Annotated[int | None, count("How many generated images are scored.", default="as in the study's budget")] = None,
    any_torch: AnyTorchOption = False,
    incomplete: IncompleteOption = False,
    *,
    place: Place,
) -> None:
    """Score a study's generators by other metrics or features.

    Each trial kept its generator at its best evaluation. Nothing is trained. Only missing scores are computed, and any number
    of these commands may share the work.
    """
    from benchmark.study.planning.names import require_names, require_names_of
    from benchmark.study.planning.studyfile import find_study

    found = find_study(study, incomplete=incomplete)
    require_names_of(found)
    require_names(metrics=separated(metrics) if metrics is not None else (), extractor=extractor)
    from benchmark.study.rescore import rescore_study  # loads torch: names are checked before
    from benchmark.study.running.contexts import Resources

    published = rescore_study(
        found,
        Resources(**vars(place)),
        metrics=separated(metrics) if metrics is not None else (),
        extractor=extractor,
        images=images,
        any_torch=any_torch,
        report=say,
    )
    for table in published:
        print_summary(table)
        chosen_by = table.trials["chosen_by"].iloc[0]
        say(f"Each score is of the one generator that a run kept, from its best evaluation by {chosen_by}.")
