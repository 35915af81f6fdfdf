"""Wasserstein GAN with weight clipping."""

from __future__ import annotations

from benchmark.hyperparameters import NARROW, WIDE, Domain, LogUniform
from benchmark.losses.base import Context
from benchmark.losses.wasserstein import Wasserstein


class WGAN(Wasserstein):
    """The Wasserstein loss; the discriminator, here called a critic, is kept Lipschitz by clipping its parameters.

        discriminator: -E[d(x)] + E[d(x')], then every parameter is clipped to [-clip, clip]
        generator:     -E[d(x')]

    Every parameter is clipped, including biases and batch norm's scale and shift, as in algorithm 1, the authors' code and the
    study's released code. The variant ``v1`` differs only in its draws, initial weights and RMSProp. The variant ``kernels``
    exists for comparison and follows no publication: it clips only the weights of convolutions and fully connected layers.

    Source: Arjovsky et al. 2017, algorithm 1.
    """

    key = "wgan"
    name = "WGAN"
    aliases = ("wgan-clip",)
    in_paper = True
    no_penalty = "it already clips its weights"
    no_weight_norm = "it already clips its weights"
    bare = "wasserstein"
    wide = WIDE | {"clip": LogUniform(-3, 0)}
    narrow = NARROW | {"clip": LogUniform(-2, 0)}
    defaults = {"learning_rate": 5e-5, "beta1": 0.5, "disc_iters": 5, "discriminator_batch_norm": True, "clip": 0.01}
    domains = {"clip": Domain(above=0)}
    variants = ("paper", "v1", "kernels")

    def constrain(self, c: Context) -> None:
        # Kernels and matrices have two dimensions or more; biases and batch norm's scale and shift have one.
        clip = c.h["clip"]
        c.parameters["discriminator"] = {
            name: weight.clamp(-clip, clip) if weight.ndim > 1 or self.variant != "kernels" else weight
            for name, weight in c.parameters["discriminator"].items()
        }
