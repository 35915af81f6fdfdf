"""Claims: one owner at a time, whoever races; the dead are succeeded, once; nobody writes after being deposed."""

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
from multiprocessing.context import ForkProcess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.study.storage import claims as module
from benchmark.study.storage.claims import DEAD, Claim, Deposed, claim, claims, clock, create, me, process_start

FORK = multiprocessing.get_context("fork")  # the module claims needs no torch, so that forking is safe and fast


def held(folder: Path) -> dict[str, tuple[int, bool]]:
    return {h.name: (h.generation, h.alive) for h in claims(folder)}


def of_a_dead_process(folder: Path, name: str = "work") -> Path:
    """The claim of a process that was killed with it."""
    code = (
        "import sys, os, signal; from pathlib import Path; from benchmark.study.storage.claims import claim; "
        "assert claim(Path(sys.argv[1]), sys.argv[2], step=7); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder), name], check=False)
    assert done.returncode == -9
    return folder / f"{name}.0.claim"


def of_another_machine(folder: Path, silent: float, pid: int | None = 1) -> Path:
    """The claim of a process on another machine that was last seen so many seconds ago."""
    path = folder / "work.0.claim"
    assert create(path, json.dumps({**me(), "machine": "another", "pid": pid, "attempt": 3}).encode())
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

    def contend(_: int) -> Claim | None:
        barrier.wait()
        return claim(tmp_path, "work")

    with ThreadPoolExecutor(32) as pool:
        won = [c for c in pool.map(contend, range(32)) if c is not None]
    assert len(won) == 1 and held(tmp_path) == {"work": (0, True)}
    won[0].finish()
    assert not list(tmp_path.iterdir())


def test_of_eight_processes_exactly_one_wins(tmp_path: Path) -> None:
    for _ in range(5):
        assert race(8, lambda: claim(tmp_path, "work") is not None) == 1
        for path in tmp_path.iterdir():
            path.unlink()


def test_of_eight_processes_exactly_one_succeeds_a_dead_owner(tmp_path: Path) -> None:
    of_a_dead_process(tmp_path)
    assert held(tmp_path) == {"work": (0, False)}
    for generation in range(1, 5):  # each race is won by one, who is dead when the next one begins
        assert race(8, lambda: claim(tmp_path, "work") is not None) == 1
        assert held(tmp_path) == {"work": (generation, False)}


def test_different_work_is_claimed_side_by_side(tmp_path: Path) -> None:
    first, second = claim(tmp_path, "a"), claim(tmp_path, "a.b")
    assert first is not None and second is not None and held(tmp_path) == {"a": (0, True), "a.b": (0, True)}
    first.finish()
    assert held(tmp_path) == {"a.b": (0, True)}
    second.finish()


def test_a_killed_owner_is_succeeded_at_once_and_its_attempts_and_deaths_are_counted(tmp_path: Path) -> None:
    of_a_dead_process(tmp_path)
    successor = claim(tmp_path, "work", title="mine")
    assert successor is not None
    assert successor.content["attempt"] == 2 and successor.content["deaths"] == 1 and "step" not in successor.content
    assert claim(tmp_path, "work") is None
    successor.finish()
    assert not list(tmp_path.iterdir())  # the dead forerunner's claim too


def test_a_number_taken_by_another_process_since_does_not_keep_a_claim_alive(tmp_path: Path) -> None:
    path = tmp_path / "work.0.claim"
    create(path, json.dumps({**me(), "started": "1"}).encode())  # this process's number, but another start
    assert held(tmp_path) == {"work": (0, False)}


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and its parent has not taken note
    assert process_start(child.pid) is None
    child.wait()
    assert process_start(os.getpid()) is not None


@pytest.mark.parametrize(("silent", "alive"), [(0.0, True), (DEAD - 30, True), (DEAD + 1, False)])
def test_an_owner_on_another_machine_is_dead_after_so_long_a_silence_by_the_disk_s_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent: float, alive: bool
) -> None:
    of_another_machine(tmp_path, silent)
    # This machine's own clock may be anywhere.
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert held(tmp_path) == {"work": (0, alive)}
    monkeypatch.setattr("time.time", lambda: 1e12)
    assert held(tmp_path) == {"work": (0, alive)}
    successor = claim(tmp_path, "work")
    assert (successor is None) == alive
    if successor is not None:
        assert successor.content["attempt"] == 4 and successor.content["deaths"] == 1
        successor.finish()


def test_an_owner_shows_life_while_its_work_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT", 0.01)
    mine = claim(tmp_path, "work")
    assert mine is not None
    os.utime(mine.path, (0, 0))
    for _ in range(500):
        if mine.path.stat().st_mtime > 0:
            break
        time.sleep(0.01)
    assert mine.path.stat().st_mtime > clock(tmp_path) - DEAD
    mine.finish()


def test_work_left_unfinished_is_given_back_and_is_no_death(tmp_path: Path) -> None:
    mine = claim(tmp_path, "work")
    assert mine is not None
    with pytest.raises(KeyboardInterrupt), mine:
        mine.tell(step=5)
        raise KeyboardInterrupt
    assert held(tmp_path) == {"work": (0, False)}
    other = claim(tmp_path, "work")
    assert other is not None and other.content["attempt"] == 2 and other.content["deaths"] == 0
    other.finish()


def test_given_back_on_another_machine_is_free_at_once(tmp_path: Path) -> None:
    of_another_machine(tmp_path, silent=0.0, pid=None)
    other = claim(tmp_path, "work")
    assert other is not None and other.content["deaths"] == 0
    other.finish()


def test_what_an_owner_tells_is_seen(tmp_path: Path) -> None:
    mine = claim(tmp_path, "work", title="a trial")
    assert mine is not None
    mine.tell(step=3, losses={"generator": 0.5})
    mine.tell(step=4)
    (seen,) = claims(tmp_path)
    assert seen.content["title"] == "a trial" and seen.content["step"] == 4 and seen.content["losses"] == {"generator": 0.5}
    mine.finish()


def test_a_deposed_owner_notices_and_writes_no_more(tmp_path: Path) -> None:
    mine = claim(tmp_path, "work")
    assert mine is not None
    create(tmp_path / "work.1.claim", json.dumps({**me(), "step": 50}).encode())
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(Deposed), mine:
        mine.tell(step=10)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    assert mine.ended.is_set()  # no more signs of life


def test_an_owner_whose_successor_has_finished_notices_too(tmp_path: Path) -> None:
    mine = claim(tmp_path, "work")
    assert mine is not None
    mine.path.unlink()
    with pytest.raises(Deposed), mine:
        mine.tell(step=10)
    assert not list(tmp_path.iterdir())


def test_a_task_that_cannot_run_twice_takes_back_what_it_claimed_before(tmp_path: Path) -> None:
    path = tmp_path / "work.0.claim"
    create(path, json.dumps({**me(), "machine": "another", "job": "7_1", "attempt": 1, "deaths": 0}).encode())
    assert claim(tmp_path, "work") is None and claim(tmp_path, "work", job="7_2") is None
    again = claim(tmp_path, "work", job="7_1")
    assert again is not None and again.content["deaths"] == 1
    again.finish()


@settings(deadline=None, max_examples=100)
@given(content=st.one_of(st.binary(max_size=40), st.sampled_from([b"0", b"null", b"[]", b'"x"', b"{}"])))
def test_a_damaged_claim_is_nobody_s(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "work.4.claim").write_bytes(content)
    assert held(folder) == {"work": (4, False)}
    mine = claim(folder, "work")
    assert mine is not None and mine.path.name == "work.5.claim"
    mine.finish()
    assert not (folder / "work.4.claim").exists()


@settings(deadline=None, max_examples=50)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_claim_is_nobody_s(tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    folder = tmp_path_factory.mktemp("truncated")
    content = json.dumps(me()).encode()
    (folder / "work.0.claim").write_bytes(content[: int(share * len(content))])
    assert held(folder) == {"work": (0, False)}


def test_files_that_are_no_claims_are_left_alone(tmp_path: Path) -> None:
    for name in ("notes.claim", "work.one.claim", ".claim", "work.0.claim~", "work.safetensors"):
        (tmp_path / name).write_text("{}")
    assert held(tmp_path) == {}
    mine = claim(tmp_path, "work")
    assert mine is not None and mine.path.name == "work.0.claim"
    mine.finish()
    assert len(list(tmp_path.iterdir())) == 5


def test_no_folder_has_no_claims(tmp_path: Path) -> None:
    assert held(tmp_path / "absent") == {}


def test_a_network_disk_that_links_and_says_it_did_not_is_seen_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # NFS repeats a request whose answer was lost; the second one finds the link that the first one made.
    real = os.link

    def repeated(source: Path, target: Path) -> None:
        real(source, target)
        real(source, target)

    monkeypatch.setattr(os, "link", repeated)
    assert create(tmp_path / "work.0.claim", b"{}")
    assert not create(tmp_path / "work.0.claim", b"{}")
    assert [p.name for p in tmp_path.iterdir()] == ["work.0.claim"]


@settings(deadline=None, max_examples=30)
@given(events=st.lists(st.sampled_from(["claim", "die", "give back", "finish", "silence"]), max_size=12))
def test_there_is_never_more_than_one_owner_and_never_work_that_nobody_can_have(
    tmp_path_factory: pytest.TempPathFactory, events: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("history")
    owner: Claim | None = None
    deaths = 0
    for event in events:
        if event == "claim":
            won = claim(folder, "work")
            assert (won is None) == (owner is not None)
            owner = owner or won
            assert owner is not None and owner.content["deaths"] == deaths
        elif owner is None:
            continue
        elif event in ("die", "silence"):  # of a process here, or of a machine
            said = {"started": "1"} if event == "die" else {"machine": "another"}
            owner.ended.set()
            owner.path.write_text(json.dumps({**owner.content, **said}))
            os.utime(owner.path, (0, 0))
            owner, deaths = None, deaths + 1
        elif event == "give back":
            with owner:
                pass
            owner = None
        else:
            owner.finish()
            assert held(folder) == {}
            owner, deaths = None, 0
    if owner is not None:
        owner.finish()
