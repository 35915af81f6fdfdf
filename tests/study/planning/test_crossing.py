"""Studies that cross losses with penalties and normalisations: their cells, draws, refusals, and the best of each level.

It mirrors no module: plan, defaults, ranges, cost and selection act together.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from support.own_files import HINGE, PENALTY
from support.tiny_study import finished, result

from benchmark.factors import USUAL, Choices
from benchmark.hyperparameters import Fixed
from benchmark.plugins import UserError
from benchmark.study.planning.cost import cost_table, read_speeds
from benchmark.study.planning.plan import make_plan
from benchmark.study.planning.plan_cache import read_plan, read_planned, write_plan
from benchmark.study.planning.studyfile import find_study
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import table
from benchmark.study.study import Ranges, Source, Study
from benchmark.study.trial import Trial

PENALTIES, NORMALISATIONS = ("none", "r1", "gp"), ("setting", "none", "spectral")
CROSSED = Study(
    name="crossed", losses=("nsgan", "hinge"), penalties=PENALTIES, normalisations=NORMALISATIONS, samples=3, defaults="none"
)


def trials(study: Study, store: Store) -> list[Trial]:
    return make_plan(study, store, lambda line: None).trials


def test_every_cell_has_its_samples_and_the_usual_one_those_that_it_has_alone(store: Store) -> None:
    planned = trials(CROSSED, store)
    assert Counter((t.loss, t.penalty, t.normalisation) for t in planned) == dict.fromkeys(
        product(("nsgan", "hinge"), PENALTIES, NORMALISATIONS), 3
    )
    alone = trials(replace(CROSSED, penalties=("none",), normalisations=("setting",)), store)
    assert [t.id for t in planned if t.choices == USUAL] == [t.id for t in alone]
    fewer = trials(replace(CROSSED, penalties=("r1",), normalisations=("spectral",)), store)
    assert {t.id for t in fewer} < {t.id for t in planned}


def test_no_two_cells_of_a_loss_share_a_draw(store: Store) -> None:
    rates = [(t.loss, t.setting["learning_rate"]) for t in trials(CROSSED, store)]
    assert len(set(rates)) == len(rates)


def test_a_setting_has_the_penalty_s_hyperparameters_and_batch_norm_where_no_normalisation_is_named(store: Store) -> None:
    for trial in trials(CROSSED, store):
        own = {"none": set(), "r1": {"gamma"}, "gp": {"lambda"}}[trial.penalty]
        norm = {"discriminator_batch_norm"} if trial.normalisation == "setting" else set()
        assert trial.setting.keys() == {"learning_rate", "beta1", "disc_iters", *own, *norm}


def test_the_default_is_the_loss_s_with_the_penalty_s(store: Store) -> None:
    study = replace(CROSSED, losses=("nsgan",), samples=1, penalties=("none", "r1"), normalisations=("setting", "batch"))
    for defaults in ("paper", "tuned"):
        found = {(t.penalty, t.normalisation): t.setting for t in trials(replace(study, defaults=defaults), store)}
        without_norm = {k: v for k, v in found["none", "setting"].items() if k != "discriminator_batch_norm"}
        assert found["none", "batch"] == without_norm
        assert found["r1", "setting"] == {**found["none", "setting"], "gamma": 10.0}
        assert found["r1", "batch"] == {**without_norm, "gamma": 10.0}


@pytest.mark.slow
def test_a_table_that_has_the_combination_gives_its_best_setting(store: Store, tmp_path: Path) -> None:
    planned = trials(replace(CROSSED, losses=("nsgan",)), store)
    finished(planned, store, lambda t: result(name=t.score, best=1.0 + (t.sample - 2) ** 2))
    table(planned, store).to_csv(tmp_path / "table.csv", index=False)
    again = trials(replace(CROSSED, losses=("nsgan",), samples=1, defaults=str(tmp_path / "table.csv")), store)
    assert [t.setting for t in again] == [t.setting for t in planned if t.sample == 2]


def test_ranges_of_a_penalty_are_for_what_is_trained_with_it(store: Store) -> None:
    ranges = Ranges(by_loss={"r1": {"gamma": Fixed(3.0), "beta1": Fixed(0.25)}, "nsgan": {"beta1": Fixed(0.75)}})
    for trial in trials(replace(CROSSED, ranges=ranges), store):
        if trial.penalty == "r1":
            assert (trial.setting["gamma"], trial.setting["beta1"]) == (3.0, 0.25)
        else:
            assert (trial.setting["beta1"] == 0.75) == (trial.loss == "nsgan")
    with pytest.raises(UserError, match=r"ranges.r2: .*Known: nsgan, .*r1"):
        trials(replace(CROSSED, ranges=Ranges(by_loss={"r2": {"gamma": Fixed(1.0)}})), store)
    with pytest.raises(UserError, match=r"ranges.r1.gamma"):
        trials(replace(CROSSED, ranges=Ranges(by_loss={"r1": {"gamma": Fixed(-1.0)}})), store)


def test_the_ranges_in_words_name_the_penalty_that_has_them() -> None:
    lines = make_plan(CROSSED, Store(Path("nowhere")), lambda line: None).ranges
    assert "gamma 0.01 to 100, log-uniform (R1)" in lines and "lambda 0.1 to 100, log-uniform (gradient penalty)" in lines
    assert "learning_rate 1e-05 to 0.01, log-uniform" in lines


def test_a_study_with_combinations_that_make_no_sense_is_refused_and_they_are_named(store: Store) -> None:
    study = Study(name="a", losses=("nsgan", "wgan", "wgangp"), penalties=("none", "r1"))
    with pytest.raises(UserError) as raised:
        trials(study, store)
    message = str(raised.value)
    assert "2 combinations of 6" in message and "WGAN + R1; WGAN GP + R1" in message and "wasserstein" in message
    assert len(message.splitlines()) == 2
    with pytest.raises(UserError) as raised:
        trials(replace(study, losses=("wgan",), penalties=("r1",)), store)
    assert "clips" in str(raised.value) and len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("values", "accepted"),
    [
        ({"penalties": ("r3",)}, ("r1", "gp", "your_own.py")),
        ({"normalisations": ("spectrl",)}, ("spectral", "setting", "your_own.py")),
        ({"penalties": ("nowhere.py",)}, ("nowhere.py",)),
    ],
)
def test_a_name_that_is_none_is_refused_with_those_that_are(
    store: Store, values: dict[str, tuple[str, ...]], accepted: tuple[str, ...]
) -> None:
    with pytest.raises(UserError) as raised:
        trials(replace(CROSSED, **values), store)  # type: ignore[arg-type]
    assert all(name in str(raised.value) for name in accepted) and len(str(raised.value).splitlines()) <= 2


def test_a_name_in_any_spelling_gives_the_same_trials(store: Store) -> None:
    spelled = replace(CROSSED, penalties=("None", "R 1", "gradient"), normalisations=("Setting", "no normalisation", "SN"))
    assert [t.id for t in trials(spelled, store)] == [t.id for t in trials(CROSSED, store)]


def test_a_penalty_of_one_s_own_goes_by_its_file_and_keeps_its_draws_when_it_is_edited(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(PENALTY)
    study = Study(name="a", losses=("nsgan",), penalties=("none", str(path)), samples=2, defaults="none")
    plan = make_plan(study, store, lambda line: None)
    *_, last = plan.trials
    key, _, file_hash = last.penalty.partition("@")
    assert key == "mine" and len(file_hash) == 12 and plan.names.title(last).startswith("NS GAN + my penalty on ")
    assert last.setting.keys() >= {"weight"}
    path.write_text(PENALTY + "\n")
    *_, edited = trials(study, store)
    assert edited.penalty != last.penalty and edited.id != last.id and edited.setting == last.setting


def test_a_kept_plan_has_the_cells(store: Store, tmp_path: Path) -> None:
    plan = make_plan(CROSSED, store, lambda line: None)
    write_plan(tmp_path / "plan.json", "key", plan, [])
    kept, brief = read_plan(tmp_path / "plan.json", "key", CROSSED), read_planned(tmp_path / "plan.json", "key")
    assert kept is not None and [t.identity for t in kept.trials] == [t.identity for t in plan.trials]
    assert brief is not None and brief[0][-1].title == "hinge + gradient penalty, spectral norm"


def test_a_table_has_the_columns_of_factors_that_say_something(store: Store) -> None:
    plan = make_plan(CROSSED, store, lambda line: None)
    found = table(plan.trials, store, plan.names)
    assert found["penalty"].value_counts().to_dict() == dict.fromkeys(PENALTIES, 18)
    assert set(found["normalisation_name"]) == {"as the setting says", "no normalisation", "spectral norm"}
    usual = [t for t in plan.trials if t.penalty == "none"]
    assert "penalty" not in table(usual, store, plan.names) and "normalisation" in table(usual, store, plan.names)


def test_a_combination_costs_what_was_measured_with_its_penalty_and_normalisation(store: Store) -> None:
    study = replace(CROSSED, penalties=("none", "r1"), normalisations=("setting",))
    speeds = read_speeds(Path("nowhere"))
    measured = speeds[(speeds["loss"] == "nsgan") & (speeds["penalty"] == "none") & (speeds["normalisation"] == "setting")]
    of_r1 = measured.assign(penalty="r1", ms_per_step=2 * measured["ms_per_step"])
    costs = cost_table(make_plan(study, store, lambda line: None), 1, measured).set_index("loss")["hours"]
    assert costs.notna().to_dict() == {"NS GAN": True, "NS GAN + R1": False, "hinge": False, "hinge + R1": False}
    costs = cost_table(make_plan(study, store, lambda line: None), 1, of_r1).set_index("loss")["hours"]
    assert costs.notna().to_dict() == {"NS GAN": False, "NS GAN + R1": True, "hinge": False, "hinge + R1": True}


@pytest.mark.slow
def test_the_best_of_each_level_is_taken_once_wherever_it_is(store: Store, tmp_path: Path) -> None:
    def score(t: Trial) -> float:
        best = {("nsgan", "r1", "spectral", 1): 1.0, ("hinge", "none", "none", 2): 2.0, ("nsgan", "gp", "setting", 3): 3.0}
        return best.get((t.loss, t.penalty, t.normalisation, t.sample), 10.0 + t.sample)

    (tmp_path / "earlier.toml").write_text(
        'losses = ["nsgan", "hinge"]\npenalties = ["none", "r1", "gp"]\nnormalisations = ["setting", "none", "spectral"]\n'
        'samples = 3\ndefaults = "none"'
    )
    earlier = find_study(str(tmp_path / "earlier.toml"))
    planned = trials(earlier, store)
    finished(planned, store, lambda t: result(name=t.score, best=score(t)))
    source = Source(study=str(tmp_path / "earlier.toml"), split="test", best_of=("loss", "penalty", "normalisation"))
    later = replace(earlier, name="later", samples=1, source=source, seeds=(1, 2))
    said: list[str] = []
    taken = make_plan(later, store, said.append).trials
    # NS GAN + R1, spectral is the best of its loss, penalty and normalisation; the others each of two levels.
    assert [(t.loss, t.penalty, t.normalisation, t.sample, t.seed) for t in taken] == [
        (*cell, seed)
        for cell in (("nsgan", "r1", "spectral", 1), ("nsgan", "gp", "setting", 3), ("hinge", "none", "none", 2))
        for seed in (1, 2)
    ]
    settings = {(t.loss, t.choices, t.sample): t.setting for t in planned}
    assert all(settings[t.loss, t.choices, t.sample] == t.setting for t in taken)
    assert len(said) == 8 and any("penalty gradient penalty on" in line for line in said)
    # Among fewer levels, the best of those.
    fewer = make_plan(replace(later, losses=("hinge",), penalties=("none", "gp")), store, lambda line: None).trials
    assert {(t.loss, t.penalty, t.sample) for t in fewer} == {("hinge", "none", 2), ("hinge", "gp", 1), ("hinge", "none", 1)}


def test_the_landscape_has_64_settings_of_each_level_and_none_twice(store: Store) -> None:
    planned = trials(find_study("fashion"), store)
    assert len(planned) == len({t.setting["learning_rate"] for t in planned}) == 256
    for levels in zip(*((t.loss, t.penalty, t.normalisation) for t in planned), strict=True):
        assert list(Counter(levels).values()) == [64] * 4
    assert all(10**-3.5 <= t.setting["learning_rate"] <= 10**-1.5 for t in planned)


def test_one_key_of_two_files_is_refused(store: Store, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(PENALTY + f"\n# {name}\n")
    with pytest.raises(UserError, match="'mine'"):
        trials(replace(CROSSED, penalties=(str(tmp_path / "one.py"), str(tmp_path / "two.py"))), store)


def test_a_loss_of_one_s_own_takes_a_penalty_of_the_package(store: Store, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(HINGE)
    (trial,) = trials(Study(name="a", losses=(str(tmp_path / "mine.py"),), penalties=("r1",)), store)
    assert trial.setting["gamma"] == 10.0 and trial.choices == Choices(penalty="r1")
