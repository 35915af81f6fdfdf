"""The page of all claims, made from their tables alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

import pandas as pd

from benchmark.analysis.figures.own_style import own_style
from benchmark.analysis.figures.panels import save
from benchmark.claims.base import Claim, Verdict
from benchmark.files import write_atomically

HEAD = """# Common claims about GAN losses, tested

Papers and tutorials say much of GAN losses. Each statement below was measured with this project's losses, on processors and
small budgets. A verdict holds for that setting, not for all. **Supported** and **not supported** need the whole 95% interval on
one side; otherwise the claim is **undecided**. `make claims CLAIM=NAME` measures one again, `make claims` all. D is the
discriminator. "Factor" and "times" compare geometric means.
"""


def keep(claim: Claim, table: pd.DataFrame, folder: Path) -> None:
    """Writes the claim's table and picture."""
    write_atomically(folder / f"{claim.key}.csv", table.to_csv(index=False).encode())
    with own_style():
        save(claim.draw(read(claim, folder)), folder / f"{claim.key}.png")


def read(claim: Claim, folder: Path) -> pd.DataFrame:
    """The claim's table from the folder."""
    return pd.read_csv(folder / f"{claim.key}.csv")


def measured(claims: Sequence[Claim], folder: Path) -> list[Claim]:
    """Those of the claims that have a table in the folder."""
    return [claim for claim in claims if (folder / f"{claim.key}.csv").exists()]


def page(claims: Sequence[Claim], folder: Path) -> str:
    """The page, in Markdown, of those claims that were measured, with a list of the others."""
    done = measured(claims, folder)
    judged = {claim.key: claim.judge(read(claim, folder)) for claim in done}
    rows = [f"| [{c.number}. {c.title}](#{c.key}) | {c.sentence} | **{judged[c.key].word}** |" for c in done]
    overview = "\n".join(["| | claim | verdict |", "|---|---|---|", *rows])
    left = [claim.title for claim in claims if claim not in done]
    missing = f"\nNot measured yet: {', '.join(left)}.\n" if left else ""
    return "\n".join([HEAD, overview, missing, *(section(claim, judged[claim.key]) for claim in done)])


def section(claim: Claim, verdict: Verdict) -> str:
    """The page's section about one claim."""
    return f"""<a id="{claim.key}"></a>

## {claim.number}. {claim.title}

{fill(claim.sentence, 128)} ({claim.source})

**{verdict.word.capitalize()}.** {verdict.because}

{as_list(verdict.beside)}![{claim.title}]({claim.key}.png)

How it was measured:

{as_list((*claim.measured, claim.criterion))}What this cannot see:

{as_list(claim.not_seen)}Numbers: [{claim.key}.csv]({claim.key}.csv); `make claims CLAIM={claim.key}` measures them again.
"""


def as_list(items: Sequence[str]) -> str:
    """The items as a Markdown list, with a blank line after it; empty if there are no items."""
    return "".join(f"- {said}\n" for said in items) + "\n" * bool(items)


def write_page(claims: Sequence[Claim], folder: Path) -> Path:
    """Writes the page; returns its path."""
    path = folder / "README.md"
    write_atomically(path, page(claims, folder).encode())
    return path
