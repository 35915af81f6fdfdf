import torch
from torch.nn.functional import softplus

from benchmark import RelativisticLoss
from benchmark.hyperparameters import NARROW, WIDE, Domain, Fixed, LogUniform


class R3GAN(RelativisticLoss):
    """Each generated image against a real one; D's gradient is penalised at both (Huang et al. 2024, section 2).

    discriminator: E[softplus(-(d(x) - d(x')))] + gamma / 2 (E[|grad d(x)|^2] + E[|grad d(x')|^2])
    generator:     E[softplus(-(d(x') - d(x)))]

    The loss alone: its architecture and schedules stay away. The range of gamma is that of the other penalties' lambda.
    """

    key = "r3gan"
    name = "R3GAN"
    wide = WIDE | {"gamma": LogUniform(-1, 2)}
    narrow = NARROW | {"discriminator_batch_norm": Fixed(False), "gamma": LogUniform(-1, 1)}
    defaults = {"learning_rate": 2e-4, "beta1": 0.0, "disc_iters": 1, "discriminator_batch_norm": False, "gamma": 1.0}
    domains = {"gamma": Domain(least=0)}

    def discriminator_loss(self, real, fake, h):
        return softplus(fake - real).mean()

    def generator_loss(self, real, fake, h):
        return softplus(real - fake).mean()

    def penalty(self, c, fake_images):
        return c.h["gamma"] / 2 * sum(squared_gradient(c.discriminator, images) for images in (c.real, fake_images))


def squared_gradient(network, images):
    """The mean over the images of the squared norm of the output's gradient."""
    gradient = torch.func.grad(lambda x: network(x).sum())(images)
    return gradient.flatten(1).square().sum(1).mean()
