"""What a metric is: it scores a trained generator."""

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
        images: its images uint8 [n, C, H, W] of the latents that every evaluation uses; points are float32 [n, 2, 1, 1].
        generate: images float [n, C, H, W] in [0, 1] of latents [n, 64]; differentiable.
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
        key: what a study lists under ``metrics``.
        name: the column of its main score; lower is better.
        fingerprint: all that its scores depend on beside the images: weights, settings.
        real_images: the real images that its main score compares with; None where it compares with none.
        features: the features of an image, where it needs more real images than these; None elsewhere.
        learnt: how well its extractor learnt the data set's classes; None where it learnt none, or is known to do well.
        least_images: the fewest generated images of which there is a score; checked before anything is trained.
        picture: what the picture that ``pictured`` gives is called, as a file beside a table; empty where there is none.

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
        """What ``name`` will be with the extractor."""

    @classmethod
    @abstractmethod
    def on(cls, dataset: DataSet, extractor: type[Extractor], device: torch.device, report: Report) -> Self:
        """The metric on a data set, by the extractor's features if it uses any.

        Raises:
            UserError: it cannot be computed there, or something it needs cannot be had.
        """

    @abstractmethod
    def __call__(self, generated: Generated) -> dict[str, float]:
        """Its scores by column, the main one first."""

    def reliability(self) -> dict[str, float]:
        """What its scores rest on, by the columns of a table of trials; what is not known is left out."""
        said: dict[str, float] = {} if self.features is None else {"extractor_features": self.features}
        if self.learnt is not None:
            said |= {"extractor_accuracy": self.learnt.accuracy, "extractor_chance": self.learnt.chance}
        return said

    def doubts(self, dataset: str) -> list[str]:
        """What a reader must know of its scores on the data set, called so in print; empty where they rest on enough."""
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
        """Its scores, and a picture of what they rest on where it has one: what is kept when a generator is scored again."""
        return self(generated), None


@record
class MetricDeclaration:
    """What a metric's class must say of itself; see ``Metric``."""

    least_images: Positive


def check_declared(cls: type[Metric]) -> None:
    """Checks what a user's own metric says of itself.

    Raises:
        UserError: something cannot be; the class is named.
    """
    read_record(MetricDeclaration, {f.name: getattr(cls, f.name) for f in fields(MetricDeclaration)}, cls.__name__)


def checked_scores(metric: Metric, scores: object) -> dict[str, float]:
    """What a metric returned, if it is scores by column with the main one first.

    Raises:
        UserError: it is not; the class is named, and what is needed.
    """
    place = type(metric).__name__
    if not isinstance(scores, dict) or next(iter(scores), None) != metric.name:
        found = f"scores {', '.join(map(str, scores))}" if isinstance(scores, dict) else type(scores).__name__
        raise UserError(f"{place} returned {found}; a dict of scores by name is needed, {metric.name!r}, its name, first.")
    for name, value in scores.items():
        if not is_key(name) or isinstance(value, bool) or not isinstance(value, int | float):
            raise UserError(f"{place} returned {name!r}: {type(value).__name__}; a float for each name is needed.")
    return scores


def check_fingerprint(made: Metric | Extractor) -> None:
    """Checks that what names the weights behind a score, or an extractor's, is a text.

    Raises:
        UserError: it is not.
    """
    if not isinstance(said := getattr(made, "fingerprint", None), str) or not said:
        raise UserError(f"{type(made).__name__}: fingerprint = {said!r}: a text that names its weights and settings is needed.")


def require_images_for(metrics: Iterable[type[Metric]], count: int, said: str = "images = ") -> None:
    """Checks that so many generated images have a score by each of the metrics.

    Args:
        said: what begins the error and is followed by the number.

    Raises:
        UserError: one needs more.
    """
    for metric in metrics:
        if count < metric.least_images:
            raise UserError(f"{said}{count}: the metric {metric.key!r} needs {metric.least_images} images at least.")


class ImageMetric(Metric):
    """A metric that looks at a generator's images alone, through the features of an extractor.

    Examples:
        How far the mean brightness is from that of the test images:

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
        """The metric on a data set, by this extractor.

        Raises:
            UserError: it cannot be computed there.
        """

    @abstractmethod
    def of(self, images: Tensor) -> dict[str, float]:
        """The scores of images uint8 [n, C, H, W], by column, the main one first."""

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
