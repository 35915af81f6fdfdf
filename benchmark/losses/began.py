"""BEGAN: boundary equilibrium GAN, whose discriminator is an auto-encoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmark.hyperparameters import NARROW, WIDE, Domain, Fixed, LogUniform, Uniform
from benchmark.losses.base import Context, Loss, Objective
from benchmark.models import Architecture


class BEGAN(Loss):
    """The auto-encoder AE reconstructs real images well and generated ones badly; k keeps the two in balance.

    With L(y) = mean |y - AE(y)|,

        discriminator: L(x) - k_t L(x')
        generator:     L(x')
        k_0 = 0,  k_{t+1} = clip(k_t + lambda_k (gamma L(x) - L(x')), 0, 1)

    k is updated after every discriminator update, from that update's L(x) and L(x'). The variant ``v1`` follows the study's
    released code: it updates k at the end of every step (after the generator's update, if one is due), from the losses of the
    new weights on the same batch, without clipping.

    Source: Berthelot et al. 2017, section 3.4.
    """

    key = "began"
    name = "BEGAN"
    aliases = ("be", "boundary equilibrium")
    in_paper = True
    no_weight_norm = "it bounds how fast a logit changes, but BEGAN's auto-encoder has no logit"
    wide = WIDE | {"gamma": Uniform(0, 1), "lambda_k": LogUniform(-4, -2)}
    narrow = NARROW | {"gamma": Uniform(0.6, 0.9), "lambda_k": Fixed(1e-3)}
    defaults = {
        "learning_rate": 1e-4,
        "beta1": 0.5,
        "disc_iters": 5,
        "discriminator_batch_norm": False,
        "gamma": 0.75,
        "lambda_k": 0.001,
    }
    domains = {"gamma": Domain(least=0, most=1), "lambda_k": Domain(least=0)}

    def networks(self, architecture: Architecture) -> dict[str, nn.Module]:
        return {"discriminator": architecture.auto_encoder(), "generator": architecture.generator()}

    @property
    def released_balance(self) -> bool:
        """Whether k is updated as in the released code."""
        return self.variant == "v1"

    def initial_state(self) -> dict[str, Tensor]:
        names = ("k", "k_before") if self.released_balance else ("k",)
        return {name: torch.zeros(()) for name in names}

    def objectives(self) -> tuple[Objective, ...]:
        after = self.balance if self.released_balance else None
        return (
            Objective("discriminator", ("discriminator",), self.discriminator_objective, after=after),
            Objective("generator", ("generator",), self.generator_objective, after=after, every="disc_iters"),
        )

    def reconstruction_loss(self, c: Context, images: Tensor) -> Tensor:
        """L(y), the mean absolute difference over images and pixels, of shape []."""
        return self.reconstruction_losses(c, images)[0]

    def reconstruction_losses(self, c: Context, *batches: Tensor) -> list[Tensor]:
        """L(y) of each batch of images."""
        pairs = zip(batches, c.outputs("discriminator", *batches), strict=True)
        return [(images - reconstructed).abs().mean() for images, reconstructed in pairs]

    def balanced(self, k: Tensor, real: Tensor, fake: Tensor, gamma: Tensor, lambda_k: Tensor) -> Tensor:
        """k_{t+1} from k_t, L(x) and L(x'), each of shape []."""
        k = k + lambda_k * (gamma * real - fake).detach()
        return k if self.released_balance else k.clamp(0, 1)

    def discriminator_objective(self, c: Context) -> Tensor:
        real, fake = self.reconstruction_losses(c, c.real, c.generator(c.z))
        k = c.state["k"]
        c.logged |= {"k": k, "convergence": convergence(real, fake, c.h["gamma"])}
        if self.released_balance:
            c.state["k_before"] = k
        else:
            c.state["k"] = self.balanced(k, real, fake, c.h["gamma"], c.h["lambda_k"])
        return real - k * fake

    def generator_objective(self, c: Context) -> Tensor:
        return self.reconstruction_loss(c, c.generator(c.z))

    def balance(self, c: Context) -> None:
        """Updates k from its value before the step; if both networks are updated, the second update's result counts."""
        real, fake = self.reconstruction_losses(c, c.real, c.generator(c.z))
        c.state["k"] = self.balanced(c.state["k_before"], real, fake, c.h["gamma"], c.h["lambda_k"])


def convergence(real: Tensor, fake: Tensor, gamma: Tensor) -> Tensor:
    """BEGAN's convergence measure M = L(x) + |gamma L(x) - L(x')|, of shape [] (Berthelot et al. 2017, section 3.4.1)."""
    return real + (gamma * real - fake).abs()
