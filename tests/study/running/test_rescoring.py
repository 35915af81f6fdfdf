"""Kept generators are scored again: the same numbers as in training, each once, whoever is killed or works beside."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image
from safetensors.torch import load_file, save_file
from support.tiny_study import Killed, run, trials

from benchmark.analysis.figures import panels
from benchmark.data.mnist import MNIST
from benchmark.losses import find_loss
from benchmark.metrics import Generated
from benchmark.metrics.base import Metric
from benchmark.models.infogan import Architecture
from benchmark.study.running import rescoring as module
from benchmark.study.running import sharing
from benchmark.study.running.contexts import TrialContext
from benchmark.study.running.rescoring import Rescoring, Scorer
from benchmark.study.storage.leases import acquire, create, read_leases
from benchmark.study.storage.processes import this_process
from benchmark.study.storage.records.rescored import read_rescored, rescored_picture
from benchmark.study.storage.table import table
from benchmark.study.trial import Trial
from benchmark.training.trainer import evaluation_latents

pytestmark = pytest.mark.slow


class Watched(Metric):
    """A metric as good as any: the mean grey, and what it was called with."""

    key, name, fingerprint = "grey", "grey", "1"

    def __init__(self, before: Callable[[int], None] = lambda calls: None) -> None:
        self.before = before
        self.seen: list[Generated] = []

    @classmethod
    def named(cls, *_: object) -> str:
        return "grey"

    @classmethod
    def on(cls, *_: object) -> Watched:
        return cls()

    def __call__(self, generated: Generated) -> dict[str, float]:
        self.seen.append(generated)
        self.before(len(self.seen))
        return {"grey": generated.images.double().mean().item()}


class NearestToGrey(Watched):
    """A metric that needs the generator itself: how near to plain grey one step along the gradient over latents leads."""

    def __call__(self, generated: Generated) -> dict[str, float]:
        z = torch.zeros(1, 64, requires_grad=True)
        distance = (generated.generate(z) - 0.5).square().sum()
        (gradient,) = torch.autograd.grad(distance, z)
        return {"grey": (generated.generate(-gradient) - 0.5).square().sum().item()}


def rescoring(
    planned: list[Trial], context: TrialContext, *metrics: Metric, images: int | None = None, said: list[str] | None = None
) -> Rescoring:
    results = {t.id: found for t in planned if (found := context.store.result(t)) is not None}
    return Rescoring(
        trials=planned,
        results=results,
        loss=lambda cell: context.loss,
        scorers={"noise": Scorer(dataset=MNIST, metrics=metrics, images=images)},
        store=context.store,
        device=context.device,
        report=[].append if said is None else said.append,
    )


def scores(again: Rescoring, place: int = 0) -> dict[str, Mapping[str, float]]:
    """The scores that are kept by one of the metrics, by trial id."""
    found = {}
    for trial in again.trials:
        scorer = again.scorers[trial.dataset]
        scoring = scorer.scoring(scorer.metrics[place], trial)
        if (kept := read_rescored(again.store, trial, again.results[trial.id], scoring)) is not None:
            found[trial.id] = kept.scores
    return found


@pytest.mark.parametrize("loss", ["lsgan", "began", "vae"])
def test_the_study_s_own_metric_gives_the_scores_of_the_best_evaluations_again(context: TrialContext, loss: str) -> None:
    context, planned = replace(context, loss=find_loss(loss)()), trials(3, loss)
    run(planned, context, size=2)
    again = rescoring(planned, context, *context.metrics)
    again.run()
    best = dict(zip((t.id for t in planned), table(planned, context.store)["best"], strict=True))
    assert {name: values["fid_pixels"] for name, values in scores(again).items()} == pytest.approx(best, rel=1e-12)
    assert not list(read_leases(context.store.rescoring)) and not again.unscored


def test_a_metric_may_use_the_generator_itself(context: TrialContext) -> None:
    planned = trials(1)
    run(planned, context)
    again = rescoring(planned, context, NearestToGrey())
    again.run()
    network = context.loss.networks(Architecture((1, 28, 28), 1 / 16))["generator"].eval()
    network.load_state_dict(load_file(context.store.generator(planned[0])))
    z = torch.zeros(1, 64, requires_grad=True)
    (network(z) - 0.5).square().sum().backward()
    assert z.grad is not None
    expected = (network(-z.grad) - 0.5).square().sum().item()
    assert scores(again)[planned[0].id]["grey"] == pytest.approx(expected, rel=1e-5)


class Drawn(Watched):
    """A metric that draws what it saw."""

    def pictured(self, generated: Generated) -> tuple[dict[str, float], Figure | None]:
        return self(generated), Figure(figsize=(2, 1))


def test_a_picture_of_what_a_score_rests_on_is_kept_beside_it_under_the_trial_s_title(
    context: TrialContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, titles = trials(2), list[str]()
    run(planned, context)

    def as_png(figure: Figure) -> bytes:
        titles.append(figure.get_suptitle())
        return panels.as_png(figure)

    monkeypatch.setattr(module, "as_png", as_png)
    again = rescoring(planned, context, Drawn())
    again.run()
    for place, (trial, title) in enumerate(zip(planned, titles, strict=True)):
        scoring = again.scorers["noise"].scoring(again.scorers["noise"].metrics[0], trial)
        with Image.open(rescored_picture(context.store, trial, scoring)) as picture:
            assert picture.size == (300, 150)
        assert f"seed {place}" in title and "grey" in title


def test_as_many_images_as_asked_are_drawn_of_the_latents_of_evaluations(context: TrialContext) -> None:
    planned = trials(1)
    run(planned, context)
    few, usual = Watched(), Watched()
    rescoring(planned, context, few, images=10).run()
    rescoring(planned, context, usual).run()
    assert (len(few.seen[0].images), len(usual.seen[0].images)) == (10, 64)
    assert torch.equal(few.seen[0].images, usual.seen[0].images[:10])
    expected = few.seen[0].generate(evaluation_latents(10, "uniform"))
    assert (few.seen[0].images.double() / 255 - expected).abs().max() <= 0.5 / 255 + 1e-6


def test_what_is_scored_is_not_scored_again_and_a_further_metric_computes_its_own_alone(context: TrialContext) -> None:
    planned, said = trials(2), list[str]()
    run(planned, context)
    first = Watched()
    rescoring(planned, context, first).run()
    again = rescoring(planned, context, first, *context.metrics, said=said)
    again.run()
    assert len(first.seen) == 2 and len(scores(again, 1)) == 2
    rescoring(planned, context, first, said=said).run()
    assert len(first.seen) == 2 and "2 of 2 generators" in said[-1]


@pytest.mark.parametrize("kill_at", [1, 2, 3])
def test_killed_at_any_generator_it_goes_on_with_the_missing_ones(context: TrialContext, kill_at: int) -> None:
    planned = trials(3)
    run(planned, context)

    def kill(calls: int) -> None:
        if calls == kill_at:
            raise Killed

    with pytest.raises(Killed):
        rescoring(planned, context, Watched(kill)).run()
    metric = Watched()
    again = rescoring(planned, context, metric)
    assert len(scores(again)) == kill_at - 1
    again.run()
    assert len(metric.seen) == 3 - (kill_at - 1)
    assert len(scores(again)) == 3 and not list(read_leases(context.store.rescoring))


def test_several_at_once_share_the_generators(context: TrialContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "POLL_SECONDS", 0.01)
    planned = trials(4)
    run(planned, context)
    metrics = [Watched(lambda calls: time.sleep(0.05)) for _ in range(3)]
    together = [rescoring(planned, context, metric) for metric in metrics]
    threads = [threading.Thread(target=r.run) for r in together]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(len(metric.seen) for metric in metrics) == 4
    assert all(len(scores(r)) == 4 for r in together)  # each waited for what the others had


def test_the_generator_of_a_dead_process_is_taken_over_and_a_living_one_s_is_waited_for(
    context: TrialContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, store = trials(2), context.store
    run(planned, context)
    dead = {**asdict(this_process()), "started": "1", "trials": [planned[0].id]}
    assert create(store.rescoring / f"{planned[0].id}.0.claim", json.dumps(dead).encode())
    living = acquire(store.rescoring, planned[1].id)
    assert living is not None
    metric, waits = Watched(), list[float]()

    def wait(seconds: float) -> None:
        waits.append(seconds)
        assert len(metric.seen) == 1  # that of the dead process; the other one is not touched
        with living:  # gives the work back, undone
            pass

    monkeypatch.setattr("time.sleep", wait)
    rescoring(planned, context, metric).run()
    assert len(metric.seen) == 2 and len(waits) == 1


def test_a_generator_that_kills_whoever_scores_it_is_left_out_and_named(context: TrialContext) -> None:
    planned, store, said = trials(2), context.store, list[str]()
    run(planned, context)
    dead = {**asdict(this_process()), "started": "1", "run": module.RUN, "trials": [planned[0].id], "deaths": 2}
    assert create(store.rescoring / f"{planned[0].id}.0.claim", json.dumps(dead).encode())
    metric = Watched()
    again = rescoring(planned, context, metric, said=said)
    again.run()
    assert list(again.unscored) == [planned[0].id] and "3 times" in again.unscored[planned[0].id]
    assert len(metric.seen) == 1 and not list(read_leases(store.rescoring))
    assert any(planned[0].id in line for line in said)
    rescoring(planned, context, metric).run()  # asked again, it is tried again
    assert len(metric.seen) == 2


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def of_another_architecture(path: Path) -> None:
    save_file({"fc1.weight": torch.zeros(3)}, path)


def of_nan(path: Path) -> None:
    save_file({k: torch.full_like(v, torch.nan) for k, v in load_file(path).items()}, path)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [(damaged, "cannot be read"), (of_another_architecture, "another loss or architecture"), (of_nan, "contain NaN")],
)
def test_a_generator_that_cannot_draw_is_named_and_the_others_are_scored(
    context: TrialContext, harm: Callable[[Path], None], reason: str
) -> None:
    planned, said = trials(3), list[str]()
    run(planned, context)
    harm(context.store.generator(planned[1]))
    again = rescoring(planned, context, Watched(), said=said)
    again.run()
    assert scores(again).keys() == {planned[0].id, planned[2].id}
    assert list(again.unscored) == [planned[1].id] and reason in again.unscored[planned[1].id]
    assert any(planned[1].id in line and reason in line for line in said)
    assert not list(read_leases(context.store.rescoring))


@pytest.mark.parametrize("precision", ["float32", "tf32"])
def test_products_are_in_the_precision_of_the_trial_s_own_evaluations(context: TrialContext, precision: str) -> None:
    planned = [replace(t, precision=precision) for t in trials(1)]
    run(planned, context)
    torch.backends.cudnn.allow_tf32 = precision != "tf32"
    used: list[bool] = []
    metric = Watched(lambda calls: used.append(torch.backends.cudnn.allow_tf32))
    rescoring(planned, context, metric).run()
    assert used == [precision == "tf32"]
