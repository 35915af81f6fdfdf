"""A trial's id names its result."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace

import pytest

from benchmark.losses import find_loss
from benchmark.study.trial import Cell, Trial
from benchmark.training.budget import Budget

BUDGET = Budget(name="quick", steps=1_000, batch=64, width=0.25, evaluations=2, images=10_000)
TRIAL = Trial(
    loss="lsgan",
    dataset="fashion-mnist",
    setting=dict(find_loss("ls").defaults),
    seed=0,
    budget=BUDGET,
    metrics=("fid_classifier",),
)


IDENTITY = """{"batch_norm": "averages",
"budget": {"batch": 64, "evaluations": 2, "images": 10000, "name": "quick", "spacing": "even", "steps": 1000, "width": 0.25},
"dataset": "fashion-mnist", "loss": "lsgan", "metrics": ["fid_classifier"], "optimiser": "adam", "precision": "float32",
"result_version": 3, "seed": 0, "setting": {"a": 0.0, "b": 1.0, "beta1": 0.5, "c": 1.0, "disc_iters": 1,
"discriminator_batch_norm": true, "learning_rate": 0.0002}, "validation": true, "variant": "paper"}"""


def test_the_id_of_a_trial_stays_the_same_for_ever() -> None:
    # If it changes, every stored result is orphaned: a new id needs a new RESULT_VERSION.
    assert TRIAL.id == hashlib.sha256(IDENTITY.replace("\n", " ").encode()).hexdigest()[:16] == "b566b2ca44c2d758"


def test_the_identity_says_what_determines_the_result() -> None:
    assert TRIAL.identity == json.loads(IDENTITY)


@pytest.mark.parametrize("value", [math.nan, math.inf, "0.1", None])
def test_what_is_no_finite_number_is_no_part_of_an_identity(value: object) -> None:
    with pytest.raises(ValueError, match=r"a = .* finite number"):
        replace(TRIAL, setting={**TRIAL.setting, "a": value})  # type: ignore[dict-item]


def test_everything_that_determines_the_result_changes_the_id() -> None:
    others = [
        replace(TRIAL, loss="lsgan@0123456789ab"),
        replace(TRIAL, dataset="mnist"),
        replace(TRIAL, setting={**TRIAL.setting, "learning_rate": 1e-4}),
        replace(TRIAL, seed=1),
        replace(TRIAL, budget=replace(BUDGET, steps=1_001)),
        replace(TRIAL, budget=replace(BUDGET, images=5_000)),
        replace(TRIAL, budget=replace(BUDGET, spacing="doubling")),
        replace(TRIAL, metrics=("fid_inception",)),
        replace(TRIAL, metrics=("fid_classifier", "fid_inception")),
        replace(TRIAL, variant="v1"),
        replace(TRIAL, optimiser="rmsprop"),
        replace(TRIAL, penalty="r1"),
        replace(TRIAL, penalty="gp"),
        replace(TRIAL, normalisation="none"),
        replace(TRIAL, normalisation="batch"),
        replace(TRIAL, precision="bfloat16"),
        replace(TRIAL, batch_norm="recalibrated"),
        replace(TRIAL, validation=False),
    ]
    assert len({TRIAL.id, *(t.id for t in others)}) == 1 + len(others)


def test_a_newer_factor_s_unusual_value_alone_is_part_of_an_identity() -> None:
    crossed = replace(TRIAL, penalty="r1", normalisation="spectral")
    assert crossed.identity == {**TRIAL.identity, "penalty": "r1", "normalisation": "spectral"}
    assert replace(crossed, penalty="none", normalisation="setting").id == TRIAL.id


def test_the_trials_of_a_cell_differ_in_setting_and_seed_alone() -> None:
    assert replace(TRIAL, seed=1, setting={"a": 1.0}).cell == TRIAL.cell
    others = [{"loss": "a"}, {"dataset": "a"}, {"variant": "a"}, {"optimiser": "a"}, {"penalty": "a"}, {"normalisation": "a"}]
    cells: set[Cell] = {replace(TRIAL, **other).cell for other in others}  # type: ignore[arg-type]
    assert len(cells) == len(others) and TRIAL.cell not in cells


def test_the_order_of_hyperparameters_and_the_number_of_the_sample_do_not() -> None:
    turned = dict(reversed(TRIAL.setting.items()))
    assert replace(TRIAL, setting=turned).id == TRIAL.id
    assert replace(TRIAL, sample=3).id == TRIAL.id
