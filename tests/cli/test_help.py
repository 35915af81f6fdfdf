"""The help: whole sentences that fit a terminal of 80 columns, every command in a group, an example that can be run."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from support.command_line import ganbench
from typer.main import get_command

from benchmark.cli import app
from benchmark.cli.help import GROUPS

COMMANDS: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]


def test_every_command_stands_in_one_group_and_the_main_job_first() -> None:
    names = [name for names in GROUPS.values() for name in names]
    assert sorted(names) == sorted(COMMANDS) and names[0] == "bench"


def test_the_help_has_a_whole_sentence_of_each_command_on_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = ganbench("--help")
    rows = {line.split()[0]: line for line in out.splitlines() if line.split() and line.split()[0] in COMMANDS}
    assert code == 0 and rows.keys() == COMMANDS.keys() and all(f"{title}:" in out for title in GROUPS)
    assert all(row.endswith(".") and not row.endswith("..") and len(row) <= 80 for row in rows.values())


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_help_of_a_command_fits_and_its_example_is_one_that_it_takes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = ganbench(name, "--help")
    assert code == 0 and all(len(line) <= 80 for line in out.splitlines())
    assert "..." not in out.replace("[ARGS]...", "").replace(", ...", "").replace("load ...", "")  # nothing is cut
    assert not any(line.rstrip().endswith("-") for line in out.splitlines())  # nor is a name broken
    program, called, *words = shlex.split(out.rstrip().rpartition("Example: ")[2])
    assert (program, called) == ("ganbench", name)
    COMMANDS[name].make_context(name, words)  # raises for an option that it has not


def test_options_that_commands_share_are_the_same_everywhere() -> None:
    seen: dict[str, set[tuple[str | None, Any]]] = {}
    for command in COMMANDS.values():
        for option in command.params:
            if option.name in ("device", "threads", "results", "data", "compiled", "population", "tensorboard", "workers"):
                seen.setdefault(option.name, set()).add((option.help, option.metavar))
    assert len(seen) == 8 and all(len(kinds) == 1 for kinds in seen.values())
