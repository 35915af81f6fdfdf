"""The status: planned = ok + diverged + failed + running + pending, whatever happens meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny_study import finished, result, trials

from benchmark.study.storage import status
from benchmark.study.storage.leases import acquire, create
from benchmark.study.storage.processes import this_process
from benchmark.study.storage.status import STATES, PlannedTrial, planned_trial, study_status
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial

HOLD = """
import sys
from pathlib import Path
from benchmark.study.storage.leases import acquire
mine = acquire(Path(sys.argv[1]), "population", trials=sys.argv[2].split(), title="a title", step=3, rate=5.0)
print("held", flush=True)
sys.stdin.read()
"""


def planned(count: list[Trial]) -> list[PlannedTrial]:
    return [planned_trial(t) for t in count]


def test_states_counts_and_steps_with_a_lease_that_another_process_holds(store: Store) -> None:
    every = [*trials(5), *trials(2, "wgan")]
    ok, diverged, failed, running, _, other_running, _ = every
    finished([ok], store, lambda t: result())
    finished([diverged], store, lambda t: result("diverged"))
    finished([failed], store, lambda t: result("failed"))
    command = [sys.executable, "-c", HOLD, str(store.running), f"{running.id} {other_running.id} {ok.id}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        now = study_status(planned(every), store)
        assert [now.states[t.id] for t in every[:5]] == ["ok", "diverged", "failed", "running", "pending"]
        assert now.counts == {"ok": 1, "diverged": 1, "failed": 1, "running": 2, "pending": 2}
        assert [h.content.pid for h in now.leases] == [process.pid] and now.rate == 5.0
        # Of 12 steps each, 3 trials have nothing left, two are at step 3, two have not begun.
        assert (now.steps_done, now.steps_to_do) == (3 * 12 + 2 * 3, 2 * 9 + 2 * 12)
        assert now.seconds_left == pytest.approx((2 * 9 + 2 * 12) / 5)
        table = now.table()
        assert table["loss"].tolist() == ["lsgan", "wgan"] and table["planned"].tolist() == [5, 2]
        assert (table[list(STATES)].sum(axis=1) == table["planned"]).all()
        process.kill()
    after = study_status(planned(every), store)
    assert after.counts["running"] == 0 and after.counts["pending"] == 4 and after.seconds_left is None


def test_a_task_that_is_known_to_have_no_process_does_not_run(store: Store) -> None:
    every = trials(2)
    leases = [acquire(store.running, t.id, trials=[t.id], job=f"7_{i}", rate=5.0) for i, t in enumerate(every)]
    assert study_status(planned(every), store).rate == 10.0
    now = study_status(planned(every), store, {"7_1", "8"})
    assert [now.states[t.id] for t in every] == ["running", "pending"] and now.rate == 5.0
    for lease in leases:
        assert lease is not None
        lease.finish()


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(
    endings=st.lists(st.sampled_from(["ok", "diverged", "failed", None]), min_size=1, max_size=8),
    data=st.data(),
)
def test_every_planned_trial_is_in_exactly_one_state(
    tmp_path_factory: pytest.TempPathFactory, endings: list[str | None], data: st.DataObject
) -> None:
    store, every = Store(tmp_path_factory.mktemp("status")), trials(len(endings))
    by_id = dict(zip((t.id for t in every), endings, strict=True))
    finished(every, store, lambda t: result(by_id[t.id]) if by_id[t.id] else None)  # type: ignore[arg-type]
    living = data.draw(st.sets(st.sampled_from([t.id for t in every])))
    dead = data.draw(st.sets(st.sampled_from([t.id for t in every])))
    mine = acquire(store.running, "living", trials=sorted(living))
    create(
        store.running / "dead.0.claim", json.dumps({**asdict(this_process()), "started": "1", "trials": sorted(dead)}).encode()
    )
    now = study_status(planned(every), store)
    assert set(now.states) == set(by_id) and set(now.states.values()) <= set(STATES)
    assert now.table()["planned"].sum() == sum(now.counts.values()) == len(every)
    for name, ending in by_id.items():
        assert now.states[name] == (ending or ("running" if name in living else "pending"))
    assert now.steps_done + now.steps_to_do == 12 * len(every)
    assert mine is not None
    mine.finish()


def test_a_trial_that_ends_while_the_status_is_read_is_not_pending(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    (trial,) = trials(1)
    mine = acquire(store.running, trial.id, trials=[trial.id])
    assert mine is not None
    looks: list[str] = []

    def end(at: str) -> None:
        looks.append(at)
        if len(looks) == 2:  # between the first look and the second
            store.finish(trial, result())
            mine.finish()

    look, read_leases = Store.look, status.read_leases
    monkeypatch.setattr(Store, "look", lambda *a: (end("results"), look(*a))[1])
    monkeypatch.setattr(status, "read_leases", lambda *a: (end("leases"), read_leases(*a))[1])
    now = study_status(planned([trial]), store)
    assert looks == ["leases", "results"] and now.states[trial.id] == "ok"


def test_a_damaged_result_is_pending_and_named_and_left_where_it_is(store: Store) -> None:
    every = trials(2)
    finished(every, store, lambda t: result())
    path = store.result_file(every[0], "ok")
    path.write_text("[" * 200_000)
    now = study_status(planned(every), store)
    assert now.states == {every[0].id: "pending", every[1].id: "ok"} and now.damaged == [path] and path.exists()
    assert (now.steps_done, now.steps_to_do) == (12, 12)
    finished(every[:1], store, lambda t: result())
    assert study_status(planned(every), store).counts == {"ok": 2}


def test_the_status_needs_no_torch(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('losses = ["wgan"]\nbudget = "smoke"')
    command = [
        sys.executable,
        "-c",
        (
            "import sys; "
            "from benchmark.study.storage.status import study_status; "
            "from benchmark.study.planning.studyfile import find_study; "
            "find_study(sys.argv[1]); assert 'torch' not in sys.modules"
        ),
        str(tmp_path / "mine.toml"),
    ]
    subprocess.run(command, check=True, env=os.environ)
