"""Base classes of losses with a discriminator and a generator. A new loss only defines two functions of logits."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from torch import Tensor, nn

from benchmark.losses.base import Context, Loss, Objective
from benchmark.models import Architecture


class TwoPlayerLoss(Loss):
    """A loss with the study's generator and its discriminator, which gives each image one logit.

    A new loss that needs more than logits defines ``key`` and the two objectives.

    Examples:
        A generator that also matches the mean image:

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
        """The discriminator's objective on one batch, a tensor of shape []; it is minimised."""

    @abstractmethod
    def generator_objective(self, c: Context) -> Tensor:
        """The generator's objective on one batch, a tensor of shape []; it is minimised."""

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
    """The common base of ``AdversarialLoss`` and ``RelativisticLoss``: a discriminator loss on both batches of logits."""

    no_penalty = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "penalty" in vars(cls):
            cls.no_penalty = "it has a penalty of its own"

    @abstractmethod
    def discriminator_loss(self, real: Tensor, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        """The discriminator's loss, of shape [], from its logits [n] for real and generated images."""

    def penalty(self, c: Context, fake_images: Tensor) -> Tensor | float:
        """A term added to the discriminator's loss, of shape []; generated images are [n, C, H, W] in [0, 1].

        A loss that overrides this method has its own penalty, and no other can be added.
        """
        return self.added_penalty.value(c.discriminator, c.real, fake_images, c.noise, c.h)

    def discriminator_objective(self, c: Context) -> Tensor:
        fake_images = c.generator(c.z)
        real, fake = c.outputs("discriminator", c.real, fake_images)
        return self.discriminator_loss(real, fake, c.h) + self.penalty(c, fake_images)


class AdversarialLoss(LogitLoss):
    """A loss whose generator needs only the logits of generated images.

    A new loss defines ``key`` and the two loss functions; they take logits [n] and return a tensor of shape [].

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
        """The generator's loss, of shape [], from the discriminator's logits [n] for generated images."""

    def generator_objective(self, c: Context) -> Tensor:
        return self.generator_loss(c.discriminator(c.generator(c.z)), c.h)


class RelativisticLoss(LogitLoss):
    """A loss whose generator compares the logits of generated and real images (Jolicoeur-Martineau 2018).

    A new loss defines ``key`` and the two loss functions; they take logits [n] of both and return a tensor of shape [].

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
        """The generator's loss, of shape [], from the discriminator's logits [n] for real and generated images."""

    def generator_objective(self, c: Context) -> Tensor:
        real, fake = c.outputs("discriminator", c.real, c.generator(c.z))
        return self.generator_loss(real, fake, c.h)
