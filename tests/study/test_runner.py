"""The runner: nothing is lost, nothing is repeated, nothing vanishes."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from benchmark.data.base import Split
from benchmark.losses import find_loss
from benchmark.metrics.extractors import Extractor
from benchmark.metrics.fid import FID
from benchmark.plugins import UserError
from benchmark.study import runner
from benchmark.study.runner import Workplace
from benchmark.study.store import Store
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget

BUDGET = Budget("tiny", steps=12, batch=8, width=1 / 16, evaluations=2, images=64)


class Pixels(Extractor):
    """Every 49th pixel as a feature: a metric that needs no weights."""

    key = "pixels"
    fingerprint = "0"

    def __init__(self) -> None:
        pass

    def features(self, images: torch.Tensor) -> torch.Tensor:
        return images.flatten(1)[:, ::49].double()


class Interrupted(BaseException):
    """Stands for a kill: nothing in the program may catch it."""


class Watch:
    """An observer that records what it is told, and may interrupt the run."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.stop_after, self.steps = stop_after, 0
        self.ends: list[tuple[int, str]] = []
        self.notes: list[str] = []

    def began(self, trials: Sequence[Trial], step: int) -> None:
        pass

    def advanced(self, trials: Sequence[Trial], steps: int, logged: dict[str, float]) -> None:
        self.steps += steps * len(trials)
        if self.stop_after is not None and self.steps >= self.stop_after:
            raise Interrupted

    def ended(self, trial: Trial, status: str, best: float | None) -> None:
        self.ends.append((trial.seed, status))

    def note(self, message: str) -> None:
        self.notes.append(message)


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.training.population.CHUNK", 3)


@pytest.fixture
def place(pixels: Split, tmp_path: Path) -> Workplace:
    return Workplace(
        find_loss("lsgan")(), pixels, FID(Pixels(), {"": pixels}, tmp_path / "cache"), Store(tmp_path / "results"),
        torch.device("cpu"), compiled=False,
    )  # fmt: skip


def run(planned: Sequence[Trial], place: Workplace, observer: Watch, *, retry_failed: bool = False) -> None:
    runner.run(runner.missing(planned, place.store, retry_failed), place, observer)


def trials(count: int, **changes: float) -> list[Trial]:
    setting = {**find_loss("lsgan").defaults, **changes}
    return [Trial("lsgan", "noise", setting, seed, BUDGET, "fid_pixels@0") for seed in range(count)]


def comparable(place: Workplace, planned: list[Trial]) -> list[dict[str, object]]:
    return place.store.table(planned).drop(columns="seconds").to_dict("records")


def test_every_trial_ends_with_its_scores_samples_and_generator(place: Workplace) -> None:
    planned = trials(2)
    watch = Watch()
    run(planned, place, watch)
    assert watch.ends == [(0, "ok"), (1, "ok")]
    for trial in planned:
        result = place.store.result(trial)
        assert result is not None
        assert [row["step"] for row in result.scores] == [6, 12]
        assert all({"fid_pixels", "discriminator", "generator"} <= row.keys() for row in result.scores)
        assert {p.name for p in place.store.folder(trial).iterdir()} == {"result.json", "samples.png", "generator.safetensors"}
        assert result.environment["torch"] == torch.__version__


def test_running_again_computes_only_what_is_missing(place: Workplace) -> None:
    run(trials(1), place, Watch())
    again = Watch()
    run(trials(2), place, again)
    assert again.ends == [(1, "ok")]
    run(trials(2), place, idle := Watch())
    assert idle.steps == 0


@pytest.mark.parametrize("stop_after", [1, 4, 6, 8, 11, 12])
def test_a_killed_run_continues_to_the_result_of_an_undisturbed_one(
    place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    monkeypatch.setattr(runner, "CHECKPOINT_SECONDS", 0.0)
    with pytest.raises(Interrupted):
        run(trials(1), place, Watch(stop_after))
    resumed = Watch()
    run(trials(1), place, resumed)
    # The chunk in which the run was killed is the only work done twice.
    assert resumed.steps <= 12 - stop_after + 2 * 3
    killed = comparable(place, trials(1))
    scores = place.store.result(trials(1)[0])
    undisturbed = Workplace(place.loss, place.train, place.score, Store(tmp_path / "other"), place.device, place.compiled)
    run(trials(1), undisturbed, Watch())
    assert killed == comparable(undisturbed, trials(1))
    expected = undisturbed.store.result(trials(1)[0])
    assert scores is not None and expected is not None and scores.scores == expected.scores
    name = "generator.safetensors"
    assert (place.store.folder(trials(1)[0]) / name).read_bytes() == (
        undisturbed.store.folder(trials(1)[0]) / name
    ).read_bytes()


def test_divergence_is_recorded_with_its_step_and_counts_as_the_worst_score(place: Workplace) -> None:
    planned = trials(1, learning_rate=1e30)
    run(planned, place, watch := Watch())
    assert watch.ends == [(0, "diverged")]
    result = place.store.result(planned[0])
    assert result is not None and 1 <= result.step <= 3 and "NaN" in result.reason
    assert place.store.table(planned)["best"].tolist() == [float("inf")]


def test_a_diverged_member_does_not_stop_its_population(place: Workplace) -> None:
    planned = [*trials(1, learning_rate=1e30), *trials(2)]
    population = Workplace(place.loss, place.train, place.score, place.store, place.device, False, population=3)
    run(planned, population, Watch())
    assert place.store.table(planned)["status"].tolist() == ["diverged", "ok", "ok"]


def test_a_failed_trial_keeps_its_traceback_and_the_others_go_on(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = FID.__call__
    calls: list[int] = []

    def broken_once(self: FID, images: torch.Tensor) -> float:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("the extractor broke")
        return real(self, images)

    monkeypatch.setattr(FID, "__call__", broken_once)
    planned = trials(2)
    run(planned, place, Watch())
    assert place.store.table(planned)["status"].tolist() == ["failed", "ok"]
    result = place.store.result(planned[0])
    assert result is not None and "the extractor broke" in result.reason and "Traceback" in result.reason
    run(planned, place, idle := Watch())
    assert not idle.ends  # failed trials are retried on request only
    run(planned, place, Watch(), retry_failed=True)
    assert place.store.table(planned)["status"].tolist() == ["ok", "ok"]


def test_a_full_disk_stops_the_run_with_a_clear_message_and_loses_nothing(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(trials(1), place, Watch())

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("benchmark.study.store.write_atomically", full)
        with pytest.raises(UserError, match="No space left"):
            run(trials(2), place, Watch())
    assert place.store.table(trials(2))["status"].tolist() == ["ok", "pending"]
    run(trials(2), place, Watch())
    assert place.store.table(trials(2))["status"].tolist() == ["ok", "ok"]


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def of_another_trial(content: bytes) -> bytes:
    changed = json.loads(content)
    changed["identity"]["seed"] = 77
    return json.dumps(changed).encode()


@pytest.mark.parametrize("damage", [truncated, of_another_trial])
def test_a_damaged_result_is_computed_again(place: Workplace, damage: Callable[[bytes], bytes]) -> None:
    run(trials(1), place, Watch())
    before = comparable(place, trials(1))
    path = place.store.folder(trials(1)[0]) / "result.json"
    path.write_bytes(damage(path.read_bytes()))
    assert place.store.result(trials(1)[0]) is None
    run(trials(1), place, Watch())
    assert comparable(place, trials(1)) == before


def test_a_checkpoint_whose_scores_are_damaged_is_not_continued(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    # Continued without them, the run would silently choose its best checkpoint among fewer.
    with pytest.raises(Interrupted):
        run(trials(1), place, Watch(9))
    path = place.store.folder(trials(1)[0]) / "scores.json"
    path.write_bytes(truncated(path.read_bytes()))
    run(trials(1), place, watch := Watch())
    assert watch.steps == 12 and "damaged" in watch.notes[0]
    result = place.store.result(trials(1)[0])
    assert result is not None and [row["step"] for row in result.scores] == [6, 12]


def test_a_checkpoint_computed_elsewhere_is_not_continued(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CHECKPOINT_SECONDS", 0.0)
    with pytest.raises(Interrupted):
        run(trials(1), place, Watch(8))
    monkeypatch.setattr(runner, "computed_on", lambda env: "another machine")
    run(trials(1), place, watch := Watch())
    assert watch.steps == 12
    assert "another machine" in watch.notes[0]
