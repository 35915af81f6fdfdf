"""The ranges a search draws from, and the streams it draws with."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmark.hyperparameters import (
    DOMAINS,
    NARROW,
    WIDE,
    Choice,
    Domain,
    Fixed,
    LogUniform,
    Range,
    Setting,
    Uniform,
    are_values,
    check_setting,
    in_words,
    read_range,
    sample,
)
from benchmark.plugins import UserError

SEEDS = st.integers(0, 2**32 - 1)
ENDS = st.tuples(st.floats(-12, 12), st.floats(-12, 12)).map(sorted).filter(lambda e: e[0] < e[1])


def column(rows: list[Setting], name: str) -> list[float]:
    return [float(row[name]) for row in rows]


@settings(deadline=None, max_examples=50)
@given(ENDS, SEEDS)
def test_uniform_stays_within_its_bounds(ends: list[float], seed: int) -> None:
    low, high = ends
    assert low <= Uniform(low, high).draw(np.random.default_rng(seed)) <= high


@settings(deadline=None, max_examples=50)
@given(ENDS.filter(lambda ends: not are_values(*ends)), SEEDS)
def test_log_uniform_stays_within_the_powers_of_its_bounds(ends: list[float], seed: int) -> None:
    low, high = ends
    value = LogUniform(low, high).draw(np.random.default_rng(seed))
    assert 10**low * (1 - 1e-12) <= value <= 10**high * (1 + 1e-12)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(), min_size=1, max_size=5), SEEDS)
def test_choice_is_one_of_its_options(options: list[int], seed: int) -> None:
    assert Choice(tuple(options)).draw(np.random.default_rng(seed)) in options


@settings(deadline=None, max_examples=50)
@given(st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False)), SEEDS)
def test_fixed_is_its_value(value: bool | int | float, seed: int) -> None:
    drawn = Fixed(value).draw(np.random.default_rng(seed))
    assert drawn == value and type(drawn) is type(value)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"uniform": [0, 1]}, Uniform(0.0, 1.0)),
        ({"log_uniform": [-5, -2]}, LogUniform(-5.0, -2.0)),
        ({"choice": [1, 5]}, Choice((1, 5))),
        ({"fixed": True}, Fixed(True)),
    ],
)
def test_a_range_is_read_from_a_table_and_is_its_own_reading(said: object, expected: Range) -> None:
    assert read_range(said) == expected and read_range(expected) is expected


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (0.5, "a table with one of uniform, log_uniform, choice, fixed"),
        ({}, "a table with one of"),
        ({"fixed": 1, "uniform": [0, 1]}, "a table with one of"),
        ({"fixed": "1"}, "a number, true or false"),
        ({"uniform": [1, 0]}, "low below high"),
        ({"uniform": [0, math.inf]}, "a list of numbers"),
        ({"choice": []}, "a list of numbers"),
        ({"choice": [10**400]}, "a list of numbers"),
        ({"log_uniform": [0, 309]}, "between -308 and 308"),
        (LogUniform(0, 309), "between -308 and 308"),
        (Fixed(math.nan), "a number, true or false"),
    ],
)
def test_what_is_no_range_is_refused_with_what_is_accepted(said: object, wanted: str) -> None:
    with pytest.raises(ValueError, match=wanted):
        read_range(said)


@pytest.mark.parametrize(
    ("low", "high", "meant"),
    [
        (0.0001, 0.01, "[-4, -2]"),  # as exponents 1.0002 to 1.02
        (1e-5, 1e-2, "[-5, -2]"),
        (0.001, 1, "[-3, 0]"),
        (0.1, 1, "[-1, 0]"),
        (0.01, 0.5, "[-2, -0.301]"),
        (0.1, 100, "[-1, 2]"),  # as exponents up to 10^100
        (1, 100, "[0, 2]"),
    ],
)
def test_values_in_place_of_exponents_are_refused_with_both_readings(low: float, high: float, meant: str) -> None:
    for refused in (lambda: LogUniform(low, high), lambda: read_range({"log_uniform": [low, high]})):
        with pytest.raises(ValueError, match="exponents") as raised:
            refused()
        said = str(raised.value)
        assert meant in said and f"{10**low:.5g} to {10**high:.5g}" in said and f"{low:g} to {high:g}" in said


@pytest.mark.parametrize(
    ("low", "high"), [(-1, 2), (0, 2), (-3, 0), (-4, -2), (-0.5, 0.5), (0.5, 2), (1, 2), (1, 3), (0.1, 2), (0, 1), (-4, 0.01)]
)
def test_exponents_of_any_sign_pass(low: float, high: float) -> None:
    assert read_range({"log_uniform": [low, high]}) == LogUniform(low, high)


@given(ENDS)
def test_the_values_that_are_meant_pass_as_exponents(ends: tuple[float, float]) -> None:
    low, high = ends
    if are_values(low, high):
        assert not are_values(math.log10(low), math.log10(high))


def test_ranges_in_words_are_values() -> None:
    ranges = (LogUniform(-5, -2), LogUniform(-1, 2), Uniform(0, 0.9), Choice((1, 5)), Choice((True, False)), Fixed(0.5))
    assert list(map(in_words, ranges)) == [
        "1e-05 to 0.01, log-uniform",
        "0.1 to 100, log-uniform",
        "0 to 0.9, uniform",
        "1 or 5",
        "True or False",
        "always 0.5",
    ]


def test_uniform_is_uniform() -> None:
    drawn = column(sample({"x": Uniform(0.6, 0.9)}, 2000, "test"), "x")
    assert stats.kstest(drawn, "uniform", args=(0.6, 0.3)).pvalue > 0.001


def test_log_uniform_has_a_uniform_logarithm() -> None:
    drawn = column(sample({"x": LogUniform(-5, -2)}, 2000, "test"), "x")
    assert stats.kstest([math.log10(x) for x in drawn], "uniform", args=(-5, 3)).pvalue > 0.001


def test_choice_takes_its_options_equally_often() -> None:
    drawn = column(sample({"x": Choice((1, 5))}, 2000, "test"), "x")
    assert stats.binomtest(drawn.count(5.0), 2000).pvalue > 0.001


def test_choice_keeps_the_type_of_its_options() -> None:
    drawn = sample({"norm": Choice((True, False)), "iters": Choice((1, 5))}, 20, "test")
    assert {type(s["norm"]) for s in drawn} == {bool} and {type(s["iters"]) for s in drawn} == {int}


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 20), st.integers(0, 20), st.text(max_size=5))
def test_asking_for_more_settings_keeps_the_first(few: int, more: int, stream: str) -> None:
    assert sample(WIDE, few + more, stream)[:few] == sample(WIDE, few, stream)


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(sorted(WIDE)))
def test_a_further_hyperparameter_leaves_the_others(name: str) -> None:
    without: dict[str, Range] = {k: v for k, v in WIDE.items() if k != name}
    assert [{k: s[k] for k in without} for s in sample(WIDE, 10, "s")] == sample(without, 10, "s")


def test_the_order_of_hyperparameters_does_not_matter() -> None:
    assert sample(dict(reversed(WIDE.items())), 10, "s") == sample(WIDE, 10, "s")


def test_streams_and_hyperparameters_draw_independently() -> None:
    ranges = {"a": Uniform(0, 1), "b": Uniform(0, 1)}
    streams = [("nsgan", "mnist"), ("nsgan", "cifar10"), ("mmgan", "mnist"), ("mnist", "nsgan"), ()]
    columns = [column(sample(ranges, 500, *s), name) for s in streams for name in ranges]
    correlations = np.corrcoef(columns)[np.triu_indices(len(columns), 1)]
    assert np.abs(correlations).max() < 0.2  # 4.5 sigma at 500 pairs


def test_the_values_of_a_stream_never_change() -> None:
    # A published search is these numbers. The seed is the start of what
    # `printf nsgan/mnist/learning_rate | sha256sum` prints.
    first = sample({"learning_rate": LogUniform(-5, -2)}, 1, "nsgan", "mnist")[0]["learning_rate"]
    expected = np.random.default_rng(0xFD69972322AD251BB5AB331C021143D1).uniform(-5, -2)
    assert math.log10(first) == pytest.approx(expected)


def test_common_ranges_are_the_study_s() -> None:
    assert dict(WIDE) == {
        "learning_rate": LogUniform(-5, -2),
        "beta1": Uniform(0, 1),
        "disc_iters": Choice((1, 5)),
        "discriminator_batch_norm": Choice((True, False)),
    }
    assert dict(NARROW) == {
        "learning_rate": LogUniform(-4, -3),
        "beta1": Fixed(0.5),
        "disc_iters": Fixed(1),
        "discriminator_batch_norm": Choice((True, False)),
    }


@pytest.mark.parametrize("kind", [Uniform, LogUniform])
@pytest.mark.parametrize(("low", "high"), [(1.0, 0.0), (1.0, 1.0), (math.nan, 1.0), (0.0, math.nan)])
def test_range_without_room_is_an_error(kind: type[Uniform | LogUniform], low: float, high: float) -> None:
    with pytest.raises(ValueError, match="low must be below high"):
        kind(low, high)


def test_choice_without_options_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one option"):
        Choice(())


@pytest.mark.parametrize(
    ("domain", "inside", "outside"),
    [
        (Domain(), [0, -1.5, 1e300], [math.nan, math.inf, -math.inf, True, "1", None, np.int64(1)]),
        (Domain(above=0), [1e-300, 1], [0, -0.1, math.nan, math.inf]),
        (Domain(least=0, below=1), [0, 0.999], [1, -1e-9, 1.5]),
        (Domain(least=0, most=1), [0, 1, 0.5], [1.1]),
        (Domain("whole number", least=1), [1, 5], [0, 1.0, 1.7, True, 10**400]),
        (Domain("yes or no"), [True, False], [0, 1, 1.0, "True"]),
    ],
)
def test_a_domain_has_the_values_between_its_bounds_and_of_its_kind(
    domain: Domain, inside: list[object], outside: list[object]
) -> None:
    assert all(value in domain for value in inside)
    assert not any(value in domain for value in outside)


@pytest.mark.parametrize(
    ("domain", "inside", "outside"),
    [
        (Domain(above=0), [Uniform(0, 1), LogUniform(-5, -2), Fixed(1), Choice((1, 2.5))], [Uniform(-1, 1), Choice((1, 0))]),
        (Domain(least=0, below=1), [Uniform(0, 1), LogUniform(-4, 0)], [Uniform(0, 1.5), LogUniform(-1, 1), Fixed(1)]),
        (Domain("whole number", least=1), [Choice((1, 5)), Fixed(1)], [Uniform(1, 5), LogUniform(0, 1), Fixed(1.0)]),
        (Domain("yes or no"), [Choice((True, False))], [Choice((0, 1)), Uniform(0, 1)]),
        (Domain(), [Uniform(-1e300, 0)], [Uniform(-math.inf, 0), Fixed(math.nan), Fixed(True)]),
    ],
)
def test_a_domain_covers_the_ranges_whose_draws_it_has(domain: Domain, inside: list[Range], outside: list[Range]) -> None:
    assert all(domain.covers(values) for values in inside)
    assert not any(domain.covers(values) for values in outside)


def test_a_domain_says_in_words_what_it_has() -> None:
    assert list(map(str, DOMAINS.values())) == [
        "a number above 0",
        "a number of 0 or more and below 1",
        "a whole number of 1 or more",
        "true or false",
    ]
    assert (str(Domain()), str(Domain(most=1))) == ("a number", "a number of 1 or less")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({"a": 1.0}, "setting of Loss lacks b"),
        ({"a": 1.0, "b": True, "c": 1}, "no hyperparameter c. It has: a, b"),
        ({"a": math.nan, "b": True}, "a = nan: Loss needs a number"),
        ({"a": 1.0, "b": 1}, "b = 1: Loss needs true or false"),
    ],
)
def test_a_setting_has_a_value_of_its_domain_for_each_hyperparameter(setting: Setting, expected: str) -> None:
    domains = {"a": Domain(), "b": Domain("yes or no")}
    check_setting({"a": 0, "b": False}, domains, "Loss")
    with pytest.raises(UserError, match=expected):
        check_setting(setting, domains, "Loss")
