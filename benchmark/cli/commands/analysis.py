"""Commands that turn a table of trials into tables, figures, a verdict or a report. None of them loads torch."""

from __future__ import annotations

from dataclasses import dataclass
from os.path import exists, isdir
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.cli.app import command, console, say
from benchmark.cli.options import option
from benchmark.cli.printing import print_table
from benchmark.files import published_folders, require_file, require_writable, write_atomically
from benchmark.plugins import UserError

if TYPE_CHECKING:
    import pandas as pd


def of_study(table: Path | None) -> Path | None:
    """The path if it exists, else the folder of the published study of that name."""
    if table is None or exists(table):  # False, not an error, for a name that no file can have
        return table
    return next((study for study in published_folders(str(table)) if isdir(study)), table)


TableArgument = Annotated[
    Path,
    typer.Argument(
        metavar="TABLE",
        help="A study by name (its table in results/studies/), a table of trials (CSV), or a folder with trials.csv.",
        callback=of_study,
    ),
]
PUBLISHED = ("trials.csv", "evaluations.csv", "records.jsonl", "provenance.json", "summary.md")
"""The files of a published study that no output may overwrite."""
OutOption = Annotated[Path, option("The folder to write.", "FOLDER", "--out", file_okay=False)]


@dataclass(frozen=True)
class Reading:
    """Which trials of a table are read, and how those that diverged count."""

    where: Annotated[list[str] | None, option("Only trials with this value; may be repeated.", "COLUMN=VALUE", "--where")] = (
        None
    )
    diverged: Annotated[
        str,
        option(
            "How trials that diverged count: as the worst score, or with their best score before that, as in the paper's code.",
            "worst|last-score",
        ),
    ] = "worst"


@command("ganbench figures fashion-standard --out figures")
def figures(table: TableArgument, out: OutOption, reading: Reading) -> None:
    """Draw every figure of a table of trials as PNG, SVG and PDF."""
    _write_figures(load(table, reading), out, table)


@command("ganbench tables fashion-standard --out tables")
def tables(table: TableArgument, out: OutOption, reading: Reading) -> None:
    """Write every table of results as CSV, Markdown and LaTeX."""
    trials = load(table, reading)
    require_output(out, table)
    _write_tables(trials, out)


@command("ganbench report fashion-standard-seeds --out report.html --margin 1")
def report(
    table: TableArgument,
    out: Annotated[Path, option("The HTML file, or its folder.", "PATH", "--out")] = Path("report.html"),
    margin: Annotated[
        float | None, option("The largest difference of mean scores that does not matter, for the verdict.", "NUMBER")
    ] = None,
    *,
    reading: Reading,
) -> None:
    """Write the report of a table of trials as one HTML file.

    It needs no other file: verdict, plots, trials, samples, failures, provenance.
    """
    _write_report(load(table, reading), out, table, margin)


@command("ganbench analyse fashion-standard-seeds --out report")
def analyse(table: TableArgument, out: OutOption, reading: Reading) -> None:
    """Write figures, tables and report into one folder."""
    trials = load(table, reading)
    for part in ("figures", "tables"):  # one of them may be a file
        require_writable(out / part, 20_000_000, part)
    from benchmark.analysis.tables import tables as all_tables  # slow to load: the options are checked before

    found = all_tables(trials)  # once for all three
    _write_figures(trials, out / "figures", table, found)
    _write_tables(trials, out / "tables", found)
    _write_report(trials, out / "report.html", table, None, found)


def _write_figures(trials: pd.DataFrame, out: Path, table: Path, found: dict[str, pd.DataFrame] | None = None) -> None:
    from benchmark.analysis.figures.all_figures import write_figures

    require_writable(out, 20_000_000, "figures")
    for name in write_figures(trials, out, pictures_folder(table), found=found):
        say(f"{out / name}.png, .svg, .pdf")


def _write_tables(trials: pd.DataFrame, out: Path, found: dict[str, pd.DataFrame] | None = None) -> None:
    from benchmark.analysis.tables import write_tables

    require_writable(out, 5_000_000, "tables")
    for name in write_tables(trials, out, found):
        say(f"{out / name}.csv, .md, .tex")


def _write_report(
    trials: pd.DataFrame, out: Path, table: Path, margin: float | None, found: dict[str, pd.DataFrame] | None = None
) -> None:
    from benchmark.analysis.report import report_html

    if out.is_dir():
        out /= "report.html"
    require_output(out, table)
    require_file(out, 15_000_000, "the report")
    write_atomically(out, report_html(trials, pictures_folder(table), margin, found).encode())
    say(f"{out}")


@command("ganbench compare fashion-standard-seeds --loss wgangp --margin 1")
def compare(
    table: TableArgument,
    loss: Annotated[str, option("The loss to judge, as the table names it: hinge, 'LS GAN', 'lsgan', ...", "LOSS")],
    margin: Annotated[float, option("The largest difference of mean scores that does not matter.", "NUMBER")],
    baseline: Annotated[
        Path | None,
        option("The baselines' table, given like TABLE.", "TABLE", default="the other losses of TABLE", callback=of_study),
    ] = None,
    confidence: Annotated[float, option("Joint confidence of all verdicts on a data set.", "SHARE")] = 0.95,
    out: Annotated[Path | None, option("Also write the verdicts to this CSV file.", "FILE", "--out")] = None,
    *,
    reading: Reading,
) -> None:
    """Judge a loss against baselines on the same budget.

    The verdict is better, worse, equivalent or undecided, at the margin.
    """
    trials = load(table, reading)
    baselines = load(baseline, reading) if baseline else trials
    from benchmark.analysis import baselines as comparison  # slow to load: the options are checked before
    from benchmark.analysis.formats import printed
    from benchmark.analysis.reliability import doubts_of
    from benchmark.analysis.trials import divergence_note

    if out is not None:
        require_output(out, table, baseline)
        require_file(out, 1_000_000, "the verdicts")
    rows = comparison.compare(trials, loss, baselines, margin, confidence)
    for _, of_dataset in rows.groupby("dataset", sort=False):
        sizes = [f"{n}, {m}" for n, m in zip(of_dataset["n"], of_dataset["n_baseline"], strict=True)]
        told = of_dataset[["baseline", "verdict", "mean", "mean_baseline", "difference", "low", "high", "more_trials"]]
        text = printed(told).rename(columns={"mean baseline": "baseline's", "more trials": "more trials of each"})
        text.insert(2, "n", sizes)
        title = f"{of_dataset['loss'].iloc[0]} on {of_dataset['dataset_name'].iloc[0]}, over {of_dataset['over'].iloc[0]}"
        print_table(text, title, wrapped=text.columns)
        console.print(comparison.sentence(of_dataset, margin, confidence))
        without = of_dataset[["without_score", "without_score_baseline"]].to_numpy().max(axis=0)
        if without.any():
            console.print(
                f"Trials without a score count as the worst one: {without[0]} of the loss, at most {without[1]} of a baseline.",
            )
    notes = (divergence_note(trials), divergence_note(baselines), *doubts_of(trials))
    for note in dict.fromkeys(filter(None, notes)):
        console.print(note)
    if out is not None:
        write_atomically(out, rows.to_csv(index=False).encode())


def load(path: Path, reading: Reading) -> pd.DataFrame:
    """The checked table of trials, without those that do not meet the conditions."""
    from benchmark.analysis import trials

    return trials.where(trials.read_trials(path, reading.diverged), reading.where or [])


def require_output(out: Path, *read: Path | None) -> None:
    """Checks that the output overwrites neither an input table nor a file of a published study.

    Args:
        out: the file or folder to write.
        read: the input tables: files, or folders that hold one.

    Raises:
        UserError: the output would overwrite one of them.
    """
    inputs = [path / "trials.csv" if path.is_dir() else path for path in read if path is not None]
    if any(out.exists() and path.exists() and out.samefile(path) for path in inputs):
        raise UserError(f"{out} is the input table; name another file to write.")
    if out.is_dir() and (out / "trials.csv").exists():
        raise UserError(
            f"{out} holds a study's table, and its summary would be lost; name another folder, such as {out / 'tables'}."
        )
    if out.name in PUBLISHED and (out.parent / "trials.csv").exists():
        raise UserError(f"{out} belongs to the study whose table is in the same folder; name another file.")


def pictures_folder(table: Path) -> Path:
    """The folder that the column ``picture`` is relative to."""
    return table if table.is_dir() else table.parent
