"""The command line, run in the test's own process."""

from __future__ import annotations

from typer import Typer
from typer.testing import CliRunner

from benchmark.cli import app
from experiments.metrics.__main__ import app as metric_behaviour_app


def ganbench(*arguments: object) -> tuple[int, str, str]:
    """Exit code, output and errors of ``ganbench ARGUMENTS``; an exception that would reach its user is raised."""
    return invoked(app, *arguments)


def metric_behaviour(*arguments: object) -> tuple[int, str, str]:
    """The same of ``python -m experiments.metrics ARGUMENTS``."""
    return invoked(metric_behaviour_app, *arguments)


def invoked(app: Typer, *arguments: object) -> tuple[int, str, str]:
    """The same of any application."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr
