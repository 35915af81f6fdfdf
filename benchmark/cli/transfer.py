"""Results that come from elsewhere: another machine's, or a published study's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.cli.app import ResultsOption, app, say, user_errors
from benchmark.cli.study import StudyArgument

if TYPE_CHECKING:
    from benchmark.study.storage.store import Store
    from benchmark.study.storage.transfer import Transfer


@app.command()
@user_errors
def merge(
    other: Annotated[
        Path, typer.Argument(metavar="OTHER", help="Another results folder, copied from another machine for instance.")
    ],
    results: ResultsOption = Path("results"),
) -> None:
    """Take the ended trials of another results folder, with their samples and generators; what is here is never replaced by
    another result. Then ganbench run or collect makes the tables."""
    from benchmark.study.storage.store import Store
    from benchmark.study.storage.transfer import merge as merged

    store = Store(results)
    tell(merged(other, store), other, store)


@app.command()
@user_errors
def restore(
    study: StudyArgument,
    source: Annotated[
        Path | None, typer.Option("--from", help="The folder of its table. [default: RESULTS/studies/STUDY]")
    ] = None,
    results: ResultsOption = Path("results"),
) -> None:
    """Put the ended trials of a published study back into the results folder, so that it goes on without training them again.
    Generators are not published: a trial that is restored cannot be scored again."""
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.publish import study_folder
    from benchmark.study.storage.store import Store
    from benchmark.study.storage.transfer import restore as restored

    folder = source or study_folder(results, find_study(study, incomplete=True).name)
    store = Store(results)
    tell(restored(folder, store), folder, store)


def tell(transfer: Transfer, other: Path, store: Store) -> None:
    """Prints what became of the trials.

    Raises:
        UserError: some have different results in both places.
    """
    from benchmark.plugins import UserError
    from benchmark.study.storage.transfer import conflicts_text

    say(transfer.text())
    if transfer.conflicts:
        raise UserError(conflicts_text(transfer.conflicts, other, store))
