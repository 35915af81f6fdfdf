"""Executors with real worker processes: killed, interrupted and side by side, they end in the table of an undisturbed run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch
from submitit import LocalExecutor
from support.command_line import ganbench
from support.own_files import HINGE

from benchmark.plugins import UserError
from benchmark.study.running.executors import find_executor, local
from benchmark.study.running.executors.local import visible_gpu, worker_executor
from benchmark.study.storage.leases import Lease, read_leases

PATIENCE = 300  # seconds after which a test gives up: none depends on the time that anything takes
# Each trial waits at its first step until the test lets it go on, so that it can be killed there. Its batch is longer than that
# of the step on noise, by which the loss is tried before the run.
WAITING = HINGE.replace(
    "        return relu(1 - real)",
    """        import time
        from pathlib import Path

        while len(real) > 4 and not (Path(__file__).parent / "go").exists():
            time.sleep(0.02)
        return relu(1 - real)""",
)
DEADLY = HINGE.replace('"hinge"', '"deadly"').replace(
    "        return relu(1 - real)",
    "        import os, signal\n\n        if len(real) > 4:\n            os.kill(os.getpid(), signal.SIGKILL)\n"
    "        return relu(1 - real)",
)


def command(folder: Path, *options: str) -> list[str]:
    folders = ["--results", str(folder / "results"), "--data", str(folder / "data")]
    return ["run", str(folder / "mine.toml"), "--no-compile", *folders, *options]


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmark", *command(folder, *options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> str:
    """What the process has printed by its end."""
    return process.communicate(timeout=PATIENCE)[0]


def wait_for(condition: Callable[[], object]) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.05)


def at_work(folder: Path) -> list[Lease]:
    return [h for h in read_leases(folder / "results" / "running") if h.alive]


def table(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "results" / "studies" / "mine" / "trials.csv")


def comparable(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop(columns=["seconds", "attempts"])


def attempts(folder: Path) -> list[int]:
    return sorted(json.loads(p.read_bytes())["attempts"] for p in folder.glob("results/trials/*/*/*.json"))


def undisturbed(folder: Path) -> pd.DataFrame:
    """The table of the study run in this process, in a results folder of its own."""
    options = ["--executor", "inline", "--results", str(folder / "undisturbed")]
    code, _, err = ganbench(*command(folder, *options))
    assert code == 0, err
    return comparable(pd.read_csv(folder / "undisturbed" / "studies" / "mine" / "trials.csv"))


@pytest.fixture
def waiting(own_files: Path) -> Path:
    """A folder with a study of three trials that wait for the file ``go``."""
    (own_files / "hinge.py").write_text(WAITING)
    (own_files / "mine.toml").write_text('losses = ["hinge.py"]\ndatasets = ["stripes.py"]\nbudget = "smoke"\nseeds = 3')
    return own_files


def test_a_killed_worker_is_replaced_and_the_table_is_the_same(waiting: Path) -> None:
    process = start(waiting, "--workers", "2")
    wait_for(lambda: len(at_work(waiting)) == 2)
    victim = at_work(waiting)[0]
    os.kill(victim.content.pid, signal.SIGKILL)
    (waiting / "go").touch()
    said = end(process)
    assert process.returncode == 0, said
    assert (table(waiting)["status"] == "ok").all() and attempts(waiting) == [1, 1, 2]
    pd.testing.assert_frame_equal(comparable(table(waiting)), undisturbed(waiting))
    assert not list((waiting / "results" / "running").iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_parent_ends_its_workers_in_order_and_a_second_run_completes(
    waiting: Path, number: signal.Signals
) -> None:
    process = start(waiting, "--workers", "2")
    wait_for(lambda: len(at_work(waiting)) == 2)
    workers = [h.content.pid for h in at_work(waiting)]
    process.send_signal(number)
    (waiting / "go").touch()
    said = end(process)
    assert process.returncode == 130 and "last checkpoint" in said and "Traceback" not in said
    assert at_work(waiting) == [] and all(not Path(f"/proc/{pid}").exists() for pid in workers)
    left = list(read_leases(waiting / "results" / "running"))
    assert all(h.content.pid is None for h in left)  # given back, not died
    code, _, err = ganbench(*command(waiting, "--executor", "inline"))
    assert code == 0, err
    pd.testing.assert_frame_equal(comparable(table(waiting)), undisturbed(waiting))


def test_a_group_that_kills_its_worker_three_times_is_failed_with_a_reason_and_the_others_are_done(own_files: Path) -> None:
    (own_files / "deadly.py").write_text(DEADLY)
    (own_files / "mine.toml").write_text('losses = ["deadly.py", "nsgan"]\ndatasets = ["stripes.py"]\nbudget = "smoke"')
    process = start(own_files, "--workers", "2")
    said = end(process)
    assert process.returncode == 1 and "1 trial failed" in said and "Traceback" not in said
    rows = table(own_files).set_index(table(own_files)["loss"].str.partition("@")[0])
    assert rows["status"].to_dict() == {"deadly": "failed", "nsgan": "ok"}
    assert "died 3 times" in rows["reason"]["deadly"] and rows["attempts"]["deadly"] == 3


def test_two_runs_at_once_share_the_work_and_no_trial_is_done_twice(waiting: Path) -> None:
    first, second = (start(waiting, "--executor", "inline") for _ in range(2))
    wait_for(lambda: len({h.content.pid for h in at_work(waiting)}) == 2)
    (waiting / "go").touch()
    said = [end(first), end(second)]
    assert first.returncode == second.returncode == 0, said
    assert attempts(waiting) == [1, 1, 1]
    pd.testing.assert_frame_equal(comparable(table(waiting)), undisturbed(waiting))


def test_a_killed_parent_takes_its_workers_with_it_and_the_next_run_completes(waiting: Path) -> None:
    process = start(waiting, "--workers", "2")
    wait_for(lambda: len(at_work(waiting)) == 2)
    process.kill()
    process.wait()
    (waiting / "go").touch()
    wait_for(lambda: not at_work(waiting))
    code, _, err = ganbench(*command(waiting, "--executor", "inline"))
    assert code == 0, err
    pd.testing.assert_frame_equal(comparable(table(waiting)), undisturbed(waiting))


def test_an_unknown_executor_is_told_with_the_known_ones() -> None:
    with pytest.raises(UserError, match="Known: inline, local, slurm"):
        find_executor("locl")


def test_a_worker_sees_one_of_the_gpus_that_its_parent_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    any_gpu, second = torch.device("cuda"), torch.device("cuda:1")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert [visible_gpu(slot, any_gpu) for slot in (0, 1)] == ["0", "1"] and visible_gpu(0, second) == "1"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, GPU-8932f937")
    assert [visible_gpu(slot, any_gpu) for slot in (0, 1)] == ["3", "GPU-8932f937"]
    assert visible_gpu(0, second) == "GPU-8932f937"
    seen = [worker_executor(tmp_path, gpu).submit(os.getenv, "CUDA_VISIBLE_DEVICES") for gpu in ("3", "GPU-8932f937", None)]
    assert [job.result() for job in seen] == ["3", "GPU-8932f937", ""]


@pytest.mark.parametrize("results", ["90%train %j", "~user"])
def test_the_name_of_a_results_folder_is_taken_as_it_is(own_files: Path, monkeypatch: pytest.MonkeyPatch, results: str) -> None:
    # submitit expands %t and %j in its paths, and a ~ at their beginning.
    (own_files / "hinge.py").write_text(HINGE)
    (own_files / "mine.toml").write_text('losses = ["hinge.py"]\ndatasets = ["stripes.py"]\nbudget = "smoke"\nseeds = 2')
    monkeypatch.chdir(own_files)
    code, said, err = ganbench(
        "run", "mine.toml", "--no-compile", "--workers", "2", "--results", results, "--data", own_files / "data"
    )
    assert code == 0, said + err
    assert (own_files / results / "studies" / "mine" / "trials.csv").exists()


def test_workers_that_die_before_they_begin_anything_end_the_run_with_the_end_of_their_log(
    own_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_files / "hinge.py").write_text(HINGE)
    (own_files / "mine.toml").write_text('losses = ["hinge.py"]\ndatasets = ["stripes.py"]\nbudget = "smoke"\nseeds = 2')
    dying = "sh -c 'echo libmissing.so: no such file >&2; kill -9 $$'"
    monkeypatch.setattr(local, "worker_executor", lambda logs, gpu: LocalExecutor(logs, python=dying))
    code, _, err = ganbench(*command(own_files, "--workers", "2"))
    assert code == 2
    assert "3 workers died one after the other before they began a trial" in err and "libmissing.so: no such file" in err
