"""Trials come from elsewhere whole, once, and never in place of another result."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from support.tiny_study import finished, result, trials

from benchmark.plugins import UserError
from benchmark.study.planning.studyfile import find_study
from benchmark.study.storage.leases import acquire
from benchmark.study.storage.records.transfer import (
    RECORDS,
    damaged_text,
    left_text,
    merge,
    records_folder,
    require_of_study,
    restore,
    write_records,
)
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import table


@pytest.fixture
def other(tmp_path: Path) -> Store:
    """A results folder of another machine: three trials, one of them diverged."""
    store = Store(tmp_path / "other")
    planned = trials(3)
    finished(planned, store, lambda t: result("diverged", reason="NaN") if t.seed == 2 else result(best=t.seed + 0.1 + 0.2))
    for trial in planned:
        store.folder(trial).mkdir(parents=True)
        store.samples(trial).write_bytes(b"picture %d" % trial.seed)
        store.generator(trial).write_bytes(b"weights %d" % trial.seed)
        (store.folder(trial) / "kid_pixels-64-0.json").write_text("{}")
    return store


def published(store: Store, folder: Path) -> Path:
    """Records, and a table that names the pictures."""
    write_records(trials(4), store, folder)
    rows = ["id,picture"]
    for trial in trials(3):
        name = f"samples/{trial.seed}.png"
        (folder / "samples").mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(store.samples(trial).read_bytes())
        rows.append(f"{trial.id},{name}")
    (folder / "trials.csv").write_text("\n".join(rows))
    return folder


def test_another_results_folder_is_taken_with_all_that_its_trials_kept(store: Store, other: Store) -> None:
    done = merge(other.root, store)
    assert sorted(done.taken) == sorted(t.id for t in trials(3)) and done.text().startswith("Trials: 3 ")
    assert table(trials(4), store).equals(table(trials(4), other))
    for trial in trials(3):
        theirs = {p.name: p.read_bytes() for p in other.folder(trial).iterdir()}
        assert {p.name: p.read_bytes() for p in store.folder(trial).iterdir()} == theirs
    assert "3 were here" in merge(other.root, store).text()


def test_a_published_study_fills_an_empty_results_folder(store: Store, other: Store, tmp_path: Path) -> None:
    folder = published(other, tmp_path / "published")
    assert len(restore(folder, store).taken) == 3
    assert table(trials(4), store).equals(table(trials(4), other))  # to the last bit, as JSON has it
    assert store.pending(trials(4)) == trials(4)[3:]
    assert store.samples(trials(1)[0]).read_bytes() == b"picture 0"
    write_records(trials(4), store, tmp_path / "again")
    assert (tmp_path / "again" / RECORDS).read_bytes() == (folder / RECORDS).read_bytes()


def test_a_result_is_never_replaced_by_another(store: Store, other: Store) -> None:
    finished(trials(1), store, lambda t: result(best=7.0))
    done = merge(other.root, store)
    assert done.conflicts == [trials(1)[0].id] and len(done.taken) == 2
    found = store.result(trials(1)[0])
    assert found is not None and found.scores[0]["fid_pixels"] == 7.0


def test_a_score_takes_the_place_of_a_failure_and_never_the_other_way(store: Store, other: Store) -> None:
    first, second, _ = trials(3)
    finished([first], store, lambda t: result("failed", reason="broken here"))
    finished([second], other, lambda t: result("failed", reason="broken there"))
    other.result_file(second, "ok").unlink()
    finished([second], store, lambda t: result(best=5.0))
    done = merge(other.root, store)
    assert first.id in done.taken and second.id in done.kept and not done.conflicts
    assert store.statuses([first, second]) == {first.id: "ok", second.id: "ok"}


def test_a_failure_is_taken_where_there_is_nothing(store: Store, other: Store) -> None:
    fourth = trials(4)[3]
    finished([fourth], other, lambda t: result("failed", reason="broken there"))
    assert fourth.id in merge(other.root, store).taken
    found = store.result(fourth)
    assert found is not None and found.reason == "broken there"


def test_what_a_process_here_trains_is_left_to_it(store: Store, other: Store) -> None:
    first = trials(1)[0]
    mine = acquire(store.running, first.id, trials=[first.id])
    assert mine is not None
    with mine:
        done = merge(other.root, store)
    assert done.running == [first.id] and len(done.taken) == 2
    assert "1 not copied, being trained here" in done.text()


def test_results_of_another_version_are_counted_and_left(
    store: Store, other: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = published(other, tmp_path / "published")
    monkeypatch.setattr("benchmark.study.storage.records.transfer.RESULT_VERSION", 99)
    assert "3 not copied, of another version of results" in merge(other.root, store).text()
    with pytest.raises(UserError, match=r"3 trials of another version of results"):
        restore(folder, store)
    assert not store.root.exists() or not list(store.root.rglob("*.json"))


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line[: len(line) // 2],
        lambda line: line.replace('"noise"', '"../../../noise"'),
        lambda line: line.replace('"noise"', '".."'),
        lambda line: line.replace('"status":"ok"', '"status":"fine"'),
        lambda line: line.replace('"seconds"', '"secs"'),
        lambda line: line.replace('"attempts":1', '"attempts":"1"'),
        lambda line: line.replace('"scores":[{', '"scores":[{"loss":null,'),
        lambda line: "[" * 200_000 + "]" * 200_000,
        lambda line: line.replace('"width"', '"breadth"'),
        lambda line: "[]",
        lambda line: "null",
    ],
)
def test_a_damaged_record_is_refused_by_its_line_and_nothing_is_taken(
    store: Store, other: Store, tmp_path: Path, change: object
) -> None:
    folder = published(other, tmp_path / "published")
    lines = (folder / RECORDS).read_text().splitlines()
    lines[1] = change(lines[1])  # type: ignore[operator]
    (folder / RECORDS).write_text("\n".join(lines))
    with pytest.raises(UserError, match=rf"{RECORDS}, line 2: this is not the result of a trial"):
        restore(folder, store)
    assert not list(store.root.rglob("*.json")) and not list(tmp_path.rglob("noise.json"))


def test_files_that_are_no_results_of_their_trials_are_named_and_the_others_taken(store: Store, other: Store) -> None:
    cut, renamed, whole = (other.result_file(t, "diverged" if t.seed == 2 else "ok") for t in trials(3))
    cut.write_bytes(cut.read_bytes()[:200])
    renamed.rename(elsewhere := renamed.with_name(f"{'0' * 16}.ok.json"))
    (empty := whole.with_name(f"{'1' * 16}.failed.json")).write_text("{}")
    done = merge(other.root, store)
    assert sorted(done.damaged) == sorted([cut, elsewhere, empty]) and done.taken == [trials(3)[2].id]
    assert "3 not copied, damaged" in done.text()
    said = damaged_text(done.damaged)
    assert said.startswith("3 files ") and str(cut) in said


def test_records_are_looked_for_in_the_results_here_and_in_the_checkout(
    other: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("benchmark.files.PACKAGE", tmp_path / "checkout" / "benchmark")
    places = [tmp_path / "elsewhere", Path("results"), tmp_path / "checkout" / "results"]
    with pytest.raises(UserError, match=f"No {RECORDS}") as error:
        records_folder("mine", places[0])
    assert all(str(place / "studies" / "mine") in str(error.value) for place in places)
    for place in reversed(places):  # the nearest is taken
        published(other, place / "studies" / "mine")
        assert records_folder("mine", places[0]) == place / "studies" / "mine"


def test_the_records_of_another_study_are_refused(tmp_path: Path) -> None:
    quick, wide = find_study("quick"), find_study("wide")
    require_of_study(quick, tmp_path)  # a table without provenance says nothing
    for name, digest in (("quick", "of an older file"), ("copy-of-quick", quick.hash)):
        (tmp_path / "provenance.json").write_text(json.dumps({"study": name, "study_hash": digest}))
        require_of_study(quick, tmp_path)
    with pytest.raises(UserError, match="holds the study copy-of-quick, not wide"):
        require_of_study(wide, tmp_path)


def test_a_setting_that_somebody_edited_is_another_trial(store: Store, other: Store, tmp_path: Path) -> None:
    folder = published(other, tmp_path / "published")
    content = [json.loads(line) for line in (folder / RECORDS).read_text().splitlines()]
    content[0]["identity"]["seed"] = 77
    (folder / RECORDS).write_text("".join(json.dumps(c) + "\n" for c in content))
    restore(folder, store)
    assert store.result(trials(1)[0]) is None
    assert store.result(replace(trials(1)[0], seed=77)) is not None


def test_pictures_outside_the_folder_are_not_read(store: Store, other: Store, tmp_path: Path) -> None:
    folder = published(other, tmp_path / "published")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (folder / "trials.csv").write_text(f"id,picture\n{trials(1)[0].id},../secret.png\n")
    restore(folder, store)
    assert not store.samples(trials(1)[0]).exists()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the user's that lies in no results folder."""
    (tmp_path / "private").mkdir()
    path = tmp_path / "private" / "secret"
    path.write_bytes(b"secret")
    return path


def require_no_secret(store: Store) -> None:
    """Nothing that was taken is or holds the user's own file."""
    for path in store.root.rglob("*"):
        assert not path.is_symlink() and (path.is_dir() or b"secret" not in path.read_bytes())


@pytest.mark.parametrize("kind", ["link", "pipe", "device"])
@pytest.mark.parametrize("name", ["samples.png", "generator.safetensors", "kid_pixels-64-0.json"])
def test_what_a_trial_kept_is_taken_from_plain_files_alone(
    store: Store, other: Store, secret: Path, name: str, kind: str
) -> None:
    planned = trials(3)
    path = other.folder(planned[0]) / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(secret if kind == "link" else "/dev/zero")
    done = merge(other.root, store)
    assert done.left == [path] and len(done.taken) == 3 and str(path) in left_text(done.left)
    assert "1 not copied, links" in done.text()
    assert not (store.folder(planned[0]) / name).exists() and len(list(store.folder(planned[0]).iterdir())) == 2
    assert store.statuses(planned) == other.statuses(planned)
    require_no_secret(store)


def test_links_in_place_of_folders_are_left_and_named(store: Store, other: Store, tmp_path: Path) -> None:
    planned = trials(3)
    (tmp_path / "private").mkdir()
    of_first = other.folder(planned[0])
    of_first.rename(tmp_path / "private" / "trial")
    of_first.symlink_to(tmp_path / "private" / "trial")
    other.home(planned[0]).with_name("elsewhere").symlink_to(other.home(planned[0]))
    (other.root / "trials" / "another").symlink_to(other.root / "trials" / planned[0].loss)
    done = merge(other.root, store)
    assert {path.name for path in done.left} == {of_first.name, "elsewhere", "another"}
    assert len(done.taken) == 3 and not store.folder(planned[0]).exists() and store.samples(planned[1]).exists()


def test_no_trials_are_taken_through_a_link(store: Store, other: Store, tmp_path: Path) -> None:
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "trials").symlink_to(other.root / "trials")
    done = merge(tmp_path / "linked", store)
    assert done.left == [tmp_path / "linked" / "trials"] and not done.taken
    (tmp_path / "whole").symlink_to(other.root)  # which the user named
    assert len(merge(tmp_path / "whole", store).taken) == 3


def test_a_result_that_is_a_link_a_pipe_or_a_folder_is_left_and_the_others_taken(
    store: Store, other: Store, tmp_path: Path
) -> None:
    link, pipe, folder = (other.result_file(t, "diverged" if t.seed == 2 else "ok") for t in trials(3))
    link.rename(tmp_path / "result.json")
    link.symlink_to(tmp_path / "result.json")
    pipe.unlink()
    os.mkfifo(pipe)
    folder.unlink()
    folder.mkdir()
    done = merge(other.root, store)
    assert sorted(done.left) == sorted([link, pipe]) and done.damaged == [folder] and not done.taken


def test_files_of_unknown_names_are_not_taken(store: Store, other: Store) -> None:
    (first,) = trials(1)
    for name in ("notes.txt", ".hidden", "run.sh", "kid.json", "..json", "samples.png.exe"):
        (other.folder(first) / name).write_bytes(b"x")
    done = merge(other.root, store)
    assert len(done.taken) == 3 and not done.left
    assert sorted(p.name for p in store.folder(first).iterdir()) == sorted(
        ["samples.png", "generator.safetensors", "kid_pixels-64-0.json"]
    )


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_links_in_a_published_folder_are_left(store: Store, other: Store, tmp_path: Path, secret: Path, kind: str) -> None:
    folder = published(other, tmp_path / "published")
    first, second, _ = trials(3)
    picture, generators = folder / "samples" / "0.png", folder / "generators"
    picture.unlink()
    if kind == "link":
        picture.symlink_to(secret)
    else:
        os.mkfifo(picture)
    secret.with_name(f"{second.id}.safetensors").write_bytes(b"secret weights")
    generators.symlink_to(secret.parent)
    done = restore(folder, store)
    assert picture in done.left and generators / f"{second.id}.safetensors" in done.left and len(done.taken) == 3
    assert not store.samples(first).exists() and store.samples(second).exists()
    require_no_secret(store)


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_records_and_tables_that_are_no_files_are_refused(store: Store, other: Store, tmp_path: Path, kind: str) -> None:
    folder = published(other, tmp_path / "published")
    for name in ("trials.csv", RECORDS):
        (folder / name).rename(tmp_path / name)
        if kind == "link":
            (folder / name).symlink_to(tmp_path / name)
        else:
            os.mkfifo(folder / name)
        if name == "trials.csv":
            done = restore(folder, store)
            assert folder / "trials.csv" in done.left and len(done.taken) == 3
    with pytest.raises(UserError, match=rf"{RECORDS} is a {kind}"):
        restore(folder, store)


def test_folders_without_results_are_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"No {RECORDS}"):
        restore(tmp_path, store)
    with pytest.raises(UserError, match="has no folder trials"):
        merge(tmp_path / "nowhere", store)
    store.root.mkdir(exist_ok=True)
    os.symlink(store.root, tmp_path / "link")
    with pytest.raises(UserError, match="this results folder itself"):
        merge(tmp_path / "link", store)
