"""A trial's id names its result."""

from __future__ import annotations

from dataclasses import replace

from benchmark.losses import find_loss
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget

BUDGET = Budget("quick", steps=1_000, batch=64, width=0.25, evaluations=2, images=10_000)
TRIAL = Trial("lsgan", "fashion-mnist", dict(find_loss("ls").defaults), 0, BUDGET, "fid_classifier@abc")


def test_the_id_of_a_trial_stays_the_same_for_ever() -> None:
    # A golden value: if it changes, every stored result is orphaned.
    assert TRIAL.id == "5e5b456bd44afb19"


def test_everything_that_determines_the_result_changes_the_id() -> None:
    others = [
        replace(TRIAL, loss="lsgan@0123456789ab"),
        replace(TRIAL, dataset="mnist"),
        replace(TRIAL, setting={**TRIAL.setting, "learning_rate": 1e-4}),
        replace(TRIAL, seed=1),
        replace(TRIAL, budget=replace(BUDGET, steps=1_001)),
        replace(TRIAL, budget=replace(BUDGET, images=5_000)),
        replace(TRIAL, score="fid_classifier@def"),
        replace(TRIAL, variant="v1"),
        replace(TRIAL, optimiser="rmsprop"),
    ]
    assert len({TRIAL.id, *(t.id for t in others)}) == 1 + len(others)


def test_the_order_of_hyperparameters_and_the_number_of_the_sample_do_not() -> None:
    turned = dict(reversed(TRIAL.setting.items()))
    assert replace(TRIAL, setting=turned).id == TRIAL.id
    assert replace(TRIAL, sample=3).id == TRIAL.id
