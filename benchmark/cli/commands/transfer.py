"""Results that come from elsewhere, another machine's or a published study's: taken as they are, or trained again."""

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
        Path, typer.Argument(metavar="OTHER", help="Another results folder, copied from another machine for instance.")
    ],
    results: ResultsOption = RESULTS,
) -> None:
    """Take the ended trials of another results folder.

    Their samples and generators come with them; what is here is never replaced by another result. Then ganbench run or collect
    makes the tables.
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

    The study then goes on without training them again. A trial can be scored again only if its generator was published, as
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
    trials: Annotated[int, count("How many are trained again.")] = 4,
    choice: Annotated[
        int | None, option("A number that stands for a random choice of trials.", "N", default="another each time")
    ] = None,
    source: SourceOption = None,
    workers: WorkersOption = None,
    *,
    place: Place,
) -> None:
    """Train published trials again and compare their scores.

    They are chosen at random. What is computed alike must train alike to the last bit; elsewhere scores may differ as
    docs/studies.md says.
    """
    import random

    from benchmark.study.planning.names import require_names_of
    from benchmark.study.planning.studyfile import find_study

    found = find_study(study, incomplete=True)
    require_names_of(found)
    from benchmark.analysis.trials import checked
    from benchmark.study.reproduce import TOLERANCE, as_table  # which loads torch: what is mistyped is told before
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
    say(f"{how_many(trials, 'trial')} of {folder}; --choice {number} takes the same again.")
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
        reasons = "computed alike and not equal" if any(r.alike for r in failed) else f"further off than {TOLERANCE:.0%}"
        say(f"{len(failed)} of {len(compared)} are {reasons}.")
        raise typer.Exit(1)
    equal = sum(r.equal for r in compared)
    others = "" if equal == len(compared) else f"; the others were computed otherwise, and are less than {TOLERANCE:.0%} off"
    say(f"{equal} of {len(compared)} trained alike to the last bit, and scored alike{others}.")


def tell(transfer: Transfer, other: Path, store: Store) -> None:
    """Prints what became of the trials.

    Raises:
        UserError: some have different results in both places, files were damaged, or links were left.
    """
    from benchmark.plugins import UserError
    from benchmark.study.storage.records.transfer import conflicts_text, damaged_text, left_text

    say(transfer.text())
    wrong = [conflicts_text(transfer.conflicts, other, store)] if transfer.conflicts else []
    wrong += [damaged_text(transfer.damaged)] if transfer.damaged else []
    wrong += [left_text(transfer.left)] if transfer.left else []
    if wrong:
        raise UserError("\n".join(wrong))
