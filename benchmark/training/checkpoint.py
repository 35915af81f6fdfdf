"""Checkpoints: one trial's state in one file, read without executing code."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from benchmark.files import write_atomically
from benchmark.training.population import Snapshot


@dataclass(frozen=True)
class Progress:
    """Where a checkpoint stands.

    Attributes:
        step: steps done.
        seconds: wall time spent on them.
        computed_on: what the arithmetic depends on beside the trial; elsewhere a resumed run would not be bit-equal.
    """

    step: int
    seconds: float
    computed_on: str


def write_checkpoint(path: Path, snapshot: Snapshot, progress: Progress) -> None:
    """Writes the checkpoint; a reader sees the one before or this one, never a part."""
    write_atomically(path, save(snapshot, metadata={"progress": json.dumps(asdict(progress))}))


def read_progress(path: Path) -> Progress | None:
    """Where the checkpoint stands; None if there is none, or it cannot be read."""
    try:
        with safe_open(path, "pt") as file:
            return Progress(**json.loads(file.metadata()["progress"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None


def read_snapshot(path: Path) -> Snapshot:
    """The checkpoint's tensors, on the CPU."""
    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
