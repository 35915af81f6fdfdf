"""The main job: one loss, or all, under several seeds at one budget."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from benchmark.data import DataSet, find_dataset
from benchmark.files import require_writable
from benchmark.hyperparameters import Setting, sample
from benchmark.losses import Loss, find_loss, known_losses
from benchmark.metrics.extractors import find_extractor
from benchmark.metrics.fid import FID
from benchmark.models.infogan import Architecture
from benchmark.plugins import UserError, spelling
from benchmark.study.defaults import default_setting
from benchmark.study.runner import Observer, Workplace, missing, run
from benchmark.study.store import Store
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget, find_budget
from benchmark.training.compiler import require_compiler

KEPT_BESIDE = 100_000  # bytes of samples and result that a trial keeps beside its generator
CPU_POPULATION, GPU_POPULATION = 1, 10


@dataclass(frozen=True)
class Options:
    """What a command line says, checked as a whole before any work starts.

    Attributes:
        losses: names or files; ``all`` means every loss of the package.
        hyperparameters: ``paper``, ``tuned``, or the path of a table made by ``ganbench tune``; by default
            ``tuned`` at the quick budget and ``paper`` elsewhere.
        device: ``cpu``, ``cuda`` or ``auto``.
        population: trials trained together; by default 1 on a CPU and 10 on a GPU.
        results, data: folders.
    """

    losses: tuple[str, ...]
    dataset: str = "fashion-mnist"
    budget: str = "quick"
    variant: str = "paper"
    hyperparameters: str | None = None
    extractor: str = "classifier"
    device: str = "auto"
    compiled: bool = True
    population: int | None = None
    results: Path = Path("results")
    data: Path = Path("data")


class Bench:
    """Options made real: the losses, data and scores that trials need."""

    def __init__(self, options: Options, report: Callable[[str], None] = print) -> None:
        self.options = options
        dataset = find_dataset(options.dataset)
        self.losses = {key: cls(options.variant) for key, cls in find_losses(options.losses).items()}
        self.budget: Budget = find_budget(options.budget, dataset)
        self.settings = {
            key: default_setting(loss, self.budget.name, dataset.key, options.hyperparameters, report)
            for key, loss in self.losses.items()
        }
        self.dataset: DataSet = dataset(options.data)
        self.dataset_key = key_of(dataset, options.dataset)
        self.device = find_device(options.device)
        extractor = find_extractor(options.extractor)
        require_writable(options.results, 64_000_000, "results")
        require_writable(options.data, 64_000_000, "data")
        if options.compiled:
            require_compiler()
        self.train, self.test = self.dataset.load("train"), self.dataset.load("test")
        if len(self.test.images) < 2:
            raise UserError(f"{self.dataset.name} has {len(self.test.images)} test images; at least 2 are needed.")
        self.score = FID(extractor(self.dataset, self.device, report), self.test, self.dataset.folder / "cache")
        self.store = Store(options.results)

    def trial(self, loss: str, setting: Setting, *, seed: int, sample: int = 0) -> Trial:
        score = f"{self.score.name}@{self.score.extractor.fingerprint}"
        return Trial(loss, self.dataset_key, setting, seed, self.budget, score, self.losses[loss].variant, sample=sample)

    def seeds(self, count: int) -> list[Trial]:
        """Each loss's default setting under the seeds 0 ... count - 1."""
        return [self.trial(key, self.settings[key], seed=seed) for key in self.losses for seed in range(count)]

    def samples(self, count: int, space: str = "wide") -> list[Trial]:
        """Each loss's paper default (sample 0) and ``count`` random samples of its search space, with seed 0."""
        return [
            self.trial(key, setting, seed=0, sample=i)
            for key, loss in self.losses.items()
            for i, setting in enumerate(
                [dict(loss.defaults), *sample(getattr(loss, space), count, space, loss.key, self.dataset.key)]
            )
        ]

    def run(self, trials: Sequence[Trial], observer: Observer, *, retry_failed: bool = False) -> pd.DataFrame:
        """Trains what is missing and returns the table of all the trials."""
        population = self.options.population or (GPU_POPULATION if self.device.type == "cuda" else CPU_POPULATION)
        pending = missing(trials, self.store, retry_failed)
        require_writable(self.options.results, self.disk_needed(pending, population), f"{len(pending)} trials")
        for key, loss in self.losses.items():
            own = [t for t in pending if t.loss == key]
            place = Workplace(loss, self.train, self.score, self.store, self.device, self.options.compiled, population)
            run(own, place, observer)
        return self.store.table(trials)

    def disk_needed(self, trials: Sequence[Trial], population: int) -> int:
        """Bytes that the trials will keep, and a population's checkpoints while it trains."""
        kept, checkpoint = 0, 0
        for trial in trials:
            with torch.device("meta"):
                networks = self.losses[trial.loss].networks(Architecture(self.dataset.image_shape, trial.budget.width))
            sizes = {name: 4 * sum(p.numel() for p in network.parameters()) for name, network in networks.items()}
            kept += sizes["generator"] + KEPT_BESIDE
            checkpoint = max(checkpoint, 3 * sum(sizes.values()))  # weights and two moments
        return kept + checkpoint * population


class Quiet:
    """An observer that shows nothing."""

    def began(self, trials: Sequence[Trial], step: int) -> None: ...
    def advanced(self, trials: Sequence[Trial], steps: int, logged: dict[str, float]) -> None: ...
    def ended(self, trial: Trial, status: str, best: float | None) -> None: ...
    def note(self, message: str) -> None: ...


def bench(*losses: str, seeds: int = 10, **options: Any) -> pd.DataFrame:
    """The table of trials, one row each, of the losses (names in any spelling, or files) under the seeds 0 ... seeds - 1.

    Trials already in the results folder are not computed again. ``options`` are the further fields of ``Options``.

    Raises:
        UserError: an unknown name, or anything else the user can mend; nothing computed is lost.
    """
    if seeds < 1:
        raise UserError(f"seeds is {seeds}; it must be a whole number of 1 or more.")
    prepared = Bench(Options(losses or ("all",), **options))
    return prepared.run(prepared.seeds(seeds), Quiet())


def find_losses(names: Sequence[str]) -> dict[str, type[Loss]]:
    """The losses called so, each once, by ``key_of`` it; ``all`` stands for every loss of the package.

    Raises:
        UserError: an unknown name, or two losses with one key.
    """
    found: dict[str, type[Loss]] = {}
    for name in names:
        if spelling(name) == "all":
            found |= known_losses()
            continue
        cls = find_loss(name)
        key = key_of(cls, name)
        if any(other.key == cls.key and taken != key for taken, other in found.items()):
            raise UserError(f"{name}: another of these losses has the key {cls.key!r}.\nGive it a key of its own.")
        found[key] = cls
    return found


def key_of(cls: type[Loss] | type[DataSet], name: str) -> str:
    """The class's key; if it comes from the user's file ``name``, followed by ``@`` and a hash of the file."""
    if not name.endswith(".py"):
        return cls.key
    return f"{cls.key}@{hashlib.sha256(Path(name).read_bytes()).hexdigest()[:12]}"


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
