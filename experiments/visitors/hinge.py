from torch import relu
from benchmark import AdversarialLoss


class Hinge(AdversarialLoss):
    """Hinge loss (Lim and Ye 2017, equations 4 and 5)."""

    key = "hinge"

    def discriminator_loss(self, real, fake, h):
        return relu(1 - real).mean() + relu(1 + fake).mean()

    def generator_loss(self, fake, h):
        return -fake.mean()
