"""Budgets: what is accepted, and when a run is scored."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, get_args

import pytest

from benchmark.data import find_dataset
from benchmark.plugins import UserError
from benchmark.training.budget import BUDGETS, Budget, Preset, changed, find_budget

VALUES: dict[str, Any] = {
    "name": "x",
    "steps": 100,
    "batch": 64,
    "width": 0.25,
    "evaluations": 3,
    "images": 1000,
    "spacing": "even",
}


@pytest.mark.parametrize(
    ("field", "value", "accepted"),
    [
        ("name", "", "a text is needed."),
        ("steps", 0, "a whole number of 1 or more is needed."),
        ("steps", 100.0, "a whole number of 1 or more is needed."),
        ("batch", "64", "a whole number of 1 or more (up to 65,536) is needed."),
        ("batch", True, "a whole number of 1 or more (up to 65,536) is needed."),
        ("width", 0, "a number greater than 0 is needed."),
        ("width", True, "a number greater than 0 is needed."),
        ("width", float("nan"), "a number greater than 0 is needed."),
        ("width", float("inf"), "a number greater than 0 is needed."),
        ("width", 10**400, "a number greater than 0 is needed."),
        ("evaluations", -1, "a whole number of 1 or more is needed."),
        ("images", 1, "a whole number of 2 or more (up to 1,000,000) is needed."),
    ],
)
def test_a_bad_value_is_refused_with_what_is_accepted(field: str, value: object, accepted: str) -> None:
    with pytest.raises(UserError) as raised:
        Budget(**VALUES | {field: value})
    assert str(raised.value).startswith(f"Budget: {field} = ") and str(raised.value).endswith(f": {accepted}")


def test_more_evaluations_than_steps_are_refused() -> None:
    with pytest.raises(UserError, match=r"Budget: 101 evaluations do not fit into 100 steps\."):
        Budget(**VALUES | {"evaluations": 101})


def test_the_values_that_name_a_trial_are_plain_and_of_one_type() -> None:
    values = vars(Budget(**VALUES | {"width": 1}))
    assert values == asdict(Budget(**VALUES | {"width": 1})) == VALUES | {"width": 1.0}
    assert [type(v) for v in values.values()] == [str, int, int, float, int, int, str]


def test_a_run_is_scored_at_equal_distances_and_at_its_end() -> None:
    assert Budget(**VALUES).evaluation_steps == [33, 66, 100]


def test_a_run_may_be_scored_each_time_after_twice_the_steps() -> None:
    assert find_budget("standard", find_dataset("mnist")).evaluation_steps == [250, 500, 1000, 2000]
    assert Budget(**VALUES | {"spacing": "doubling", "evaluations": 7}).evaluation_steps == [1, 3, 6, 12, 25, 50, 100]
    with pytest.raises(UserError, match=r"Budget: 8 evaluations do not fit into 100 steps\."):
        Budget(**VALUES | {"spacing": "doubling", "evaluations": 8})


def test_every_preset_is_found_and_described() -> None:
    presets = get_args(get_args(Preset)[0])
    assert presets == tuple(BUDGETS)
    assert [find_budget(name.upper(), find_dataset("mnist")).name for name in presets] == list(presets)
    with pytest.raises(UserError, match=r"Unknown budget 'qick'\. Did you mean quick"):
        find_budget("qick", find_dataset("mnist"))


def test_a_changed_budget_has_another_name_and_is_checked() -> None:
    budget = Budget(**VALUES)
    assert changed(budget, steps=100) is budget
    assert changed(budget, steps=200) == Budget(**VALUES | {"name": "custom", "steps": 200})
    with pytest.raises(UserError, match="Budget: steps = 0"):
        changed(budget, steps=0)
