"""A data set, a loss, a metric, an extractor and a study as users write them: the text of files of their own."""

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
METRIC = """
from benchmark import Metric

class Mean(Metric):
    key = "mean"
    name = fingerprint = "mean"

    @classmethod
    def named(cls, extractor):
        return "mean"

    @classmethod
    def on(cls, dataset, extractor, device, report):
        return cls()

    def __call__(self, generated):
        return {"mean": generated.images.float().mean().item()}
"""
EXTRACTOR = """
import torch
from benchmark.metrics.extractors import Extractor

class Rows(Extractor):
    key = "rows"
    fingerprint = "1"

    def __init__(self, dataset, device, report=print):
        pass

    def features(self, images):
        return images.double().mean((1, 2))
"""
STUDY = """
losses = ["lsgan", "vae"]
datasets = ["stripes.py"]
budget = "smoke"
extractor = "pixels"
seeds = 2
samples = 2
ranges = { learning_rate = { fixed = 1e30 } }
"""
"""Of the data set: the first sample, the default, ends ok; the second one, of a learning rate beyond reason, diverges."""

PENALTY = """
from benchmark import Penalty
from benchmark.hyperparameters import LogUniform

class Weighted(Penalty):
    key = "mine"
    name = "my penalty"
    wide = {"weight": LogUniform(-1, 1)}
    narrow = wide
    defaults = {"weight": 1.0}

    def value(self, discriminator, real, fake, noise, h):
        return h["weight"] * discriminator(real).square().mean()
"""
NORMALISATION = """
from torch import nn
from benchmark import Normalisation

class Half(Normalisation):
    key = "half"
    name = "half of everything"
    mixes_images = False

    def layer(self, shape):
        return nn.Threshold(-1.0, -1.0)
"""
