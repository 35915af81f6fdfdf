"""The plan: the same trials for ever, whatever stands beside them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.own_files import STRIPES
from support.tiny_study import finished, result

from benchmark.hyperparameters import Choice, Fixed, LogUniform, Uniform
from benchmark.losses import find_loss, paper_losses
from benchmark.plugins import UserError
from benchmark.study.planning.plan import make_plan
from benchmark.study.planning.selection import selected
from benchmark.study.planning.studyfile import find_study
from benchmark.study.storage.store import Store
from benchmark.study.study import Ranges, Source, Study
from benchmark.study.trial import Trial

GOLDEN = json.loads((Path(__file__).parent / "golden_samples.json").read_text())
SMALL = Study(
    name="small",
    losses=("lsgan", "wgan"),
    datasets=("mnist",),
    budget={"preset": "quick"},
    samples=4,
    seeds=(0, 1),
    extractor="classifier",
)
LOSSES = sorted(paper_losses())
DATASETS = ["mnist", "fashion-mnist", "cifar10", "triangles"]


def trials(study: Study, folder: Path = Path("absent")) -> list[Trial]:
    return make_plan(study, Store(folder), lambda line: None).trials


def ids(study: Study) -> list[str]:
    return [t.id for t in trials(study)]


@pytest.mark.parametrize("space", ["wide", "narrow"])
@pytest.mark.parametrize("dataset", ["mnist", "cifar10"])
def test_the_first_samples_of_every_loss_are_pinned(space: str, dataset: str) -> None:
    # If this fails, published studies would be planned otherwise than they were run.
    study = Study(name="golden", losses=("all",), datasets=(dataset,), ranges=Ranges(space=space), samples=5)  # type: ignore[arg-type]
    planned = trials(study)
    samples: dict[str, list[object]] = {}
    for trial in planned:
        samples.setdefault(trial.loss, []).append(json.loads(json.dumps(trial.setting)))
    assert samples == GOLDEN["samples"][space][dataset]


def test_the_ids_of_a_study_are_pinned() -> None:
    assert ids(SMALL) == GOLDEN["ids"]


@pytest.mark.parametrize("space", ["wide", "narrow"])
def test_the_golden_samples_lie_in_the_losses_ranges_and_begin_with_the_default(space: str) -> None:
    for by_loss in GOLDEN["samples"][space].values():
        assert sorted(by_loss) == LOSSES
        for key, (first, *drawn) in by_loss.items():
            loss = find_loss(key)
            assert first == loss.defaults and len(drawn) == 4
            for (name, declared), setting in product(getattr(loss, space).items(), drawn):
                match declared:
                    case Uniform(low, high):
                        assert low <= setting[name] <= high
                    case LogUniform(low, high):
                        assert 10**low <= setting[name] <= 10**high
                    case Choice(options):
                        assert setting[name] in options
                    case Fixed(value):
                        assert setting[name] == value


@settings(deadline=None, max_examples=15)
@given(
    losses=st.lists(st.sampled_from(LOSSES), min_size=1, max_size=3, unique=True),
    datasets=st.lists(st.sampled_from(DATASETS), min_size=1, max_size=2, unique=True),
    samples=st.integers(1, 3),
    seeds=st.integers(1, 2),
    space=st.sampled_from(["wide", "narrow"]),
    data=st.data(),
)
def test_more_of_anything_leaves_the_trials_that_were_there_untouched(
    losses: list[str], datasets: list[str], samples: int, seeds: int, space: str, data: st.DataObject
) -> None:
    base = Study(
        name="a",
        losses=tuple(losses),
        datasets=tuple(datasets),
        samples=samples,
        seeds=tuple(range(seeds)),
        ranges=Ranges(space=space),  # type: ignore[arg-type]
    )
    more_losses = data.draw(st.lists(st.sampled_from(LOSSES), max_size=2))
    more_datasets = data.draw(st.lists(st.sampled_from(DATASETS), max_size=2))
    larger = replace(
        base,
        name="b",
        losses=tuple(data.draw(st.permutations([*dict.fromkeys(losses + more_losses)]))),
        datasets=tuple(data.draw(st.permutations([*dict.fromkeys(datasets + more_datasets)]))),
        samples=samples + data.draw(st.integers(0, 2)),
        seeds=tuple(range(seeds + data.draw(st.integers(0, 2)))),
    )
    here, there = ids(base), ids(larger)
    assert len(set(here)) == len(here) == len(losses) * len(datasets) * samples * seeds
    assert len(set(there)) == len(there) and set(here) <= set(there)
    assert ids(base) == here


def test_trials_are_numbered_by_sample_and_ordered(tmp_path: Path) -> None:
    planned = trials(SMALL)
    assert [(t.loss, t.sample, t.seed) for t in planned] == list(product(["lsgan", "wgan"], range(4), [0, 1]))
    assert planned[0].setting == find_loss("lsgan").defaults
    same = [t.setting for t in planned if t.loss == "wgan" and t.sample == 2]
    assert same[0] == same[1]


def test_a_study_without_defaults_has_the_draws_of_one_with_them() -> None:
    drawn, usual = trials(replace(SMALL, defaults="none", samples=3)), trials(SMALL)
    assert [t.id for t in drawn] == [t.id for t in usual if t.sample > 0] and {t.sample for t in drawn} == {1, 2, 3}


def test_planning_writes_nothing(tmp_path: Path) -> None:
    trials(SMALL, tmp_path)
    assert not list(tmp_path.iterdir())


# Trials per loss and data set: 100 wide and 50 narrow samples, 50 seeds, of 8 models on 4 data sets; steps per trial by
# the paper's budget: 15,625 on MNIST and Fashion-MNIST, 78,125 on CIFAR-10, 101,250 on CelebA.
PAPER_STEPS = 2 * 15_625 + 78_125 + 101_250


@pytest.mark.parametrize(
    ("name", "count", "steps"),
    [
        ("wide", 8 * 4 * 100, 8 * 100 * PAPER_STEPS),
        ("narrow", 8 * 4 * 50, 8 * 50 * PAPER_STEPS),
        ("polygons", 8 * 100, 8 * 100 * 15_625),
        ("rmsprop-vs-adam", 2 * 100, 2 * 100 * 15_625),
        ("quick", 8 * 9, 8 * 9 * 1_000),
    ],
)
def test_the_shipped_studies_have_the_paper_s_counts(name: str, count: int, steps: int) -> None:
    planned = trials(find_study(name))
    assert len(planned) == len({t.id for t in planned}) == count
    assert sum(t.budget.steps for t in planned) == steps
    if name != "quick":
        assert {(t.budget.batch, t.budget.width, t.budget.images) for t in planned} == {(64, 1.0, 10_000)}


@pytest.mark.slow
def test_the_seeds_phase_trains_the_best_setting_of_each_loss_and_data_set_under_fifty_seeds(tmp_path: Path) -> None:
    wide, store = make_plan(find_study("wide"), Store(tmp_path)).trials, Store(tmp_path)
    best = {key: i for i, key in enumerate(sorted({(t.loss, t.dataset) for t in wide}))}  # another sample for each
    some = [t for t in wide if t.sample in (best[t.loss, t.dataset], 99)]

    def ending(t: Trial) -> object:
        lowest = t.sample == best[t.loss, t.dataset]
        return result(name="fid_inception", best=1.0 if lowest else 2.0, validation=[1.0 if lowest else 2.0] * 2)

    finished(some, store, ending)  # type: ignore[arg-type]
    seeds = find_study("seeds")
    assert seeds.source is not None
    with pytest.raises(UserError, match="wide is incomplete"):
        make_plan(seeds, store, lambda line: None)
    said: list[str] = []
    planned = make_plan(replace(seeds, source=replace(seeds.source, incomplete=True)), store, said.append).trials
    assert len(planned) == 8 * 4 * 50 and len(said) == 8 * 4
    assert {(t.loss, t.dataset): t.sample for t in planned} == best
    settings_of = {(t.loss, t.dataset, t.sample): t.setting for t in wide}
    assert all(t.setting == settings_of[t.loss, t.dataset, t.sample] for t in planned)
    # The whole paper: 6,400 trainings, about 337 million steps.
    narrow = trials(find_study("narrow"))
    assert len([*wide, *narrow, *planned]) == 6_400
    assert sum(t.budget.steps for t in [*wide, *narrow, *planned]) == pytest.approx(337e6, rel=0.01)


def test_a_user_s_ranges_replace_the_declared_ones_and_leave_the_others(tmp_path: Path) -> None:
    own = Ranges(own={"beta1": Fixed(0.25)}, by_loss={"wgan": {"clip": Choice((0.5,)), "beta1": Fixed(0.75)}})
    plain, changed = trials(SMALL), trials(replace(SMALL, ranges=own))
    for before, after in zip(plain, changed, strict=True):
        if after.sample == 0:
            assert after.id == before.id
            continue
        assert after.setting["beta1"] == (0.75 if after.loss == "wgan" else 0.25)
        assert after.setting["learning_rate"] == before.setting["learning_rate"]
        assert after.loss == "lsgan" or after.setting["clip"] == 0.5


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        ({"preset": "smoke"}, "recalibrated"),
        ({"preset": "quick"}, "recalibrated"),
        ({"preset": "paper", "steps": 15_624}, "recalibrated"),
        ({"preset": "paper"}, "averages"),
        ({"preset": "paper", "width": 0.5}, "averages"),
        ({"preset": "quick", "steps": 15_625}, "averages"),
    ],
)
def test_batch_norm_is_evaluated_by_averages_from_the_papers_steps_on(budget: dict[str, object], expected: str) -> None:
    assert {t.batch_norm for t in trials(replace(SMALL, budget=budget))} == {expected}
    for said in ("averages", "recalibrated"):
        assert {t.batch_norm for t in trials(replace(SMALL, budget=budget, batch_norm=said))} == {said}


def test_every_data_set_s_own_steps_count(tmp_path: Path) -> None:
    study = replace(SMALL, datasets=("mnist", "cifar10"), budget={"preset": "paper", "steps": 20_000})
    assert {(t.dataset, t.batch_norm) for t in trials(study)} == {("mnist", "averages"), ("cifar10", "recalibrated")}


def test_trials_say_whether_validation_images_are_held_out(tmp_path: Path) -> None:
    assert {t.validation for t in trials(SMALL)} == {True}
    assert {t.validation for t in trials(replace(SMALL, validation=False))} == {False}
    (tmp_path / "own.py").write_text(STRIPES.replace("classes = 2", 'classes = 2\n    splits = ("train", "test")'))
    assert {t.validation for t in trials(replace(SMALL, datasets=(str(tmp_path / "own.py"),)))} == {False}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"losses": ("wgn",)}, "Did you mean"),
        ({"datasets": ("mnst",)}, "Did you mean"),
        ({"metrics": ("fd",)}, "Did you mean"),
        ({"extractor": "resnet"}, "classifier"),
        ({"metrics": ("fid", "FID")}, "twice"),
        ({"metrics": ("fid", "kid", "KID")}, "names kid_.* twice"),
        ({"defaults": "best"}, "Known: paper, tuned"),
        ({"ranges": Ranges(own={"beta2": Fixed(1)})}, "ranges.beta2"),
        ({"ranges": Ranges(by_loss={"began": {"gamma": Fixed(1)}})}, "ranges.began"),
        ({"ranges": Ranges(by_loss={"wgan": {"gamma": Fixed(1)}})}, "ranges.wgan.gamma"),
        ({"ranges": Ranges(own={"disc_iters": Uniform(1, 5)})}, "a whole number of 1 or more from choice or fixed"),
        ({"ranges": Ranges(own={"disc_iters": Fixed(0)})}, "a whole number of 1 or more"),
        ({"ranges": Ranges(by_loss={"wgan": {"disc_iters": Choice((1, 2.5))}})}, "a whole number of 1 or more"),
        ({"ranges": Ranges(own={"learning_rate": Fixed(-0.1)})}, r"ranges.learning_rate = .*: LS GAN needs a number above 0"),
        ({"ranges": Ranges(own={"learning_rate": Choice((0.1, True))})}, "a number above 0"),
        ({"ranges": Ranges(own={"learning_rate": Uniform(-1, 1)})}, "a number above 0"),
        ({"ranges": Ranges(own={"beta1": Fixed(1)})}, "a number of 0 or more and below 1"),
        ({"ranges": Ranges(own={"beta1": Uniform(0, 1.5)})}, "a number of 0 or more and below 1"),
        ({"ranges": Ranges(own={"beta1": LogUniform(-2, 1)})}, "a number of 0 or more and below 1"),
        ({"ranges": Ranges(by_loss={"wgan": {"clip": Fixed(0)}})}, r"ranges.wgan.clip = .*: WGAN needs a number above 0"),
        ({"ranges": Ranges(own={"discriminator_batch_norm": Choice((0, 1))})}, "true or false"),
        ({"budget": {"preset": "quick", "evaluations": 2_000}}, "do not fit into 1,000 steps"),
        ({"budget": {"images": 5}, "metrics": ("fid", "inception-score")}, "images = 5: the metric 'inception-score' needs 10"),
        ({"budget": {"images": 3}, "metrics": ("improved-precision-recall",)}, "images = 3: the metric 'improved-.*' needs 4"),
        ({"source": Source(study="wde"), "samples": 1}, "Did you mean wide"),
    ],
)
def test_what_cannot_be_planned_is_told_in_two_lines(changes: dict[str, object], expected: str) -> None:
    with pytest.raises(UserError, match=expected) as raised:
        trials(replace(SMALL, **changes))  # type: ignore[arg-type]
    assert len(str(raised.value).splitlines()) <= 2


@pytest.mark.slow
def test_studies_that_take_their_settings_from_each_other_are_refused(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a"), ("c", "c")):
        (tmp_path / f"{name}.toml").write_text(f'losses = ["wgan"]\nfrom = "{other}.toml"')
    for name in "abc":
        with pytest.raises(UserError, match="leads back"):
            trials(find_study(str(tmp_path / f"{name}.toml")))


@pytest.mark.slow
def test_a_loss_without_a_scored_trial_has_no_setting_to_take(tmp_path: Path) -> None:
    (tmp_path / "earlier.toml").write_text('losses = ["wgan"]\nbudget = "smoke"')
    earlier, store = make_plan(find_study(str(tmp_path / "earlier.toml")), Store(tmp_path)).trials, Store(tmp_path)
    finished(earlier, store, lambda t: result("diverged"))
    assert selected(Source(study="earlier"), earlier, store, print) == {}
    later = Study(name="later", losses=("wgan",), source=Source(study=str(tmp_path / "earlier.toml")))
    second = replace(later, source=Source(study=str(tmp_path / "earlier.toml"), rank=2))
    with pytest.raises(UserError, match="fewer than 2 settings with a score of WGAN on Fashion-MNIST"):
        make_plan(second, store, lambda line: None)
    with pytest.raises(UserError, match="no scored trial of WGAN on Fashion-MNIST"):
        make_plan(later, store, lambda line: None)


def test_a_user_s_loss_is_named_by_its_content_and_drawn_by_its_key(tmp_path: Path) -> None:
    path = tmp_path / "hinge.py"
    code = """from benchmark.losses.nsgan import NSGAN
class Hinge(NSGAN):
    key = "hinge"
"""
    planned = []
    for text in (code, code + "# changed\n"):
        path.write_text(text)
        planned.append(trials(Study(name="own", losses=(str(path),), samples=3)))
    first, second = planned
    assert first[0].loss.startswith("hinge@") and {t.id for t in first}.isdisjoint(t.id for t in second)
    assert [t.setting for t in first] == [t.setting for t in second]


@pytest.mark.slow
def test_a_study_of_several_variants_has_the_trials_of_the_studies_of_each(tmp_path: Path) -> None:
    both, paper, v1 = (trials(replace(SMALL, variants=v)) for v in [("paper", "v1"), ("paper",), ("v1",)])
    assert {t.id for t in both} == {t.id for t in paper} | {t.id for t in v1} and len(both) == 2 * len(paper)
    # In the order of losses, a loss's variants beside each other, all with the same samples under the same numbers.
    assert [(t.loss, t.variant, t.sample, t.seed) for t in both] == list(
        product(["lsgan", "wgan"], ["paper", "v1"], range(4), [0, 1])
    )
    settings_of = {v: [(t.loss, t.sample, t.seed, t.setting) for t in both if t.variant == v] for v in ("paper", "v1")}
    assert settings_of["paper"] == settings_of["v1"]


def test_the_trials_of_a_study_of_one_variant_are_those_it_had_when_there_could_be_no_other() -> None:
    study = Study(name="x", losses=("lsgan", "wgan"), datasets=("mnist",), variants=("v1",), samples=3, extractor="classifier")
    assert study.hash == "3f0951fe0759"
    assert hashlib.sha256("".join(ids(study)).encode()).hexdigest()[:16] == "cd88f1b6a55f9d22"


@pytest.mark.slow
def test_each_variant_takes_its_own_setting_from_an_earlier_study(tmp_path: Path) -> None:
    text = 'losses = ["wgan"]\nbudget = "smoke"\nsamples = 3\n'
    (tmp_path / "earlier.toml").write_text(f'{text}variants = ["paper", "v1"]')
    earlier, store = make_plan(find_study(str(tmp_path / "earlier.toml")), Store(tmp_path)).trials, Store(tmp_path)
    best = {"paper": 2, "v1": 1}
    finished(earlier, store, lambda t: result(name=t.score, best=1.0 if t.sample == best[t.variant] else 2.0))
    source = Source(study=str(tmp_path / "earlier.toml"), split="test")
    later = Study(name="later", losses=("wgan",), variants=("paper", "v1"), source=source)
    assert {t.variant: t.sample for t in make_plan(later, store, lambda line: None).trials} == best
    (tmp_path / "earlier.toml").write_text(text)  # whose trials are those of the paper's variant
    with pytest.raises(UserError, match=r"no scored trial of WGAN \(v1\) on Fashion-MNIST"):
        make_plan(later, store, lambda line: None)
