"""TensorBoard logs of a run, on request: every logged scalar of every step, the scores and a grid of samples."""

from __future__ import annotations

import shutil
from pathlib import Path

from torch import Tensor

from benchmark.plugins import UserError
from benchmark.study.storage.samples import sample_picture
from benchmark.study.trial import Trial


def require_tensorboard() -> None:
    """Checks that logs can be written.

    Raises:
        UserError: the package tensorboard is not installed.
    """
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ImportError as error:
        raise UserError("TensorBoard logs need the package tensorboard.\nInstall it: pip install tensorboard") from error


def log_evaluation(folder: Path, trial: Trial, row: dict[str, float], logged: dict[str, Tensor], images: Tensor) -> None:
    """Appends an evaluation and the steps before it to the trial's log under ``folder``; the first one starts a new log.

    Args:
        row: the evaluation's step and scores.
        logged: the scalars [steps] of the steps since the previous evaluation.
        images: samples uint8 [n, C, H, W], or points float32 [n, 2, 1, 1].
    """
    from torch.utils.tensorboard import SummaryWriter

    home = folder / f"{trial.loss}-{trial.dataset}-sample-{trial.sample}-seed-{trial.seed}-{trial.id}"
    step = int(row["step"])
    steps = max((len(values) for values in logged.values()), default=0)
    if step == trial.budget.evaluation_steps[0]:
        shutil.rmtree(home, ignore_errors=True)
    with SummaryWriter(str(home), purge_step=step - steps + 1) as writer:
        for name, values in logged.items():
            for offset, value in enumerate(values.tolist(), start=step - steps + 1):
                if value == value:  # an objective that is not due logs NaN
                    writer.add_scalar(f"training/{name}", value, offset)
        for name in row.keys() - logged.keys() - {"step"}:
            writer.add_scalar(f"score/{name}", row[name], step)
        writer.add_image("samples", sample_picture(images), step)
