"""The main job: one loss, or all, under several seeds at one budget."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
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
from benchmark.plugins import UserError, spelling
from benchmark.study.defaults import default_setting
from benchmark.study.runner import Observer, Workplace, run
from benchmark.study.store import Store
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget, find_budget
from benchmark.training.compiler import require_compiler

MEGABYTES_PER_TRIAL = 16  # at full width: generator and samples; a checkpoint comes and goes
CPU_POPULATION, GPU_POPULATION = 1, 10


@dataclass(frozen=True)
class Options:
    """What a command line says, checked as a whole before any work starts.

    Attributes:
        losses: names or files; ``all`` means every loss of the package.
        hyperparameters: ``paper``, ``tuned``, or the path of a table made by ``ganbench tune``; by default
            ``tuned`` at the quick budget and ``paper`` elsewhere.
        device: ``cpu``, ``cuda`` or ``auto``.
        population: trials trained together; by default 1 on a CPU, where more are no faster, and 10 on a GPU.
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
        self.losses = [cls(options.variant) for cls in find_losses(options.losses)]
        self.budget: Budget = find_budget(options.budget, dataset)
        self.settings = {
            loss.key: default_setting(loss, self.budget.name, dataset.key, options.hyperparameters, report)
            for loss in self.losses
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

    def trial(self, loss: Loss, setting: Setting, *, seed: int, sample: int = 0) -> Trial:
        name = next((n for n in self.options.losses if n.endswith(".py") and find_loss_once(n) is type(loss)), loss.key)
        return Trial(
            key_of(type(loss), name), self.dataset_key, setting, seed, self.budget,
            f"{self.score.name}@{self.score.extractor.fingerprint}", loss.variant, sample=sample,
        )  # fmt: skip

    def seeds(self, count: int) -> list[Trial]:
        """Each loss's default setting under the seeds 0 ... count - 1."""
        return [self.trial(loss, self.settings[loss.key], seed=seed) for loss in self.losses for seed in range(count)]

    def samples(self, count: int, space: str = "wide") -> list[Trial]:
        """Each loss's paper default (sample 0) and ``count`` random samples of its search space, with seed 0."""
        return [
            self.trial(loss, setting, seed=0, sample=i)
            for loss in self.losses
            for i, setting in enumerate(
                [dict(loss.defaults), *sample(getattr(loss, space), count, space, loss.key, self.dataset.key)]
            )
        ]

    def run(self, trials: Sequence[Trial], observer: Observer, *, retry_failed: bool = False) -> pd.DataFrame:
        """Trains what is missing and returns the table of all the trials."""
        require_writable(self.options.results, MEGABYTES_PER_TRIAL * 1_000_000 * len(trials) // 10, f"{len(trials)} trials")
        population = self.options.population or (GPU_POPULATION if self.device.type == "cuda" else CPU_POPULATION)
        for loss in self.losses:
            own = [t for t in trials if t.loss.partition("@")[0] == loss.key]
            place = Workplace(loss, self.train, self.score, self.store, self.device, self.options.compiled, population)
            run(own, place, observer, retry_failed=retry_failed)
        return self.store.table(trials)


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


def find_losses(names: Sequence[str]) -> list[type[Loss]]:
    """The losses called so, each once; ``all`` stands for every loss of the package.

    Raises:
        UserError: an unknown name, or two losses with one key.
    """
    found: dict[str, type[Loss]] = {}
    for name in names:
        for cls in known_losses().values() if spelling(name) == "all" else [find_loss_once(name)]:
            if found.setdefault(cls.key, cls) is not cls:
                raise UserError(f"{name}: the key {cls.key!r} is taken by another loss.\nGive it a key of its own.")
    return list(found.values())


find_loss_once = lru_cache(find_loss)  # a user's file runs once


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
