"""``ganbench check``: says what a user's own file is, what it would do, and what is wrong with it, before any training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmark.data import DATA_FOLDER, DataSet, classes_in_folder, find_dataset
from benchmark.data.base import only_zeros_and_ones
from benchmark.data.image_folder import ImageFolder
from benchmark.factors import FACTORS
from benchmark.guest import guest
from benchmark.hyperparameters import in_words
from benchmark.losses import Loss, find_loss
from benchmark.losses.nsgan import NSGAN
from benchmark.metrics import Metric, find_metric
from benchmark.metrics.extractors import Extractor, find_extractor
from benchmark.metrics.extractors.base import require_classes
from benchmark.metrics.extractors.pixels import PixelExtractor
from benchmark.metrics.fid import FID
from benchmark.models import find_architecture
from benchmark.normalisations import Normalisation, find_normalisation
from benchmark.penalties import Penalty, find_penalty
from benchmark.plugins import UserError, defined, is_own, loaded, naming_exits
from benchmark.plurals import how_many
from benchmark.study.planning.cost import cost_tables, read_speeds
from benchmark.study.planning.names import is_study, require_names_of
from benchmark.study.planning.plan import Plan, make_plan
from benchmark.study.planning.resolution import require_networks
from benchmark.study.planning.studyfile import find_study
from benchmark.study.populations import CPU_POPULATION
from benchmark.study.running.rehearsal import noise_like, rehearse_loss, rehearse_metric
from benchmark.study.storage.store import Store
from benchmark.study.study import Study

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Rehearsal:
    """What a class is tried with.

    Attributes:
        like: noise with this data set's shape is used in place of data.
        data: the folder for data sets.
        report: prints a line.
    """

    like: type[DataSet]
    data: Path
    report: Callable[[str], None]


@dataclass(frozen=True)
class Kind:
    """A kind of class that a user's file may define.

    Attributes:
        name: its name in messages.
        base: the base class of its classes.
        find: returns the class in the file at a path, after checks of its declarations.
        describe: yields lines about the class.
        rehearse: tries the class and yields lines about the result; raises UserError if something is wrong.
        use: the command that takes the file's name.
    """

    name: str
    base: type[Any]
    find: Callable[[str], type[Any]]
    describe: Callable[[Any], Iterator[str]]
    rehearse: Callable[[Any, Rehearsal], Iterator[str]]
    use: str


def describe_searched(cls: Any) -> Iterator[str]:
    """The variants and hyperparameters of a loss or penalty, with defaults and both search ranges."""
    yield f"variants: {', '.join(cls.variants)}"
    for name, default in cls.defaults.items():
        ranges = [f"{space} {in_words(values)}" for space in ("wide", "narrow") if (values := getattr(cls, space).get(name))]
        yield "; ".join((f"{name}: default {default}", *(ranges or ["never drawn"])))


def rehearse_variants(cls: type[Loss], rehearsal: Rehearsal) -> Iterator[str]:
    """The networks and objectives of a loss, and a step of each variant."""
    for variant in cls.variants:
        loss = cls(variant)
        logged = rehearse_loss(loss, rehearsal.like)
        if variant == cls.variants[0]:
            with torch.device("meta"):
                networks = loss.networks(find_architecture(rehearsal.like.architecture)(rehearsal.like.image_shape))
            weights = {name: sum(p.numel() for p in network.parameters()) for name, network in networks.items()}
            yield f"networks: {', '.join(f'{name} ({count:,} weights)' for name, count in weights.items())}"
        values = ", ".join(f"{name} {value:.4g}" for name, value in logged.items())
        yield f"{variant}: one step on noise like {rehearsal.like.name} gives {values}"
        yield from warned_of(logged)


def warned_of(logged: dict[str, float]) -> Iterator[str]:
    """A warning if a step logged what is not finite."""
    if not np.isfinite([*logged.values()]).all():
        yield "Warning: not finite; such a trial diverges at its first step."


def rehearse_penalty(cls: type[Penalty], rehearsal: Rehearsal) -> Iterator[str]:
    """A step of NS GAN with each variant of a penalty."""
    for variant in cls.variants:
        yield from step_with(NSGAN(penalty=cls(variant)), cls, f"{variant}: ", rehearsal)


def describe_normalisation(cls: type[Normalisation]) -> Iterator[str]:
    """Whether weights or activations pass through a normalisation, and whether it mixes images."""
    yield "weights pass through it" if cls().of_weights else "layers of the discriminator"
    yield f"an image depends on the others of its batch: {'yes' if cls.mixes_images else 'no'}"


def rehearse_normalisation(cls: type[Normalisation], rehearsal: Rehearsal) -> Iterator[str]:
    """A step of NS GAN with a normalisation."""
    yield from step_with(NSGAN(normalisation=cls()), cls, "", rehearsal)


def step_with(loss: Loss, cls: type, variant: str, rehearsal: Rehearsal) -> Iterator[str]:
    """The result of a step of the loss with a user's class, in words, and a warning if it is not finite."""
    logged = rehearse_loss(loss, rehearsal.like, [cls])
    values = ", ".join(f"{name} {value:.4g}" for name, value in logged.items())
    yield f"{variant}one step of {loss.name} with it on noise like {rehearsal.like.name} gives {values}"
    yield from warned_of(logged)


def describe_dataset(cls: type[DataSet]) -> Iterator[str]:
    """The data set's content, networks and metrics."""
    size = f" of {'x'.join(map(str, cls.image_shape))}" if cls.holds == "images" else ""
    yield f"{cls.holds}{size} in {how_many(cls.classes, 'class', 'classes')}"
    yield f"networks {cls.architecture}; scored by {', '.join(cls.metrics)}"
    if issubclass(cls, ImageFolder):
        yield f"{how_many(len(cls.files), 'file')}, the smallest has a side of {min(file.side for file in cls.files)} pixels"


def rehearse_dataset(cls: type[DataSet], rehearsal: Rehearsal) -> Iterator[str]:
    """Every split of a data set, loaded."""
    require_networks(cls)
    for name in cls.metrics:
        find_metric(name)
    dataset, seen = cls(rehearsal.data), dict[str, set[int]]()
    for split in cls.splits:
        made = dataset.load(split)
        counts = np.bincount(made.labels, minlength=cls.classes)
        sizes = f"{counts.min():,} to {counts.max():,} of a class, values {made.images.min():g} to {made.images.max():g}"
        yield f"{split}: {len(made):,} {cls.holds}, {sizes}"
        if only_zeros_and_ones(made.images):
            yield "Warning: all values are 0 or 1, of 255. If 1 stands for white, multiply by 255."
        seen[split] = {hash(image.tobytes()) for image in made.images}
        for other in list(seen)[:-1]:
            if shared := len(seen[split] & seen[other]):
                yield f"Warning: {split} and {other} share {how_many(shared, 'image')}; they should share none."
    if cls.holds == "images":
        try:
            require_classes(cls, "layers")
        except UserError as error:
            yield f"Note: {error}"


def describe_metric(cls: type[Metric]) -> Iterator[str]:
    """What a metric needs."""
    yield f"needs {how_many(cls.least_images, 'generated image')} at least"


def rehearse_any_metric(cls: type[Metric], rehearsal: Rehearsal) -> Iterator[str]:
    """The scores of noise by a metric, with pixels as features."""
    yield scores_of_noise(cls, PixelExtractor, rehearsal)


def describe_extractor(cls: type[Extractor]) -> Iterator[str]:
    """The name of the FID by an extractor."""
    yield f"its FID is called {FID.named(cls)}"


def rehearse_extractor(cls: type[Extractor], rehearsal: Rehearsal) -> Iterator[str]:
    """The FID of noise by an extractor's features."""
    yield scores_of_noise(FID, cls, rehearsal)


def scores_of_noise(metric: type[Metric], extractor: type[Extractor], rehearsal: Rehearsal) -> str:
    """A line with the scores of noise; the first score is the one that compares trials."""
    dataset = noise_like(rehearsal.like)
    scores = rehearse_metric(metric.on(dataset, extractor, CPU, rehearsal.report), dataset, CPU)
    return f"{dataset.name} scores {', '.join(f'{name} {value:.4g}' for name, value in scores.items())}; lower is better"


KINDS = (
    Kind("loss", Loss, find_loss, describe_searched, rehearse_variants, "bench --loss"),
    Kind("penalty", Penalty, find_penalty, describe_searched, rehearse_penalty, "bench --penalty"),
    Kind(
        "normalisation",
        Normalisation,
        find_normalisation,
        describe_normalisation,
        rehearse_normalisation,
        "bench --normalisation",
    ),
    Kind("data set", DataSet, find_dataset, describe_dataset, rehearse_dataset, "bench --dataset"),
    Kind("metric", Metric, find_metric, describe_metric, rehearse_any_metric, "rescore STUDY --metrics"),
    Kind("extractor", Extractor, find_extractor, describe_extractor, rehearse_extractor, "bench --extractor"),
)
"""All kinds that ``check`` knows."""


@guest()
@naming_exits()
def check(
    name: str,
    like: str = "fashion-mnist",
    *,
    data: Path = DATA_FOLDER,
    results: Path = Path("results"),
    report: Callable[[str], None] = print,
) -> list[str]:
    """Says what a file is and what it would do, and tries it: it trains one step on noise and nothing else.

    Args:
        name: a Python file, a folder of images, or a study by name or file.
        like: the name of a data set; noise with its shape is used in place of data.
        data, results: the folders for data sets and results; only speeds are read from the results.
        report: prints a line.

    Returns:
        The faults, each in one or two lines.

    Raises:
        UserError: there is no such file, or it is of another kind.
    """
    if is_study(name):
        return check_study(find_study(name), data, results, report)
    kinds, rehearsal = kinds_of(name), Rehearsal(find_dataset(like), data, report)
    if not (faults := [fault for kind in kinds for fault in check_class(kind, name, rehearsal)]):
        for kind in kinds:
            report(f"Use it: ganbench {kind.use} {name}")
    return faults


def kinds_of(name: str) -> list[Kind]:
    """The kinds of classes that a Python file defines; a folder of images is a data set.

    Raises:
        UserError: the file does not run, or defines no such class.
    """
    if not name.endswith(".py"):
        return [kind for kind in KINDS if kind.base is DataSet]
    module = loaded("Python", Path(name).expanduser())
    if not (found := [kind for kind in KINDS if defined(module, kind.base)]):
        bases = ", ".join(kind.base.__name__ for kind in KINDS)
        raise UserError(
            f"{name} defines no class derived from one of these: {bases}.\nCONTRIBUTING.md says what each must define."
        )
    return found


def check_class(kind: Kind, name: str, rehearsal: Rehearsal) -> list[str]:
    """Describes and tries the class of a file or folder; returns the faults."""
    try:
        cls = kind.find(name)
        rehearsal.report(f"{name}: {kind.name} {cls.key}")
        for line in chain(kind.describe(cls), kind.rehearse(cls, rehearsal)):
            rehearsal.report(f"  {line}")
    except UserError as error:
        return [str(error)]
    return []


def check_study(study: Study, data: Path, results: Path, report: Callable[[str], None]) -> list[str]:
    """Checks the files that a study names, plans it and says what it costs; returns the faults."""
    report(": ".join(filter(None, (f"{study.name}, a study", study.description))))
    rehearsal, faults = Rehearsal(find_dataset("fashion-mnist"), data, report), []
    values = [name for factor in FACTORS if factor.package for name in study.values(factor)]
    for name in (*study.losses, *values, *study.datasets, *study.metrics, study.extractor):
        if name.endswith(".py") or (name in study.datasets and classes_in_folder(name) is not None):
            try:
                faults += [fault for kind in kinds_of(name) for fault in check_class(kind, name, rehearsal)]
            except UserError as error:  # it defines no class that can be used
                faults.append(str(error))
    try:
        require_names_of(study)
        plan = make_plan(study, Store(results, report), report)
        for line in what_it_does(plan, results):
            report(f"  {line}")
        for cell in dict.fromkeys(trial.cell for trial in plan.trials):
            own, dataset = plan.resolved.own_parts(cell), plan.resolved.datasets[cell.dataset]
            if own or is_own(dataset):
                rehearse_loss(plan.resolved.loss(cell), dataset, own)
    except UserError as error:
        faults += [str(error)] if not any(fault in str(error) for fault in faults) else []  # already reported
    return faults


def what_it_does(plan: Plan, results: Path) -> Iterator[str]:
    """Lines about a plan: its trials, the ranges they are drawn from, and their cost on the devices that were measured."""
    steps = sum(trial.budget.steps for trial in plan.trials)
    losses, datasets = (", ".join(dict.fromkeys(names.values())) for names in (plan.names.losses, plan.names.datasets))
    yield f"{how_many(len(plan.trials), 'trial')}, {steps:,} steps in all: {losses} on {datasets}"
    yield f"scored by {', '.join(plan.resolved.scores)}"
    yield from plan.ranges
    for device, table in cost_tables(plan, CPU_POPULATION, read_speeds(results)).items():
        yield f"hours of one worker on {device}: {table['hours of one worker'].iloc[-1]}"
