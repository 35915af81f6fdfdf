"""What a penalty is: a quantity that is added to what a discriminator minimises, and the hyperparameters it has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from torch import Tensor

from benchmark.searched import Searched

Network = Callable[[Tensor], Tensor]


class Penalty(Searched, ABC):
    """A penalty on the discriminator, which knows nothing of the loss that it is added to; ``Searched`` has its attributes.

    Its ranges and defaults join those of the loss.

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
        """The shape, per image, of each draw from U[0, 1) that the penalty needs in a step."""
        return {}

    @abstractmethod
    def value(
        self, discriminator: Network, real: Tensor, fake: Tensor, noise: Mapping[str, Tensor], h: Mapping[str, Tensor]
    ) -> Tensor:
        """What is added to the discriminator's loss, a tensor of shape []; its weight, a hyperparameter, is in it.

        Args:
            discriminator: gives logits [n] for images [n, C, H, W].
            real: real images [n, C, H, W] in [0, 1]; points of the plane are [n, 2, 1, 1].
            fake: generated ones, alike.
            noise: the draws declared in ``noise``, each [n, ...].
            h: hyperparameters, each a tensor of shape [].
        """
