"""Groups: who trains with whom is fixed by the study alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny_study import trials

from benchmark.study.populations import Population, in_populations
from benchmark.study.trial import Trial
from benchmark.training.budget import changed

MIXED = [*trials(4), *trials(3, disc_iters=5), *trials(4, "wgan"), *trials(2, discriminator_batch_norm=False)]


@settings(deadline=None, max_examples=50)
@given(order=st.permutations(range(len(MIXED))), size=st.integers(1, 6))
def test_every_trial_is_in_one_group_with_its_like(order: list[int], size: int) -> None:
    planned = [MIXED[i] for i in order]
    populations = in_populations(planned, size)
    assert sorted(t.id for g in populations for t in g.trials) == sorted(t.id for t in planned)
    assert all(1 <= len(g.trials) <= size for g in populations)
    for population in populations:
        assert len({(t.loss, t.setting["disc_iters"], t.setting["discriminator_batch_norm"]) for t in population.trials}) == 1
    structures = [g.structure for g in populations]  # those that share a compiled step follow each other
    assert len([s for s, before in zip(structures, [None, *structures], strict=False) if s != before]) == len(set(structures))


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(more=st.integers(0, 5), size=st.integers(1, 4))
def test_further_trials_leave_full_groups_as_they_were(more: int, size: int) -> None:
    before, after = in_populations(trials(5), size), in_populations(trials(5 + more), size)
    full = [g.name for g in before if len(g.trials) == size]
    assert [g.name for g in after][: len(full)] == full


def test_the_name_of_one_is_its_id_and_of_several_depends_on_all_and_their_order() -> None:
    a, b = trials(2)
    assert Population((a,)).name == a.id
    names = {Population(members).name for members in ((a,), (b,), (a, b), (b, a))}
    assert len(names) == 4


def test_what_differs_in_anything_structural_is_kept_apart() -> None:
    (trial,) = trials(1)
    others: list[Trial] = [
        replace(trial, dataset="mnist"),
        replace(trial, variant="v1"),
        replace(trial, optimiser="rmsprop"),
        replace(trial, precision="tf32"),
        replace(trial, batch_norm="recalibrated"),
        replace(trial, validation=False),
        replace(trial, budget=changed(trial.budget, steps=99)),
        replace(trial, metrics=("fid_other",)),
        replace(trial, setting={**trial.setting, "disc_iters": 5}),
    ]
    assert len(in_populations([trial, *others], 10)) == 1 + len(others)
    rates = [replace(trial, setting={**trial.setting, "learning_rate": rate}) for rate in (1e-3, 1e-4)]
    assert len(in_populations(rates, 10)) == 1
