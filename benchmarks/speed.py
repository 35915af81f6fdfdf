"""Times a training step beside a plain eager loop.

    make speed OPTIONS="[--loss nsgan] [--width 0.25] [--members 1]"

Prints the medians of alternating blocks of steps, and their ratio; nothing is asserted.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from support.plain_gan import plain
from torch.nn.functional import softplus

from benchmark.losses import find_loss
from benchmark.models.infogan import Architecture, Discriminator, Generator
from benchmark.models.layers import initialise
from benchmark.training.draws import stream
from benchmark.training.trainer import Trainer

BATCH, BLOCK, BLOCKS = 64, 25, 8


def ordinary_nsgan(images: torch.Tensor, width: float) -> Callable[[int], None]:
    """Trains NS GAN with modules, autograd and torch.optim, eagerly."""
    architecture = Architecture((1, 28, 28), width)
    g, d = Generator(architecture), Discriminator(architecture)
    for network in (g, d):
        initialise(network, stream(0, "weights"))
    g, d = plain(g), plain(d)
    optimisers = {n: torch.optim.Adam(n.parameters(), lr=1e-4, betas=(0.5, 0.999)) for n in (g, d)}

    def train(steps: int) -> None:
        for _ in range(steps):
            real = images[torch.randint(len(images), (BATCH,))].float() / 255
            optimisers[d].zero_grad()
            fake = g(torch.rand(BATCH, 64) * 2 - 1).detach()
            (softplus(-d(real)).mean() + softplus(d(fake)).mean()).backward()
            optimisers[d].step()
            optimisers[g].zero_grad()
            softplus(-d(g(torch.rand(BATCH, 64) * 2 - 1))).mean().backward()
            optimisers[g].step()

    return train


def ours(loss: str, images: torch.Tensor, width: float, *, compiled: bool, members: int = 1) -> Callable[[int], None]:
    """Trains a population with our step."""
    found = find_loss(loss)()
    settings = [{**found.defaults, "disc_iters": 1}] * members
    population = Trainer(
        found, images, settings, list(range(members)), width=width, batch=BATCH, device=torch.device("cpu"), compiled=compiled
    )

    def train(steps: int) -> None:
        for _ in population.advance(steps):
            pass

    return train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loss", default="nsgan")
    parser.add_argument("--width", type=float, default=0.25)
    parser.add_argument("--members", type=int, default=1, help="trials in the population; times are per trial")
    options = parser.parse_args()
    images = torch.randint(0, 256, (10_000, 1, 28, 28), dtype=torch.uint8)
    contestants = {
        "ordinary eager loop, nsgan": ordinary_nsgan(images, options.width),
        f"our step compiled, {options.loss}": ours(options.loss, images, options.width, compiled=True, members=options.members),
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for train in contestants.values():
        train(5)  # compiles, and warms up
    for _ in range(BLOCKS):
        for name, train in contestants.items():
            began = time.perf_counter()
            train(BLOCK)
            trials = options.members if name.startswith("our") else 1
            times[name].append(1000 * (time.perf_counter() - began) / BLOCK / trials)
    baseline = statistics.median(next(iter(times.values())))
    print(
        f"width {options.width}, batch {BATCH}, {torch.get_num_threads()} threads, medians of {BLOCKS} blocks of {BLOCK} steps"
    )
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:40} {median:7.1f} ms a step   {median / baseline:.2f} of the first")


if __name__ == "__main__":
    main()
