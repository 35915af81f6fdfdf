"""The base class of penalties: a term added to the discriminator's loss, with its hyperparameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from torch import Tensor

from benchmark.searched import Searched

Network = Callable[[Tensor], Tensor]


class Penalty(Searched, ABC):
    """A penalty on the discriminator, independent of the loss that it is added to. See ``Searched`` for its attributes.

    Its ranges and defaults are added to those of the loss.

    Examples:
        >>> from benchmark import LogUniform, Penalty
        >>> class Drift(Penalty):
        ...     key = "drift"
        ...     wide = narrow = {"drift": LogUniform(-4, -1)}
        ...     defaults = {"drift": 1e-3}
        ...
        ...     def value(self, discriminator, real, fake, noise, h):
        ...         return h["drift"] * discriminator(real).square().mean()
        >>> list(Drift().hyperparameters())
        ['drift']
    """

    variants: ClassVar[tuple[str, ...]] = ("paper",)

    def noise(self, image_shape: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
        """The shape, per image, of each draw from U[0, 1) that the penalty needs in a step, by name."""
        return {}

    @abstractmethod
    def value(
        self, discriminator: Network, real: Tensor, fake: Tensor, noise: Mapping[str, Tensor], h: Mapping[str, Tensor]
    ) -> Tensor:
        """The term added to the discriminator's loss, a tensor of shape [], already multiplied by its weight.

        Args:
            discriminator: gives logits [n] for images [n, C, H, W].
            real: real images [n, C, H, W] in [0, 1]; points in the plane are [n, 2, 1, 1].
            fake: generated images of the same shape.
            noise: the draws declared in ``noise``, each [n, ...].
            h: hyperparameters, each a tensor of shape [].
        """
