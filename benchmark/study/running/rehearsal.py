"""Tries what users' own files define, before anything is trained: one step of their losses, one score by their metrics."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmark.data import DataSet, Split
from benchmark.losses import Context, Loss, Objective
from benchmark.metrics import Generated, Metric
from benchmark.metrics.base import check_fingerprint, checked_scores
from benchmark.models import Architecture, find_architecture
from benchmark.models.infogan import LATENT
from benchmark.penalties import Penalty
from benchmark.plugins import UserError, one_line
from benchmark.training.trainer import Trainer, evaluation_latents

BATCH, WIDTH = 4, 1 / 16
SCORED = 16  # images, or as many as the metric needs
NOISE = 256  # images of a split


def rehearse_loss(loss: Loss, dataset: type[DataSet], own: Sequence[type] = ()) -> dict[str, float]:
    """Trains one step on noise, in small networks, and draws some images.

    Args:
        own: the user's own classes among the loss, its penalty and normalisation; by default the loss's class.

    Returns:
        What the step logged, by name.

    Raises:
        UserError: these classes do not define what is needed; the message names them and what is needed.
    """
    place = " with ".join(cls.__name__ for cls in own) or type(loss).__name__
    architecture = find_architecture(dataset.architecture)
    setting = loss.defaults | ({"disc_iters": 1} if "disc_iters" in loss.defaults else {})
    batch = torch.from_numpy(noise(dataset, 2 * BATCH))
    try:
        check_networks(loss, architecture(dataset.image_shape, WIDTH, loss.normalised_by(setting)), place)
        tried = copy.copy(loss)
        if type(loss.added_penalty) in own:
            loss = copy.copy(loss)
            loss.added_penalty = watched_penalty(loss.added_penalty)
        tried.objectives = lambda: tuple(map(watched(place), loss.objectives()))  # type: ignore[method-assign]
        trainer = Trainer(
            tried,
            batch,
            [setting],
            [0],
            width=WIDTH,
            batch=BATCH,
            architecture=architecture,
            device=torch.device("cpu"),
            compiled=False,
        )
        (chunk,) = trainer.advance(1)
        images = trainer.generator(0)(evaluation_latents(BATCH, loss.prior))
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{place}: a step on noise ended in {type(error).__name__}: {one_line(error)}") from error
    if images.shape[1:] != dataset.image_shape or images.min() < 0 or images.max() > 1:
        raise UserError(
            f"{place}: its generator draws {list(images.shape)} from {images.min():.3g} to {images.max():.3g}; "
            f"[n, {', '.join(map(str, dataset.image_shape))}] from 0 to 1 is needed."
        )
    return {name: value.item() for name, value in chunk.logged.items()}


def check_networks(loss: Loss, architecture: Architecture, place: str) -> None:
    """Checks the networks and objectives that the loss declares, without computing anything.

    Args:
        place: the name of the user's classes in a message.
    """
    with torch.device("meta"):
        networks = loss.networks(architecture)
    if not isinstance(networks, Mapping) or not all(isinstance(network, nn.Module) for network in networks.values()):
        raise UserError(f"{place}.networks returned {type(networks).__name__}; a dict of torch modules by name is needed.")
    if "generator" not in networks:
        raise UserError(f"{place}.networks has {', '.join(networks)}; one called generator is needed.")
    objectives = loss.objectives()
    if not isinstance(objectives, tuple) or not objectives or not all(isinstance(o, Objective) for o in objectives):
        raise UserError(f"{place}.objectives returned {type(objectives).__name__}; a tuple of benchmark.Objective is needed.")
    for objective in objectives:
        if isinstance(objective.trains, str) or not {*objective.trains} <= networks.keys():
            raise UserError(
                f"{place}: the objective {objective.name!r} trains {objective.trains!r}; "
                f"a tuple of these is needed: {', '.join(networks)}."
            )


def watched(place: str) -> Callable[[Objective], Objective]:
    """A function that makes an objective check that it minimises a single number."""

    def watch(objective: Objective) -> Objective:
        def minimises(c: Context) -> Tensor:
            value = objective.minimises(c)
            if not isinstance(value, Tensor) or value.ndim or not value.is_floating_point():
                found = f"a tensor {list(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
                raise UserError(f"{place}: the objective {objective.name!r} gives {found}; a tensor of shape [] is needed.")
            return value

        return replace(objective, minimises=minimises)

    return watch


def watched_penalty(penalty: Penalty) -> Penalty:
    """The penalty, which checks that its value is a single number."""
    checking = copy.copy(penalty)

    def value(*given: Any) -> Tensor:
        found = penalty.value(*given)
        if not isinstance(found, Tensor) or found.ndim:
            kind = f"a tensor {list(found.shape)}" if isinstance(found, Tensor) else type(found).__name__
            raise UserError(f"{type(penalty).__name__}.value returned {kind}; a tensor of shape [] is needed.")
        return found

    checking.value = value  # type: ignore[method-assign, assignment]
    return checking


def rehearse_metric(metric: Metric, dataset: DataSet, device: torch.device) -> dict[str, float]:
    """Scores a generator of noise.

    Returns:
        The scores, by name.

    Raises:
        UserError: the scores are not of the needed form, or cannot be computed; the message names the class.
    """
    check_fingerprint(metric)
    images = torch.from_numpy(noise(type(dataset), max(SCORED, metric.least_images))).to(device)
    weights = torch.randn(LATENT, prod(dataset.image_shape), generator=torch.Generator().manual_seed(0)).to(device)

    def generate(z: Tensor) -> Tensor:
        return (z.to(device) @ weights).sigmoid().view(len(z), *dataset.image_shape)

    try:
        scores = metric(Generated(images, generate, "uniform"))
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{type(metric).__name__}: scoring noise ended in {type(error).__name__}: {one_line(error)}") from error
    return checked_scores(metric, scores)


def noise_like(dataset: type[DataSet]) -> DataSet:
    """A small data set of noise, with the same shape, classes and splits as this one; nothing is fetched."""

    def load(self: DataSet, split: str) -> Split:
        labels = np.arange(NOISE, dtype=np.int64) % dataset.classes
        return Split(noise(dataset, NOISE), labels)

    names = ("holds", "image_shape", "architecture", "metrics", "classes", "splits", "held_out")
    said = {name: getattr(dataset, name) for name in names}
    made: type[DataSet] = type(
        "Noise", (DataSet,), {"key": "noise", "name": f"noise like {dataset.name}", "load": load, **said}
    )
    return made()


def noise(dataset: type[DataSet], count: int) -> np.ndarray:
    """Noise in the form of the data set: ``count`` images uint8 [n, C, H, W], or points float32 [n, 2, 1, 1] from 0 to 1."""
    rng = np.random.default_rng(0)
    size = (count, *dataset.image_shape)
    return rng.random(size, np.float32) if dataset.holds == "points" else rng.integers(0, 256, size, np.uint8)
