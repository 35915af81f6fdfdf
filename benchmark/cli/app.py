"""The typer application: how a command is made, where it prints, and how errors end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmark.cli.help import Command, Commands
from benchmark.cli.options import separated, with_options
from benchmark.files import refused, unusable_path
from benchmark.guest import guest
from benchmark.plugins import UserError, naming_exits
from benchmark.study.running.signals import Stopped
from benchmark.version import __version__

app = typer.Typer(
    cls=Commands,
    help="Does the choice of GAN loss matter once everything else is held equal? "
    "Trains losses on an equal budget and scores them.",
    epilog="Start with: ganbench bench --loss lsgan --seeds 3",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
# A user's names are printed unchanged, even [red] and :smile:.
console = Console(width=None if sys.stdout.isatty() else 120, markup=False, emoji=False, highlight=False)


def print_version(wanted: bool) -> None:
    """Prints the version and ends the command."""
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


def command(example: str, name: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a function a command. Its docstring is the help; the first paragraph is one short sentence.

    Args:
        example: shown at the end of the help.
        name: the command's name, if it differs from the function's.
    """

    def decorated(function: Callable[..., None]) -> Callable[..., None]:
        taken = with_options(function)

        @wraps(taken)
        def run(**given: Any) -> None:
            with user_errors():
                taken(**given)

        app.command(name, cls=Command, epilog=f"Example: {example}")(run)
        return function

    return decorated


@contextmanager
def user_errors() -> Iterator[None]:
    """For errors that the user can fix: prints the message without a traceback, and ends with exit code 2."""
    try:
        with naming_exits():
            yield
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    except OSError as error:
        if (message := refused(error) or unusable_path(error)) is None:
            raise
        print(f"Error: {message}", file=sys.stderr)
        raise typer.Exit(2) from None
    except Stopped:
        print("Interrupted. Finished trials are kept; the same command continues from the last checkpoint.", file=sys.stderr)
        raise typer.Exit(130) from None
    except KeyboardInterrupt:
        print("Interrupted. Finished work is kept; run the same command again for the rest.", file=sys.stderr)
        raise typer.Exit(130) from None


def computing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Checks the names in the options, runs the command, and then restores settings of torch such as its number of threads.

    Raises (when called):
        UserError: there is no loss, data set, metric or extractor of a given name.
    """

    @wraps(command)
    def wrapped(**given: Any) -> Any:
        require_given(given)
        import_module("torch")  # guest() restores the settings of loaded modules only
        with guest():
            return command(**given)

    return wrapped


def require_given(given: Mapping[str, Any]) -> None:
    """Checks the names among a command's options without loading torch, so that a typing error is reported at once."""
    from benchmark.factors import FACTORS
    from benchmark.study.planning.names import require_names

    def names(option: str) -> list[str]:
        return [name for name in separated(given.get(option) or "") if name]

    values = {factor: names(factor.name) for factor in FACTORS}
    require_names(losses=names("loss"), datasets=names("dataset"), metrics=names("metrics"), values=values)
    for extractor in names("extractor"):
        require_names(extractor=extractor)


def say(line: str) -> None:
    """Prints a line unchanged."""
    console.print(line, soft_wrap=True)


def warn(line: str) -> None:
    """Prints a line unchanged to standard error."""
    print(line, file=sys.stderr)
