"""The table of factors, and what follows from it for identities, streams and names."""

from __future__ import annotations

from dataclasses import fields

import pytest

from benchmark.columns import BY_NAME
from benchmark.factors import FACTORS, NORMALISATION, OPTIMISER, PENALTY, USUAL, VARIANT, Choices, in_print, said_in
from benchmark.study.study import Study


def test_every_factor_is_a_field_of_a_trial_s_choices_and_of_a_study_and_a_column() -> None:
    assert [field.name for field in fields(Choices)] == [factor.name for factor in FACTORS]
    study = Study(name="a")
    for factor in FACTORS:
        assert USUAL.of(factor) == factor.usual and study.values(factor) == (factor.usual,)
        assert BY_NAME[factor.name].type == "text"


def test_identities_have_the_old_factors_always_and_the_new_ones_where_they_are_unusual() -> None:
    assert USUAL.said == {"variant": "paper", "optimiser": "adam"} and not USUAL.unusual
    crossed = Choices(variant="v1", penalty="r1")
    assert crossed.said == {"variant": "v1", "optimiser": "adam", "penalty": "r1"}
    assert crossed.unusual == {"variant": "v1", "penalty": "r1"}
    assert said_in([USUAL]) == [VARIANT, OPTIMISER]
    assert said_in([USUAL, Choices(normalisation="batch")]) == [VARIANT, OPTIMISER, NORMALISATION]


def test_variants_and_optimisers_share_draws_and_penalties_and_normalisations_do_not() -> None:
    assert USUAL.stream == Choices(variant="v1", optimiser="rmsprop").stream == ()
    streams = {Choices(penalty=p, normalisation=n).stream for p in ("none", "r1", "gp") for n in ("setting", "none", "batch")}
    assert len(streams) == 9
    # A file that is edited keeps its draws, as a loss's does.
    assert Choices(penalty="mine@0123456789ab").stream == Choices(penalty="mine@ba9876543210").stream != ()


def test_the_optimiser_alone_makes_no_other_loss() -> None:
    assert Choices(optimiser="rmsprop", penalty="r1").of_loss == Choices(penalty="r1")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ({}, "NS GAN"),
        ({"variant": "v1"}, "NS GAN (v1)"),
        ({"optimiser": "rmsprop", "variant": "v1"}, "NS GAN (v1, rmsprop)"),
        ({"normalisation": "spectral norm", "variant": "v1", "penalty": "R1"}, "NS GAN + R1, spectral norm (v1)"),
    ],
)
def test_the_name_of_a_combination(words: dict[str, str], name: str) -> None:
    assert in_print("NS GAN", words) == name


def test_a_factor_s_classes_lie_in_a_folder_of_their_own() -> None:
    assert [factor.name for factor in FACTORS if factor.package] == [PENALTY.name, NORMALISATION.name]
