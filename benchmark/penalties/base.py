"""What a penalty is: a quantity that is added to what a discriminator minimises, and the hyperparameters it has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from torch import Tensor

from benchmark.hyperparameters import Domain, Range, Setting
from benchmark.plugins import unknown

Network = Callable[[Tensor], Tensor]


class Penalty(ABC):
    """A penalty on the discriminator, which knows nothing of the loss that it is added to.

    Attributes:
        key: its short name, in file names and tables.
        name: its name in print, by default its key.
        aliases: other names users type.
        wide, narrow: the two search spaces, by hyperparameter; they join those of the loss.
        defaults: its default setting.
        domains: what values its hyperparameters may have, by name; without a domain any number, or true or false where the
            default is.
        variants: ``paper`` is its paper's definition; ``v1`` that of the released code google/compare_gan v1.0, if it has one.
    """

    key: ClassVar[str] = ""
    name: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    wide: ClassVar[Mapping[str, Range]] = {}
    narrow: ClassVar[Mapping[str, Range]] = {}
    defaults: ClassVar[Setting] = {}
    domains: ClassVar[Mapping[str, Domain]] = {}
    variants: ClassVar[tuple[str, ...]] = ("paper",)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if vars(cls).get("key") and not vars(cls).get("name"):  # its base's name would take it for its base
            cls.name = cls.key

    def __init__(self, variant: str = "paper") -> None:
        if variant not in self.variants:
            raise unknown(f"variant of {self.key}", variant, [*self.variants])
        self.variant = variant

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
            real, fake: real and generated images [n, C, H, W] in [0, 1]; points of the plane are [n, 2, 1, 1].
            noise: the draws declared in ``noise``, each [n, ...].
            h: hyperparameters, each a tensor of shape [].
        """
