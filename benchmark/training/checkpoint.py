"""Checkpoints: the state of a population in one safetensors file, read without executing code."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from benchmark.files import open_plain, write_atomically
from benchmark.training.trainer import Snapshot


@dataclass(frozen=True)
class Progress:
    """Where a checkpoint stands.

    Attributes:
        step: steps done.
        seconds: wall time spent on them.
        computed_on: what the arithmetic depends on beside the trials; elsewhere a resumed run would not be bit-equal.
        scores: of each member, the scores of its evaluations so far.
    """

    step: int
    seconds: float
    computed_on: str
    scores: list[list[dict[str, float]]]


PROGRESS = TypeAdapter(Progress)


def write_checkpoint(path: Path, snapshots: list[Snapshot], progress: Progress) -> None:
    """Writes the snapshots of all members; a reader sees the checkpoint before or this one, never a part."""
    tensors = {f"{member}/{name}": value for member, s in enumerate(snapshots) for name, value in s.items()}
    write_atomically(path, save(tensors, metadata={"progress": json.dumps(asdict(progress))}))


def read_progress(path: Path) -> Progress | None:
    """Where the checkpoint stands; None if there is none, or it cannot be read."""
    try:
        open_plain(path).close()  # safe_open would wait at a pipe
        with safe_open(path, "pt") as file:
            text = file.metadata()["progress"]
        PROGRESS.validate_json(text, strict=True)
        return Progress(**json.loads(text))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None


def read_snapshots(path: Path) -> list[Snapshot]:
    """The snapshots of all members, on the CPU."""
    snapshots: dict[int, Snapshot] = {}
    with safe_open(path, "pt") as file:
        for key in file.keys():  # noqa: SIM118 (not a dict)
            member, _, name = key.partition("/")
            snapshots.setdefault(int(member), {})[name] = file.get_tensor(key)
    return [snapshots[member] for member in sorted(snapshots)]
