"""The executor of SLURM: what it refuses, and its patience; the real SLURM is in tests/end_to_end/slurm."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fake_slurm import FakeSlurm, plan_of
from typer.testing import CliRunner

from benchmark.cli import app
from benchmark.study.running.executors import slurm


def test_without_slurm_the_message_says_where_to_submit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(app, ["run", "quick", "--executor", "slurm", "--results", str(tmp_path)])
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: SLURM's sbatch is not in PATH: submit from a login node of the cluster.\nElsewhere: --executor local.\n"
    )


@pytest.mark.parametrize("option", [["--partition", "gpu"], ["--cluster", "example"], ["--dry-run"], ["--wait"]])
def test_an_option_of_slurm_is_not_ignored_by_another_executor(option: list[str]) -> None:
    done = CliRunner().invoke(app, ["run", "quick", *option])
    assert (done.exit_code, done.stderr) == (2, f"Error: {option[0]} is for --executor slurm; the executor is local.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--device", "cuda"], ("Device cuda", "cpu", "gpus", "gres", "auto")),
        (["--results", "/tmp/90%train"], ("%", "/tmp/90%train")),
        (["--threads", "4", "--cpus", "2"], ("--threads 4", "--cpus is 2")),
    ],
)
def test_what_a_task_does_not_ask_for_is_refused(tmp_path: Path, fake: FakeSlurm, words: list[str], said: list[str]) -> None:
    for program in ("sbatch", "squeue", "scancel", "srun"):
        fake.prints(program, "")
    done = CliRunner().invoke(app, ["run", "quick", "--executor", "slurm", "--results", str(tmp_path / "results"), *words])
    assert done.exit_code == 2 and done.stderr.startswith("Error: ") and len(done.stderr.splitlines()) <= 2
    assert all(text in done.stderr for text in said)


def test_a_number_of_workers_is_refused_on_a_cluster() -> None:
    done = CliRunner().invoke(app, ["run", "quick", "--executor", "slurm", "--workers", "3"])
    assert (done.exit_code, done.stderr.splitlines()) == (
        2,
        ["Error: --workers is for --executor local; the executor is slurm. On a cluster, --parallel says how many tasks run."],
    )


def test_who_waits_for_tasks_outwaits_a_controller_that_is_away(fake: FakeSlurm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm, "POLL_SECONDS", 0.01)
    fake.prints("sacct", "")
    for number, answer in enumerate(["away", "away", *["7_1|RUNNING"] * 2, "away", *["7_1|COMPLETED"] * 2]):
        (fake.folder / f"answer-{number}").write_text(answer)
    refusal = "{ echo Unable to contact slurm controller >&2; exit 1; }"
    next_one = 'set -- answer-*\nanswer=$(cat "$1")\nrm "$1"'
    script = f'#!/bin/sh\ncd {fake.folder}\n{next_one}\n[ "$answer" = away ] && {refusal}\necho "$answer"\n'
    (fake.folder / "squeue").write_text(script)
    (fake.folder / "squeue").chmod(0o755)
    said: list[str] = []
    slurm.await_tasks(fake.jobs, plan_of(fake.trials), said.append)
    assert not list(fake.folder.glob("answer-*"))
    assert len(said) == 2  # once each time
    assert all(line.startswith("SLURM's squeue failed: Unable to contact slurm controller\n") for line in said)
