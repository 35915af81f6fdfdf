"""A data set and a loss as users write them, in files of their own, and the command line that runs them."""

from __future__ import annotations

from typer.testing import CliRunner

from benchmark.cli import app

DATASET = '''
import numpy as np
from benchmark import DataSet, Split

class Stripes(DataSet):
    """Striped images, horizontal or vertical: learnt in seconds."""
    key = "stripes"
    name = "Stripes"
    image_shape = (1, 28, 28)
    classes = 2

    def load(self, split):
        rng = np.random.default_rng(["test", "train", "validation"].index(split))
        labels = np.arange(300) % 2
        waves = np.sin(np.arange(28) + rng.uniform(0, 6, (300, 1)))
        images = np.where(labels[:, None, None], waves[:, None, :], waves[:, :, None]).repeat(28, 1)[:, :28]
        images = np.broadcast_to(images if images.shape[2] == 28 else images.repeat(28, 2), (300, 28, 28))
        return Split((127 * (images[:, None] + 1)).astype(np.uint8), labels)
'''
HINGE = """
from torch import relu
from benchmark import AdversarialLoss

class Hinge(AdversarialLoss):
    key = "hinge"

    def discriminator_loss(self, real, fake, h):
        return relu(1 - real).mean() + relu(1 + fake).mean()

    def generator_loss(self, fake, h):
        return -fake.mean()
"""


def ganbench(*arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the command."""
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr
