"""The typer application and what its commands share: options, the console, and how errors end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from os.path import expanduser, lexists
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmark.files import refused, unusable_path
from benchmark.guest import guest
from benchmark.plugins import UserError, naming_exits
from benchmark.study.running.signals import Stopped
from benchmark.version import __version__

app = typer.Typer(
    help="Does the choice of GAN loss matter once everything else is held equal? "
    "Trains losses on an equal budget and scores them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
# Names of a user's are printed as they are, [red] and :smile: too.
console = Console(width=None if sys.stdout.isatty() else 120, markup=False, emoji=False, highlight=False)


def print_version(wanted: bool) -> None:
    """Ends the command with the version alone."""
    if wanted:
        print(f"ganbench {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of ganbench itself: typer reads them here, and shows the application's own help."""


def user_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Ends the command with the message alone and exit code 2 for what the user can put right."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            with naming_exits():
                return command(*args, **kwargs)
        except UserError as error:
            print(f"Error: {error}", file=sys.stderr)
            raise typer.Exit(2) from None
        except OSError as error:
            if (message := refused(error) or unusable_path(error)) is None:
                raise
            print(f"Error: {message}", file=sys.stderr)
            raise typer.Exit(2) from None
        except Stopped:
            print("Interrupted. Finished trials are kept; the same command goes on from the last checkpoint.", file=sys.stderr)
            raise typer.Exit(130) from None
        except KeyboardInterrupt:
            print("Interrupted. Nothing that is finished is lost; the same command does the rest.", file=sys.stderr)
            raise typer.Exit(130) from None

    return wrapped


def computing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Lets the command use torch with settings of its own, such as a number of threads, once the names it is given are checked.

    Raises (when called):
        UserError: a loss, data set, metric or extractor that is not there.
    """

    @wraps(command)
    def wrapped(**given: Any) -> Any:
        require_given(given)
        import_module("torch")  # what is not loaded has no settings to come back to
        with guest():
            return command(**given)

    return wrapped


def require_given(given: Mapping[str, Any]) -> None:
    """Checks the names among a command's options, without loading torch: what is mistyped is told at once."""
    from benchmark.factors import FACTORS
    from benchmark.study.planning.names import require_names

    def names(option: str) -> list[str]:
        return [name for name in separated(given.get(option) or "") if name]

    values = {factor: names(factor.name) for factor in FACTORS}
    require_names(losses=names("loss"), datasets=names("dataset"), metrics=names("metrics"), values=values)
    for extractor in (*names("extractor"), *names("beside")):
        require_names(extractor=extractor)


def say(line: str) -> None:
    """Prints a line as it is."""
    console.print(line, soft_wrap=True)


def warn(line: str) -> None:
    """Prints a line as it is where errors go."""
    print(line, file=sys.stderr)


def separated(text: str) -> list[str]:
    """The names in a text, separated by commas; a comma in the path of a file or folder that exists is part of it."""
    parts, names = text.split(","), []
    while parts:
        count = next((n for n in range(len(parts), 1, -1) if lexists(expanduser(",".join(parts[:n]).strip()))), 1)
        names.append(",".join(parts[:count]).strip())
        parts = parts[count:]
    return names


def counted(value: str | int) -> int:
    """A whole number of 1 or more; typer also passes defaults, which are numbers already."""
    text = str(value)
    if not text.isdecimal() or int(text) < 1:
        raise typer.BadParameter(f"{text!r} is not a whole number of 1 or more.")
    return int(text)


LossOption = Annotated[
    str, typer.Option(help="A loss in any spelling, several separated by commas, 'all', or your own file.py.")
]
DatasetOption = Annotated[str, typer.Option(help="A data set in any spelling, a folder of images, or your own file.py.")]
BudgetOption = Annotated[str, typer.Option(help="smoke, quick, standard or paper; 'ganbench list' explains them.")]
VariantOption = Annotated[
    str,
    typer.Option(
        help="'paper' for the loss's published definition, 'v1' for the study's released code; several separated by commas."
    ),
]
PenaltyOption = Annotated[
    str,
    typer.Option(help="What the discriminator minimises beside the loss; several separated by commas, or your own file.py."),
]
NormalisationOption = Annotated[
    str,
    typer.Option(
        help="Of the discriminator: none, batch, layer, spectral, several separated by commas, or your own file.py; "
        "'setting': batch norm or none, as the loss's setting says."
    ),
]
ExtractorOption = Annotated[
    str, typer.Option(help="Features for the FID: layers (embedded), classifier, efficientnet, inception or pixels.")
]
DeviceOption = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:0, ...")]
CompileOption = Annotated[
    bool, typer.Option("--compile/--no-compile", help="Compile the step of populations and on a GPU (needs a C++ compiler).")
]
PopulationOption = Annotated[
    int | None, typer.Option(parser=counted, metavar="N", help="Trials trained together. [default: 1 on a CPU, 10 on a GPU]")
]
ResultsOption = Annotated[Path, typer.Option(file_okay=False, help="Folder for results.")]
DataOption = Annotated[Path, typer.Option(file_okay=False, help="Folder for data sets.")]
ThreadsOption = Annotated[
    int,
    typer.Option(
        parser=counted,
        metavar="N",
        help="CPU threads of a worker. With 1 a result does not depend on the number of cores, and most trials get done.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(parser=counted, metavar="N", help="Processes that train. [default: one per GPU, or per N threads]"),
]
TensorBoardOption = Annotated[bool, typer.Option("--tensorboard", help="Write TensorBoard logs to RESULTS/tensorboard.")]
RetryOption = Annotated[bool, typer.Option("--retry-failed", help="Run failed trials again.")]
