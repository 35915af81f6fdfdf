"""Trains the small classifier behind an extractor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn
from torch.nn import functional as F

from benchmark.data import Split
from benchmark.metrics.extractors.time_left import TimeLeft

EPOCHS, BATCH, PEAK_LEARNING_RATE, WEIGHT_DECAY, SHIFT = 10, 128, 6e-3, 2e-2, 1
Network = TypeVar("Network", bound=nn.Module)
Progress = Callable[[str], None]


def train_classifier(
    untrained: Callable[[], Network], train: Split, *, seed: int = 0, epochs: int = EPOCHS, report: Progress = print
) -> Network:
    """Trains the network that ``untrained`` makes, with AdamW and a one-cycle schedule; returns it in evaluation mode.

    Images are randomly shifted by up to one pixel. The weights depend on the split and the seed, not on torch's random state.
    ``report`` gets a line for each epoch, and the time left if the training is long.
    """
    generator = torch.Generator().manual_seed(seed)
    images, labels = torch.from_numpy(train.images), torch.from_numpy(train.labels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = untrained()
    optimiser = torch.optim.AdamW(network.parameters(), lr=PEAK_LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    batch = min(BATCH, len(images))
    batches = len(images) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_LEARNING_RATE, total_steps=epochs * batches)
    height, width = images.shape[2:]
    time_left = TimeLeft(epochs * batches, report)
    for epoch in range(1, epochs + 1):
        total = 0.0
        for rows in torch.randperm(len(images), generator=generator)[: batches * batch].view(batches, batch):
            dy, dx = torch.randint(0, 2 * SHIFT + 1, (2,), generator=generator).tolist()
            padded = F.pad(images[rows].float() / 255, (SHIFT,) * 4, mode="replicate")
            loss = F.cross_entropy(network(padded[..., dy : dy + height, dx : dx + width]), labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
            time_left.batch_done()
        report(f"epoch {epoch} of {epochs}: cross-entropy {total / batches:.4f}")
    return network.eval()


def accuracy(network: nn.Module, split: Split) -> float:
    """The accuracy, in [0, 1]: the share of the split's images whose own class has the highest score."""
    network.eval()
    with torch.inference_mode():
        chunks = torch.from_numpy(split.images).split(1000)
        predicted = torch.cat([network(c.float() / 255).argmax(1) for c in chunks])
    return (predicted == torch.from_numpy(split.labels)).float().mean().item()
