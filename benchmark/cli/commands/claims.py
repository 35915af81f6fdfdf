"""Tests the claims of papers and tutorials."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from benchmark.cli.app import command, computing, say
from benchmark.cli.options import Place, WorkersOption
from benchmark.cli.progress import live_display


@command("ganbench claims pearson")
@computing
def claims(
    claim: Annotated[str | None, typer.Argument(metavar="[CLAIM]", help="The name of a claim.", show_default="all")] = None,
    workers: WorkersOption = None,
    *,
    place: Place,
) -> None:
    """Test what papers and tutorials say about GAN losses.

    Writes results/claims: a page with every claim, its picture and its verdict.
    """
    from benchmark.claims import Studies, find_claim, known_claims
    from benchmark.claims.page import keep, write_page
    from benchmark.files import require_writable
    from benchmark.study.running.contexts import Resources

    every = [cls() for cls in known_claims()]
    wanted = [find_claim(claim)()] if claim is not None else every
    folder = place.results / "claims"
    require_writable(folder, 10_000_000, "the claims")
    studies = Studies(Resources(**vars(place)), workers, say, live_display)
    for number, one in enumerate(wanted, 1):
        say(f"{number} of {len(wanted)}, {one.key}: {one.sentence}")
        began = time.monotonic()
        table = one.measure(studies)
        keep(one, table, folder)
        verdict = one.judge(table)
        say(f"{verdict.word.upper()}: {verdict.because}")
        say(f"Measured in {(time.monotonic() - began) / 60:.1f} min.")
    say(f"Page: {write_page(every, folder)}")
