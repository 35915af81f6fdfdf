"""Names become classes: the losses, data sets, metrics and extractor that a study names, each looked up once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.data import DataSet, find_dataset
from benchmark.losses import Loss, find_loss, paper_losses
from benchmark.metrics import ImageMetric, Metric, find_metric
from benchmark.metrics.extractors import Extractor, find_extractor, require_learnable
from benchmark.metrics.extractors.base import require_classes
from benchmark.models import find_architecture
from benchmark.plugins import UserError, is_key, naming_exits, spelling
from benchmark.study.planning.own_files import own_files
from benchmark.study.storage.table import Names
from benchmark.study.study import Study


@dataclass(frozen=True, kw_only=True)
class ResolvedStudy:
    """A study and what its names stand for.

    Attributes:
        losses: by the keys and variants that trials use.
        datasets: by the keys that trials use.
        metrics: what scores the trials, in the order of ``Trial.metrics``.
    """

    study: Study
    losses: dict[tuple[str, str], Loss]
    datasets: dict[str, type[DataSet]]
    metrics: tuple[type[Metric], ...]
    extractor: type[Extractor]

    @property
    def names(self) -> Names:
        """The names in print of its losses and data sets."""
        return Names({k: v.name for (k, _), v in self.losses.items()}, {k: v.name for k, v in self.datasets.items()})

    @property
    def scores(self) -> tuple[str, ...]:
        """The names of the metrics' scores."""
        return score_names(self.metrics, self.extractor)


@naming_exits()
def resolve(study: Study) -> ResolvedStudy:
    """Looks up every name of the study.

    Raises:
        UserError: an unknown name, a variant that a loss does not have, two losses with one key, a metric that is named twice,
            a data set of one class where the extractor learns classes.
    """
    metrics, extractor = tuple(find_metric(name) for name in study.metrics), find_extractor(study.extractor)
    if learns := extractor.needs_classes and any(issubclass(metric, ImageMetric) for metric in metrics):
        require_learnable(study.datasets, extractor)
    resolved = ResolvedStudy(
        study=study,
        losses={(key, v): cls(v) for key, cls in find_losses(study.losses).items() for v in study.variants},
        datasets=find_datasets(study.datasets),
        metrics=metrics,
        extractor=extractor,
    )
    for dataset in resolved.datasets.values():
        if learns and dataset.holds == "images":
            require_classes(dataset, extractor.key)
    names = resolved.scores
    if len(set(names)) < len(names):
        raise UserError(f"{study.name}: metrics names {names[0]} twice.")
    return resolved


def score_names(metrics: Sequence[type[Metric]], extractor: type[Extractor]) -> tuple[str, ...]:
    """The names of the metrics' scores by the extractor.

    Raises:
        UserError: a user's own metric gives a name that could not be one of a file.
    """
    names = tuple(metric.named(extractor) for metric in metrics)
    for metric, name in zip(metrics, names, strict=True):
        if not is_key(name):
            raise UserError(
                f"{metric.__name__}.named gives {name!r}: letters, digits and _ are needed, with - and . inside, 100 at most."
            )
    return names


def find_losses(names: Sequence[str]) -> dict[str, type[Loss]]:
    """The losses called so, each once, by ``key_of`` it; ``all`` stands for the paper's eight.

    Raises:
        UserError: an unknown name, or two losses with one key.
    """
    found: dict[str, type[Loss]] = {}
    for name in names:
        if spelling(name) == "all":
            found |= paper_losses()
            continue
        cls = find_loss(name)
        key = key_of(cls, name)
        if any(spelling(other.key) == spelling(cls.key) and taken != key for taken, other in found.items()):
            raise UserError(f"{name}: another of these losses has the key {cls.key!r}.\nGive it a key of its own.")
        found[key] = cls
    return found


def find_datasets(names: Sequence[str]) -> dict[str, type[DataSet]]:
    """The data sets called so, by ``key_of`` them.

    Raises:
        UserError: an unknown name, or images of a size for which there are no networks.
    """
    found = {key_of(cls, name): cls for name, cls in ((name, find_dataset(name)) for name in names)}
    for cls in found.values():
        require_networks(cls)
    return found


def require_networks(cls: type[DataSet]) -> None:
    """Checks that there are networks for the data set's images.

    Raises:
        UserError: there are none for images of their size, or none of that name.
    """
    try:
        find_architecture(cls.architecture)(cls.image_shape)
    except ValueError as error:
        raise UserError(f"{cls.__name__}: {error}.") from None


def key_of(cls: type[Loss] | type[DataSet], name: str) -> str:
    """The class's key; if it comes from the user's file ``name``, followed by ``@`` and ``content_hash`` of the file."""
    return f"{cls.key}@{content_hash(name)}" if name.endswith(".py") else cls.key


def content_hash(name: str) -> str:
    """Of a user's file and of those of theirs that it imports."""
    first, *imported = own_files(Path(name).expanduser())
    digest = hashlib.sha256(first.read_bytes())
    for path in imported:
        digest.update(hashlib.sha256(path.read_bytes()).digest())  # so that no line moves from one file to the next unseen
    return digest.hexdigest()[:12]


def changed_files(resolved: ResolvedStudy) -> list[str]:
    """The files of losses and data sets that are not, or import not, what they did when they were looked up."""
    read = {key.partition("@")[2] for key in (*(key for key, _ in resolved.losses), *resolved.datasets)}
    names = [name for name in (*resolved.study.losses, *resolved.study.datasets) if name.endswith(".py")]
    return [name for name in names if not Path(name).expanduser().is_file() or content_hash(name) not in read]
