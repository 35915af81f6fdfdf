"""Trains a population: K trials that share loss, data set and architecture, advanced together by one step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from benchmark.hyperparameters import STRUCTURAL, Setting, check_setting
from benchmark.losses.base import Loss
from benchmark.models.infogan import LATENT, Architecture
from benchmark.training.draws import Sampler, latents, stream
from benchmark.training.generator import Generator, allow_tf32, draw, generator_of
from benchmark.training.optimisers import Weights, optimiser_of
from benchmark.training.recalibration import recalibrated, recalibration_latents
from benchmark.training.step import State, due, hyperparameter_tensors, initial_state, train_step

T = TypeVar("T")
CHUNK = 25  # steps drawn at once
Snapshot = dict[str, Tensor]
"""The complete state of one trial, random streams included, by flat names; a checkpoint holds one per trial."""
STREAM = "stream/"


@dataclass(frozen=True)
class Chunk:
    """The steps that a population has just trained.

    Attributes:
        first: the number of the first step.
        steps: the number of steps.
        logged: the logged scalars [K, steps] by name, NaN where an objective was not due; on the CPU.
        finite: bool [K], whether the member's whole state is finite after them.
    """

    first: int
    steps: int
    logged: dict[str, Tensor]
    finite: Tensor


class Trainer:
    """The state of K trials and the step that advances it.

    Args:
        images: the training images, uint8 [N, C, H, W], or points, float32 [N, 2, 1, 1] in [0, 1].
        settings: the members' hyperparameters; structural ones must be equal.
        seeds: the members' seeds.
        architecture: the networks' architecture.
        batch_norm: how the generator's batch norm is evaluated: with its moving ``averages``, or ``recalibrated``.
        precision: ``float32``, ``tf32`` (matrix products on an Nvidia GPU) or ``bfloat16`` (autocast).
        compiled: whether to compile the step.
        graphs: whether a GPU replays the compiled step as CUDA graphs.
    """

    def __init__(
        self,
        loss: Loss,
        images: Tensor,
        settings: list[Setting],
        seeds: list[int],
        *,
        width: float,
        batch: int,
        architecture: type[Architecture] = Architecture,
        optimiser: str = "adam",
        batch_norm: str = "averages",
        precision: str = "float32",
        device: torch.device,
        compiled: bool,
        graphs: bool = False,
    ) -> None:
        for setting in settings:
            check_setting(setting, loss.hyperparameters(), loss.name)
        structure = {tuple(s.get(n) for n in STRUCTURAL) for s in settings}
        if len(structure) != 1:
            raise ValueError(f"members of a population share {', '.join(STRUCTURAL)}; got {sorted(structure, key=str)}")
        self.loss, self.device, self.size = loss, device, len(settings)
        shape = (images.shape[1], images.shape[2], images.shape[3])
        self.architecture = architecture(shape, width, loss.normalised_by(settings[0]))
        self.images = images.to(device)
        self.one = 255 if images.dtype == torch.uint8 else 1  # the value that represents 1 in the data
        self.hyperparameters = hyperparameter_tensors(settings, device)
        self.sampler = Sampler(loss, shape, len(images), batch)
        self.streams = [self.sampler.streams(seed) for seed in seeds]
        self.disc_iters = int(settings[0].get("disc_iters", 1))
        allow_tf32(precision == "tf32")
        optimiser = optimiser_of(optimiser, released=loss.released)
        self.train_step = train_step(
            loss,
            self.architecture,
            optimiser,
            precision,
            device.type,
            population=self.size > 1,
            compiled=compiled,
            graphs=graphs,
        )
        states = [initial_state(loss, self.architecture, stream(seed, "weights"), optimiser) for seed in seeds]
        self.state = tree_map(lambda *tensors: torch.stack(tensors).to(device), *states)
        self.step = 0
        self.batch_norm = batch_norm
        self.recalibrations: dict[tuple[int, int], Weights] = {}  # the latest one, by step and member

    def advance(self, steps: int) -> Iterator[Chunk]:
        """Trains ``steps`` more steps, in chunks."""
        end = self.step + steps
        h = self.stepped(self.hyperparameters)
        while self.step < end:
            log: dict[str, list[Tensor]] = {}
            count = min(CHUNK, end - self.step)
            state = self.stepped(self.state)
            for i, draws in enumerate(self.sampler.draw(self.streams, count, self.device)):
                self.step += 1
                indices, z, noise = self.stepped((draws.indices, draws.z, draws.noise))
                real = self.images[indices].float() / self.one
                objectives = due(self.train_step.objectives, self.step, self.disc_iters)
                state, logged = self.train_step(objectives, state, real, z, noise, h)
                for name, value in logged.items():
                    log.setdefault(name, [torch.full_like(value, torch.nan)] * i).append(value)
                for values in log.values():
                    values.extend([torch.full_like(values[0], torch.nan)] * (i + 1 - len(values)))
            self.state = self.stacked(state)
            logged = {name: torch.stack(values, -1).view(self.size, count).cpu() for name, values in log.items()}
            yield Chunk(self.step - count + 1, count, logged, self.finite())

    def stepped(self, tree: T) -> T:
        """Tensors [K, ...] in the form that the step takes: for a single trial, without the leading dimension."""
        return tree_map(lambda t: t.squeeze(0), tree) if self.size == 1 else tree

    def stacked(self, tree: T) -> T:
        """Tensors [K, ...] from those in the form that the step takes."""
        return tree_map(lambda t: t.unsqueeze(0), tree) if self.size == 1 else tree

    def finite(self) -> Tensor:
        """Whether each member's whole state is finite, bool [K]."""
        # The largest or the smallest value is not finite if any value is not; computing these two is the fastest check.
        ends = [f(v.reshape(self.size, -1), 1) for v in flat(self.state._asdict()).values() for f in (torch.amax, torch.amin)]
        return torch.stack(ends, 1).isfinite().all(1).cpu()

    def generator(self, member: int) -> Generator:
        """One member's generator for evaluation."""
        return generator_of(self.loss, self.architecture, self.evaluated_weights(member))

    def generator_template(self) -> nn.Module:
        """The generator's layers, without weights."""
        with torch.device("meta"):
            return self.loss.networks(self.architecture)["generator"]

    def evaluated_weights(self, member: int) -> Weights:
        """The weights of one member's generator, with the batch norm statistics used for evaluation, on the device."""
        parts = (self.state.parameters["generator"], self.state.averages["generator"])
        weights = {k: v[member] for part in parts for k, v in part.items()}
        if self.batch_norm != "recalibrated":
            return weights
        if (self.step, member) not in self.recalibrations:
            z = recalibration_latents(self.loss.prior).to(self.device)
            self.recalibrations = {(self.step, member): recalibrated(self.generator_template(), weights, z)}
        return self.recalibrations[self.step, member]

    def generate(self, member: int, z: Tensor) -> Tensor:
        """One member's images uint8 [n, C, H, W], or points float32 [n, 2, 1, 1], on the device, from latents [n, 64].

        Raises:
            FloatingPointError: the images contain NaN.
        """
        return draw(self.generator(member), z, points=self.one == 1)

    def generator_weights(self, member: int) -> Snapshot:
        """The weights of one member's generator, with the batch norm statistics used for evaluation, on the CPU."""
        return {k: v.clone().cpu() for k, v in self.evaluated_weights(member).items()}

    def snapshot(self, member: int) -> Snapshot:
        """The complete state of one member, as tensors on the CPU."""
        state = {k: v[member].clone().cpu() for k, v in flat(self.state._asdict()).items()}
        return state | {STREAM + name: generator.get_state() for name, generator in self.streams[member].named().items()}

    def restore(self, snapshots: list[Snapshot], step: int) -> None:
        """Continues from snapshots of all members, taken after ``step`` steps.

        Raises:
            ValueError: a snapshot belongs to another loss or architecture.
        """
        current = flat(self.state._asdict())
        names = current.keys() | {STREAM + name for name in self.streams[0].named()}
        for s in snapshots:
            if s.keys() != names or any(s[k].shape != v.shape[1:] for k, v in current.items()):
                raise ValueError("the snapshot is of another loss or architecture")
        for streams, snapshot in zip(self.streams, snapshots, strict=True):
            for name, generator in streams.named().items():
                generator.set_state(snapshot[STREAM + name])
        restored = {path: torch.stack([s[path] for s in snapshots]).to(self.device) for path in current}
        self.state = State(**nested(restored, self.state._asdict()))
        self.step = step
        self.recalibrations = {}


def evaluation_latents(count: int, prior: str) -> Tensor:
    """The latents [count, 64] of every evaluation: the same for all trials, as in the study."""
    generator = torch.Generator().manual_seed(20_180_301)
    return latents(torch.rand(count, LATENT, generator=generator, dtype=torch.float64), prior)


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Tensor]:
    """The tensors of nested dicts in one flat dict; its keys are the nested keys joined by ``/``."""
    leaves: dict[str, Tensor] = {}
    for key, value in tree.items():
        leaves |= flat(value, f"{prefix}{key}/") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return leaves


def nested(leaves: Mapping[str, Tensor], like: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The inverse of ``flat``: nested dicts with the keys of ``like``."""
    return {
        key: nested(leaves, value, f"{prefix}{key}/") if isinstance(value, Mapping) else leaves[f"{prefix}{key}"]
        for key, value in like.items()
    }
