"""What a loss is: the networks it trains, the quantities they minimise, and the hyperparameters it has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from benchmark.hyperparameters import DOMAINS, NARROW, WIDE, Domain, Range, Setting
from benchmark.models import Architecture
from benchmark.plugins import unknown

Network = Callable[[Tensor], Tensor]


@dataclass
class Context:
    """What an objective computes with, for one model (a population is this, vmapped).

    Attributes:
        networks: the loss's networks as functions, by name; ``generator`` and ``discriminator`` are short for two of them.
        real: real images [n, C, H, W] in [0, 1]; points of the plane are [n, 2, 1, 1].
        z: latents [n, 64], fresh for every objective, from the loss's ``prior``.
        noise: the loss's own draws, as declared in ``Loss.noise``.
        h: hyperparameters, each a tensor of shape [].
        state: the loss's own state (BEGAN's k); assign to its entries to change it.
        parameters: the weights, by network and parameter name; an objective's ``after`` may assign to them.
        logged: further quantities of shape [] to record, by name; assign to it.
        one_pass: the names of the networks that take several batches at once and keep their statistics apart.

    Examples:
        >>> import torch
        >>> from benchmark import Context
        >>> networks = {"generator": lambda z: 2 * z, "discriminator": lambda images: images.sum(1)}
        >>> real, z = torch.ones(3, 2), torch.zeros(3, 2)
        >>> c = Context(networks, real=real, z=z, noise={}, h={}, state={})
        >>> c.discriminator(c.real) - c.discriminator(c.generator(c.z))
        tensor([2., 2., 2.])
    """

    networks: Mapping[str, Network]
    real: Tensor
    z: Tensor
    noise: Mapping[str, Tensor]
    h: Mapping[str, Tensor]
    state: dict[str, Tensor]
    parameters: dict[str, dict[str, Tensor]] = field(default_factory=dict)
    logged: dict[str, Tensor] = field(default_factory=dict)
    one_pass: frozenset[str] = frozenset()

    def outputs(self, name: str, *batches: Tensor) -> tuple[Tensor, ...]:
        """A network's output for each of these batches of equal size, as if called with one after the other.

        Where the network allows it they pass together, which a processor does faster; batch norm never mixes them.
        """
        network: Callable[..., Tensor] = self.networks[name]
        if name not in self.one_pass:
            return tuple(network(batch) for batch in batches)
        return network(torch.cat(batches), len(batches)).chunk(len(batches))

    @property
    def generator(self) -> Network:
        return self.networks["generator"]

    @property
    def discriminator(self) -> Network:
        return self.networks["discriminator"]


@dataclass(frozen=True)
class Objective:
    """A quantity, and the networks that are updated to minimise it.

    Attributes:
        name: the name under which the quantity is logged.
        trains: the names of the networks that minimise it.
        minimises: the quantity, a tensor of shape [], from a Context.
        after: called with the new weights in place, to constrain them or to update the loss's state.
        every: ``"step"``, or ``"disc_iters"``: on every disc_iters-th step.

    Examples:
        >>> import benchmark
        >>> [(part.name, part.trains, part.every) for part in benchmark.find_loss("nsgan")().objectives()]
        [('discriminator', ('discriminator',), 'step'), ('generator', ('generator',), 'disc_iters')]
    """

    name: str
    trains: tuple[str, ...]
    minimises: Callable[[Context], Tensor]
    after: Callable[[Context], None] | None = None
    every: Literal["step", "disc_iters"] = "step"


class Loss(ABC):
    """A loss. Its attributes say how it is searched, its methods what it trains.

    Attributes:
        key: its short name, in file names and tables.
        name: its name in print, by default its key.
        aliases: other names users type.
        wide, narrow: the two search spaces of the study, by hyperparameter.
        defaults: the paper's default setting.
        domains: what values its own hyperparameters may have, by name; without a domain any number, or true or false where
            the default is.
        variants: ``paper`` is its paper's definition, ``v1`` that of the released code google/compare_gan v1.0; a loss may
            have more.
        prior: the distribution of z: ``uniform`` on [-1, 1] or ``normal``.

    Examples:
        An auto-encoder, whose two networks minimise one quantity together:

        >>> from benchmark import Loss, Objective
        >>> class AutoEncoder(Loss):
        ...     key = "autoencoder"
        ...
        ...     def networks(self, architecture):
        ...         encoder = architecture.discriminator(outputs=64)
        ...         return {"encoder": encoder, "generator": architecture.generator()}
        ...
        ...     def objectives(self):
        ...         return (Objective("error", ("encoder", "generator"), self.error),)
        ...
        ...     def error(self, c):
        ...         return (c.generator(c.networks["encoder"](c.real)) - c.real).square().mean()
        >>> list(AutoEncoder.hyperparameters())
        ['learning_rate', 'beta1', 'disc_iters', 'discriminator_batch_norm']
    """

    key: ClassVar[str] = ""
    name: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    wide: ClassVar[Mapping[str, Range]] = WIDE
    narrow: ClassVar[Mapping[str, Range]] = NARROW
    defaults: ClassVar[Setting] = {"learning_rate": 1e-4, "beta1": 0.5, "disc_iters": 1, "discriminator_batch_norm": True}
    domains: ClassVar[Mapping[str, Domain]] = {}
    variants: ClassVar[tuple[str, ...]] = ("paper", "v1")
    prior: ClassVar[Literal["uniform", "normal"]] = "uniform"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if vars(cls).get("key") and not vars(cls).get("name"):  # its base's name would take it for its base
            cls.name = cls.key

    def __init__(self, variant: str = "paper") -> None:
        if variant not in self.variants:
            raise unknown(f"variant of {self.key}", variant, [*self.variants])
        self.variant = variant

    @classmethod
    def hyperparameters(cls) -> dict[str, Domain]:
        """Its hyperparameters, with the values that each may have."""
        kinds = {name: Domain("yes or no" if isinstance(value, bool) else "number") for name, value in cls.defaults.items()}
        return {name: {**cls.domains, **DOMAINS}.get(name, kind) for name, kind in kinds.items()}

    @abstractmethod
    def networks(self, architecture: Architecture) -> dict[str, nn.Module]:
        """The networks to train, by name. ``generator`` draws the samples that are scored."""

    @abstractmethod
    def objectives(self) -> tuple[Objective, ...]:
        """What is minimised, in the order of the updates within a step."""

    def noise(self, image_shape: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
        """The shape, per image, of each draw from U[0, 1) that the loss needs in a step."""
        return {}

    def initial_state(self) -> dict[str, Tensor]:
        """The loss's own state before the first step."""
        return {}

    @property
    def reuses_z(self) -> bool:
        """Whether the generator's update reuses the discriminator's z, as the released code does."""
        return self.variant == "v1"

    @property
    def truncates_transposed(self) -> bool:
        """Whether the initial weights of transposed convolutions are truncated at two sigma; the released code's are not."""
        return self.variant != "v1"
