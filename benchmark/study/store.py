"""The results store: one folder a trial, files that are whole or absent, and the table computed from them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from PIL import Image
from safetensors.torch import save
from torch import Tensor
from torchvision.utils import make_grid

from benchmark.files import write_atomically
from benchmark.study.trial import Trial
from benchmark.training.population import Snapshot

Status = Literal["ok", "diverged", "failed"]
Scores = list[dict[str, float]]
"""One row per evaluation: ``step``, the score by its name, and the mean of each logged scalar since the row before."""


@dataclass(frozen=True)
class Result:
    """How a trial ended.

    Attributes:
        reason: why it diverged or failed, a traceback for instance.
        step: steps done; for a diverged trial the step in which NaN or Inf was first seen.
        seconds: wall time of its training and scoring; in a population, its share.
    """

    status: Status
    step: int
    seconds: float
    scores: Scores
    environment: dict[str, Any]
    reason: str = ""
    identity: dict[str, Any] = field(default_factory=dict)


class Store:
    """The trials kept under a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, trial: Trial) -> Path:
        """The trial's own folder."""
        return self.root / "trials" / trial.loss / trial.dataset / trial.id

    def checkpoint(self, trial: Trial) -> Path:
        return self.folder(trial) / "checkpoint.safetensors"

    def samples(self, trial: Trial) -> Path:
        """The picture of samples at the best evaluation so far."""
        return self.folder(trial) / "samples.png"

    def result(self, trial: Trial) -> Result | None:
        """How the trial ended; None while it has not, or if its file is damaged."""
        content = read_json(self.folder(trial) / "result.json")
        if not isinstance(content, dict) or content.get("identity") != json.loads(json.dumps(trial.identity)):
            return None
        return Result(**content)

    def scores(self, trial: Trial) -> Scores:
        """The scores of an unfinished trial so far."""
        content = read_json(self.folder(trial) / "scores.json")
        return content if isinstance(content, list) else []

    def write_scores(self, trial: Trial, scores: Scores) -> None:
        write_atomically(self.folder(trial) / "scores.json", json.dumps(scores).encode())

    def write_samples(self, trial: Trial, images: Tensor, generator: Snapshot) -> None:
        """Keeps 64 samples uint8 [64, C, H, W] as a picture, and the weights that drew them."""
        grid = make_grid(images.cpu(), nrow=8, padding=1, pad_value=128)  # repeats one channel to three
        picture = io.BytesIO()
        Image.fromarray(grid.permute(1, 2, 0).numpy()).save(picture, "PNG")
        write_atomically(self.samples(trial), picture.getvalue())
        write_atomically(self.folder(trial) / "generator.safetensors", save(generator))

    def finish(self, trial: Trial, result: Result) -> None:
        """Records how the trial ended; only then are its checkpoint and interim scores removed."""
        content = {**asdict(result), "identity": trial.identity}
        write_atomically(self.folder(trial) / "result.json", json.dumps(content, indent=1).encode())
        self.checkpoint(trial).unlink(missing_ok=True)
        (self.folder(trial) / "scores.json").unlink(missing_ok=True)

    def table(self, trials: Iterable[Trial]) -> pd.DataFrame:
        """One row per trial: what it is, how it ended (``pending`` if it has not), its best and last score."""
        return pd.DataFrame([row(trial, self.result(trial)) for trial in trials])


def row(trial: Trial, result: Result | None) -> dict[str, Any]:
    """The trial's row in a table; scores are infinite for trials that diverged, and missing for others without one."""
    score_name, _, fingerprint = trial.score.partition("@")
    values: dict[str, Any] = {
        "id": trial.id, "loss": trial.loss, "variant": trial.variant, "dataset": trial.dataset,
        "budget": trial.budget.name, "steps": trial.budget.steps, "width": trial.budget.width,
        "sample": trial.sample, "seed": trial.seed, "status": result.status if result else "pending",
        "score": score_name, "extractor_fingerprint": fingerprint, "images": trial.budget.images,
        "best": None, "best_step": None, "last": None,
    }  # fmt: skip
    if result is not None:
        best = best_score(result.scores, score_name)
        if result.status == "ok" and best is not None:
            values |= {"best": best[score_name], "best_step": int(best["step"]), "last": result.scores[-1][score_name]}
        elif result.status == "diverged":
            values |= {"best": float("inf"), "last": float("inf")}
        reason = result.reason.strip().splitlines()[-1] if result.reason else ""
        values |= {"ended_at_step": result.step, "reason": reason, "seconds": round(result.seconds, 2)}
        values |= {k: result.environment.get(k) for k in ("torch", "device", "compiled", "commit", "dirty")}
    return values | {f"h_{name}": value for name, value in trial.setting.items()}


def best_score(scores: Scores, name: str) -> dict[str, float] | None:
    """The row of the lowest score; None if there is none."""
    return min(scores, key=lambda row: row[name], default=None)


def read_json(path: Path) -> Any:
    """The file's content; None if it is missing or damaged."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def best_is_last(scores: Scores, name: str) -> bool:
    """Whether the latest score is the best one so far."""
    return bool(scores) and scores[-1] == best_score(scores, name)
