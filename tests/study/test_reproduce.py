"""Published trials trained again: equal to the last bit here, and what differs is found."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from support.command_line import ganbench
from support.own_files import STRIPES, STUDY

from benchmark.plugins import UserError
from benchmark.study.planning.studyfile import find_study
from benchmark.study.reproduce import Reproduction, as_table, reproduce, spread_of
from benchmark.study.running.contexts import Resources
from benchmark.study.running.executors import Inline
from benchmark.study.storage.records.transfer import RECORDS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the study ``mine.toml`` and its published results, whose trials themselves are gone."""
    folder = tmp_path_factory.mktemp("published")
    (folder / "stripes.py").write_text(STRIPES)
    (folder / "mine.toml").write_text(STUDY)
    places = ("--results", folder / "results", "--data", folder / "data")
    code, _, err = ganbench("run", folder / "mine.toml", "--executor", "inline", "--no-compile", *places)
    assert code == 0, err
    return folder


def again(folder: Path, results: Path, count: int = 8, seed: int = 0, **more: pd.DataFrame) -> list[Reproduction]:
    study = find_study(str(folder / "mine.toml"))
    resources = Resources(results=results, data=folder / "data", device="cpu", compiled=False)
    source = folder / "results" / "studies" / "mine"
    return reproduce(study, source, count, resources, Inline(), seed=seed, report=lambda line: None, **more)


@pytest.fixture(scope="module")
def here(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder in which all published trials were trained again: further calls compare, and train nothing."""
    results = tmp_path_factory.mktemp("here")
    again(published, results)
    return results


def altered(published: Path, folder: Path, **changes: object) -> Path:
    """A copy of the published study whose first record says something else; a name with a dot is of its environment."""
    (folder / "results" / "studies" / "mine").mkdir(parents=True)
    for name in ("stripes.py", "mine.toml"):
        (folder / name).write_text((published / name).read_text())
    lines = (published / "results" / "studies" / "mine" / RECORDS).read_text().splitlines()
    first = json.loads(lines[0])
    for name, value in changes.items():
        if name in ("fid", "discriminator"):
            for row in first["scores"]:
                row["fid_pixels" if name == "fid" else name] *= value
        elif value is None:
            del first["environment"][name]
        else:
            first["environment"][name] = value
    (folder / "results" / "studies" / "mine" / RECORDS).write_text("\n".join([json.dumps(first), *lines[1:]]))
    return folder


def test_what_was_published_is_reproduced_to_the_last_bit(published: Path, here: Path) -> None:
    found = again(published, here)
    assert len(found) == 8 and all(r.equal and r.alike and r.passed and r.difference == 0 for r in found)
    assert sum(r.here.status == "diverged" for r in found) == 4
    assert set(as_table(found)["difference"]) == {"none"}


def test_a_score_that_blas_rounds_otherwise_is_the_same(published: Path, here: Path, tmp_path: Path) -> None:
    first, *_ = again(altered(published, tmp_path, fid=1 + 1e-8), here)
    assert first.equal and first.passed


def test_the_choice_is_random_and_can_be_repeated(published: Path, here: Path) -> None:
    choices = [[r.trial.id for r in again(published, here, 3, seed)] for seed in (0, 0, 1, 2, 3)]
    assert choices[0] == choices[1] and len({tuple(c) for c in choices}) > 1
    assert all(len(set(c)) == 3 for c in choices)


@pytest.mark.parametrize(
    ("changes", "passed"),
    [
        ({"fid": 1.00001}, False),  # computed alike: no more than rounding may differ
        ({"discriminator": 1 + 1e-15}, False),  # what was logged must be equal to the last bit
        ({"fid": 1.4, "torch": "0.1"}, True),
        ({"fid": 3.0, "torch": "0.1"}, False),
        ({"torch": "0.1"}, True),
        ({"fid": 1.4, "instructions": "avx2"}, True),  # a processor of the same name
        ({"fid": 3.0, "cpu_capability": "none"}, False),
        ({"fid": 1.4, "processor": None}, True),  # as in records that did not say it
        ({"fid": 3.0, "instructions": None}, False),
    ],
)
def test_a_difference_fails_unless_what_it_was_computed_with_explains_it(
    published: Path, here: Path, tmp_path: Path, changes: dict[str, object], passed: bool
) -> None:
    first, *others = again(altered(published, tmp_path, **changes), here)
    assert first.passed is passed and all(r.passed for r in others)
    elsewhere = {name: value for name, value in changes.items() if name not in ("fid", "discriminator")}
    assert first.alike is (None if None in elsewhere.values() else not elsewhere)
    assert first.equal is not bool({"fid", "discriminator"} & changes.keys())


def test_the_spread_is_over_seeds_of_the_same_loss_score_and_data(published: Path, here: Path) -> None:
    rows = [("vae", seed, value) for seed, value in enumerate((1.0, 2.0, 4.0))] + [("lsgan", 0, 9.0)]
    same = {"variant": "paper", "status": "ok", "score": "fid_pixels"}
    first = again(published, here)[0].trial
    table = pd.DataFrame([{"loss": loss, "dataset": first.dataset, "seed": s, "best": b} | same for loss, s, b in rows])
    spreads = {r.trial.loss: r.spread for r in again(published, here, spreads=table)}
    assert spreads["vae"] == pytest.approx((7 / 3) ** 0.5) and spreads["lsgan"] is None
    assert spread_of(first, None) is None


def test_the_command_says_how_many_are_equal_and_fails_where_one_is_not(published: Path, here: Path, tmp_path: Path) -> None:
    command = ("reproduce", published / "mine.toml", "--trials", 2, "--workers", 1, "--data", published / "data")
    source = ("--from", published / "results" / "studies" / "mine", "--results", tmp_path)
    code, out, err = ganbench(*command, *source, "--choice", 1)
    assert code == 0 and "2 of 2 " in out and "--choice 1" in out, err
    folder = altered(published, tmp_path / "altered", fid=1.5)
    source = ("--from", folder / "results" / "studies" / "mine", "--results", here)
    code, out, err = ganbench("reproduce", folder / "mine.toml", "--trials", 8, "--workers", 1, *source)
    assert code == 1 and "1 of 8 are not equal" in out, err


def test_published_generators_of_median_runs_are_restored_and_can_be_scored_again(published: Path, tmp_path: Path) -> None:
    results, out = published / "results", tmp_path / "out"
    (out / "generators").mkdir(parents=True)
    (out / "generators" / "of-an-earlier-median.safetensors").touch()
    code, said, err = ganbench("collect", published / "mine.toml", "--generators", "--results", results, "--out", out)
    assert code == 0, err
    medians = sorted(path.stem for path in (out / "generators").iterdir())
    assert len(medians) == 2  # one of each loss
    code, _, err = ganbench("restore", published / "mine.toml", "--from", out, "--results", tmp_path / "new")
    assert code == 0, err
    kept = sorted((tmp_path / "new").rglob("generator.safetensors"))
    assert sorted(path.parent.name for path in kept) == medians
    assert all(path.read_bytes() == next(results.rglob(f"{path.parent.name}/{path.name}")).read_bytes() for path in kept)
    command = ("rescore", published / "mine.toml", "--metrics", "kid", "--results", tmp_path / "new")
    code, said, err = ganbench(*command, "--data", published / "data")
    assert code == 0 and "2 of 4 scored trials" in said, err


def test_a_study_that_names_none_of_its_published_losses_is_refused(published: Path, tmp_path: Path) -> None:
    folder = altered(published, tmp_path / "altered")
    (folder / "mine.toml").write_text(STUDY.replace('["lsgan", "vae"]', '"wgan"'))
    with pytest.raises(UserError, match="no trial of the losses and data sets that mine names; was its file changed"):
        again(folder, tmp_path)
