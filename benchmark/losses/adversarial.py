"""Losses between the study's discriminator and its generator: a new one defines its losses of logits, and nothing else."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from torch import Tensor, nn

from benchmark.losses.base import Context, Loss, Objective
from benchmark.models import Architecture


class TwoPlayerLoss(Loss):
    """A loss between the study's discriminator, which gives each image one logit, and its generator.

    A new one that computes with more than logits defines ``key`` and the two objectives.

    Examples:
        A generator that matches the mean image besides:

        >>> import torch
        >>> from torch.nn.functional import softplus
        >>> from benchmark import Context, TwoPlayerLoss
        >>> class MeanMatching(TwoPlayerLoss):
        ...     key = "mean-matching"
        ...
        ...     def discriminator_objective(self, c):
        ...         return softplus(-c.discriminator(c.real)).mean() + softplus(c.discriminator(c.generator(c.z))).mean()
        ...
        ...     def generator_objective(self, c):
        ...         images = c.generator(c.z)
        ...         return softplus(-c.discriminator(images)).mean() + (images.mean(0) - c.real.mean(0)).square().sum()
        >>> networks = {"generator": lambda z: z, "discriminator": lambda images: images.sum(1)}
        >>> c = Context(networks, real=torch.ones(4, 2), z=torch.zeros(4, 2), noise={}, h={}, state={})
        >>> round(float(MeanMatching().generator_objective(c)), 4)  # log 2 and 2
        2.6931
    """

    no_penalty = "it computes its discriminator's objective by itself"

    @abstractmethod
    def discriminator_objective(self, c: Context) -> Tensor:
        """What the discriminator minimises on one batch, a tensor of shape []."""

    @abstractmethod
    def generator_objective(self, c: Context) -> Tensor:
        """What the generator minimises on one batch, a tensor of shape []."""

    def constrain(self, c: Context) -> None:
        """Called after every discriminator update; may replace ``c.parameters["discriminator"]``."""

    def networks(self, architecture: Architecture) -> dict[str, nn.Module]:
        return {"discriminator": architecture.discriminator(), "generator": architecture.generator()}

    def objectives(self) -> tuple[Objective, ...]:
        return (
            Objective("discriminator", ("discriminator",), self.discriminator_objective, after=self.constrain),
            Objective("generator", ("generator",), self.generator_objective, every="disc_iters"),
        )


class LogitLoss(TwoPlayerLoss):
    """What ``AdversarialLoss`` and ``RelativisticLoss`` share: the discriminator's loss of both batches of logits."""

    no_penalty = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "penalty" in vars(cls):
            cls.no_penalty = "it has a penalty of its own"

    @abstractmethod
    def discriminator_loss(self, real: Tensor, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        """What the discriminator minimises, from its logits [n] of real and generated images."""

    def penalty(self, c: Context, fake_images: Tensor) -> Tensor | float:
        """What is added to the discriminator's loss; generated images are [n, C, H, W] in [0, 1].

        A loss that replaces it has a penalty of its own, and takes no other.
        """
        return self.added_penalty.value(c.discriminator, c.real, fake_images, c.noise, c.h)

    def discriminator_objective(self, c: Context) -> Tensor:
        fake_images = c.generator(c.z)
        real, fake = c.outputs("discriminator", c.real, fake_images)
        return self.discriminator_loss(real, fake, c.h) + self.penalty(c, fake_images)


class AdversarialLoss(LogitLoss):
    """A loss whose generator needs the logits of its own images alone.

    A new one defines ``key`` and the two losses; they take logits [n] and return a tensor of shape [].

    Examples:
        >>> import torch
        >>> from benchmark import AdversarialLoss
        >>> class Hinge(AdversarialLoss):
        ...     key = "hinge"
        ...
        ...     def discriminator_loss(self, real, fake, h):
        ...         return torch.relu(1 - real).mean() + torch.relu(1 + fake).mean()
        ...
        ...     def generator_loss(self, fake, h):
        ...         return -fake.mean()
        >>> float(Hinge().discriminator_loss(torch.tensor([2.0, 0.0]), torch.tensor([-2.0, 0.0]), {}))
        1.0
    """

    @abstractmethod
    def generator_loss(self, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        """What the generator minimises, from the discriminator's logits [n] of generated images."""

    def generator_objective(self, c: Context) -> Tensor:
        return self.generator_loss(c.discriminator(c.generator(c.z)), c.h)


class RelativisticLoss(LogitLoss):
    """A loss whose generator sets the logits of its images against those of real ones (Jolicoeur-Martineau 2018).

    A new one defines ``key`` and the two losses; they take logits [n] of both and return a tensor of shape [].

    Examples:
        >>> import torch
        >>> from torch.nn.functional import softplus
        >>> from benchmark import RelativisticLoss
        >>> class Relativistic(RelativisticLoss):
        ...     key = "relativistic"
        ...
        ...     def discriminator_loss(self, real, fake, h):
        ...         return softplus(fake - real).mean()
        ...
        ...     def generator_loss(self, real, fake, h):
        ...         return softplus(real - fake).mean()
        >>> round(float(Relativistic().generator_loss(torch.zeros(3), torch.zeros(3), {})), 4)  # log 2
        0.6931
    """

    @abstractmethod
    def generator_loss(self, real: Tensor, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        """What the generator minimises, from the discriminator's logits [n] of real and generated images."""

    def generator_objective(self, c: Context) -> Tensor:
        real, fake = c.outputs("discriminator", c.real, c.generator(c.z))
        return self.generator_loss(real, fake, c.h)
