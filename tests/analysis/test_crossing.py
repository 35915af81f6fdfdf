from __future__ import annotations

import pandas as pd
import pytest
from support.crossed_trials import crossed_study
from support.synthetic_trials import study

from benchmark.analysis.crossing import crossed_factors, crossed_trials, crosses_parts, has_many, levels, merged
from benchmark.analysis.trials import checked


def table(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    """A trial of each loss, penalty, normalisation, variant and optimiser."""
    named = pd.DataFrame(rows, columns=["loss", "penalty", "normalisation", "variant", "optimiser"])
    return checked(named.assign(dataset="mnist", score="fid", status="ok", best=1.0))


USUAL = ("none", "setting", "paper", "adam")


@pytest.mark.parametrize(
    ("rows", "factors"),
    [
        ([("lsgan", *USUAL), ("wgan", *USUAL)], []),
        ([("lsgan", *USUAL), ("wgan", *USUAL), ("wgan", "none", "setting", "paper", "rmsprop")], []),
        ([("lsgan", *USUAL), ("lsgan", "r1", "setting", "paper", "adam")], ["penalty"]),
        ([("lsgan", *USUAL), ("wgan", *USUAL), ("lsgan", "r1", "setting", "paper", "adam")], ["loss", "penalty"]),
        (
            [(loss, "none", "setting", v, "adam") for loss in ("lsgan", "wgan") for v in ("paper", "v1")],
            ["loss", "variant"],
        ),
        (
            [("lsgan", p, n, "paper", "adam") for p in ("none", "r1") for n in ("none", "batch")],
            ["penalty", "normalisation"],
        ),
        (
            [("lsgan", *USUAL), ("lsgan", "r1", "setting", "paper", "adam"), ("wgan", "none", "setting", "v1", "adam")],
            ["loss", "penalty"],
        ),
    ],
)
def test_what_a_table_crosses(rows: list[tuple[str, str, str, str, str]], factors: list[str]) -> None:
    assert crossed_factors(table(*rows)) == factors


def test_tables_from_before_there_were_penalties_cross_nothing() -> None:
    old = checked(study(4, 2))
    assert crossed_factors(old) == [] and not crosses_parts(old) and not has_many(old) and list(crossed_trials(old)) == []


def test_a_loss_s_level_has_what_is_no_factor() -> None:
    rows = table(("lsgan", *USUAL), ("lsgan", "r1", "none", "paper", "adam"), ("wgan", "none", "setting", "v1", "adam"))
    found = levels(rows, ["loss", "penalty", "normalisation"])
    assert dict(zip(rows["name"], found["loss"], strict=True)) == {
        "LS GAN": "LS GAN",
        "LS GAN + r1, none": "LS GAN",
        "WGAN (v1)": "WGAN (v1)",
    }
    assert list(found["penalty"].cat.categories) == ["no penalty", "r1"]


def test_the_trials_are_a_search_s_settings_or_seeds_and_lost_ones_count_as_the_worst() -> None:
    search = checked(crossed_study(samples=3, seeds=2, losses=2, penalties=2, normalisations=1, diverged=0))
    ((dataset, over, trials, of_trials),) = crossed_trials(search)
    assert (dataset, over, len(trials)) == ("fashion-mnist", "random settings", 12) and set(trials["seed"]) == {0}
    assert list(of_trials) == ["loss", "penalty"] and of_trials.index.equals(trials.index)
    seeds = checked(crossed_study(samples=1, seeds=5, losses=2, penalties=2, normalisations=1, diverged=0.3))
    ((_, over, trials, _),) = crossed_trials(seeds)
    lost = trials["status"] == "diverged"
    assert (
        (over, len(trials)) == ("seeds", 20) and lost.any() and set(trials.loc[lost, "value"]) == {seeds["best"][~lost].max()}
    )


def test_the_vae_is_no_level() -> None:
    rows = pd.concat([crossed_study(4, losses=2, penalties=2, normalisations=1), study(4, 1, losses=("vae",))])
    ((_, _, trials, of_trials),) = crossed_trials(checked(rows.assign(id=range(len(rows)))))
    assert "vae" not in set(trials["loss"]) and set(of_trials["loss"]) == {
        "NS GAN, no normalisation",
        "LS GAN, no normalisation",
    }


def test_names_of_many_combinations_say_nothing_of_what_is_merged() -> None:
    many, few = (checked(crossed_study(1, normalisations=n)) for n in (4, 1))
    assert has_many(many) and not has_many(few)
    assert merged(many, "penalty")["name"].nunique() == 16 and merged(many, "penalty", "normalisation")["name"].nunique() == 4
    assert merged(many, "penalty")["combination"].equals(many["name"]) and merged(few, "penalty")["name"].equals(few["name"])
