"""Looks up the classes of the losses, data sets, metrics and extractor that a study names, each once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from benchmark.data import DataSet, find_dataset
from benchmark.factors import FACTORS, NORMALISATION, PENALTY, VARIANT, Choices, Factor, in_print
from benchmark.losses import Loss, find_loss
from benchmark.metrics import ImageMetric, Metric, find_metric
from benchmark.metrics.extractors import Extractor, find_extractor, require_learnable
from benchmark.metrics.extractors.base import require_classes
from benchmark.models import find_architecture
from benchmark.normalisations import find_normalisation
from benchmark.penalties import find_penalty
from benchmark.plugins import UserError, is_key, is_own, naming_exits, spelling
from benchmark.plurals import how_many
from benchmark.study.planning.names import loss_keys, value_keys
from benchmark.study.planning.own_files import own_files
from benchmark.study.storage.table import Names
from benchmark.study.study import Study
from benchmark.study.trial import Cell

FINDERS: dict[str, Callable[[str], type[Any]]] = {
    "loss": find_loss,
    PENALTY.name: find_penalty,
    NORMALISATION.name: find_normalisation,
}
"""Functions that look up the class of a key or a user's file, by kind."""
NAMED = 4  # a message names so many refused combinations


@dataclass(frozen=True, kw_only=True)
class ResolvedStudy:
    """A study and the classes of its names.

    Attributes:
        losses: by the key that trials use, and by the choices that are part of a loss (variant, penalty, normalisation).
        values: the classes of factors' values, by the factor's name and the key that trials use; None for the usual value.
        datasets: by the keys that trials use.
        metrics: what scores the trials, in the order of ``Trial.metrics``.
    """

    study: Study
    losses: dict[tuple[str, Choices], Loss]
    values: dict[str, dict[str, type[Any] | None]]
    datasets: dict[str, type[DataSet]]
    metrics: tuple[type[Metric], ...]
    extractor: type[Extractor]

    def loss(self, cell: Cell) -> Loss:
        """The loss that trials of the cell train."""
        return self.losses[cell.loss, cell.choices.of_loss]

    def own_parts(self, cell: Cell) -> list[type[Any]]:
        """The classes of the cell's loss, penalty and normalisation that are the user's own."""
        values = [of_factor[getattr(cell.choices, name)] for name, of_factor in self.values.items()]
        return [cls for cls in (type(self.loss(cell)), *values) if cls is not None and is_own(cls)]

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of losses, factors' values and data sets."""
        values = (key for of_factor in self.values.values() for key in of_factor)
        return frozenset((*(key for key, _ in self.losses), *values, *self.datasets))

    @property
    def files(self) -> list[str]:
        """The user's own files that define its losses, factors' values or data sets."""
        study = self.study
        names = (
            *study.losses,
            *(name for factor in FACTORS if factor.package for name in study.values(factor)),
            *study.datasets,
        )
        return [name for name in names if name.endswith(".py")]

    @property
    def names(self) -> Names:
        """The names in print of its losses, data sets and factors' values."""
        values = {
            factor.name: {key: cls.name if cls else factor.usual_name for key, cls in self.values[factor.name].items()}
            for factor in FACTORS
            if factor.package
        }
        losses = {key: loss.name for (key, _), loss in self.losses.items()}
        return Names(losses, {key: cls.name for key, cls in self.datasets.items()}, values)

    @property
    def scores(self) -> tuple[str, ...]:
        """The names of the metrics' scores."""
        return score_names(self.metrics, self.extractor)


@naming_exits()
def resolve(study: Study) -> ResolvedStudy:
    """Looks up every name of the study.

    Raises:
        UserError: an unknown name, a variant that a loss does not have, losses and factors that do not go together, two losses
            with one key, a metric that is named twice, a data set of one class where the extractor learns classes.
    """
    metrics, extractor = tuple(find_metric(name) for name in study.metrics), find_extractor(study.extractor)
    if learns := extractor.needs_classes and any(issubclass(metric, ImageMetric) for metric in metrics):
        require_learnable(study.datasets, extractor)
    losses, values = find_combinations(study.losses, **{factor.name: study.values(factor) for factor in FACTORS})
    resolved = ResolvedStudy(
        study=study,
        losses=losses,
        values=values,
        datasets=find_datasets(study.datasets),
        metrics=metrics,
        extractor=extractor,
    )
    for dataset in resolved.datasets.values():
        if learns and dataset.holds == "images":
            require_classes(dataset, extractor.key)
    names = resolved.scores
    for i, name in enumerate(names):
        if name in names[:i]:
            raise UserError(f"{study.name}: metrics names {name} twice.")
    return resolved


Combinations = dict[tuple[str, Choices], Loss]
Values = dict[str, dict[str, type[Any] | None]]


def find_combinations(losses: Sequence[str], **given: Sequence[str]) -> tuple[Combinations, Values]:
    """The ``combinations`` of the losses of these names; and the values' classes, by the factor's name and the value's key.

    Args:
        given: names of factors' values, by the factor's name; a factor that is not given has its usual value.

    Raises:
        UserError: an unknown name, or what ``combinations`` refuses.
    """
    names = {factor: given.get(factor.name, (factor.usual,)) for factor in FACTORS}
    values = {factor.name: find_values(factor, names[factor]) for factor in FACTORS if factor.package}
    return combinations(find_losses(losses), names[VARIANT], values), values


def combinations(
    losses: Mapping[str, type[Loss]], variants: Sequence[str], values: Mapping[str, Mapping[str, type[Any] | None]]
) -> Combinations:
    """Every loss in every variant with every penalty and normalisation, in this order.

    Raises:
        UserError: a variant that a loss does not have, or combinations that make no sense, which are named.
    """
    made: Combinations = {}
    refused: dict[str, str] = {}
    for (key, cls), variant in product(losses.items(), variants):
        cls(variant)  # raises for an unknown variant, before any combination is tried
        for chosen in product(*(of_factor.items() for of_factor in values.values())):
            classes = {name: part for name, (_, part) in zip(values, chosen, strict=True) if part is not None}
            choices = Choices(variant=variant, **{name: value for name, (value, _) in zip(values, chosen, strict=True)})
            try:
                made[key, choices] = cls(variant, **{name: instance(part, variant) for name, part in classes.items()})
            except UserError as error:
                refused[in_print(cls.name, {name: part.name for name, part in classes.items()})] = str(error)
    if len(refused) == 1 and not made:
        raise UserError(*refused.values())
    if refused:
        named = [*refused][:NAMED]
        more = f" and {len(refused) - NAMED} more" if len(refused) > NAMED else ""
        raise UserError(
            f"{how_many(len(refused), 'combination')} of {len(made) + len(refused)} make no sense: {'; '.join(named)}{more}.\n"
            + " ".join(dict.fromkeys(refused[name] for name in named))
        )
    return made


def instance(cls: type[Any], variant: str) -> Any:
    """An instance of a penalty, in the loss's variant if the penalty has it, or of a normalisation."""
    return cls(variant) if variant in getattr(cls, "variants", ()) else cls()


def score_names(metrics: Sequence[type[Metric]], extractor: type[Extractor]) -> tuple[str, ...]:
    """The names of the metrics' scores by the extractor.

    Raises:
        UserError: a user's own metric gives a name that cannot be part of a file's name.
    """
    names = tuple(metric.named(extractor) for metric in metrics)
    for metric, name in zip(metrics, names, strict=True):
        if not is_key(name):
            raise UserError(
                f"{metric.__name__}.named gives {name!r}: letters, digits and _ are needed, with - and . inside, 100 at most."
            )
    return names


def find_losses(names: Sequence[str]) -> dict[str, type[Loss]]:
    """The losses of these names, each once, by ``key_of``; ``all`` stands for the paper's eight.

    Raises:
        UserError: an unknown name, or two losses with one key.
    """
    return find_each("loss", loss_keys(names))


def find_values(factor: Factor, names: Sequence[str]) -> dict[str, type[Any] | None]:
    """The classes of the factor's values of these names, each once, by ``key_of``. The usual value is None and comes first.

    Raises:
        UserError: an unknown name, or two values with one key.
    """
    keys = value_keys(factor, names)
    unusual = find_each(factor.name, [key for key in keys if key != factor.usual])
    return {factor.usual: None, **unusual} if factor.usual in keys else {**unusual}


def find_each(kind: str, keys: Sequence[str]) -> dict[str, type[Any]]:
    """The classes of these keys and files, by ``key_of``.

    Raises:
        UserError: two classes have the same key.
    """
    found: dict[str, type[Any]] = {}
    for name in keys:
        cls = FINDERS[kind](name)
        key = key_of(cls, name)
        if any(spelling(other.key) == spelling(cls.key) and taken != key for taken, other in found.items()):
            raise UserError(f"{name}: another {kind} of these has the key {cls.key!r}.\nGive it a key of its own.")
        found[key] = cls
    return found


def find_datasets(names: Sequence[str]) -> dict[str, type[DataSet]]:
    """The data sets of these names, by ``key_of``.

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


def key_of(cls: type[Any], name: str) -> str:
    """The class's key; if it comes from the user's file ``name``, followed by ``@`` and ``content_hash`` of the file."""
    return f"{cls.key}@{content_hash(name)}" if name.endswith(".py") else cls.key


def content_hash(name: str) -> str:
    """A hash of a user's file and of the user's files that it imports: 12 hexadecimal digits."""
    first, *imported = own_files(Path(name).expanduser())
    digest = hashlib.sha256(first.read_bytes())
    for path in imported:
        digest.update(hashlib.sha256(path.read_bytes()).digest())  # so that moving a line from one file to the next changes it
    return digest.hexdigest()[:12]


def changed_files(resolved: ResolvedStudy) -> list[str]:
    """The user's own files that have changed, or import a changed file, since they were looked up."""
    read = {key.partition("@")[2] for key in resolved.keys}
    return [name for name in resolved.files if not Path(name).expanduser().is_file() or content_hash(name) not in read]
