"""Checks a GPU against the processor, and measures how it trains fastest."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from benchmark.losses import Loss
from benchmark.losses.nsgan import NSGAN
from benchmark.plugins import UserError, one_line
from benchmark.plurals import how_many
from benchmark.speed.measure import BLOCKS, seconds_of
from benchmark.study.planning.fastest import KEYS, MEASURED
from benchmark.study.storage.environment import environment
from benchmark.training.execution import Execution
from benchmark.training.trainer import Trainer, evaluation_latents

STEPS = 20
IMAGES = 200  # generated for a comparison
TOLERANCE = 1.0
"""Grey levels of 255 by which images may differ on average after 20 steps.

For comparison: on a processor, images of a trial alone and in a population differ by up to 0.22 (LS GAN), and images of two
seeds by 4.8 to 12.3, each loss at its defaults. ``make gpu DEVICE=cpu`` prints both.
"""
POPULATIONS = (16, 1, 64, 4)
MODES = ("compiled", "graphs", "eager")
BLOCK = 25  # steps


@dataclass(frozen=True)
class Check:
    """A device compared with the processor, for one loss.

    Attributes:
        difference: mean absolute difference, in grey levels, between images after 20 steps and those of the processor.
        population: the largest such difference between members of a population of four and the same trials alone.
        seeds: the difference between the images of seeds 0 and 1, for comparison.
        resumed: whether a run that is stopped and resumed half way ends bit for bit like an undisturbed one.
    """

    loss: str
    difference: float
    population: float
    seeds: float
    resumed: bool

    @property
    def passed(self) -> bool:
        return self.resumed and max(self.difference, self.population) <= TOLERANCE


def check(loss: Loss, device: torch.device, *, width: float = 0.25) -> Check:
    """Trains the loss for 20 steps on the device and on the processor: alone, resumed half way, and four together."""
    z = evaluation_latents(IMAGES, loss.prior)

    def trained(place: torch.device, seeds: list[int], *, stop: int = STEPS, resume_from: Trainer | None = None) -> Trainer:
        trainer = trainer_of(loss, (1, 28, 28), place, seeds, width=width)
        if resume_from is not None:
            trainer.restore([resume_from.snapshot(0)], resume_from.step)
        for _ in trainer.advance(stop - trainer.step):
            pass
        return trainer

    def drawn(trainer: Trainer, member: int = 0) -> Tensor:
        return trainer.generate(member, z).float().cpu()

    alone = [trained(device, [seed]) for seed in range(4)]
    together = trained(device, [0, 1, 2, 3])
    half = trained(device, [0], stop=STEPS // 2)
    resumed, whole = trained(device, [0], resume_from=half).snapshot(0), alone[0].snapshot(0)
    return Check(
        loss=loss.name,
        difference=(drawn(trained(torch.device("cpu"), [0])) - drawn(alone[0])).abs().mean().item(),
        population=max((drawn(together, m) - drawn(one)).abs().mean().item() for m, one in enumerate(alone)),
        seeds=(drawn(alone[0]) - drawn(alone[1])).abs().mean().item(),
        resumed=all(torch.equal(resumed[name], value) for name, value in whole.items()),
    )


def trainer_of(
    loss: Loss, shape: tuple[int, int, int], device: torch.device, seeds: list[int], *, width: float, **how: Any
) -> Trainer:
    """A population at the loss's defaults, each network trained at every step, on noise: the content does not matter."""
    images = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2_000, *shape), dtype=np.uint8))
    setting = dict(loss.defaults) | ({"disc_iters": 1} if "disc_iters" in loss.defaults else {})
    how = {"compiled": False} | how
    return Trainer(loss, images, [setting] * len(seeds), seeds, width=width, batch=64, device=device, **how)


def ways(shapes: list[tuple[int, int, int]]) -> Iterator[dict[str, Any]]:
    """Every way to compute a step that is measured, the most promising first."""
    for mode, population, (channels, side, _) in itertools.product(MODES, POPULATIONS, shapes):
        yield {"channels": channels, "side": side, "population": population, "mode": mode}


def measure_ways(
    known: pd.DataFrame,
    shapes: list[tuple[int, int, int]],
    device: torch.device,
    *,
    width: float,
    deadline: float,
    report: Callable[[str], None],
) -> Iterator[pd.DataFrame]:
    """Yields the device's table after each measured way, until all are measured or the time is up.

    Args:
        known: the rows measured before, which are kept.
        deadline: the ``time.monotonic`` after which no further way is begun.
    """
    place = environment(device, "float32", Execution(population=1, compiled=True))
    left = 0
    for way in ways(shapes):
        row = {"device_name": place["device_name"], "width": width, "batch": 64, "torch": place["torch"]} | way
        if (known[KEYS].astype(str) == pd.Series(row)[KEYS].astype(str)).all(axis=1).any():
            continue
        if time.monotonic() > deadline:
            left += 1
            continue
        row |= measured(way, device, width)
        said = f"{row['trial_steps_per_second']:,.0f} trial steps per second" if not row["note"] else row["note"]
        report(f"{way['channels']}x{way['side']}x{way['side']}, {way['population']} together, {way['mode']}: {said}")
        known = pd.concat([known, pd.DataFrame([row])[list(MEASURED)]], ignore_index=True)
        yield known
    if left:
        report(f"Not measured, the time was up: {how_many(left, 'way')}; the same command continues.")


def measured(way: dict[str, Any], device: torch.device, width: float) -> dict[str, Any]:
    """Speed and memory of one way to compute NS GAN's step, or the reason why it cannot run."""
    shape = (way["channels"], way["side"], way["side"])
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    try:
        trainer = trainer_of(
            NSGAN(),
            shape,
            device,
            list(range(way["population"])),
            width=width,
            compiled=way["mode"] != "eager",
            graphs=way["mode"] == "graphs",
        )
        seconds_of(trainer, 3)  # compiles, records and warms up
        seconds = statistics.median(seconds_of(trainer, BLOCK) for _ in range(BLOCKS))
    except (RuntimeError, UserError) as error:  # out of memory, or a mode that this device does not have
        return {"trial_steps_per_second": np.nan, "memory_gb": np.nan, "note": one_line(error)}
    memory = torch.cuda.max_memory_reserved(device) / 1e9 if device.type == "cuda" else 0.0
    return {
        "trial_steps_per_second": round(way["population"] * BLOCK / seconds, 1),
        "memory_gb": round(memory, 2),
        "note": "",
    }
