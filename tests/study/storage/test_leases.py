"""Leases: one owner at a time, whoever races; one process takes over from a dead owner; a lost lease is not written to."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from multiprocessing.context import ForkProcess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.leases import owners

from benchmark.study.storage import leases as module
from benchmark.study.storage.leases import SILENCE_SECONDS, LeaseLost, OwnedLease, acquire, clock, create, read_leases, release
from benchmark.study.storage.processes import process_start, this_process

FORK = multiprocessing.get_context("fork")  # the module leases needs no torch, so that forking is safe and fast


def of_a_dead_process(folder: Path, name: str = "work") -> Path:
    """The lease of a process that was killed with it."""
    code = (
        "import sys, os, signal; from pathlib import Path; from benchmark.study.storage.leases import acquire; "
        "assert acquire(Path(sys.argv[1]), sys.argv[2], run='a run', step=7); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder), name], check=False)
    assert done.returncode == -9
    return folder / f"{name}.0.claim"


def of_another_machine(folder: Path, silent: float, pid: int | None = 1) -> Path:
    """The lease of a process on another machine that was last seen so many seconds ago."""
    path = folder / "work.0.claim"
    assert create(
        path, json.dumps({**asdict(this_process()), "machine": "another", "run": "a run", "pid": pid, "attempt": 3}).encode()
    )
    seen = clock(folder) - silent
    os.utime(path, (seen, seen))
    return path


def race(contenders: int, contend: Callable[[], bool]) -> int:
    """How many processes win when all begin at once."""
    barrier, wins = FORK.Barrier(contenders), FORK.SimpleQueue()

    def contender() -> None:
        barrier.wait()
        wins.put(contend())
        barrier.wait()  # a winner must live until all others have tried

    processes = [FORK.Process(target=contender) for _ in range(contenders)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert all(isinstance(p, ForkProcess) and p.exitcode == 0 for p in processes)
    return sum(wins.get() for _ in processes)


def test_of_many_threads_exactly_one_wins(tmp_path: Path) -> None:
    barrier = threading.Barrier(32)

    def contend(_: int) -> OwnedLease | None:
        barrier.wait()
        return acquire(tmp_path, "work")

    with ThreadPoolExecutor(32) as pool:
        won = [c for c in pool.map(contend, range(32)) if c is not None]
    assert len(won) == 1 and owners(tmp_path) == {"work": (0, True)}
    won[0].finish()
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_of_eight_processes_exactly_one_wins(tmp_path: Path) -> None:
    for _ in range(5):
        assert race(8, lambda: acquire(tmp_path, "work") is not None) == 1
        for path in tmp_path.iterdir():
            path.unlink()


@pytest.mark.slow
def test_of_eight_processes_exactly_one_succeeds_a_dead_owner(tmp_path: Path) -> None:
    of_a_dead_process(tmp_path)
    assert owners(tmp_path) == {"work": (0, False)}
    for generation in range(1, 5):  # each race is won by one, who is dead when the next one begins
        assert race(8, lambda: acquire(tmp_path, "work") is not None) == 1
        assert owners(tmp_path) == {"work": (generation, False)}


def test_different_work_is_leased_side_by_side(tmp_path: Path) -> None:
    first, second = acquire(tmp_path, "a"), acquire(tmp_path, "a.b")
    assert first is not None and second is not None and owners(tmp_path) == {"a": (0, True), "a.b": (0, True)}
    first.finish()
    assert owners(tmp_path) == {"a.b": (0, True)}
    second.finish()


def test_a_death_counts_for_the_run_that_the_dead_process_was_of(tmp_path: Path) -> None:
    of_a_dead_process(tmp_path)
    other = acquire(tmp_path, "work", run="another run")
    assert other is not None and other.content.attempt == 2 and other.content.deaths == 0
    other.finish()


def test_a_killed_owner_is_succeeded_at_once_and_its_attempts_and_deaths_are_counted(tmp_path: Path) -> None:
    of_a_dead_process(tmp_path)
    successor = acquire(tmp_path, "work", run="a run", title="mine")
    assert successor is not None
    assert successor.content.attempt == 2 and successor.content.deaths == 1 and successor.content.step == 0
    assert acquire(tmp_path, "work") is None
    successor.finish()
    assert not list(tmp_path.iterdir())  # the dead forerunner's lease too


def test_a_number_taken_by_another_process_since_does_not_keep_a_lease_alive(tmp_path: Path) -> None:
    path = tmp_path / "work.0.claim"
    create(path, json.dumps({**asdict(this_process()), "started": "1"}).encode())  # this process's number, but another start
    assert owners(tmp_path) == {"work": (0, False)}


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and its parent has not taken note
    assert process_start(child.pid) is None
    child.wait()
    assert process_start(os.getpid()) is not None


@pytest.mark.parametrize(("silent", "alive"), [(0.0, True), (SILENCE_SECONDS - 30, True), (SILENCE_SECONDS + 1, False)])
def test_an_owner_on_another_machine_is_dead_after_so_long_a_silence_by_the_disk_s_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent: float, alive: bool
) -> None:
    of_another_machine(tmp_path, silent)
    # This machine's own clock may be anywhere.
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert owners(tmp_path) == {"work": (0, alive)}
    monkeypatch.setattr("time.time", lambda: 1e12)
    assert owners(tmp_path) == {"work": (0, alive)}
    successor = acquire(tmp_path, "work", run="a run")
    assert (successor is None) == alive
    if successor is not None:
        assert successor.content.attempt == 4 and successor.content.deaths == 1
        successor.finish()


def test_an_owner_shows_life_while_its_work_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.01)
    mine = acquire(tmp_path, "work")
    assert mine is not None
    os.utime(mine.path, (0, 0))
    for _ in range(500):
        if mine.path.stat().st_mtime > 0:
            break
        time.sleep(0.01)
    assert mine.path.stat().st_mtime > clock(tmp_path) - SILENCE_SECONDS
    mine.finish()


def test_work_left_unfinished_is_given_back_and_is_no_death(tmp_path: Path) -> None:
    mine = acquire(tmp_path, "work")
    assert mine is not None
    with pytest.raises(KeyboardInterrupt), mine:
        mine.update(step=5)
        raise KeyboardInterrupt
    assert owners(tmp_path) == {"work": (0, False)}
    other = acquire(tmp_path, "work")
    assert other is not None and other.content.attempt == 2 and other.content.deaths == 0
    other.finish()


def test_given_back_on_another_machine_is_free_at_once(tmp_path: Path) -> None:
    of_another_machine(tmp_path, silent=0.0, pid=None)
    other = acquire(tmp_path, "work")
    assert other is not None and other.content.deaths == 0
    other.finish()


def test_who_is_known_to_be_dead_is_succeeded_at_once_and_the_death_counts(tmp_path: Path) -> None:
    content = {"machine": "far", "pid": 5, "run": "mine", "job": "7_0", "attempt": 2, "deaths": 1, "trials": ["a"]}
    create(tmp_path / "work.0.claim", json.dumps(content).encode())
    (lease,) = read_leases(tmp_path)
    assert lease.alive and acquire(tmp_path, "work", run="mine") is None
    assert release(tmp_path, lease) and not release(tmp_path, lease)
    (freed,) = read_leases(tmp_path)
    assert not freed.alive and (freed.content.job, freed.content.trials) == ("7_0", ("a",))
    taken = acquire(tmp_path, "work", run="mine")
    assert taken is not None and (taken.content.attempt, taken.content.deaths) == (3, 2)
    taken.finish()
    assert not list(tmp_path.iterdir())


def test_what_an_owner_writes_is_seen(tmp_path: Path) -> None:
    mine = acquire(tmp_path, "work", title="a trial")
    assert mine is not None
    mine.update(step=3, losses={"generator": 0.5})
    mine.update(step=4)
    (seen,) = read_leases(tmp_path)
    assert seen.content.title == "a trial" and seen.content.step == 4 and seen.content.losses == {"generator": 0.5}
    mine.finish()


def test_an_owner_that_lost_its_lease_notices_and_writes_no_more(tmp_path: Path) -> None:
    mine = acquire(tmp_path, "work")
    assert mine is not None
    create(tmp_path / "work.1.claim", json.dumps({**asdict(this_process()), "step": 50}).encode())
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(LeaseLost), mine:
        mine.update(step=10)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    assert mine.ended.is_set()  # no more signs of life


def test_an_owner_whose_successor_has_finished_notices_too(tmp_path: Path) -> None:
    mine = acquire(tmp_path, "work")
    assert mine is not None
    mine.path.unlink()
    with pytest.raises(LeaseLost), mine:
        mine.update(step=10)
    assert not list(tmp_path.iterdir())


def test_a_task_that_cannot_run_twice_takes_back_what_it_leased_before(tmp_path: Path) -> None:
    path = tmp_path / "work.0.claim"
    create(path, json.dumps({**asdict(this_process()), "machine": "another", "run": "7_1", "job": "7_1"}).encode())
    assert acquire(tmp_path, "work") is None and acquire(tmp_path, "work", job="7_2") is None
    again = acquire(tmp_path, "work", run="7_1", job="7_1")
    assert again is not None and again.content.deaths == 1
    again.finish()


def test_an_owner_whose_clock_is_ahead_lives_as_long_as_it_is_seen_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    path = of_another_machine(tmp_path, -3600.0)
    (lease,) = read_leases(tmp_path)
    assert lease.alive and lease.ahead == pytest.approx(3600.0, abs=5)
    now[0] += SILENCE_SECONDS - 1
    assert owners(tmp_path) == {"work": (0, True)}
    dated = path.stat().st_mtime + 15
    os.utime(path, (dated, dated))  # it shows life
    assert owners(tmp_path) == {"work": (0, True)}
    now[0] += SILENCE_SECONDS - 1
    assert acquire(tmp_path, "work", run="a run") is None
    now[0] += 2
    successor = acquire(tmp_path, "work", run="a run")
    assert successor is not None and successor.content.deaths == 1
    successor.finish()


@settings(deadline=None, max_examples=30)
@given(events=st.lists(st.sampled_from(["lease", "die", "give back", "finish", "silence"]), max_size=12))
def test_there_is_never_more_than_one_owner_and_never_work_that_nobody_can_have(
    tmp_path_factory: pytest.TempPathFactory, events: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("history")
    owner: OwnedLease | None = None
    deaths = 0
    for event in events:
        if event == "lease":
            won = acquire(folder, "work")
            assert (won is None) == (owner is not None)
            owner = owner or won
            assert owner is not None and owner.content.deaths == deaths
        elif owner is None:
            continue
        elif event in ("die", "silence"):  # of a process here, or of a machine
            said = {"started": "1"} if event == "die" else {"machine": "another"}
            owner.ended.set()
            owner.path.write_text(json.dumps({**asdict(owner.content), **said}))
            os.utime(owner.path, (0, 0))
            owner, deaths = None, deaths + 1
        elif event == "give back":
            with owner:
                pass
            owner = None
        else:
            owner.finish()
            assert owners(folder) == {}
            owner, deaths = None, 0
    if owner is not None:
        owner.finish()
