"""The runner: nothing is lost, nothing is repeated, and a resumed run is the undisturbed one to the last bit."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from support.tiny_study import Killed, Recorder, run, trials

from benchmark.analysis.trials import checked
from benchmark.losses import find_loss
from benchmark.metrics.fid import FID
from benchmark.models.infogan import Architecture
from benchmark.normalisations.batch import SETTLED
from benchmark.study.populations import Population
from benchmark.study.running import population_run
from benchmark.study.running.contexts import TrialContext
from benchmark.study.running.population_run import train_population
from benchmark.study.running.signals import Stopped
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import table
from benchmark.study.trial import Trial
from benchmark.training.checkpoint import read_progress
from benchmark.training.trainer import Trainer, evaluation_latents

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.training.trainer.CHUNK", 3)


@pytest.fixture
def always_saving(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population_run, "CHECKPOINT_SECONDS", 0.0)


def ends(planned: list[Trial], store: Store) -> list[str]:
    return table(planned, store)["status"].tolist()


def kept(planned: list[Trial], context: TrialContext) -> list[object]:
    """All that a run leaves behind, but for the time it took."""
    everything: list[object] = []
    for trial in planned:
        result = context.store.result(trial)
        assert result is not None
        folder = context.store.folder(trial)
        everything.append(repr(replace(result, seconds=0.0, attempts=0)))  # repr: NaN is not equal to itself
        everything.append({p.name: p.read_bytes() for p in folder.iterdir()} if folder.exists() else {})
    return everything


def elsewhere(context: TrialContext, tmp_path: Path) -> TrialContext:
    return replace(context, store=Store(tmp_path / "undisturbed"))


def test_every_trial_ends_with_its_scores_samples_and_generator(context: TrialContext) -> None:
    planned = trials(2)
    run(planned, context)
    assert ends(planned, context.store) == ["ok", "ok"]
    for trial in planned:
        result = context.store.result(trial)
        assert result is not None and result.step == 12
        assert [row["step"] for row in result.scores] == [6, 12]
        assert all({"fid_pixels", "discriminator", "generator"} <= row.keys() for row in result.scores)
        assert {p.name for p in context.store.folder(trial).iterdir()} == {"samples.png", "generator.safetensors"}
        assert result.environment["torch"] == torch.__version__
        assert (result.environment["train_images"], result.environment["real_images"]) == (len(context.train), 60)
        assert result.fingerprints == {"fid_pixels": "0"} and result.study == {"name": "tiny", "hash": "0"}
    assert not list(context.store.running.glob("*"))


def test_a_trial_is_evaluated_as_it_says_and_keeps_the_statistics_used(context: TrialContext) -> None:
    (by_averages,) = trials(1)
    anew = replace(by_averages, batch_norm="recalibrated")
    run([by_averages, anew], context)
    files = [load_file(context.store.folder(t) / "generator.safetensors") for t in (by_averages, anew)]
    assert [file["bn1.updates"].item() >= SETTLED for file in files] == [False, True]
    for trial, file in zip((by_averages, anew), files, strict=True):
        network = context.loss.networks(Architecture((1, 28, 28), trial.budget.width))["generator"].eval()
        network.load_state_dict(file)
        with torch.no_grad():
            images = (255 * network(evaluation_latents(64, "uniform"))).round().to(torch.uint8)
        result = context.store.result(trial)
        assert result is not None
        # What the file draws has the score that was recorded.
        best = min(row["fid_pixels"] for row in result.scores)
        assert context.metrics[0].of(images)["fid_pixels"] == pytest.approx(best, rel=1e-4)  # type: ignore[attr-defined]


def test_running_again_computes_only_what_is_missing(context: TrialContext) -> None:
    run(trials(1), context)
    assert run(trials(2), context).steps == [3, 6, 9, 12]
    assert run(trials(2), context).steps == []


@pytest.mark.parametrize("kill_after", [1, 4, 6, 8, 11, 12])
def test_a_killed_run_continues_to_the_result_of_an_undisturbed_one(
    context: TrialContext, tmp_path: Path, always_saving: None, kill_after: int
) -> None:
    with pytest.raises(Killed):
        run(trials(1), context, Recorder(kill_after))
    resumed = run(trials(1), context)
    # The chunk in which the run was killed is the only work done twice.
    assert 3 * len(resumed.steps) <= 12 - kill_after + 2 * 3
    undisturbed = elsewhere(context, tmp_path)
    run(trials(1), undisturbed)
    assert kept(trials(1), context) == kept(trials(1), undisturbed)


@pytest.mark.parametrize("loss", ["wgan", "began", "vae"])
def test_a_run_killed_again_and_again_continues_to_the_result_of_an_undisturbed_one(
    context: TrialContext, tmp_path: Path, always_saving: None, loss: str
) -> None:
    # WGAN trains G on every fifth step only, so that whole chunks log nothing of it; BEGAN has a state of its own.
    context, planned = replace(context, loss=find_loss(loss)()), trials(1, loss)
    for kill_after in (3, 6, 9, 12):
        with pytest.raises(Killed):
            run(planned, context, Recorder(kill_after))
    run(planned, context)
    undisturbed = elsewhere(context, tmp_path)
    run(planned, undisturbed)
    assert kept(planned, context) == kept(planned, undisturbed)


@pytest.mark.parametrize("kill_after", [3, 6, 8, 12])
def test_a_population_with_a_diverged_and_a_finished_member_continues_bit_for_bit(
    context: TrialContext, tmp_path: Path, always_saving: None, kill_after: int
) -> None:
    planned = [*trials(1, learning_rate=1e30), *trials(2)]
    undisturbed = elsewhere(context, tmp_path)
    run(planned, undisturbed, size=3)
    assert ends(planned, undisturbed.store) == ["diverged", "ok", "ok"]

    with pytest.raises(Killed):
        run(planned, context, Recorder(kill_after), size=3)
    already = undisturbed.store.result(planned[1])
    assert already is not None
    context.store.finish(planned[1], already)  # by another study, say: it still trains along, as the others' arithmetic needs
    resumed = run(planned, context, size=3)
    assert resumed.steps[0] <= kill_after + 3
    assert ends(planned, context.store) == ["diverged", "ok", "ok"]
    assert [kept([t], context) for t in (planned[0], planned[2])] == [kept([t], undisturbed) for t in (planned[0], planned[2])]


def test_a_run_asked_to_stop_writes_its_checkpoint_and_continues_from_it(context: TrialContext, tmp_path: Path) -> None:
    with pytest.raises(Stopped):  # although no checkpoint was due
        train_population(
            Population(tuple(trials(1))), context, Recorder(stop_after=3), raised=lambda error: isinstance(error, Stopped)
        )
    progress = read_progress(context.store.checkpoint(trials(1)[0].id))
    assert progress is not None and progress.step == 3
    assert run(trials(1), context).steps == [6, 9, 12]
    undisturbed = elsewhere(context, tmp_path)
    run(trials(1), undisturbed)
    assert kept(trials(1), context) == kept(trials(1), undisturbed)


def test_the_time_of_all_attempts_is_counted(
    context: TrialContext, always_saving: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]

    class Slow(Recorder):
        def progress(self, step: int, rate: float, losses: dict[str, float]) -> None:
            clock[0] += 10.0
            super().progress(step, rate, losses)

    def tick() -> float:
        clock[0] += 1e-6
        return clock[0]

    monkeypatch.setattr("time.monotonic", tick)
    with pytest.raises(Killed):
        run(trials(1), context, Slow(9))  # its last checkpoint, at step 6, was written 20 s after the beginning
    run(trials(1), context, Slow(), attempt=2)
    result = context.store.result(trials(1)[0])
    assert result is not None and result.seconds == pytest.approx(20 + 20, abs=0.01) and result.attempts == 2


def test_divergence_is_recorded_with_its_step_and_counts_as_the_worst_score(context: TrialContext) -> None:
    planned = trials(1, learning_rate=1e30)
    run(planned, context)
    assert ends(planned, context.store) == ["diverged"]
    result = context.store.result(planned[0])
    assert result is not None and 1 <= result.step <= 3 and "NaN" in result.reason
    assert table(planned, context.store)["best"].tolist() == [float("inf")]


def test_a_run_that_diverges_late_keeps_its_earlier_scores(context: TrialContext, monkeypatch: pytest.MonkeyPatch) -> None:
    generate = Trainer.generate

    def broken_at_the_end(self: Trainer, member: int, z: torch.Tensor) -> torch.Tensor:
        if self.step == 12:
            raise FloatingPointError("images became NaN or infinite")
        return generate(self, member, z)

    monkeypatch.setattr(Trainer, "generate", broken_at_the_end)
    run(trials(1), context)
    result = context.store.result(trials(1)[0])
    assert result is not None and result.status == "diverged" and [row["step"] for row in result.scores] == [6]
    (row,) = table(trials(1), context.store).to_dict("records")
    assert row["best"] == float("inf") and row["best_before_divergence"] == result.scores[0]["fid_pixels"]


def test_a_diverged_run_is_found_at_the_same_step_however_the_steps_are_cut(
    context: TrialContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = trials(1, learning_rate=1e30)
    steps = []
    for chunk in (1, 3, 12):
        monkeypatch.setattr("benchmark.training.trainer.CHUNK", chunk)
        other = replace(context, store=Store(tmp_path / str(chunk)))
        run(planned, other)
        result = other.store.result(planned[0])
        assert result is not None and result.status == "diverged"
        if result.reason.startswith(("discriminator", "generator")):
            steps.append(result.step)
    assert steps and len(set(steps)) == 1


def test_a_diverged_member_does_not_change_the_others(context: TrialContext, tmp_path: Path) -> None:
    run([*trials(1, learning_rate=1e30), *trials(2)], context, size=3)
    healthy = elsewhere(context, tmp_path)
    run([*trials(3)[2:], *trials(2)], healthy, size=3)
    for trial in trials(2):
        with_one, without = context.store.result(trial), healthy.store.result(trial)
        assert with_one is not None and without is not None
        assert with_one.scores == without.scores


def test_a_failed_trial_keeps_its_traceback_and_the_others_go_on(
    context: TrialContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = FID.of
    calls: list[int] = []

    def broken_once(self: FID, images: torch.Tensor) -> dict[str, float]:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("the extractor broke")
        return real(self, images)

    monkeypatch.setattr(FID, "of", broken_once)
    planned = trials(2)
    run(planned, context)
    assert ends(planned, context.store) == ["failed", "ok"]
    result = context.store.result(planned[0])
    assert result is not None and "the extractor broke" in result.reason and "Traceback" in result.reason
    assert run(planned, context).steps == []  # failed trials are retried on request only
    assert context.store.forget_failures(planned) == 1
    run(planned, context, attempt=3)
    assert ends(planned, context.store) == ["ok", "ok"]
    attempts = [result.attempts for trial in planned if (result := context.store.result(trial))]
    assert attempts == [1 + 3, 1]  # those before the failure count
    assert not list(context.store.root.glob("trials/*/*/*.retried.json"))


def test_a_trial_whose_images_have_no_score_fails_and_the_others_go_on(
    context: TrialContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = FID.of, []

    def without_score_at_first(self: FID, images: torch.Tensor) -> dict[str, float]:
        calls.append(1)
        return {**real(self, images), "fid_pixels": math.nan} if len(calls) == 1 else real(self, images)

    monkeypatch.setattr(FID, "of", without_score_at_first)
    planned = trials(2)
    run(planned, context, size=2)
    assert ends(planned, context.store) == ["failed", "ok"]
    assert table(planned, context.store)["reason"][0] == "fid_pixels is nan: its images have no score"
    checked(table(planned, context.store))


def test_a_checkpoint_that_is_damaged_is_not_continued(context: TrialContext, tmp_path: Path, always_saving: None) -> None:
    with pytest.raises(Killed):
        run(trials(1), context, Recorder(9))
    path = context.store.checkpoint(trials(1)[0].id)
    path.write_bytes(path.read_bytes()[:-100])
    watch = run(trials(1), context)
    assert watch.steps == [3, 6, 9, 12] and "damaged" in watch.notes[0]
    undisturbed = elsewhere(context, tmp_path)
    run(trials(1), undisturbed)
    assert kept(trials(1), context) == kept(trials(1), undisturbed)


def test_a_checkpoint_computed_elsewhere_is_not_continued(
    context: TrialContext, always_saving: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Killed):
        run(trials(1), context, Recorder(8))
    monkeypatch.setattr(population_run, "computed_on", lambda env: "another machine")
    watch = run(trials(1), context)
    assert watch.steps == [3, 6, 9, 12]
    assert "another machine" in watch.notes[0]
    result = context.store.result(trials(1)[0])
    assert result is not None and "step 6" in result.environment["discarded"]


def test_bfloat16_is_recorded_and_gives_other_scores(context: TrialContext) -> None:
    single = trials(1)
    half = [replace(t, precision="bfloat16") for t in single]
    run(single, context)
    run(half, context)
    rows = table([*single, *half], context.store)
    assert rows["precision"].tolist() == ["float32", "bfloat16"] and rows["status"].tolist() == ["ok", "ok"]
    assert rows["id"].nunique() == rows["last"].nunique() == 2
    result = context.store.result(half[0])
    assert result is not None and result.environment["precision"] == "bfloat16"
