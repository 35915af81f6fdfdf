"""What a normalisation of the discriminator is: layers between its layers, or something that their weights pass through."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn


class WeightNormalisation(nn.Module):
    """What a weight passes through before its layer uses it; a new one defines ``forward``.

    ``forward`` is differentiated, also twice and for a population at once, so it changes nothing. Its buffers, if it has any,
    are part of a trial's state; they are constants to it, and move between the discriminator's updates.

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
        """The weight that the layer uses, of the same shape."""
        return weight

    def start(self, weight: Tensor, generator: torch.Generator) -> None:
        """Sets its buffers for a weight that was just drawn, by draws from the generator."""

    def moved(self, weight: Tensor, buffers: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Its buffers, by name, after an update that gave this weight."""
        return dict(buffers)


@dataclass(frozen=True)
class Normalisation(ABC):  # noqa: B024 (each method has a default that some normalisation keeps)
    """A normalisation of the discriminator. Two instances of one class are equal.

    Attributes:
        key: its short name, in file names and tables.
        name: its name in print, by default its key.
        aliases: other names users type.
        mixes_images: whether what a layer gives of an image depends on the other images of its batch. Batches of real and
            generated images pass such a layer one after the other, never together.

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
        """Whether weights pass through it."""
        return type(self).weight is not Normalisation.weight

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if vars(cls).get("key") and not vars(cls).get("name"):  # its base's name would take it for its base
            cls.name = cls.key

    def layer(self, shape: tuple[int, ...]) -> nn.Module:
        """What stands where the study has batch norm, between a hidden layer and its activation.

        Args:
            shape: of one image's values there: (units,), or (channels, height, width).
        """
        return nn.Identity()

    def weight(self, shape: tuple[int, ...]) -> WeightNormalisation | None:
        """What the weight of each convolution and fully connected layer passes through; None leaves it as it is.

        Args:
            shape: of the weight: (units, inputs), or (channels, channels in, 4, 4).
        """
        return None
