"""A study made in Python is checked as one from a file is."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.junk import JUNK

from benchmark.hyperparameters import Choice, Fixed, LogUniform, Uniform
from benchmark.plugins import UserError
from benchmark.study.study import Ranges, Source, Study

FULL = Study(
    name="full",
    ranges=Ranges(own={"beta1": Uniform(0, 1)}, by_loss={"wgan": {"clip": LogUniform(-3, 0), "disc_iters": Choice((1, 5))}}),
    budget={"preset": "paper", "steps": 500, "width": 0.5},
    seeds=(3, 1),
)
OF_SOURCE = Study(name="of source", source=Source(study="wide", split="test", evaluation="last", incomplete=True))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"samples": -3, "precision": "flaot32"}, "samples = -3: a whole number of 1 or more (up to 1,000,000) is needed."),
        ({"samples": "3"}, "samples = '3': a whole number of 1 or more (up to 1,000,000) is needed."),
        ({"samples": True}, "samples = True: a whole number of 1 or more (up to 1,000,000) is needed."),
        ({"samples": 3.0}, "samples = 3.0: a whole number of 1 or more (up to 1,000,000) is needed."),
        ({"precision": "flaot32"}, "precision = 'flaot32': Did you mean float32 or tf32 or bfloat16? Accepted: float32,"),
        ({"precision": None}, "precision = None: Accepted: float32, tf32, bfloat16."),
        ({"variants": ("v1", "v1")}, "variants = ('v1', 'v1'): "),
        ({"variant": "v1"}, "Unknown key 'variant'. Did you mean variants"),
        ({"optimisers": ("adam", "sgd")}, "optimisers = 'sgd': Accepted: adam, rmsprop."),
        ({"optimisers": ()}, "optimisers = (): a name or a list of names is needed."),
        ({"losses": {"wgan", "lsgan"}}, "losses = {"),
        ({"losses": ("wgan", "wgan")}, "losses = ('wgan', 'wgan'): "),
        ({"metrics": ("fid", 3)}, "metrics = ('fid', 3): a name or a list of names is needed."),
        ({"seeds": (1, 1)}, "seeds = (1, 1): "),
        ({"seeds": range(3)}, "seeds = range(0, 3): a whole number of 1 or more"),
        ({"name": ""}, "name = '': a text is needed."),
        ({"budget": {"preset": "quick", "width": "3"}}, "budget.width = '3': a number greater than 0 is needed."),
        ({"budget": {"steps": 1.0}}, "budget.steps = 1.0: a whole number of 1 or more is needed."),
        ({"source": {"split": "test"}}, "source.study is missing."),
        ({"sampels": 3}, "Unknown key 'sampels'. Did you mean samples"),
        ({"samples": -(10**5000)}, "samples = a very long int: a whole number"),
    ],
)
def test_a_bad_value_is_refused_with_field_value_and_what_is_accepted(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as raised:
        Study(**{"name": "x", **values})
    assert str(raised.value).startswith(f"Study: {message}") and len(str(raised.value).splitlines()) <= 2


@pytest.mark.parametrize(
    ("record", "values", "message"),
    [
        (Source, {}, "Source: study is missing."),
        (Source, {"study": "wide", "incomplete": 1}, "Source: incomplete = 1: true or false is needed."),
        (Source, {"study": "wide", "checkpoint": "best"}, "Source: Unknown key 'checkpoint'"),
        (Ranges, {"space": "wied"}, "Ranges: space = 'wied': Did you mean wide? Accepted: wide, narrow."),
        (Ranges, {"own": {"beta1": 0.5}}, "Ranges: own.beta1 = 0.5: a table with one of uniform, log_uniform, choice, fixed"),
        (Ranges, {"by_loss": {"wgan": {"clip": Fixed(float("inf"))}}}, "Ranges: by_loss.wgan.clip = Fixed(value=inf): fixed"),
    ],
)
def test_the_records_in_a_study_are_checked_too(record: type, values: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as raised:
        record(**values)
    assert str(raised.value).startswith(message)


def test_a_changed_study_is_checked_and_an_unchanged_one_is_the_same() -> None:
    assert replace(FULL) == FULL and replace(FULL).hash == FULL.hash
    assert replace(OF_SOURCE) == OF_SOURCE and replace(OF_SOURCE).hash == OF_SOURCE.hash
    with pytest.raises(UserError, match="samples = 0"):
        replace(FULL, samples=0)
    with pytest.raises(FrozenInstanceError):
        FULL.samples = 2  # type: ignore[misc]


def test_a_study_survives_the_way_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(FULL)) == FULL
    assert pickle.loads(pickle.dumps(OF_SOURCE)) == OF_SOURCE


def test_a_study_that_takes_its_settings_from_another_draws_none() -> None:
    for drawn in ({"samples": 4}, {"ranges": "narrow"}):
        with pytest.raises(UserError, match="samples and ranges"):
            Study(name="x", source="wide", **drawn)  # type: ignore[arg-type]


def test_values_may_be_given_as_a_study_file_gives_them() -> None:
    ranges = {"space": "narrow", "beta1": {"fixed": 0.5}, "wgan": {"clip": {"choice": [0.1, 1]}}}
    study = Study(name="x", losses="wgan", seeds=2, budget="smoke", ranges=ranges)  # type: ignore[arg-type]
    assert Study(name="x", source="wide").source == Source(study="wide")  # type: ignore[arg-type]
    assert study == Study(
        name="x",
        losses=("wgan",),
        seeds=(0, 1),
        budget={"preset": "smoke"},
        ranges=Ranges(space="narrow", own={"beta1": Fixed(0.5)}, by_loss={"wgan": {"clip": Choice((0.1, 1))}}),
    )


def test_a_range_from_python_keeps_its_values_as_they_are() -> None:
    beta1 = FULL.ranges.own["beta1"]
    assert isinstance(beta1, Uniform) and type(beta1.low) is int  # a float would be another hash


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(field=st.sampled_from([f.name for f in fields(Study)]), value=JUNK | st.none())
def test_no_value_of_any_field_ends_in_anything_but_a_study_or_a_message(field: str, value: Any) -> None:
    try:
        study = Study(**{"name": "x", field: value})
    except UserError as error:
        assert str(error).startswith(f"Study: {field}") and len(str(error).splitlines()) <= 2
    else:
        assert replace(study).hash == study.hash


def test_a_study_of_one_variant_has_the_hash_that_it_had_when_there_could_be_no_other() -> None:
    # Computed by the code that knew the field variant = "v1" alone.
    assert Study(name="x", variants=("v1",), extractor="classifier").hash == "1c7b52a5a5f9"
    assert len({Study(name="x", variants=v).hash for v in [("paper",), ("v1",), ("paper", "v1"), ("v1", "paper")]}) == 4


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/b", ".."])
def test_a_study_s_name_leads_nowhere_else(name: str) -> None:
    with pytest.raises(UserError, match="a file name is needed"):
        Study(name=name)
