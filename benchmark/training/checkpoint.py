"""Checkpoints: the state of a population in one safetensors file, which cannot execute code when read."""

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
    """The progress of a population at a checkpoint.

    Attributes:
        step: the number of steps done.
        seconds: the wall time that they took.
        computed_on: the hardware and software that rounding depends on; on others a resumed run would not be bit-equal.
        scores: for each member, the scores of its evaluations so far.
    """

    step: int
    seconds: float
    computed_on: str
    scores: list[list[dict[str, float]]]


PROGRESS = TypeAdapter(Progress)


def write_checkpoint(path: Path, snapshots: list[Snapshot], progress: Progress) -> None:
    """Writes the snapshots of all members atomically: a reader sees the previous checkpoint or this one, never a part."""
    tensors = {f"{member}/{name}": value for member, s in enumerate(snapshots) for name, value in s.items()}
    write_atomically(path, save(tensors, metadata={"progress": json.dumps(asdict(progress))}))


def read_progress(path: Path) -> Progress | None:
    """The progress at the checkpoint; None if there is no checkpoint or it cannot be read."""
    try:
        open_plain(path).close()  # safe_open would block on a pipe
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
