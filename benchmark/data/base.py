"""The base class of data sets: uint8 images, or points in the plane, held in memory, in up to three splits."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from benchmark.files import require_no_loop
from benchmark.plugins import UserError, blaming
from benchmark.validation import Name, Positive, Text, needs, read_record, record

DATA_FOLDER = Path("data")
SPLITS = '("train", "test") or ("train", "validation", "test")'


@dataclass(frozen=True)
class Split:
    """Images uint8 [n, C, H, W], or points float32 [n, 2, 1, 1] in [0, 1], and their classes int64 [n].

    Examples:
        >>> import numpy as np
        >>> from benchmark import Split
        >>> split = Split(np.zeros((5, 1, 28, 28), np.uint8), np.arange(5))
        >>> len(split), split[:2].images.shape
        (5, (2, 1, 28, 28))
    """

    images: NDArray[Any]
    labels: NDArray[np.int64]

    def __getitem__(self, rows: slice) -> Split:
        return Split(self.images[rows], self.labels[rows])

    def __len__(self) -> int:
        return len(self.images)


def joined(splits: Iterable[Split]) -> Split:
    """One split with the contents of all of them, in order."""
    parts = list(splits)
    return Split(np.concatenate([p.images for p in parts]), np.concatenate([p.labels for p in parts]))


def without_validation(published: Split, split: str, share: int) -> Split:
    """The ``train`` or ``validation`` part of a published training set; the last 1 / ``share`` of its images validate."""
    held_out = len(published) // share
    return published[: len(published) - held_out] if split == "train" else published[len(published) - held_out :]


class DataSet(ABC):
    """A data set of images, or of points in the plane, which are trained on as images of one pixel.

    Attributes:
        key: its short name, in file names and tables.
        name: its printed name; by default its key.
        aliases: other names that users may type.
        holds: ``images`` or ``points``; whatever works only for images refuses points.
        image_shape: (C, H, W); for points (2, 1, 1).
        architecture: the key of the networks that train on it.
        metrics: the names of its default metrics; the first one compares trials.
        classes: the number of classes; ``labels`` are 0 to ``classes`` - 1.
        splits: the names that ``load`` accepts; ``validation`` may be absent, and shares no image with another split.
        held_out: whether the validation split is part of the published training images, which are then ``train`` and
            ``validation`` together; otherwise it is published, or made, separately.
        paper_steps: training steps, with batches of 64, in the study's budget.
        paper_evaluations: how often the study scores a run at that budget (every five epochs).

    Examples:
        >>> import numpy as np
        >>> from benchmark import DataSet, Split
        >>> class Noise(DataSet):
        ...     key = "noise"
        ...     image_shape = (1, 28, 28)
        ...     classes = 2
        ...
        ...     def load(self, split):
        ...         rng = np.random.default_rng(["train", "validation", "test"].index(split))
        ...         return Split(rng.integers(0, 256, (60, 1, 28, 28), dtype=np.uint8), np.arange(60) % 2)
        >>> len(Noise().load("train"))
        60
    """

    key: ClassVar[str] = ""
    name: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    holds: ClassVar[Literal["images", "points"]] = "images"
    image_shape: ClassVar[tuple[int, int, int]]
    architecture: ClassVar[str] = "infogan"
    metrics: ClassVar[tuple[str, ...]] = ("fid",)
    classes: ClassVar[int]
    splits: ClassVar[tuple[str, ...]] = ("train", "validation", "test")
    held_out: ClassVar[bool] = False
    paper_steps: ClassVar[int] = 15_625
    paper_evaluations: ClassVar[int] = 4

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if vars(cls).get("key") and not vars(cls).get("name"):  # otherwise it would inherit its base's name
            cls.name = cls.key
        if "load" in vars(cls):
            cls.load = with_checks(cls.load)  # type: ignore[method-assign, assignment]

    def __init__(self, folder: Path = DATA_FOLDER, *, validation: bool = True) -> None:
        """A data set whose files are kept in ``folder``.

        Args:
            validation: whether validation images are held out from training, and runs are also scored against them.
        """
        require_no_loop(folder, "folder for data sets")
        self.folder = folder
        self.validation = validation and self.can_validate()

    @classmethod
    def can_validate(cls) -> bool:
        """Whether the data set has validation images."""
        return "validation" in cls.splits

    def training_images(self) -> Split:
        """The images to train on; without validation, all images published for training.

        Raises:
            UserError: the data are not available; the message says what to do.
        """
        if self.validation or not (self.held_out and self.can_validate()):
            return self.load("train")
        return joined(self.load(split) for split in ("train", "validation"))

    @abstractmethod
    def load(self, split: str) -> Split:
        """The images of ``train``, ``validation`` or ``test``, downloaded first if necessary.

        Raises:
            UserError: the data are not available; the message says what to do.
        """


def with_checks(load: Callable[[Any, str], Split]) -> Callable[[Any, str], Split]:
    """A data set's ``load`` with its result checked; a subclass that calls its base's ``load`` is checked only once."""

    @wraps(load)
    def checked(self: DataSet, split: str) -> Split:
        with blaming(type(self), f"{type(self).__name__}.load({split!r})"):
            made = load(self, split)
        return checked_split(self, split, made) if type(self).load is checked else made

    return checked


def checked_split(dataset: DataSet, split: str, made: object) -> Split:
    """The split that a data set's ``load`` returned, after checking it against the data set's attributes.

    Raises:
        UserError: it does not match them; the message names the class and what is needed.
    """
    place = f"{type(dataset).__name__}.load({split!r})"
    if not isinstance(made, Split):
        raise UserError(f"{place} returned {type(made).__name__}; a benchmark.Split of images and labels is needed.")
    images, labels = made.images, made.labels
    needed = "uint8 from 0 to 255" if dataset.holds == "images" else "float32 from 0 to 1"
    if not isinstance(images, np.ndarray) or images.dtype != ("uint8" if dataset.holds == "images" else "float32"):
        kind = images.dtype if isinstance(images, np.ndarray) else type(images).__name__
        raise UserError(f"{place} returned {dataset.holds} of type {kind}; a NumPy array, {needed}, is needed.")
    if images.shape[1:] != tuple(dataset.image_shape) or not len(images):
        shape = ", ".join(map(str, dataset.image_shape))
        raise UserError(f"{place} returned {dataset.holds} of shape {images.shape}; [n, {shape}], n above 0, is needed.")
    if dataset.holds == "points" and not (np.isfinite(images).all() and images.min() >= 0 and images.max() <= 1):
        raise UserError(f"{place} returned points from {images.min():g} to {images.max():g}; {needed} is needed.")
    if not isinstance(labels, np.ndarray) or labels.shape != (len(images),) or labels.dtype.kind not in "iu":
        found = f"{labels.dtype} {labels.shape}" if isinstance(labels, np.ndarray) else type(labels).__name__
        raise UserError(f"{place} returned labels {found}; whole numbers in a NumPy array, shape ({len(images)},), are needed.")
    if labels.min() < 0 or labels.max() >= dataset.classes:
        raise UserError(
            f"{place} returned labels from {labels.min()} to {labels.max()}; for {dataset.classes} classes "
            f"they must be 0 to {dataset.classes - 1}."
        )
    return Split(np.ascontiguousarray(images), labels.astype(np.int64, copy=False))


def content_hash(array: NDArray[Any]) -> str:
    """A hash of an array's shape and values: sixteen hexadecimal digits."""
    return hashlib.sha256(repr(array.shape).encode() + array.tobytes()).hexdigest()[:16]


def only_zeros_and_ones(images: NDArray[Any]) -> bool:
    """Whether uint8 images contain only 0 and 1, and both: probably floats or booleans that should be scaled to 0 to 255."""
    return images.dtype == np.uint8 and len(images) > 0 and images.min() == 0 and images.max() == 1


@record
class DataSetDeclaration:
    """The attributes that a data set's class must declare; see ``DataSet``."""

    name: Text
    aliases: tuple[Text, ...]
    holds: Annotated[Literal["images", "points"], Name()]
    image_shape: Annotated[tuple[Positive, Positive, Positive], needs("three whole numbers, (C, H, W),")]
    architecture: Text
    metrics: Annotated[tuple[Text, ...], Field(min_length=1), needs("a tuple of names")]
    classes: Positive
    splits: Annotated[tuple[Annotated[Literal["train", "validation", "test"], Name()], ...], needs(SPLITS)]
    paper_steps: Positive
    paper_evaluations: Positive


def check_declared(cls: type[DataSet]) -> None:
    """Checks the attributes of a user's own data set.

    Raises:
        UserError: an attribute is missing or has an impossible value; the message names the class.
    """
    said = {f.name: getattr(cls, f.name) for f in fields(DataSetDeclaration) if hasattr(cls, f.name)}
    read_record(DataSetDeclaration, said, cls.__name__)
    if not {"train", "test"} <= {*cls.splits}:
        raise UserError(f"{cls.__name__}: splits = {cls.splits!r}: {SPLITS} is needed.")
    if cls.holds == "images" and cls.image_shape[0] not in (1, 3):
        raise UserError(f"{cls.__name__}: image_shape = {cls.image_shape}: (C, H, W) with 1 or 3 channels is needed.")


def require_images(dataset: DataSet | type[DataSet], what: str) -> None:
    """Checks that the data set holds images.

    Args:
        what: the beginning of the error message, which names what needs images: ``The metric 'fid'``.

    Raises:
        UserError: it holds points.
    """
    if dataset.holds != "images":
        raise UserError(
            f"{what} needs images; {dataset.name} holds {dataset.holds}. Its metrics are {', '.join(dataset.metrics)}."
        )
