"""The store: a file is whole or absent, and its name says how its trial ended."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny_study import finished, result, run, trials

from benchmark.plugins import UserError
from benchmark.study.running.contexts import TrialContext
from benchmark.study.running.sharing import disk_errors
from benchmark.study.running.worker import is_not_the_trials_own
from benchmark.study.storage.store import FEW, Store, read_json
from benchmark.study.storage.table import table


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def emptied(content: bytes) -> bytes:
    return b""


def nested(content: bytes) -> bytes:
    return b"[" * 200_000 + b"]" * 200_000


def without_scores(content: bytes) -> bytes:
    return json.dumps({**json.loads(content), "scores": []}).encode()


def of_another_trial(content: bytes) -> bytes:
    changed = json.loads(content)
    changed["identity"]["seed"] = 77
    return json.dumps(changed).encode()


@pytest.mark.parametrize("damage", [truncated, emptied, nested, without_scores, of_another_trial])
def test_a_damaged_result_is_put_aside_and_computed_again(context: TrialContext, damage: Callable[[bytes], bytes]) -> None:
    (trial,) = trials(1)
    run([trial], context)
    before = table([trial], context.store).drop(columns="seconds")
    path = context.store.result_file(trial, "ok")
    path.write_bytes(damage(path.read_bytes()))
    assert context.store.result(trial) is None
    assert path.with_suffix(".damaged").exists() and not path.exists()
    assert run([trial], context).steps
    assert table([trial], context.store).drop(columns="seconds").equals(before)


@pytest.mark.parametrize("kind", ["folder", "pipe", "folder beside a damaged file", "file beside a damaged folder"])
def test_what_is_no_file_is_put_aside_and_said_once(tmp_path: Path, kind: str) -> None:
    said: list[str] = []
    store, (trial,) = Store(tmp_path, said.append), trials(1)
    path = store.result_file(trial, "ok")
    path.parent.mkdir(parents=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind.startswith("folder"):
        (path / "in").mkdir(parents=True)
    else:
        path.touch()
    if kind.endswith("file"):
        path.with_suffix(".damaged").touch()
    elif kind.endswith("damaged folder"):
        (path.with_suffix(".damaged") / "in").mkdir(parents=True)
    before = len(list(store.home(trial).glob("*.damaged")))
    assert store.statuses([trial]) == {} and path.exists()
    assert store.pending([trial]) == store.pending([trial]) == [trial] and store.result(trial) is None
    assert not path.exists() and len(list(store.home(trial).glob("*.damaged"))) == before + 1
    assert len(said) == 1 and path.name in said[0]
    store.finish(trial, result())
    assert store.pending([trial]) == [] and len(said) == 1


def test_what_no_reader_could_take_is_kept_as_a_failure(store: Store) -> None:
    (trial,) = trials(1)
    store.finish(trial, replace(result(), scores=[{"step": 6.0}]))
    found = store.result(trial)
    assert found is not None and found.status == "failed" and "fid_pixels" in found.reason
    store.finish(trial, result("failed", reason="in a file called \udcff"))
    found = store.result(trial)
    assert found is not None and table([trial], store)["reason"][0].startswith("in a file called ")


def test_a_damaged_result_that_another_process_put_aside_first_is_no_error(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    (trial,) = trials(1)
    store.finish(trial, result())
    path = store.result_file(trial, "ok")
    path.write_bytes(b"{")

    def read(asked: Path) -> object:
        content = read_json(asked)
        if asked == path:
            path.unlink()  # between our look and our move
        return content

    monkeypatch.setattr("benchmark.study.storage.store.read_json", read)
    assert store.result(trial) is None


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(
    status=st.sampled_from(["ok", "diverged", "failed"]),
    step=st.integers(0, 10**6),
    seconds=st.floats(0, 1e9),
    score=st.floats(allow_nan=False, allow_infinity=False),
    logged=st.floats(),
    reason=st.text(),
)
def test_what_is_finished_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, status: str, step: int, seconds: float, score: float, logged: float, reason: str
) -> None:
    store, (trial,) = Store(tmp_path_factory.mktemp("store")), trials(1)
    rows = [{"step": float(step), "fid_pixels": score, "generator": logged}]
    ended = result(status, reason=reason)
    ended = type(ended)(**{**vars(ended), "step": step, "seconds": seconds, "scores": rows})
    store.finish(trial, ended)
    read = store.result(trial)
    assert read is not None and repr({**vars(read), "identity": {}}) == repr(vars(ended))  # repr: NaN is not itself


def test_a_success_takes_the_place_of_an_earlier_failure(store: Store) -> None:
    (trial,) = trials(1)
    store.finish(trial, result("failed", reason="killed"))
    assert store.statuses([trial]) == {trial.id: "failed"}
    store.finish(trial, result("ok"))
    assert store.statuses([trial]) == {trial.id: "ok"} and store.forget_failures([trial]) == 0
    assert [p.name for p in store.home(trial).iterdir()] == [f"{trial.id}.ok.json"]


def test_a_success_counts_although_its_earlier_failure_still_lies_beside_it(store: Store) -> None:
    # The process was killed between writing the one and removing the other.
    (trial,) = trials(1)
    store.finish(trial, result("ok"))
    failure = store.result_file(trial, "failed")
    failure.write_bytes(store.result_file(trial, "ok").read_bytes().replace(b'"ok"', b'"failed"'))
    ended = store.result(trial)
    assert ended is not None and ended.status == "ok"
    assert store.statuses([trial]) == {trial.id: "ok"} and store.forget_failures([trial]) == 0


def test_only_failures_are_forgotten(store: Store) -> None:
    planned = trials(4)
    endings = dict(zip((t.id for t in planned), ("ok", "diverged", "failed", None), strict=True))
    finished(planned, store, lambda t: result(endings[t.id]) if endings[t.id] else None)  # type: ignore[arg-type]
    assert store.forget_failures(planned) == 1
    assert store.statuses(planned) == {planned[0].id: "ok", planned[1].id: "diverged"}


@pytest.mark.parametrize("count", [4, FEW + 1])  # looked for one by one; a folder that is read
def test_statuses_come_from_whole_results_alone(store: Store, count: int) -> None:
    planned = trials(count)
    finished(planned[:2], store, lambda t: result("diverged" if t.seed else "ok"))
    home, whole = store.home(planned[0]), store.result_file(planned[0], "ok").read_bytes()
    name = planned[2].id
    for other in (f"{name}.running.json", f".{name}.ok.json.12345678.tmp", f"{name}.ok.damaged", f"{name}.json", name):
        (home / other).write_bytes(whole)
    store.result_file(planned[3], "ok").write_bytes(whole)
    look = store.look(planned)
    assert look.ended == store.statuses(planned) == {planned[0].id: "ok", planned[1].id: "diverged"}
    assert look.damaged == [store.result_file(planned[3], "ok")] and look.damaged[0].exists()
    assert Store(store.root / "absent").statuses(planned) == {}


def test_attempts_before_a_retry_are_known_until_the_trial_ends_again(store: Store) -> None:
    (trial,) = trials(1)
    assert store.earlier_attempts(trial) == 0
    store.finish(trial, result("failed", attempts=3))
    assert store.forget_failures([trial]) == 1 and store.forget_failures([trial]) == 0
    assert store.earlier_attempts(trial) == 3 and store.pending([trial]) == [trial]
    store.finish(trial, result("failed", attempts=3 + 1))
    assert store.forget_failures([trial]) == 1
    assert store.earlier_attempts(trial) == 4
    store.result_file(trial, "retried").write_text('{"attempts": "damaged"}')
    assert store.earlier_attempts(trial) == 0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_a_full_disk_stops_the_run_with_a_clear_message_and_loses_nothing(
    context: TrialContext, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    planned = trials(2)
    run(planned[:1], context)

    def full(path: Path, *arguments: object, **options: object) -> None:
        raise OSError(number, "the disk refuses", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("benchmark.study.storage.store.write_atomically", full)
        with pytest.raises(UserError, match="the disk refuses") as raised, disk_errors(context.store):
            run(planned, context, raised=is_not_the_trials_own)
    assert len(str(raised.value).splitlines()) == 2
    assert table(planned, context.store)["status"].tolist() == ["ok", "pending"]
    run(planned, context)
    assert table(planned, context.store)["status"].tolist() == ["ok", "ok"]


def test_another_error_of_the_system_is_the_trial_s_own(context: TrialContext) -> None:
    assert not is_not_the_trials_own(OSError(errno.ENOENT, "no such file"))
    with pytest.raises(FileNotFoundError), disk_errors(context.store):
        raise FileNotFoundError(errno.ENOENT, "no such file")
