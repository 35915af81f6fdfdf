"""The base classes of the discriminator's normalisations: extra layers between its layers, or a function of their weights."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn


class WeightNormalisation(nn.Module):
    """A function applied to a layer's weight before the layer uses it; a new one defines ``forward``.

    ``forward`` is differentiated, also twice and vmapped over a population, so it must have no side effects. Its buffers, if it
    has any, are part of a trial's state. ``forward`` treats them as constants; they change between discriminator updates.

    Examples:
        >>> import torch
        >>> from benchmark import Normalisation, WeightNormalisation
        >>> class Centred(WeightNormalisation):
        ...     def forward(self, weight):
        ...         return weight - weight.mean()
        >>> class CentredWeights(Normalisation):
        ...     key = "centred"
        ...     mixes_images = False
        ...
        ...     def weight(self, shape):
        ...         return Centred()
        >>> CentredWeights().weight((1, 2))(torch.tensor([[1.0, 3.0]])).tolist()
        [[-1.0, 1.0]]
    """

    def forward(self, weight: Tensor) -> Tensor:
        """The normalised weight that the layer uses, of the same shape."""
        return weight

    def start(self, weight: Tensor, generator: torch.Generator) -> None:
        """Sets the initial buffers for an initial weight; random draws come from the generator."""

    def moved(self, weight: Tensor, buffers: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The new buffers, by name, after an update that resulted in this weight."""
        return dict(buffers)


@dataclass(frozen=True)
class Normalisation(ABC):  # noqa: B024 (each method has a default that some normalisation keeps)
    """A normalisation of the discriminator. Two instances of one class are equal.

    Attributes:
        key: its short name, in file names and tables.
        name: its printed name; by default its key.
        aliases: other names that users may type.
        mixes_images: whether a layer's output for an image depends on the other images of its batch. If so, real and generated
            batches pass the layer separately, never together.

    Examples:
        >>> from torch import nn
        >>> from benchmark import Normalisation
        >>> class Instance(Normalisation):
        ...     key = "instance"
        ...     mixes_images = False
        ...
        ...     def layer(self, shape):
        ...         return nn.InstanceNorm2d(shape[0]) if len(shape) == 3 else nn.Identity()
        >>> Instance().layer((128, 7, 7)).num_features
        128
    """

    key: ClassVar[str] = ""
    name: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    mixes_images: ClassVar[bool] = True

    @property
    def of_weights(self) -> bool:
        """Whether it normalises weights."""
        return type(self).weight is not Normalisation.weight

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if vars(cls).get("key") and not vars(cls).get("name"):  # otherwise it would inherit its base's name
            cls.name = cls.key

    def layer(self, shape: tuple[int, ...]) -> nn.Module:
        """The layer that replaces the study's batch norm, between a hidden layer and its activation.

        Args:
            shape: the shape of one image's values there: (units,), or (channels, height, width).
        """
        return nn.Identity()

    def weight(self, shape: tuple[int, ...]) -> WeightNormalisation | None:
        """The function for the weight of each convolution and fully connected layer; None leaves the weight unchanged.

        Args:
            shape: the weight's shape: (units, inputs), or (channels, channels in, 4, 4).
        """
        return None
