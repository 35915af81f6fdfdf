"""What a study file may not say: an error names the file, the key and what is accepted, in two lines. It mirrors no module."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.junk import JUNK, toml
from support.study_files import study

from benchmark.plugins import UserError
from benchmark.study.planning.studyfile import KEYS, find_study, read_study


@pytest.mark.parametrize(
    ("encoding", "said"), [("latin-1", r"UTF-8 \(byte 15\)"), ("utf-16", "UTF-16"), ("utf-16-be", "UTF-8|Invalid")]
)
def test_a_study_in_another_encoding_is_refused_with_what_to_do(tmp_path: Path, encoding: str, said: str) -> None:
    (tmp_path / "mine.toml").write_text('description = "é"', encoding=encoding)
    with pytest.raises(UserError, match=rf"mine\.toml is not a study file: .*({said})"):
        read_study(tmp_path / "mine.toml")


BAD = [
    ("description", "3", "text"),
    ("losses", "[]", "list of names"),
    ("losses", "7", "list of names"),
    ("losses", '["wgan", "wgan"]', "twice"),
    ("losses", '["wgan", 3]', "list of names"),
    ("datasets", '[""]', "list of names"),
    ("budget", '"qick"', "smoke, quick, standard, paper"),
    ("budget", "7", "preset"),
    ("budget", '{ preset = "big" }', "smoke, quick, standard, paper"),
    ("budget", '{ preset = ["quick"] }', "smoke, quick, standard, paper"),
    ("budget", "{ stepps = 3 }", "steps"),
    ("budget", "{ steps = 0 }", "whole number of 1 or more"),
    ("budget", "{ steps = 1.5 }", "whole number of 1 or more"),
    ("budget", "{ batch = true }", "whole number of 1 or more"),
    ("budget", "{ images = 1 }", "whole number of 2 or more"),
    ("budget", "{ images = 10_000_000 }", "up to 1,000,000"),
    ("budget", "{ batch = 1_000_000 }", "up to 65,536"),
    ("samples", "1_000_000_000", "up to 1,000,000"),
    ("budget", "{ evaluations = -1 }", "whole number of 1 or more"),
    ("budget", "{ width = 0 }", "greater than 0"),
    ("budget", "{ width = nan }", "greater than 0"),
    ("budget", "{ width = inf }", "greater than 0"),
    ("budget", '{ width = "wide" }', "greater than 0"),
    ("ranges", '"broad"', "wide, narrow"),
    ("ranges", "3", "wide, narrow"),
    ("ranges", '{ space = "broad" }', "wide, narrow"),
    ("ranges", "{ beta1 = 0.5 }", "uniform, log_uniform, choice, fixed"),
    ("ranges", "{ beta1 = { normal = [0, 1] } }", "uniform, log_uniform, choice, fixed"),
    ("ranges", "{ beta1 = { uniform = [0, 1], fixed = 1 } }", "uniform, log_uniform, choice, fixed"),
    ("ranges", "{ beta1 = { uniform = [1, 0] } }", "low below high"),
    ("ranges", "{ beta1 = { uniform = [0, nan] } }", "number"),
    ("ranges", "{ beta1 = { uniform = [0, inf] } }", "number"),
    ("ranges", "{ beta1 = { uniform = [0, 0.5, 1] } }", "low below high"),
    ("ranges", "{ learning_rate = { log_uniform = 3 } }", "list of numbers"),
    ("ranges", "{ learning_rate = { log_uniform = [0, 400] } }", "308"),
    ("ranges", "{ learning_rate = { log_uniform = [0.0001, 0.01] } }", "[-4, -2]"),
    ("ranges", "{ beta1 = { choice = [] } }", "list of numbers"),
    ("ranges", '{ beta1 = { choice = ["a"] } }', "list of numbers"),
    ("ranges", "{ beta1 = { fixed = nan } }", "number"),
    ("ranges", "{ beta1 = { fixed = 1" + "0" * 400 + " } }", "fixed"),
    ("ranges", '{ beta1 = { fixed = "a" } }', "number"),
    ("ranges", "{ wgan = { clip = 3 } }", "uniform, log_uniform, choice, fixed"),
    ("samples", '"3"', "whole number of 1 or more"),
    ("samples", "0", "whole number of 1 or more"),
    ("samples", "2.0", "whole number of 1 or more"),
    ("samples", "true", "whole number of 1 or more"),
    ("seeds", "0", "whole number of 1 or more"),
    ("seeds", "1000001", "up to 1,000,000"),
    ("seeds", "0x" + "f" * 5000, "a very long int"),
    ("seeds", "true", "whole number of 1 or more"),
    ("seeds", "[true]", "whole number of 0 or more"),
    ("seeds", "[]", "different whole numbers"),
    ("seeds", "[1, 1]", "twice"),
    ("seeds", "[-1]", "whole number of 0 or more"),
    ("seeds", '["a"]', "whole number of 0 or more"),
    ("defaults", "3", "text"),
    ("from", "3", "study, split, evaluation"),
    ("from", '{ split = "test" }', "study is missing"),
    ("from", "{ study = 3 }", "text"),
    ("from", '{ study = "wide", split = "train" }', "validation, test"),
    ("from", '{ study = "wide", evaluation = "first" }', "best, last"),
    ("from", '{ study = "wide", incomplete = true }', "study, split, evaluation"),
    ("from", '{ study = "wide", from = "x" }', "study, split, evaluation"),
    ("variant", "3", "name or a list of names"),
    ("variants", "[]", "list of names"),
    ("variants", '["v1", "v1"]', "twice"),
    ("penalties", "[]", "list of names"),
    ("penalties", '["r1", "r1"]', "twice"),
    ("normalisations", "true", "list of names"),
    ("from", '{ study = "wide", best_of = ["seed"] }', "loss, variant, penalty, normalisation"),
    ("metrics", "[]", "list of names"),
    ("extractor", "[]", "text"),
    ("optimisers", '"sgd"', "adam, rmsprop"),
    ("precision", '"float16"', "float32, tf32, bfloat16"),
    ("precision", "[1]", "float32, tf32, bfloat16"),
    ("batch_norm", '"recalibratd"', "averages, recalibrated"),
    ("validation", "1", "true or false"),
    ("extends", "3", "name of a study"),
]


@pytest.mark.parametrize(("key", "value", "accepted"), BAD)
def test_a_bad_value_is_told_with_file_key_and_what_is_accepted(tmp_path: Path, key: str, value: str, accepted: str) -> None:
    with pytest.raises(UserError) as raised:
        study(tmp_path, f"{key} = {value}")
    message = str(raised.value)
    assert "mine.toml" in message and key in message and accepted in message
    assert len(message.splitlines()) <= 2 and len(message) < 300


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("budget = { width = 0 }", "budget.width = 0: a number greater than 0 is needed."),
        ('budget = "qick"', "budget.preset = 'qick': Did you mean quick? Accepted: smoke, quick, standard, paper."),
        ("budget = { stepps = 3 }", "budget = {'stepps': 3}: Unknown key 'stepps'. Did you mean steps"),
        ('ranges = "narow"', "ranges.space = 'narow': Did you mean narrow? Accepted: wide, narrow."),
        ("ranges.beta1 = 3", "ranges.beta1 = 3: a table with one of"),
        ("ranges.wgan.clip = 3", "ranges.wgan.clip = 3: a table with one of"),
        ("[from]", "from.study is missing."),
        ('from = { study = "wide", split = "tset" }', "from.split = 'tset': Did you mean test? Accepted: validation, test."),
        ('from = { study = "wide", evaluation = "lsat" }', "from.evaluation = 'lsat': Did you mean last"),
        ('precision = "flaot32"', "precision = 'flaot32': Did you mean float32"),
        ('optimisers = ["adam", "adma"]', "optimisers = 'adma': Did you mean adam? Accepted: adam, rmsprop."),
    ],
)
def test_a_bad_value_in_a_table_is_told_with_its_own_key_and_the_nearest_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError) as raised:
        study(tmp_path, text)
    assert str(raised.value).startswith(f"{tmp_path / 'mine.toml'}: {message}")


def test_every_key_has_a_bad_value() -> None:
    assert {key for key, _, _ in BAD} == {*KEYS, "extends", "variant"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sample = 3", "Did you mean samples"),
        ("losses = [", "is not a study file"),
        ("samples = 1\nsamples = 2", "is not a study file"),
        ('from = "wide"\nsamples = 3', "remove samples and ranges"),
        ('from = "wide"\nranges = "narrow"', "remove samples and ranges"),
        ('extends = "wde"', "Did you mean wide"),
        ('extends = "absent.toml"', "No study file at"),
        ('extends = "mine.toml"', "the studies extend each other"),
    ],
)
def test_a_file_that_makes_no_study_is_told_in_two_lines(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(UserError, match=expected) as raised:
        study(tmp_path, text)
    assert len(str(raised.value).splitlines()) <= 2


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="is not a study file"):
        read_study(tmp_path / "mine.toml")


def test_an_unknown_study_is_told_with_the_nearest_name() -> None:
    with pytest.raises(UserError, match="Did you mean narrow"):
        find_study("narow")
    with pytest.raises(UserError, match=r"No study file at absent\.toml"):
        find_study("absent.toml")


def test_studies_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('extends = "mine.toml"')
    with pytest.raises(UserError, match="extend each other"):
        study(tmp_path, 'extends = "other.toml"')


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(key=st.sampled_from([*KEYS, "extends"]), value=JUNK)
def test_no_value_of_any_key_ends_in_anything_but_a_study_or_a_message(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: object
) -> None:
    folder = tmp_path_factory.mktemp("any")
    try:
        read = study(folder, f"{key} = {toml(value)}")
    except UserError as error:
        assert str(error).startswith(f"{folder / 'mine.toml'}: {key}")
        assert len(str(error).splitlines()) <= 2
    else:
        assert replace(read) == read  # what was accepted is accepted again
