from __future__ import annotations

import pytest

from benchmark.metrics.extractors.time_left import MEASURED, UNMEASURED, TimeLeft, duration


def told(batches: int, seconds: float) -> list[str]:
    """What is said of a training whose batches take so many seconds each, and the first ones ten times that."""
    now, said = [0.0], []
    time_left = TimeLeft(batches, said.append, lambda: now[0])
    for number in range(batches):
        now[0] += seconds * (10 if number < UNMEASURED else 1)
        time_left.batch_done()
    return said


def test_a_long_training_says_what_it_takes_by_its_first_batches_and_then_how_it_gets_on() -> None:
    batches = UNMEASURED + MEASURED + 3600
    first, *later = told(batches, 0.125)
    assert "8 min" in first
    assert len(later) == 14  # every half minute
    assert later[0].startswith("7%") and "7 min" in later[0] and "90 s" in later[-3]


@pytest.mark.parametrize(("batches", "seconds"), [(5, 100.0), (1000, 0.001)])
def test_of_a_short_one_nothing_is_said(batches: int, seconds: float) -> None:
    assert told(batches, seconds) == []


@pytest.mark.parametrize(("seconds", "text"), [(5.2, "5 s"), (119, "119 s"), (720, "12 min")])
def test_a_duration_is_in_minutes_from_two_of_them_on(seconds: float, text: str) -> None:
    assert duration(seconds) == text
