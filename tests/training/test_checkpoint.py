"""Checkpoints: a whole population in one file, or none."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.training.checkpoint import Progress, read_progress, read_snapshots, write_checkpoint

PROGRESS = Progress(4, 1.5, "here", [[{"step": 2.0, "fid_x": 3.25}], [], [{"step": 2.0, "fid_x": float("nan")}]])


def snapshots() -> list[dict[str, torch.Tensor]]:
    generator = torch.Generator().manual_seed(0)
    return [{"a/weight": torch.rand(2, 3, generator=generator), "stream/z": generator.get_state()} for _ in range(12)]


def test_what_is_written_is_read_in_the_order_of_the_members(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, snapshots(), PROGRESS)  # twelve members: "10" must not come before "2"
    read = read_snapshots(path)
    assert [s.keys() for s in read] == [s.keys() for s in snapshots()]
    for mine, theirs in zip(read, snapshots(), strict=True):
        assert all(torch.equal(mine[k], theirs[k]) and mine[k].dtype == theirs[k].dtype for k in theirs)


def test_scores_come_back_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    scores = [[{"step": 1.0, "fid_x": 0.1 + 0.2}], []]
    write_checkpoint(path, snapshots()[:2], Progress(1, 0.1, "here", scores))
    assert read_progress(path) == Progress(1, 0.1, "here", scores)
    write_checkpoint(path, snapshots()[:3], PROGRESS)
    progress = read_progress(path)
    assert progress is not None and progress.scores[2][0]["fid_x"] != progress.scores[2][0]["fid_x"]  # NaN


def test_a_missing_checkpoint_is_none(tmp_path: Path) -> None:
    assert read_progress(tmp_path / "absent") is None
    assert read_progress(tmp_path) is None


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint") / "whole.safetensors"
    write_checkpoint(path, snapshots(), PROGRESS)
    return path


@settings(deadline=None, max_examples=50)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_checkpoint_counts_as_none(whole: Path, share: float) -> None:
    content = whole.read_bytes()
    path = whole.with_name("cut.safetensors")
    path.write_bytes(content[: int(share * len(content))])
    assert read_progress(path) is None


def test_a_checkpoint_without_progress_counts_as_none(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"0/a": torch.zeros(1)}, tmp_path / "foreign.safetensors")
    assert read_progress(tmp_path / "foreign.safetensors") is None


@pytest.mark.parametrize(
    "change", [{"step": "4"}, {"scores": None}, {"scores": [[{"step": None}]]}, {"more": 1}, {"seconds": []}]
)
def test_a_checkpoint_whose_progress_cannot_be_counts_as_none(tmp_path: Path, change: dict[str, Any]) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "edited.safetensors"
    save_file({"0/a": torch.zeros(1)}, path, {"progress": json.dumps({**asdict(PROGRESS), **change})})
    assert read_progress(path) is None


def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    assert read_progress(tmp_path / "pipe.safetensors") is None
