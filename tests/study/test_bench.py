"""Benches of different losses and options have tables in different folders."""

from __future__ import annotations

from typing import Any

import pytest

from benchmark.losses import paper_losses
from benchmark.normalisations import known_normalisations
from benchmark.penalties import known_penalties
from benchmark.plugins import UserError
from benchmark.study.bench import bench_study, in_a_name, named


@pytest.mark.slow
def test_names_tell_benches_apart() -> None:
    keys = list(paper_losses())
    options: list[tuple[list[str], dict[str, Any]]] = [
        (["all"], {}),
        (keys[:1], {}),
        (keys[:4], {}),
        (keys[1:5], {}),
        (keys[:-1], {}),
        (["all"], {"hyperparameters": "paper"}),
        (["all"], {"hyperparameters": "one/trials.csv"}),
        (["all"], {"hyperparameters": "two/trials.csv"}),
        (["all"], {"extractor": "pixels"}),
        (["all"], {"variant": "v1"}),
        (keys[:1], {"penalty": "r1"}),
        (keys[:1], {"penalty": ["none", "r1"]}),
        (keys[:1], {"normalisation": "none"}),
        (keys[:1], {"penalty": "r1", "normalisation": ["batch", "spectral"]}),
        (["all"], {"budget": "smoke"}),
    ]
    names = [bench_study(losses, **given).name for losses, given in options]
    assert len(set(names)) == len(names) and names[0] == "all-fashion-mnist-quick"
    same = bench_study(["all"], hyperparameters="tuned", extractor="layers", seeds=3)
    assert same.name == names[0]


def test_names_in_any_spelling_are_looked_up_once_and_the_study_has_keys() -> None:
    study = bench_study(["Hinge", "hinge", "NS GAN"], penalty=["No penalty", "R1", "r 1"], normalisation="SN")
    assert (study.losses, study.penalties, study.normalisations) == (("hinge", "nsgan"), ("none", "r1"), ("spectral",))
    everything = bench_study(["nsgan"], penalty="all", normalisation="all")
    assert everything.penalties == tuple(known_penalties()) and everything.normalisations == tuple(known_normalisations())


@pytest.mark.parametrize("given", [{"penalty": 3}, {"penalty": []}, {"normalisation": [None]}, {"variant": {"v1": 1}}])
def test_what_is_no_name_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=f"{next(iter(given))} is .* a name or a list of names is needed"):
        bench_study(["nsgan"], **given)


def test_a_name_of_many_losses_is_short_and_their_own() -> None:
    many = [f"{letter * 90}" for letter in "abcdef"]
    assert len(named(many)) < 60 and named(many) != named(many[1:])


def test_a_file_stands_in_a_name_with_its_folder() -> None:
    assert in_a_name("far/my own/extractor.py") == "my-own-extractor"
