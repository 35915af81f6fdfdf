"""A table is replaced by one of its own study alone, however that grew or was told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.plugins import UserError
from benchmark.study.storage.published import hashes, require_own_table, rows_of_others
from benchmark.study.study import Source, Study

STUDY = Study(name="my", losses=("wgan",), datasets=("ring",))


def publish(study: Study, ids: Sequence[str], folder: Path) -> None:
    """What is there of a published study that tells whose it is."""
    (folder / "provenance.json").write_text(json.dumps({"study": study.name, "study_hash": study.hash}))
    rows = [f'{name},wgan,ring,{seed},"two\nlines"' for seed, name in enumerate(ids)]
    (folder / "trials.csv").write_text("\n".join(["id,loss,dataset,seed,reason", *rows]) + "\n")


def test_what_only_grew_or_was_told_otherwise_takes_its_tables_place(tmp_path: Path) -> None:
    require_own_table(STUDY, ["a"], tmp_path)  # nothing is there
    require_own_table(STUDY, ["a"], Path(__file__) / "my")  # nor can be
    publish(STUDY, ["a", "b"], tmp_path)
    require_own_table(replace(STUDY, description="other words"), ["a", "b"], tmp_path)
    require_own_table(replace(STUDY, seeds=3), ["c", "b", "a"], tmp_path)
    require_own_table(STUDY, ["x"], tmp_path)  # the same words: a file that they name has changed


def test_another_study_of_that_name_is_refused_and_named_by_what_it_has(tmp_path: Path) -> None:
    publish(STUDY, ["a", "b"], tmp_path)
    for other, ids in ((replace(STUDY, losses=("vae",)), ["x", "y"]), (replace(STUDY, ranges="narrow"), ["a", "x"])):
        with pytest.raises(UserError, match=r"another study called my.*\(loss wgan dataset ring seed [01]\)") as error:
            require_own_table(other, ids, tmp_path)
        assert str(tmp_path) in str(error.value) and "--results" in str(error.value)
        assert rows_of_others(other, ids, tmp_path).keys() == {"a", "b"} - set(ids)


def test_a_smaller_one_may_take_its_place_where_that_is_said(tmp_path: Path) -> None:
    publish(STUDY, ["a", "b", "c"], tmp_path)
    fewer = replace(STUDY, seeds=2)
    with pytest.raises(UserError, match="1 of its trials"):
        require_own_table(fewer, ["a", "b"], tmp_path)
    require_own_table(fewer, ["a", "b"], tmp_path, cut=True)
    with pytest.raises(UserError):
        require_own_table(fewer, ["a", "x"], tmp_path, cut=True)


def test_settings_of_an_earlier_study_that_has_ended_since_make_no_other_study(tmp_path: Path) -> None:
    early = Study(name="seeds", source=Source(study="wide", incomplete=True))
    publish(early, ["a"], tmp_path)
    whole = replace(early, source=Source(study="wide"))
    assert set(hashes(early)) == set(hashes(whole)) == {early.hash, whole.hash}
    require_own_table(whole, ["b"], tmp_path)


@pytest.mark.parametrize("content", ["", "\0", "x,y\n1,2\n", "id\n", "id,loss\n,wgan\n"])
def test_what_is_no_table_is_nobody_s(tmp_path: Path, content: str) -> None:
    (tmp_path / "trials.csv").write_text(content)
    for said in ("", "[]", '{"study_hash": []}', "[" * 100_000):
        (tmp_path / "provenance.json").write_text(said)
        require_own_table(STUDY, ["a"], tmp_path)


def test_a_table_without_provenance_goes_by_its_trials(tmp_path: Path) -> None:
    publish(STUDY, ["a"], tmp_path)
    (tmp_path / "provenance.json").unlink()
    require_own_table(STUDY, ["a", "b"], tmp_path)
    with pytest.raises(UserError, match="another study"):
        require_own_table(STUDY, ["b"], tmp_path)
