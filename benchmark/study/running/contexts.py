"""What a study's trials run with: losses, data, metrics and the device, each made once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch

from benchmark.data import DataSet, Split
from benchmark.data.base import only_zeros_and_ones
from benchmark.factors import FACTORS
from benchmark.files import require_writable
from benchmark.files.sharing import require_own
from benchmark.losses import Loss
from benchmark.metrics import ImageMetric, Metric
from benchmark.models import Architecture, find_architecture
from benchmark.plugins import UserError, is_own
from benchmark.plurals import how_many
from benchmark.study.planning.fastest import device_file, fastest, read_measured
from benchmark.study.planning.plan import budget_of
from benchmark.study.planning.resolution import ResolvedStudy, changed_files
from benchmark.study.populations import usual_population
from benchmark.study.running.rehearsal import rehearse_loss, rehearse_metric
from benchmark.study.running.tensorboard import require_tensorboard
from benchmark.study.storage.environment import device_name
from benchmark.study.storage.processes import usable_cores
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import Names
from benchmark.study.study import Study
from benchmark.study.trial import Cell, Trial
from benchmark.training.execution import Execution, compiling_pays, require_compiler
from benchmark.validation import Positive, Text, record

KEPT_BESIDE = 100_000  # bytes of samples and result that a trial keeps in addition to its generator


@record
class Resources:
    """What a study runs with. It affects only the last digits of results.

    Attributes:
        results, data: folders.
        device: ``cpu``, ``cuda`` or ``auto``.
        compiled: whether the training step is compiled where that is faster, for a population or on a GPU.
        population: the number of trials trained together, on which rounding depends. None for 1 on a CPU and 10 on a GPU; on a
            GPU that ``ganbench gpu`` has measured, None for the fastest number in its table, which is in ``speed/`` in the
            results folder.
        threads: CPU threads per worker. With 1, results do not depend on the number of cores, and most trials finish per hour.
        tensorboard: whether logs are written, to ``tensorboard/`` in the results folder.

    Examples:
        >>> import benchmark
        >>> benchmark.Resources(device="cpu", threads=2).results.as_posix()
        'results'
        >>> benchmark.Resources(threads=0)
        Traceback (most recent call last):
        benchmark.plugins.UserError: Resources: threads = 0: a whole number of 1 or more is needed.
    """

    results: Path = Path("results")
    data: Path = Path("data")
    device: Text = "auto"
    compiled: bool = True
    population: Positive | None = None
    threads: Positive = 1
    tensorboard: bool = False


@dataclass(frozen=True, kw_only=True)
class TrialContext:
    """What trials of one cell run with.

    Attributes:
        train: the training images.
        metrics: those that score the trials, in the order of ``Trial.metrics``.
        architecture: that of the networks, declared by the data set.
        study: the name and hash of the trials' study.
        names: the names in print of losses and data sets.
        tensorboard: a folder for logs; None for no logs.
    """

    loss: Loss
    train: Split
    metrics: Sequence[Metric]
    store: Store
    device: torch.device
    execution: Execution
    study: dict[str, str]
    names: Names = field(default_factory=Names)
    architecture: type[Architecture] = Architecture
    tensorboard: Path | None = None


class StudyContext:
    """What all trials of a study run with; it makes the context of each."""

    def __init__(self, *, resolved: ResolvedStudy, resources: Resources, report: Callable[[str], None] = print) -> None:
        self.resolved, self.resources, self.report = resolved, resources, report
        self.datasets: dict[str, DataSet] = {
            k: cls(resources.data, validation=resolved.study.validation) for k, cls in resolved.datasets.items()
        }
        self.store = Store(resources.results, report)
        self._changed: list[str] = []
        self._prepared: dict[str, tuple[Split, list[Metric]]] = {}

    @property
    def study(self) -> Study:
        return self.resolved.study

    @cached_property
    def device(self) -> torch.device:
        return find_device(self.resources.device)

    @cached_property
    def execution(self) -> Execution:
        """How trials are trained here: in the fastest way measured on this GPU, or in the usual way for such a device."""
        r, device = self.resources, self.device
        size = r.population or usual_population(device.type)
        return self.measured_execution or Execution(population=size, compiled=r.compiled and compiling_pays(device.type, size))

    @cached_property
    def measured_execution(self) -> Execution | None:
        """The fastest way in ``device_file``; None if nothing was measured, or if nothing may be compiled."""
        r, device = self.resources, self.device
        if device.type != "cuda" or not r.compiled:
            return None
        return fastest(
            read_measured(self.device_file),
            {cls.image_shape for cls in self.resolved.datasets.values()},
            min(budget_of(self.study, cls).width for cls in self.resolved.datasets.values()),
            population=r.population,
            free_gb=torch.cuda.mem_get_info(device)[0] / 1e9,
        )

    @property
    def device_file(self) -> Path:
        """The file in which ``ganbench gpu`` keeps its measurements of this device."""
        return device_file(self.resources.results, device_name(self.device))

    @property
    def population(self) -> int:
        """How many trials are trained together."""
        return self.execution.population

    def check(self, trials: Sequence[Trial]) -> None:
        """Checks, before any work, that the trials can run: data, weights, compiler, disk space.

        Raises:
            UserError: something is missing.
        """
        torch.set_num_threads(self.resources.threads)
        _ = self.device
        require_writable(self.resources.results, 64_000_000, "results")
        require_own(self.store.folders())
        if self.execution.compiled:
            require_compiler()
        if self.measured_execution is not None:  # a file in the results folder affects the last digits
            self.report(
                f"{how_many(self.population, 'trial')} together, by the measurements of ganbench gpu in {self.device_file}; "
                f"rounding depends on this number (--population {self.population} keeps it)."
            )
        if self.resources.tensorboard:
            require_tensorboard()
        for cell in dict.fromkeys(t.cell for t in trials):
            if own := self.resolved.own_parts(cell):
                rehearse_loss(self.resolved.loss(cell), self.resolved.datasets[cell.dataset], own)
        for key in dict.fromkeys(t.dataset for t in trials):
            _, metrics = self.prepared(key)
            for doubt in dict.fromkeys(doubt for metric in metrics for doubt in metric.doubts(self.datasets[key].name)):
                self.report(f"Warning: {doubt}")
            for metric in metrics:
                if is_own(type(metric)) or (is_own(self.resolved.extractor) and isinstance(metric, ImageMetric)):
                    rehearse_metric(metric, self.datasets[key], self.device)
        require_writable(self.resources.results, self.disk_needed(trials), how_many(len(trials), "trial"))

    def prepared(self, dataset: str) -> tuple[Split, list[Metric]]:
        """The training images and the metrics of a data set."""
        if dataset not in self._prepared:
            found = self.datasets[dataset]
            train = found.training_images()
            if only_zeros_and_ones(train.images):
                self.report(f"Warning: {found.name}: all values are 0 or 1, of 255. If 1 stands for white, multiply by 255.")
            metrics = [m.on(found, self.resolved.extractor, self.device, self.report) for m in self.resolved.metrics]
            self._prepared[dataset] = train, metrics
        return self._prepared[dataset]

    def newly_changed_files(self) -> list[str]:
        """The user's own files that changed since the last call, or since they were read."""
        changed = [name for name in changed_files(self.resolved) if name not in self._changed]
        self._changed += changed
        return changed

    def of(self, trial: Trial) -> TrialContext:
        """What the trial and others of its cell run with.

        Raises:
            UserError: a file of its loss, factors or data set has changed since it was planned.
        """
        for planned in (trial.loss, trial.dataset, *(trial.of(factor) for factor in FACTORS if factor.package)):
            if planned not in self.resolved.keys:
                raise UserError(
                    f"The run was planned with {planned}, but its file, or one that it imports, has changed since.\n"
                    "Ended trials are kept under that name; the same command trains the new content under another name."
                )
        train, metrics = self.prepared(trial.dataset)
        return TrialContext(
            loss=self.resolved.loss(trial.cell),
            train=train,
            metrics=metrics,
            store=self.store,
            device=self.device,
            execution=self.execution,
            study={"name": self.study.name, "hash": self.study.hash},
            names=self.resolved.names,
            architecture=find_architecture(self.datasets[trial.dataset].architecture),
            tensorboard=self.resources.results / "tensorboard" if self.resources.tensorboard else None,
        )

    def disk_needed(self, trials: Sequence[Trial]) -> int:
        """Bytes that the trials will keep, including checkpoints of trials that train at the same time."""
        sizes: dict[tuple[Cell, float], tuple[int, int]] = {}
        kept = checkpoint = 0
        for trial in trials:
            key = (trial.cell, trial.budget.width)
            if key not in sizes:
                loss, dataset = self.resolved.loss(trial.cell), self.datasets[trial.dataset]
                with torch.device("meta"):
                    norm = loss.normalised_by(trial.setting)
                    architecture = find_architecture(dataset.architecture)(dataset.image_shape, trial.budget.width, norm)
                    networks = loss.networks(architecture)
                counts = {name: 4 * sum(p.numel() for p in network.parameters()) for name, network in networks.items()}
                sizes[key] = counts["generator"] + KEPT_BESIDE, 3 * sum(counts.values())  # weights and two moments
            kept += sizes[key][0]
            checkpoint = max(checkpoint, sizes[key][1])
        return kept + checkpoint * self.population * usable_cores()


def find_device(name: str) -> torch.device:
    """The device called ``cpu``, ``cuda`` (or ``cuda:1``), or the best one for ``auto``.

    Raises:
        UserError: an unknown name, or a GPU that torch does not see.
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
