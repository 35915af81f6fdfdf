"""Recalibrates batch norm for evaluation: measures its statistics again at the current weights."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

from benchmark.models.infogan import LATENT
from benchmark.normalisations.batch import SETTLED, BatchNorm
from benchmark.training.draws import latents

LATENTS = 2_000
"""The number of latents behind the statistics: a fifth of a usual score's (``python -m measurements.batch_norm``)."""


def recalibration_latents(prior: str) -> Tensor:
    """The latents [2000, 64] of every recalibration: the same for all trials, and different from those that are scored."""
    generator = torch.Generator().manual_seed(20_180_302)
    return latents(torch.rand(LATENTS, LATENT, generator=generator, dtype=torch.float64), prior)


def recalibrated(network: nn.Module, weights: Mapping[str, Tensor], z: Tensor) -> dict[str, Tensor]:
    """A network's weights and averages, with batch norm's averages replaced by the statistics of its activations on z [n, 64].

    All latents pass as one batch, as in training, so each layer is measured after layers that already use their new statistics.
    Evaluation then uses exactly these statistics, whatever the number of earlier updates.

    Args:
        network: its layers; its own weights are not read.
        weights: its weights and averages by name; left unchanged.
    """
    measured = dict(weights)
    norms = {name: layer for name, layer in network.named_modules() if isinstance(layer, BatchNorm) and layer.averages}
    for layer in norms.values():
        layer.momentum = 0.0  # the average of all batches is then the last one
    with torch.no_grad():
        functional_call(network.train(), measured, (z,))  # which returns the new averages in ``measured``
    return measured | {f"{name}.updates": torch.full_like(measured[f"{name}.updates"], SETTLED) for name in norms}
