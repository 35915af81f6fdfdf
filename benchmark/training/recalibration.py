"""Batch norm at evaluation: its statistics measured anew at the current weights."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

from benchmark.models.infogan import LATENT
from benchmark.normalisations.batch import SETTLED, BatchNorm
from benchmark.training.draws import latents

LATENTS = 2_000
"""Latents that the statistics are of: a fifth of those of a usual score (``python -m measurements.batch_norm``)."""


def recalibration_latents(prior: str) -> Tensor:
    """The latents [2000, 64] of all recalibrations: the same for all trials, and none of those that are scored."""
    generator = torch.Generator().manual_seed(20_180_302)
    return latents(torch.rand(LATENTS, LATENT, generator=generator, dtype=torch.float64), prior)


def recalibrated(network: nn.Module, weights: Mapping[str, Tensor], z: Tensor) -> dict[str, Tensor]:
    """The weights and averages of a network, where batch norm's averages are the statistics of its activations on z [n, 64].

    All latents pass as one batch, as in training: each layer is thereby measured behind layers that are normalised by their
    own new statistics. An evaluation then divides by them exactly, whatever the number of earlier updates.

    Args:
        network: its layers; its own weights are not read.
        weights: its weights and averages by name; left unchanged.
    """
    measured = dict(weights)
    norms = {name: layer for name, layer in network.named_modules() if isinstance(layer, BatchNorm) and layer.averages}
    for layer in norms.values():
        layer.momentum = 0.0  # the average of all batches is then the last one
    with torch.no_grad():
        functional_call(network.train(), measured, (z,))  # which hands the new averages back in ``measured``
    return measured | {f"{name}.updates": torch.full_like(measured[f"{name}.updates"], SETTLED) for name in norms}
