"""The base class of losses: the networks they train, the objectives they minimise, and their hyperparameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from benchmark.hyperparameters import NARROW, WIDE, Range, Setting
from benchmark.models import Architecture
from benchmark.normalisations.base import Normalisation
from benchmark.normalisations.batch import BatchNormalisation
from benchmark.normalisations.none import NoNormalisation
from benchmark.penalties.base import Network, Penalty
from benchmark.penalties.none import NoPenalty
from benchmark.plugins import UserError
from benchmark.searched import Searched

BATCH_NORM = "discriminator_batch_norm"
"""The hyperparameter that a named normalisation replaces."""


@dataclass
class Context:
    """The inputs of an objective, for one model; for a population the objective is vmapped.

    Attributes:
        networks: the loss's networks as functions, by name; ``generator`` and ``discriminator`` are shortcuts for two of them.
        real: real images [n, C, H, W] in [0, 1]; points in the plane are [n, 2, 1, 1].
        z: latents [n, 64] from the loss's ``prior``, drawn afresh for every objective.
        noise: the random draws of the loss and its penalty, as declared in ``noise``.
        h: hyperparameters, each a tensor of shape [].
        state: the loss's own state (BEGAN's k); assign to its entries to change it.
        parameters: the weights, by network and parameter name; an objective's ``after`` may assign to them.
        logged: further quantities of shape [] to record, by name; assign to its entries to add some.
        one_pass: the names of the networks that can take several batches at once and keep their statistics separate.

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
        """A network's output for each of these batches of equal size, as if called with one batch after the other.

        If the network allows it, the batches pass together, which is faster on a CPU; batch norm never mixes them.
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
    """A quantity to minimise, and the networks that are updated to minimise it.

    Attributes:
        name: the name under which the quantity is logged.
        trains: the names of the networks to update.
        minimises: computes the quantity, a tensor of shape [], from a Context.
        after: called after the update, with the new weights, to constrain them or to update the loss's state.
        every: ``"step"``, or ``"disc_iters"`` for every disc_iters-th step.

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


class Loss(Searched, ABC):
    """The base class of losses. Attributes describe a loss's search space; methods define what it trains.

    An instance is one definition of the loss: a variant, an added penalty and the discriminator's normalisation. Its
    hyperparameters, ranges and defaults are those of all three.

    Args:
        variant: one of ``variants``.
        penalty: added to the discriminator's objective; by default nothing is added to the loss's own definition.
        normalisation: the discriminator's; by default the hyperparameter ``discriminator_batch_norm`` chooses batch norm or
            none. A loss with a named normalisation does not have this hyperparameter.

    Raises:
        UserError: the variant is unknown, or the combination makes no sense; the message says why.

    Attributes, in addition to those of ``Searched``:
        prior: the distribution of z: ``uniform`` on [-1, 1] or ``normal``.
        in_paper: whether it is one of the paper's eight losses, which ``all`` stands for.
        own_penalty: the penalty that is part of its definition.
        no_penalty: why no penalty can be added; empty if one can.
        no_weight_norm: why the weights of its networks cannot be normalised; empty if they can.
        bare: the key of the same loss without its own penalty or constraint; other penalties can be added to that one.

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
        >>> list(AutoEncoder().hyperparameters())
        ['learning_rate', 'beta1', 'disc_iters', 'discriminator_batch_norm']
    """

    wide = WIDE
    narrow = NARROW
    defaults: Setting = {"learning_rate": 1e-4, "beta1": 0.5, "disc_iters": 1, "discriminator_batch_norm": True}
    prior: ClassVar[Literal["uniform", "normal"]] = "uniform"
    in_paper: ClassVar[bool] = False
    own_penalty: ClassVar[type[Penalty] | None] = None
    no_penalty: ClassVar[str] = "it has no discriminator with one logit per image"
    no_weight_norm: ClassVar[str] = ""
    bare: ClassVar[str] = ""

    def __init__(
        self, variant: str = "paper", penalty: Penalty | None = None, normalisation: Normalisation | None = None
    ) -> None:
        super().__init__(variant)
        self.normalisation, own = normalisation, self.own_penalty
        self.added_penalty = NoPenalty() if own is None else own(variant if variant in own.variants else "paper")
        if penalty is not None and not isinstance(penalty, NoPenalty):
            self.require_free_of(penalty)
            self.added_penalty = penalty
            for name in ("wide", "narrow", "defaults", "domains"):
                setattr(self, name, {**getattr(self, name), **getattr(penalty, name)})
        if normalisation is not None:
            self.require_normalisable(normalisation)
            for name in ("wide", "narrow", "defaults", "domains"):
                setattr(self, name, {k: v for k, v in getattr(self, name).items() if k != BATCH_NORM})

    def require_free_of(self, penalty: Penalty) -> None:
        """Checks that the penalty can be added.

        Raises:
            UserError: it cannot; the message says why, and names a loss that accepts it.
        """
        why = "it has a penalty of its own" if self.own_penalty else self.no_penalty
        if shared := self.defaults.keys() & penalty.defaults.keys():
            why = why or f"both have a hyperparameter {min(shared)}"
        if why:
            hint = f" Use {self.bare} instead." if self.bare else ""
            raise UserError(f"{self.name} does not accept the penalty {penalty.key}: {why}.{hint}")

    def require_normalisable(self, normalisation: Normalisation) -> None:
        """Checks that the networks of the loss accept the normalisation.

        Raises:
            UserError: they do not; the message says why, and names a loss that accepts it.
        """
        if self.no_weight_norm and normalisation.of_weights:
            hint = f" Use {self.bare} instead." if self.bare else ""
            raise UserError(f"{self.name} does not accept the normalisation {normalisation.key}: {self.no_weight_norm}.{hint}")

    def normalised_by(self, setting: Setting) -> Normalisation:
        """The normalisation of its discriminator with these hyperparameters."""
        if self.normalisation is not None:
            return self.normalisation
        return BatchNormalisation() if setting.get(BATCH_NORM, True) else NoNormalisation()

    def space(self, name: Literal["wide", "narrow"]) -> Mapping[str, Range]:
        """One of its two search spaces: a range for each hyperparameter."""
        return self.wide if name == "wide" else self.narrow

    @abstractmethod
    def networks(self, architecture: Architecture) -> dict[str, nn.Module]:
        """The networks to train, by name. The one called ``generator`` draws the samples that are scored."""

    @abstractmethod
    def objectives(self) -> tuple[Objective, ...]:
        """The objectives, in the order of their updates within a step."""

    def noise(self, image_shape: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
        """The shape, per image, of each draw from U[0, 1) that the loss itself needs in a step, by name."""
        return {}

    def draws(self, image_shape: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
        """The shape, per image, of each draw from U[0, 1) in a step, by name: those of ``noise`` and of the penalty.

        Raises:
            UserError: the loss and the penalty use the same name.
        """
        own, penalty = self.noise(image_shape), self.added_penalty.noise(image_shape)
        if shared := own.keys() & penalty.keys():
            raise UserError(f"{self.name} does not accept the penalty {self.added_penalty.key}: both draw {min(shared)}.")
        return {**own, **penalty}

    def initial_state(self) -> dict[str, Tensor]:
        """The loss's own state before the first step."""
        return {}

    @property
    def released(self) -> bool:
        """Whether it follows the study's released code, which also differs in its z, initial weights and RMSProp's start."""
        return self.variant == "v1"

    @property
    def reuses_z(self) -> bool:
        """Whether the generator's update reuses the discriminator's z, as the released code does."""
        return self.released

    @property
    def truncates_transposed(self) -> bool:
        """Whether initial weights of transposed convolutions are truncated at two sigma; the released code's are not."""
        return not self.released
