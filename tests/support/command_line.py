"""The command line, run in the test's own process."""

from __future__ import annotations

from typer.testing import CliRunner

from benchmark.cli import app


def ganbench(*arguments: object) -> tuple[int, str, str]:
    """Exit code, output and errors of ``ganbench ARGUMENTS``; an exception that would reach its user is raised."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr
