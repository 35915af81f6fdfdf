"""Further scores of a study's trials, without training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmark.cli.app import DataOption, DeviceOption, ResultsOption, ThreadsOption, app, counted, say, separated, user_errors
from benchmark.cli.printing import print_summary
from benchmark.cli.study import AnyTorchOption, IncompleteOption, StudyArgument


@app.command()
@user_errors
def rescore(
    study: StudyArgument,
    metrics: Annotated[
        str | None,
        typer.Option(
            help="fid, kid, precision-recall, improved-precision-recall, inception-score or your own file.py; several "
            "separated by commas, a table for each. [default: the study's]"
        ),
    ] = None,
    extractor: Annotated[
        str | None,
        typer.Option(help="Features for the metrics: layers, classifier, efficientnet, inception, ... [default: the study's]"),
    ] = None,
    images: Annotated[
        int | None,
        typer.Option(parser=counted, metavar="N", help="Generated images that are scored. [default: the study's budget's]"),
    ] = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = 1,
    any_torch: AnyTorchOption = False,
    incomplete: IncompleteOption = False,
    results: ResultsOption = Path("results"),
    data: DataOption = Path("data"),
) -> None:
    """Score the generators that a study's trials kept, each at its best evaluation, by other metrics or features. Nothing is
    trained; only what is missing is computed, and any number of these commands may share the work."""
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.rescore import rescore_study
    from benchmark.study.running.contexts import Resources

    published = rescore_study(
        find_study(study, incomplete=incomplete),
        Resources(results=results, data=data, device=device, threads=threads),
        metrics=separated(metrics) if metrics is not None else (),
        extractor=extractor,
        images=images,
        any_torch=any_torch,
        report=say,
    )
    for table in published:
        print_summary(table)
        chosen_by = table.trials["chosen_by"].iloc[0]
        say(f"Each score is of the one generator that the run kept, that of its best evaluation by {chosen_by}.")
