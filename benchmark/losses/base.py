"""What a loss is: the networks it trains, the quantities they minimise, and the hyperparameters it has."""

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
"""The hyperparameter that a named normalisation stands in for."""


@dataclass
class Context:
    """What an objective computes with, for one model (a population is this, vmapped).

    Attributes:
        networks: the loss's networks as functions, by name; ``generator`` and ``discriminator`` are short for two of them.
        real: real images [n, C, H, W] in [0, 1]; points of the plane are [n, 2, 1, 1].
        z: latents [n, 64], fresh for every objective, from the loss's ``prior``.
        noise: the draws of the loss and its penalty, as declared in ``noise``.
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


class Loss(Searched, ABC):
    """A loss. Its attributes say how it is searched, its methods what it trains.

    An instance is one definition of it: a variant, the penalty that is added and the discriminator's normalisation. Its
    hyperparameters, ranges and defaults are those of all three.

    Args:
        variant: one of ``variants``.
        penalty: is added to what the discriminator minimises; by default nothing beyond the loss's own definition.
        normalisation: of the discriminator; by default batch norm or none, as the setting's ``discriminator_batch_norm`` says,
            a hyperparameter that a loss with a named normalisation does not have.

    Raises:
        UserError: an unknown variant, or a combination that makes no sense; the message says why.

    Attributes, beside those of ``Searched``:
        prior: the distribution of z: ``uniform`` on [-1, 1] or ``normal``.
        in_paper: whether it is one of the eight that the paper compares, for which ``all`` stands.
        own_penalty: the penalty that is part of its definition.
        no_penalty: why none can be added; empty if any can.
        no_weight_norm: why the weights of its networks pass through no normalisation; empty if they may.
        bare: the key of the same loss without its own penalty or constraint, to which others can be added.

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
    no_penalty: ClassVar[str] = "it has no discriminator that gives each image one logit"
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
            UserError: it cannot; the message says why, and which loss takes it.
        """
        why = "it has a penalty of its own" if self.own_penalty else self.no_penalty
        if shared := self.defaults.keys() & penalty.defaults.keys():
            why = why or f"both have a hyperparameter {min(shared)}"
        if why:
            hint = f" Take {self.bare}." if self.bare else ""
            raise UserError(f"{self.name} takes no penalty {penalty.key}: {why}.{hint}")

    def require_normalisable(self, normalisation: Normalisation) -> None:
        """Checks that the networks of the loss take the normalisation.

        Raises:
            UserError: they do not; the message says why, and which loss takes it.
        """
        if self.no_weight_norm and normalisation.of_weights:
            hint = f" Take {self.bare}." if self.bare else ""
            raise UserError(f"{self.name} takes no normalisation {normalisation.key}: {self.no_weight_norm}.{hint}")

    def normalised_by(self, setting: Setting) -> Normalisation:
        """The normalisation of its discriminator at this setting."""
        if self.normalisation is not None:
            return self.normalisation
        return BatchNormalisation() if setting.get(BATCH_NORM, True) else NoNormalisation()

    def space(self, name: Literal["wide", "narrow"]) -> Mapping[str, Range]:
        """One of its two search spaces, by hyperparameter."""
        return self.wide if name == "wide" else self.narrow

    @abstractmethod
    def networks(self, architecture: Architecture) -> dict[str, nn.Module]:
        """The networks to train, by name. ``generator`` draws the samples that are scored."""

    @abstractmethod
    def objectives(self) -> tuple[Objective, ...]:
        """What is minimised, in the order of the updates within a step."""

    def noise(self, image_shape: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
        """The shape, per image, of each draw from U[0, 1) that the loss's own definition needs in a step."""
        return {}

    def draws(self, image_shape: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
        """The shape, per image, of each draw from U[0, 1) in a step: those of ``noise``, and the penalty's.

        Raises:
            UserError: both have one of that name.
        """
        own, penalty = self.noise(image_shape), self.added_penalty.noise(image_shape)
        if shared := own.keys() & penalty.keys():
            raise UserError(f"{self.name} takes no penalty {self.added_penalty.key}: both draw {min(shared)}.")
        return {**own, **penalty}

    def initial_state(self) -> dict[str, Tensor]:
        """The loss's own state before the first step."""
        return {}

    @property
    def released(self) -> bool:
        """Whether it is what the study's released code has, which also draws z, weights and RMSProp's start otherwise."""
        return self.variant == "v1"

    @property
    def reuses_z(self) -> bool:
        """Whether the generator's update reuses the discriminator's z, as the released code does."""
        return self.released

    @property
    def truncates_transposed(self) -> bool:
        """Whether the initial weights of transposed convolutions are truncated at two sigma; the released code's are not."""
        return not self.released
