"""Measures how fast trials train here; a plan's cost is computed from it."""

from __future__ import annotations

import io
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmark.data import DataSet
from benchmark.data.base import require_images
from benchmark.factors import NORMALISATION, PENALTY, USUAL, Choices, in_print
from benchmark.files import write_atomically
from benchmark.losses import Loss
from benchmark.metrics.extractors.layers import LayeredClassifier
from benchmark.metrics.features import CHUNK
from benchmark.study.planning.cost import COSTLY, KEYS, read_speed_file
from benchmark.study.storage.environment import environment
from benchmark.training.budget import Budget
from benchmark.training.execution import Execution
from benchmark.training.trainer import Trainer, evaluation_latents

BLOCKS = 3


def measure(
    loss: Loss,
    dataset: type[DataSet],
    budget: Budget,
    device: torch.device,
    *,
    execution: Execution,
    report: Callable[[str], None],
    choices: Choices = USUAL,
) -> list[dict[str, object]]:
    """The time of a training step and of an evaluation, one row per ``disc_iters`` of the search.

    Images of noise serve as data, and an untrained classifier as extractor: neither content nor weights change the speed.
    Times are medians of three blocks, in milliseconds per step of one trial, and seconds per evaluation; on a single CPU
    thread they are processor time, which other programs on the machine do not lengthen.

    Args:
        choices: those with which the loss was made.

    Raises:
        UserError: the data set holds points.
    """
    require_images(dataset, "Measuring speeds")
    channels, side, _ = dataset.image_shape
    images = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2_000, *dataset.image_shape), dtype=np.uint8))
    began = clock(device)
    trained = Trainer(
        loss,
        images,
        [loss.defaults] * execution.population,
        list(range(execution.population)),
        width=budget.width,
        batch=budget.batch,
        device=device,
        compiled=execution.compiled,
        graphs=execution.graphs,
    )
    trained.disc_iters = 1
    seconds_of(trained, 2)  # compiles, and warms up
    start = clock(device) - began
    evaluation = evaluation_seconds(trained, dataset)
    row = environment(device, "float32", execution)
    rows: list[dict[str, object]] = []
    names = {PENALTY.name: loss.added_penalty.name, NORMALISATION.name: getattr(loss.normalisation, "name", "")}
    for disc_iters in (1, 5) if "disc_iters" in loss.defaults else (1,):
        trained.disc_iters = disc_iters
        block = disc_iters * max(1, min(50, int(2 / seconds_of(trained, disc_iters))))  # about two seconds
        steps = statistics.median(seconds_of(trained, block) for _ in range(BLOCKS)) / block / execution.population
        rows.append(
            {
                "device": row["device"],
                "device_name": row["device_name"],
                "threads": row["threads"],
                "population": execution.population,
                "loss": loss.key,
                **{factor.name: choices.of(factor) for factor in COSTLY},
                "channels": channels,
                "side": side,
                "width": budget.width,
                "batch": budget.batch,
                "disc_iters": disc_iters,
                "ms_per_step": round(1000 * steps, 3),
                "seconds_per_10000_images": round(evaluation, 2),
                "start_seconds": round(start, 1),
                "torch": row["torch"],
                "compiled": execution.compiled,
            }
        )
        name = in_print(loss.name, {factor: names.get(factor, key) for factor, key in choices.unusual.items()})
        report(f"{name}, disc_iters {disc_iters}: {1000 * steps:.2f} ms per step of one trial")
    return rows


def clock(device: torch.device) -> float:
    """Seconds of processor time, the compiler's included, on a single CPU thread; otherwise seconds of the clock."""
    return sum(os.times()[:4]) if device.type == "cpu" and torch.get_num_threads() == 1 else time.perf_counter()


def seconds_of(population: Trainer, steps: int) -> float:
    """The seconds that the next steps take."""
    began = clock(population.device)
    for _ in population.advance(steps):
        pass
    if population.device.type == "cuda":
        torch.cuda.synchronize(population.device)
    return clock(population.device) - began


def evaluation_seconds(population: Trainer, dataset: type[DataSet], images: int = 1_000) -> float:
    """The seconds that it takes to generate 10,000 images and compute their features."""
    network = LayeredClassifier(dataset.image_shape[0], 10)
    network.fold()
    network.to(population.device).to(memory_format=torch.channels_last)
    z = evaluation_latents(images, "uniform")

    def evaluate() -> float:
        began = clock(population.device)
        drawn = population.generate(0, z)
        with torch.inference_mode():
            for chunk in drawn.split(CHUNK):
                network.features(chunk.float() / 255)
        return clock(population.device) - began

    evaluate()
    return statistics.median(evaluate() for _ in range(3)) * 10_000 / images


def write_speeds(path: Path, rows: list[dict[str, object]]) -> None:
    """Adds the rows to the table at ``path``, in place of earlier rows with the same ``KEYS``."""
    new = pd.DataFrame(rows)
    if path.exists():
        old = read_speed_file(path)
        alike = old.set_index(KEYS).index.isin(new.set_index(KEYS).index)
        new = pd.concat([old[~alike], new], ignore_index=True)
    text = io.StringIO()
    new.sort_values(KEYS, ignore_index=True).to_csv(text, index=False)
    write_atomically(path, text.getvalue().encode())
