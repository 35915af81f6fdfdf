"""Several users, and whatever they leave there, in one results folder: each command ends, and says what it left."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import pytest
from support.command_line import ganbench
from support.other_user import as_nobody, folder_for_all, needs_root
from support.tiny_study import finished, result

from benchmark.study.planning.plan import make_plan
from benchmark.study.planning.studyfile import find_study
from benchmark.study.storage.leases import clock
from benchmark.study.storage.status import planned_trial, study_status
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial

STUDY = """
losses = ["{loss}"]
datasets = ["ring"]
budget = "smoke"
samples = {samples}
metrics = ["wasserstein"]
seeds = {seeds}
"""


def study(path: Path, loss: str = "wgan", samples: int = 1, seeds: int = 1, more: str = "") -> Path:
    """A study file that says this."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(STUDY.format(loss=loss, samples=samples, seeds=seeds) + more)
    return path


def ended(file: Path, results: Path) -> list[Trial]:
    """The study's trials, all of which have ended there."""
    store = Store(results)
    trials = make_plan(find_study(str(file)), store).trials
    finished(trials, store, lambda trial: result(name="wasserstein"))
    return trials


def test_a_study_takes_no_other_ones_place(tmp_path: Path) -> None:
    results = tmp_path / "results"
    alice, bob = study(tmp_path / "alice" / "my.toml"), study(tmp_path / "bob" / "my.toml", "vae", seeds=2)
    first = ended(alice, results)
    assert ganbench("collect", alice, "--results", results)[0] == 0
    folder = results / "studies" / "my"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for command in (["collect"], ["run", "--executor", "inline"]):
        code, _, err = ganbench(*command, bob, "--results", results)
        assert code == 2 and str(folder) in err and "wgan" in err and len(err.strip().splitlines()) <= 3
    code, out, _ = ganbench("clean", bob, "--trials", "--yes", "--results", results)
    assert code == 0 and str(folder) in out.replace("\n", "")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert not (results / "trials" / "vae").exists()
    study(alice, samples=2, seeds=2, more='description = "grown"\n')
    assert ganbench("collect", alice, "--results", results)[0] == 0
    table = pd.read_csv(folder / "trials.csv")
    assert len(table) == 4 and set(table["id"]) > {trial.id for trial in first}
    study(alice, samples=2, seeds=2, more="[ranges]\nlearning_rate = { log_uniform = [0.001, 0.002] }\n")
    code, _, err = ganbench("collect", alice, "--results", results)
    assert code == 2 and "ranges" in err and pd.read_csv(folder / "trials.csv").equals(table)


def test_whatever_lies_in_place_of_results_is_named_once_and_the_table_made(tmp_path: Path) -> None:
    results, file = tmp_path / "results", study(tmp_path / "my.toml", seeds=9)
    trials, store = ended(file, results), Store(results)
    paths = [store.result_file(trial, "ok") for trial in trials]
    whole = json.loads(paths[0].read_bytes())
    paths[0].write_text("[" * 200_000 + "]" * 200_000)
    for path, change in zip(paths[1:6], ({"scores": "x"}, {"environment": None}, {"x": 1}, {"step": []}, {}), strict=True):
        content = {**json.loads(path.read_bytes()), **change}
        path.write_text(json.dumps(content if change else {k: v for k, v in content.items() if k != "step"}))
    paths[6].unlink()
    paths[6].mkdir()
    paths[7].unlink()
    os.mkfifo(paths[7])
    assert whole["status"] == "ok"
    code, out, _ = ganbench("status", file, "--results", results)
    assert code == 0 and "8 damaged results" in out and paths[0].name in out.replace("\n", "")
    code, out, err = ganbench("collect", file, "--results", results)
    assert code == 0, err
    assert all(out.replace("\n", "").count(path.name) == 1 for path in paths[:8])
    assert pd.read_csv(results / "studies" / "my" / "trials.csv")["status"].tolist() == ["pending"] * 8 + ["ok"]
    code, out, _ = ganbench("collect", file, "--results", results)
    assert code == 0 and "damaged" not in out


@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_a_picture_or_generator_that_is_no_file_is_not_published(tmp_path: Path, kind: str) -> None:
    results, file = tmp_path / "results", study(tmp_path / "my.toml", seeds=2)
    trials, store = ended(file, results), Store(results)
    (tmp_path / "secret").write_bytes(b"secret")
    for path in (store.samples(trials[0]), store.generator(trials[0])):
        path.parent.mkdir(exist_ok=True)
        if kind == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to(tmp_path / "secret")
    code, _, err = ganbench("collect", file, "--generators", "--results", results)
    assert code == 0, err
    published = results / "studies" / "my"
    assert not [path for path in published.rglob("*") if path.is_file() and b"secret" in path.read_bytes()]
    assert pd.read_csv(published / "trials.csv")["picture"].isna().all()


@needs_root
def test_who_works_with_a_closed_umask_stops_nobody_from_seeing_how_a_study_stands() -> None:
    with folder_for_all() as folder:
        results = folder / "results"
        results.mkdir(mode=0o777)
        results.chmod(0o777)
        store = Store(results)
        trials = make_plan(find_study(str(study(folder / "my.toml", seeds=3))), store).trials
        finished(trials[:1], store, lambda trial: result(name="wasserstein"))
        store.result_file(trials[0], "ok").chmod(0o600)
        store.running.mkdir()
        lease = store.running / f"{trials[1].id}.0.claim"
        lease.write_bytes(b"{}")
        lease.chmod(0o600)
        planned = [planned_trial(t) for t in trials]

        def states() -> str:
            now = study_status(planned, Store(results))
            return f"{[now.states[t.id] for t in trials]} {[c.owner for c in now.leases]}"

        owner = lease.owner()
        assert as_nobody(states) == f"['ok', 'running', 'pending'] ['{owner}']"

        def readable() -> str:
            store = Store(results)
            assert store.pending(trials) == trials[1:]
            try:
                store.require_readable(trials)
            except PermissionError as error:
                return str(error.filename)
            return "all"

        assert as_nobody(readable) == str(store.result_file(trials[0], "ok"))
        os.utime(lease, (clock(store.running) - 3600,) * 2)
        assert as_nobody(states) == "['ok', 'pending', 'pending'] []"


@pytest.mark.parametrize(("mask", "refused"), [(0o077, True), (0o002, False)])
def test_a_umask_that_would_stop_the_others_is_refused_before_anything_is_trained(
    tmp_path: Path, mask: int, refused: bool
) -> None:
    results = tmp_path / "results"
    results.mkdir()
    results.chmod(0o2775)
    before = os.umask(mask)
    try:
        code, _, err = ganbench(
            "run", study(tmp_path / "my.toml"), "--executor", "inline", "--device", "cpu", "--results", results
        )
    finally:
        os.umask(before)
    assert code == (2 if refused else 0), err
    assert ("umask 007" in err) == refused and bool(list(results.glob("trials/*/*/*.json"))) != refused
