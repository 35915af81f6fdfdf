"""The choice of each loss's best setting, against tables made by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from support.tiny_study import result, trials

from benchmark.factors import USUAL, Choices
from benchmark.plugins import UserError
from benchmark.study.planning.selection import Selected, selected
from benchmark.study.storage.store import Store
from benchmark.study.study import Source
from benchmark.study.trial import Cell, Trial

Ending = dict[str, object] | None


def samples(store: Store, *by_sample: list[Ending] | Ending, loss: str = "lsgan") -> list[Trial]:
    """Trials of samples 0, 1, ... which ended so, under one seed or several."""
    planned = []
    for number, endings in enumerate(by_sample):
        for seed, ending in enumerate(endings if isinstance(endings, list) else [endings]):
            (trial,) = trials(1, loss, learning_rate=10.0**-number)
            trial = replace(trial, sample=number, seed=seed)
            planned.append(trial)
            if ending is not None:
                store.finish(
                    trial, result(str(ending.get("status", "ok")), **{k: v for k, v in ending.items() if k != "status"})
                )
    return planned


def v1(planned: list[Trial], store: Store, *bests: float) -> list[Trial]:
    """The same trials of the variant v1, which ended with these scores."""
    found = [replace(trial, variant="v1") for trial in planned]
    for trial, best in zip(found, bests, strict=True):
        store.finish(trial, result(best=best))
    return found


def chosen(store: Store, planned: list[Trial], said: list[str] | None = None, **source: object) -> int | None:
    """The sample that is chosen for LS GAN."""
    found = selected(Source(study="earlier", **source), planned, store, (said if said is not None else []).append)  # type: ignore[arg-type]
    ((number, setting),) = found.get(Cell("lsgan", "noise", USUAL), [(None, {})])
    assert number is None or setting["learning_rate"] == 10.0**-number
    return number


def numbers(found: Selected) -> dict[Cell, list[int]]:
    """The numbers of the samples that were chosen."""
    return {cell: [number for number, _ in samples] for cell, samples in found.items()}


def test_each_way_to_choose_takes_its_own_column(store: Store) -> None:
    planned = samples(
        store,
        {"best": 3.0, "last": 9.0, "validation": [8.0, 7.0]},  # lowest on the test images at its best evaluation
        {"best": 5.0, "last": 6.0, "validation": [6.0, 8.0]},  # lowest on the test images at its last one
        {"best": 6.0, "last": 7.0, "validation": [2.0, 9.0]},  # lowest on the validation images at its best one
        {"best": 7.0, "last": 8.0, "validation": [9.0, 3.0]},  # lowest on the validation images at its last one
    )
    assert chosen(store, planned, split="test", evaluation="best") == 0
    assert chosen(store, planned, split="test", evaluation="last") == 1
    assert chosen(store, planned, split="validation", evaluation="best") == chosen(store, planned) == 2
    assert chosen(store, planned, split="validation", evaluation="last") == 3


def test_it_says_which_it_took_and_why(store: Store) -> None:
    planned = samples(store, {"best": 3.0}, {"best": 2.5}, {"status": "diverged"}, {"status": "failed"})
    said: list[str] = []
    assert chosen(store, planned, said, split="test") == 1
    (line,) = said
    for part in ("lsgan on noise", "sample 1 of earlier", "fid_pixels", "4 settings", "2 trials without a score", "2.5"):
        assert part in line


def test_a_place_takes_the_second_best_and_so_on_of_the_settings_with_a_score(store: Store) -> None:
    planned = samples(store, {"best": 3.0}, {"best": 2.5}, {"best": 2.75}, {"status": "diverged"})
    said: list[str] = []
    assert [chosen(store, planned, said, split="test", rank=rank) for rank in (1, 2, 3, 4)] == [1, 2, 0, None]
    assert "sample 2 of earlier, rank 2 by the lowest fid_pixels of 4 settings" in said[1] and "2.75" in said[1]


def test_diverged_and_failed_trials_count_as_the_worst(store: Store) -> None:
    planned = samples(
        store,
        [{"best": 1.0}, {"status": "diverged"}],
        [{"best": 1.0}, {"status": "failed"}],
        [{"best": 50.0}, {"best": 70.0}],
    )
    assert chosen(store, planned, split="test") == 2


def test_of_several_seeds_the_mean_decides(store: Store) -> None:
    planned = samples(store, [{"best": 1.0}, {"best": 9.0}], [{"best": 4.0}, {"best": 4.5}], [{"best": 4.0}, {"best": 6.0}])
    assert chosen(store, planned, split="test") == 1


def test_a_loss_whose_trials_all_diverged_has_no_choice(store: Store) -> None:
    assert chosen(store, samples(store, {"status": "diverged"}, {"status": "failed"}), split="test") is None


def test_every_loss_chooses_for_itself(store: Store) -> None:
    planned = samples(store, {"best": 3.0}, {"best": 2.0}) + samples(store, {"best": 1.0}, {"best": 2.0}, loss="wgan")
    found = selected(Source(study="earlier", split="test"), planned, store, lambda line: None)
    assert numbers(found) == {Cell("lsgan", "noise", USUAL): [1], Cell("wgan", "noise", USUAL): [0]}


def test_every_variant_chooses_for_itself_and_says_so(store: Store) -> None:
    # By both together sample 1 would be the best: (2 + 3) / 2 against (5 + 1) / 2.
    planned = samples(store, {"best": 5.0}, {"best": 2.0})
    said: list[str] = []
    found = selected(Source(study="earlier", split="test"), planned + v1(planned, store, 1.0, 3.0), store, said.append)
    assert numbers(found) == {
        Cell("lsgan", "noise", USUAL): [1],
        Cell("lsgan", "noise", Choices(variant="v1")): [0],
    }
    assert [line.partition(" on ")[0] for line in said] == ["lsgan", "lsgan (v1)"]


def test_an_incomplete_study_is_refused_unless_told_otherwise(store: Store) -> None:
    planned = samples(store, {"best": 3.0}, {"best": 2.0}, None)
    with pytest.raises(UserError, match="1 of 3 trials without a result") as raised:
        chosen(store, planned, split="test")
    assert "--incomplete" in str(raised.value) and len(str(raised.value).splitlines()) == 2
    assert chosen(store, planned, split="test", incomplete=True) == 1


def test_failed_trials_do_not_make_a_study_incomplete(store: Store) -> None:
    assert chosen(store, samples(store, {"best": 3.0}, {"status": "failed"}), split="test") == 0


def test_without_validation_scores_the_choice_by_them_is_refused(store: Store) -> None:
    with pytest.raises(UserError, match='split = "test"'):
        chosen(store, samples(store, {"best": 3.0}, {"best": 2.0}))


def test_a_study_without_validation_is_refused_before_its_results_are_looked_at(store: Store) -> None:
    planned = [replace(t, validation=False) for t in samples(store, None)]
    with pytest.raises(UserError, match="validation = false") as raised:
        chosen(store, planned)
    assert len(str(raised.value).splitlines()) == 2
    store.finish(planned[0], result("ok", best=3.0))
    assert chosen(store, planned, split="test") == 0


def test_a_score_of_nan_is_never_the_best(store: Store) -> None:
    assert chosen(store, samples(store, {"best": math.nan, "last": math.nan}, {"best": 2.0}), split="test") == 1


def test_a_study_of_two_optimisers_has_no_best_setting(store: Store) -> None:
    planned = samples(store, {}, {})
    with pytest.raises(UserError, match="adam and rmsprop"):
        chosen(store, [*planned, replace(planned[0], optimiser="rmsprop")])
