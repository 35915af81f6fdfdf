"""A data set and a loss as users write them: the text of files of their own."""

from __future__ import annotations

from pathlib import Path

SUPPORT = Path(__file__).parent
STRIPES = (SUPPORT / "stripes.py").read_text()
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
