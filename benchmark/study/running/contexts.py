"""Prepares what trials run with: losses, data, metrics and the device, each made once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from benchmark.data import DataSet, Split
from benchmark.files import require_writable
from benchmark.losses import Loss
from benchmark.metrics import Metric, find_metric
from benchmark.metrics.extractors import find_extractor
from benchmark.models.infogan import Architecture
from benchmark.plugins import UserError
from benchmark.study.planning.plan import find_datasets, find_losses
from benchmark.study.running.population_run import Workplace
from benchmark.study.running.tensorboard import require_tensorboard
from benchmark.study.storage.store import Store
from benchmark.study.study import Study
from benchmark.study.trial import Trial
from benchmark.training.compiler import require_compiler

KEPT_BESIDE = 100_000  # bytes of samples and result that a trial keeps beside its generator
CPU_POPULATION, GPU_POPULATION = 1, 10


@dataclass(frozen=True)
class Resources:
    """What a study runs with; it determines no result but for the last digits.

    Attributes:
        results, data: folders.
        device: ``cpu``, ``cuda`` or ``auto``.
        compiled: whether the training step is compiled.
        population: trials trained together; None for 1 on a CPU and 10 on a GPU.
        threads: CPU threads of a worker. One makes a result independent of the number of cores, and most trials an hour.
        tensorboard: whether logs are written, to ``tensorboard/`` in the results folder.
    """

    results: Path = Path("results")
    data: Path = Path("data")
    device: str = "auto"
    compiled: bool = True
    population: int | None = None
    threads: int = 1
    tensorboard: bool = False


class Workshop:
    """Makes workplaces for the trials of a study."""

    def __init__(self, study: Study, resources: Resources, report: Callable[[str], None] = print) -> None:
        self.study, self.resources, self.report = study, resources, report
        self.losses: dict[str, Loss] = {key: cls(study.variant) for key, cls in find_losses(study.losses).items()}
        self.datasets: dict[str, DataSet] = {k: cls(resources.data) for k, cls in find_datasets(study.datasets).items()}
        self.store = Store(resources.results)
        self._prepared: dict[str, tuple[Split, list[Metric]]] = {}

    @cached_property
    def device(self) -> torch.device:
        return find_device(self.resources.device)

    @property
    def population(self) -> int:
        """How many trials are trained together."""
        return self.resources.population or usual_population(self.device.type)

    def check(self, trials: Sequence[Trial]) -> None:
        """Makes sure, before any work, that the trials can run: data, weights, compiler, room on the disk.

        Raises:
            UserError: what is missing.
        """
        torch.set_num_threads(self.resources.threads)
        _ = self.device
        find_extractor(self.study.extractor)
        require_writable(self.resources.results, 64_000_000, "results")
        require_writable(self.resources.data, 64_000_000, "data")
        if self.resources.compiled:
            require_compiler()
        if self.resources.tensorboard:
            require_tensorboard()
        for key in dict.fromkeys(t.dataset for t in trials):
            self.prepared(key)
        require_writable(self.resources.results, self.disk_needed(trials), f"{len(trials)} trials")

    def prepared(self, dataset: str) -> tuple[Split, list[Metric]]:
        """The training images and the metrics of a data set."""
        if dataset not in self._prepared:
            found = self.datasets[dataset]
            train = found.load("train")
            metrics = [find_metric(m).on(found, self.study.extractor, self.device, self.report) for m in self.study.metrics]
            self._prepared[dataset] = train, metrics
        return self._prepared[dataset]

    def place(self, trial: Trial) -> Workplace:
        """What the trial, and others of its loss and data set, runs with."""
        train, metrics = self.prepared(trial.dataset)
        logs = self.resources.results / "tensorboard" if self.resources.tensorboard else None
        study = {"name": self.study.name, "hash": self.study.hash}
        return Workplace(self.losses[trial.loss], train, metrics, self.store, self.device, self.resources.compiled, study, logs)

    def disk_needed(self, trials: Sequence[Trial]) -> int:
        """Bytes that the trials will keep, and the checkpoints of those that train at once."""
        sizes: dict[tuple[str, str, float], tuple[int, int]] = {}
        kept = checkpoint = 0
        for trial in trials:
            key = (trial.loss, trial.dataset, trial.budget.width)
            if key not in sizes:
                with torch.device("meta"):
                    architecture = Architecture(self.datasets[trial.dataset].image_shape, trial.budget.width)
                    networks = self.losses[trial.loss].networks(architecture)
                counts = {name: 4 * sum(p.numel() for p in network.parameters()) for name, network in networks.items()}
                sizes[key] = counts["generator"] + KEPT_BESIDE, 3 * sum(counts.values())  # weights and two moments
            kept += sizes[key][0]
            checkpoint = max(checkpoint, sizes[key][1])
        return kept + checkpoint * self.population * (os.cpu_count() or 1)


def usual_population(device: str) -> int:
    """How many trials train together on a ``cpu`` or ``cuda`` unless told otherwise."""
    return GPU_POPULATION if device == "cuda" else CPU_POPULATION


def find_device(name: str) -> torch.device:
    """The device called ``cpu``, ``cuda`` (or ``cuda:1``), or the best one for ``auto``.

    Raises:
        UserError: an unknown name, or a GPU where torch sees none.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda") or (index and not index.isdecimal()):
        raise UserError(f"Unknown device {name!r}. Known: auto, cpu, cuda, cuda:0, cuda:1, ...")
    if kind == "cuda" and int(index or 0) >= torch.cuda.device_count():
        raise UserError(
            f"Device {name}: torch sees {torch.cuda.device_count()} GPUs here.\n"
            "Use DEVICE=cpu, or install a torch built for this GPU."
        )
    return torch.device(name)
