"""Copies results of another machine or a published study, or trains published trials again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.cli.app import command, say
from benchmark.cli.options import RESULTS, Place, ResultsOption, SourceOption, StudyArgument, WorkersOption, count, option
from benchmark.cli.printing import print_table
from benchmark.cli.progress import live_display
from benchmark.plurals import how_many

if TYPE_CHECKING:
    from benchmark.study.storage.records.transfer import Transfer
    from benchmark.study.storage.store import Store


@command("ganbench merge ../laptop/results")
def merge(
    other: Annotated[
        Path, typer.Argument(metavar="OTHER", help="Another results folder, for instance one from another machine.")
    ],
    results: ResultsOption = RESULTS,
) -> None:
    """Copy the ended trials of another results folder.

    Their samples and generators are copied too. A result here is never replaced, except a failure. Then ganbench run or
    collect makes the tables.
    """
    from benchmark.study.storage.records.transfer import merge as merged
    from benchmark.study.storage.store import Store

    store = Store(results, say)
    store.require_open()
    tell(merged(other, store), other, store)


@command("ganbench restore fashion-standard")
def restore(
    study: StudyArgument,
    source: SourceOption = None,
    results: ResultsOption = RESULTS,
) -> None:
    """Put a published study's trials into the results folder.

    The study then continues without training them again. A trial can be rescored only if its generator was published, as
    ganbench collect --generators does.
    """
    from benchmark.files import require_writable
    from benchmark.study.planning.studyfile import find_study

    found = find_study(study, incomplete=True)
    from benchmark.study.storage.records.transfer import records_folder, require_of_study
    from benchmark.study.storage.records.transfer import restore as restored
    from benchmark.study.storage.store import Store

    folder = source or records_folder(found.name, results)
    require_of_study(found, folder)
    store = Store(results, say)
    store.require_open()
    require_writable(results, 16_000_000, "results")
    tell(restored(folder, store), folder, store)


@command("ganbench reproduce fashion-standard --trials 4")
def reproduce(
    study: StudyArgument,
    trials: Annotated[int, count("How many trials to train again.")] = 4,
    choice: Annotated[
        int | None, option("The seed of the random choice of trials.", "N", default="a new one each time")
    ] = None,
    source: SourceOption = None,
    workers: WorkersOption = None,
    *,
    place: Place,
) -> None:
    """Train published trials again and compare their scores.

    They are chosen at random. With the same versions and kind of device, training must be equal to the last bit; otherwise
    scores may differ as docs/studies.md says.
    """
    import random

    from benchmark.study.planning.names import require_names_of
    from benchmark.study.planning.studyfile import find_study

    found = find_study(study, incomplete=True)
    require_names_of(found)
    from benchmark.analysis.trials import checked
    from benchmark.study.reproduce import TOLERANCE, as_table  # loads torch: names are checked before
    from benchmark.study.reproduce import reproduce as trained_again
    from benchmark.study.running.contexts import Resources
    from benchmark.study.running.executors import Local
    from benchmark.study.storage.records.transfer import records_folder
    from benchmark.table_file import read_table

    folder = source or records_folder(found.name, place.results)
    tables = [near / "trials.csv" for near in (folder, folder.with_name(f"{folder.name}-seeds"))]
    of_seeds = [path for path in tables if path.exists()]
    spreads = checked(read_table(of_seeds[-1]), str(of_seeds[-1])) if of_seeds else None
    number = random.Random().randrange(10_000) if choice is None else choice
    say(f"{how_many(trials, 'trial')} of {folder}; --choice {number} chooses the same ones again.")
    compared = trained_again(
        found,
        folder,
        trials,
        Resources(**vars(place)),
        Local(workers),
        seed=number,
        spreads=spreads,
        report=say,
        display=live_display,
    )
    print_table(as_table(compared))
    if failed := [r for r in compared if not r.passed]:
        same = any(r.alike for r in failed)
        reasons = "not equal, though computed in the same way" if same else f"more than {TOLERANCE:.0%} off"
        say(f"{len(failed)} of {len(compared)} are {reasons}.")
        raise typer.Exit(1)
    equal = sum(r.equal for r in compared)
    others = f"; the others were computed in another way, and are at most {TOLERANCE:.0%} off" if equal < len(compared) else ""
    say(f"{equal} of {len(compared)} trained equally to the last bit, with equal scores{others}.")


def tell(transfer: Transfer, other: Path, store: Store) -> None:
    """Prints what became of the trials.

    Raises:
        UserError: a trial's results differ between both places, files were damaged, or links were not copied.
    """
    from benchmark.plugins import UserError
    from benchmark.study.storage.records.transfer import conflicts_text, damaged_text, left_text

    say(transfer.text())
    wrong = [conflicts_text(transfer.conflicts, other, store)] if transfer.conflicts else []
    wrong += [damaged_text(transfer.damaged)] if transfer.damaged else []
    wrong += [left_text(transfer.left)] if transfer.left else []
    if wrong:
        raise UserError("\n".join(wrong))
