"""The command: ``python -m experiments.metrics --help``; in a wheel, ``python -m benchmark.experiments.metrics``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmark.cli.app import computing, say, user_errors
from benchmark.cli.commands.metrics import WeightsOption, find_with_weights
from benchmark.cli.options import DATA, DataOption, DatasetOption, ExtractorOption, count, separated

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
@user_errors()
@computing
def main(
    dataset: DatasetOption = "fashion-mnist",
    extractor: ExtractorOption = "layers",
    repetitions: Annotated[int, count("Random samples at each size.")] = 50,
    images: Annotated[int, count("Degraded images, in three samples.")] = 5_000,
    beside: Annotated[
        str, typer.Option(help="Further extractors for the same degradations, separated by commas.")
    ] = "classifier,pixels",
    inception_weights: WeightsOption = None,
    data: DataOption = DATA,
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for tables and figures.")] = Path("results/metrics"),
) -> None:
    """Measures how FID depends on the number of images, on missing classes and on degradations; on triangles and squares,
    precision and recall of generators of known quality."""
    import torch

    from benchmark.data import find_dataset
    from benchmark.data.base import require_images
    from benchmark.data.polygons import Triangles
    from benchmark.files import require_writable
    from benchmark.metrics.extractors import find_extractor, require_learnable

    from .run import fid_experiment, precision_recall_experiment

    for name in (extractor, *separated(beside)):
        require_learnable([dataset], find_extractor(name))
    chosen = find_dataset(dataset)(data)
    require_images(chosen, "This experiment")
    require_writable(out, 10_000_000, "the metrics' behaviour")
    if isinstance(chosen, Triangles):
        precision_recall_experiment(chosen, out, say)
        return
    used = find_with_weights(chosen, extractor, inception_weights)
    others = [found for found in map(find_extractor, separated(beside)) if found.key != used.key]
    extractors = [used, *(found(chosen, torch.device("cpu"), say) for found in others)]
    say(fid_experiment(chosen, extractors, repetitions, images, out, say).to_string(index=False))


if __name__ == "__main__":
    app()
