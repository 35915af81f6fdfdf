"""Says what a user's own file is, what it would do, and what is wrong with it."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmark.cli.app import command, say, warn
from benchmark.cli.options import DATA, RESULTS, DataOption, ResultsOption, option


@command("ganbench check my_loss.py")
def check(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A study, a folder of images, or a loss, penalty, normalisation, data set, metric or extractor.py.",
        ),
    ],
    dataset: Annotated[str, option("The file is tried on noise with this data set's shape.", "DATASET")] = "fashion-mnist",
    results: ResultsOption = RESULTS,
    data: DataOption = DATA,
) -> None:
    """Say what a file is, what it would do and what is wrong.

    It trains one step on noise and nothing else, and loads a data set of your own. The exit status is 2 if something is wrong.
    """
    from benchmark.study.planning.names import is_study, require_names

    is_study(file)
    require_names(datasets=[dataset])
    from benchmark.study.check import check as checked  # loads torch: names are checked before

    faults = checked(file, dataset, data=data, results=results, report=say)
    for fault in faults:
        warn(f"Error: {fault}")
    if faults:
        raise typer.Exit(2)
    say("Nothing is wrong.")
