"""Base classes of metrics. A metric scores a trained generator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Self

import torch
from torch import Tensor

from benchmark.analysis.reliability import doubts
from benchmark.data import DataSet
from benchmark.data.base import require_images
from benchmark.metrics.extractors import Extractor
from benchmark.metrics.extractors.base import Learnt
from benchmark.plugins import UserError, blaming, is_key, one_line
from benchmark.validation import Positive, read_record, record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Report = Callable[[str], None]


@dataclass(frozen=True)
class Generated:
    """A generator at one evaluation.

    Attributes:
        images: uint8 [n, C, H, W], drawn from the latents that every evaluation uses; points are float32 [n, 2, 1, 1].
        generate: a differentiable function from latents [n, 64] to images, float [n, C, H, W] in [0, 1].
        prior: ``uniform`` for latents U[-1, 1], ``normal`` for N(0, 1).

    Examples:
        >>> import torch
        >>> from benchmark import Architecture, Generated
        >>> generator = Architecture((1, 28, 28), width=0.25).generator()
        >>> images = (255 * generator(torch.rand(4, 64))).round().to(torch.uint8)
        >>> Generated(images, generator, prior="uniform").images.shape
        torch.Size([4, 1, 28, 28])
    """

    images: Tensor
    generate: Callable[[Tensor], Tensor]
    prior: str


class Metric(ABC):
    """Scores generators against one data set.

    Attributes:
        key: the metric's name in a study's ``metrics``.
        name: the column of its main score; lower is better.
        fingerprint: names everything that its scores depend on besides the images: weights and settings.
        real_images: the number of real images behind its main score; None if it uses none.
        features: the number of features of an image, if the metric needs more real images than features; None otherwise.
        learnt: how well its extractor learnt the data set's classes; None if it learnt none, or if that need not be checked.
        least_images: the smallest number of generated images that it can score; checked before training.
        picture: the file name of the picture that ``pictured`` returns, without suffix; empty if there is none.

    Examples:
        How strongly images change with the latent, which needs the generator itself:

        >>> import torch
        >>> from benchmark import Generated, Metric
        >>> class Flatness(Metric):
        ...     key = "flatness"
        ...     name = "flatness"
        ...     fingerprint = "1"
        ...
        ...     @classmethod
        ...     def named(cls, extractor):
        ...         return cls.name
        ...
        ...     @classmethod
        ...     def on(cls, dataset, extractor, device, report):
        ...         return cls()
        ...
        ...     def __call__(self, generated):
        ...         z = torch.linspace(-1, 1, 8)[:, None].expand(8, 64)
        ...         return {"flatness": -float(generated.generate(z).std(0).mean())}
        >>> constant = Generated(torch.zeros(1, 1, 4, 4), lambda z: torch.zeros(len(z), 1, 4, 4), prior="uniform")
        >>> abs(Flatness()(constant)["flatness"])
        0.0
    """

    key: ClassVar[str] = ""
    least_images: ClassVar[int] = 1
    picture: ClassVar[str] = ""
    name: str
    fingerprint: str
    real_images: int | None = None
    features: int | None = None
    learnt: Learnt | None = None

    @classmethod
    @abstractmethod
    def named(cls, extractor: type[Extractor]) -> str:
        """The metric's ``name`` if it uses this extractor."""

    @classmethod
    @abstractmethod
    def on(cls, dataset: DataSet, extractor: type[Extractor], device: torch.device, report: Report) -> Self:
        """The metric for a data set, with the extractor's features if it uses any.

        Raises:
            UserError: the metric cannot be computed on this data set, or something it needs is not available.
        """

    @abstractmethod
    def __call__(self, generated: Generated) -> dict[str, float]:
        """Its scores by column, the main one first."""

    def reliability(self) -> dict[str, float]:
        """Facts about how far its scores can be trusted, by column of the table of trials; unknown facts are left out."""
        said: dict[str, float] = {} if self.features is None else {"extractor_features": self.features}
        if self.learnt is not None:
            said |= {"extractor_accuracy": self.learnt.accuracy, "extractor_chance": self.learnt.chance}
        return said

    def doubts(self, dataset: str) -> list[str]:
        """Warnings about its scores on the data set, whose printed name is ``dataset``; empty if there is no reason for any."""
        learnt = self.learnt
        return doubts(
            dataset,
            self.name,
            images=self.real_images,
            features=self.features,
            accuracy=None if learnt is None else learnt.accuracy,
            chance=None if learnt is None else learnt.chance,
        )

    def pictured(self, generated: Generated) -> tuple[dict[str, float], Figure | None]:
        """Its scores, and a picture that explains them if it has one; both are kept when a generator is scored again."""
        return self(generated), None


@record
class MetricDeclaration:
    """The attributes that a metric's class must declare; see ``Metric``."""

    least_images: Positive


def check_declared(cls: type[Metric]) -> None:
    """Checks the attributes of a user's own metric.

    Raises:
        UserError: an attribute has an impossible value; the message names the class.
    """
    read_record(MetricDeclaration, {f.name: getattr(cls, f.name) for f in fields(MetricDeclaration)}, cls.__name__)


def checked_scores(metric: Metric, scores: object) -> dict[str, float]:
    """The value that a metric returned, checked: scores by column, the main one first.

    Raises:
        UserError: it is something else; the message names the class and what is needed.
    """
    place = type(metric).__name__
    if not isinstance(scores, dict) or next(iter(scores), None) != metric.name:
        found = f"scores {', '.join(map(str, scores))}" if isinstance(scores, dict) else type(scores).__name__
        raise UserError(f"{place} returned {found}; it must return a dict of scores, with its own name {metric.name!r} first.")
    for name, value in scores.items():
        if not is_key(name) or isinstance(value, bool) or not isinstance(value, int | float):
            raise UserError(f"{place} returned {name!r}: {type(value).__name__}; each score needs a valid name and a float.")
    return scores


def check_fingerprint(made: Metric | Extractor) -> None:
    """Checks that the fingerprint of a metric or extractor is a non-empty string.

    Raises:
        UserError: it is not.
    """
    if not isinstance(said := getattr(made, "fingerprint", None), str) or not said:
        raise UserError(f"{type(made).__name__}: fingerprint = {said!r}: it must be a string that names weights and settings.")


def require_images_for(metrics: Iterable[type[Metric]], count: int, said: str = "images = ") -> None:
    """Checks that ``count`` generated images are enough for each of the metrics.

    Args:
        said: the beginning of the error message; the number follows.

    Raises:
        UserError: a metric needs more.
    """
    for metric in metrics:
        if count < metric.least_images:
            raise UserError(f"{said}{count}: the metric {metric.key!r} needs {metric.least_images} images at least.")


class ImageMetric(Metric):
    """A metric that uses only the generator's images, usually through an extractor's features.

    Examples:
        The difference in mean brightness from the test images:

        >>> import torch
        >>> from benchmark import ImageMetric
        >>> class Brightness(ImageMetric):
        ...     key = "brightness"
        ...     name = "brightness"
        ...     fingerprint = "1"
        ...
        ...     def __init__(self, real):
        ...         self.real = real
        ...
        ...     @classmethod
        ...     def named(cls, extractor):
        ...         return cls.name
        ...
        ...     @classmethod
        ...     def by(cls, extractor, dataset):
        ...         return cls(dataset.load("test").images.mean())
        ...
        ...     def of(self, images):
        ...         return {"brightness": abs(float(images.float().mean()) - self.real)}
        >>> Brightness(real=100).of(torch.full((2, 1, 4, 4), 110, dtype=torch.uint8))
        {'brightness': 10.0}
    """

    @classmethod
    @abstractmethod
    def by(cls, extractor: Extractor, dataset: DataSet) -> Self:
        """The metric for a data set, with this extractor.

        Raises:
            UserError: the metric cannot be computed on this data set.
        """

    @abstractmethod
    def of(self, images: Tensor) -> dict[str, float]:
        """The scores, by column and the main one first, of images uint8 [n, C, H, W]."""

    @classmethod
    def on(cls, dataset: DataSet, extractor: type[Extractor], device: torch.device, report: Report) -> Self:
        require_images(dataset, f"The metric {cls.key!r}")
        with blaming(extractor, f"{extractor.__name__} on {dataset.name}"):
            made = extractor(dataset, device, report)
        check_fingerprint(made)
        try:
            metric = cls.by(made, dataset)
        except ValueError as error:  # features of real images that are not finite, say
            raise UserError(f"The metric {cls.key!r} cannot be computed on {dataset.name}: {one_line(error)}.") from error
        metric.learnt = made.learnt(dataset)
        return metric

    def __call__(self, generated: Generated) -> dict[str, float]:
        return self.of(generated.images)
