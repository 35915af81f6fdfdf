"""What there is to name, and the classifier behind the default FID."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmark.cli.app import DataOption, DatasetOption, app, console, say, user_errors


@app.command("list")
@user_errors
def list_names() -> None:
    """List losses, data sets and budgets."""
    from benchmark.data import known_datasets
    from benchmark.losses import known_losses
    from benchmark.training.budget import BUDGETS

    for title, rows in (
        ("Losses", {k: c.name for k, c in known_losses().items()}),
        ("Data sets", {k: f"{c.name}, {'x'.join(map(str, c.image_shape))}" for k, c in known_datasets().items()}),
        ("Budgets", BUDGETS),
    ):
        console.print(f"[bold]{title}[/bold]")
        for key, text in rows.items():
            say(f"  {key:15} {text}")


@app.command("train-classifier")
@user_errors
def train_classifier(
    dataset: DatasetOption = "fashion-mnist",
    data: DataOption = Path("data"),
    out: Annotated[Path | None, typer.Option(help="The weights file. [default: in the data folder]")] = None,
) -> None:
    """Train the classifier whose features the default FID uses; prints its test accuracy."""
    from benchmark.data import find_dataset
    from benchmark.metrics.extractors.classifier import make_weights

    chosen = find_dataset(dataset)(data)
    path = out or chosen.folder / "classifiers" / f"{chosen.key}.safetensors"
    make_weights(chosen, path, console.print)
    console.print(f"Weights: {path}", highlight=False)
