"""Compares the speed of our training step with plain PyTorch loops and with the processor's limit.

    make speed OPTIONS="[--loss nsgan,began] [--width 0.25] [--members 1] [--json speed.json]"

Each contestant runs in its own process with one thread. They take turns to train blocks of steps, and train every network at
every step. Times are medians over blocks of processor time, which depends little on other programs. The floor is the time that
the step's matrix products and convolutions would take at the rate of a large matrix product. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
from support.plain_training import plain_loop
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from benchmark.losses import find_loss, paper_losses
from benchmark.training.execution import compiling_pays
from benchmark.training.memory import keep_memory
from benchmark.training.processor import processor
from benchmark.training.trainer import Trainer

BATCH, BLOCK_SECONDS, BLOCKS, SIDE = 64, 1.0, 8, 1024
PLAIN: dict[str, dict[str, bool]] = {
    "plain": {},
    "fused Adam": {"fused": True},
    "compiled, fused Adam": {"fused": True, "compiled": True},
}
CONTESTANTS = ("ours", *PLAIN)


def ours(loss: str, images: Tensor, width: float, members: int) -> Callable[[int], None]:
    """A function that trains a population with our step, as a study does on a CPU."""
    keep_memory()
    found = find_loss(loss)()
    setting = dict(found.defaults) | ({"disc_iters": 1} if "disc_iters" in found.defaults else {})
    population = Trainer(
        found,
        images,
        [setting] * members,
        list(range(members)),
        width=width,
        batch=BATCH,
        device=torch.device("cpu"),
        compiled=compiling_pays("cpu", members),
    )

    def train(steps: int) -> None:
        for _ in population.advance(steps):
            pass

    return train


class Operations(TorchDispatchMode):
    """Counts the floating-point operations of matrix products and convolutions."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        if count := flop_registry.get(function.overloadpacket):
            self.total += count(*args, **(kwargs or {}), out_val=result)
        return result


def floor_milliseconds(loss: str, images: Tensor, width: float) -> tuple[float, float]:
    """The milliseconds that a step's operations would take at the rate of a matrix product, and that rate in GFLOP/s."""
    train = plain_loop(loss, images, width, batch=BATCH, only_needed=True)
    with Operations() as operations:
        train(1)
    a, b = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    seconds = min(timed(lambda _: a @ b, 1) for _ in range(20))
    return 1000 * operations.total / (2 * SIDE**3 / seconds), 2 * SIDE**3 / seconds / 1e9


def timed(train: Callable[[int], Any], steps: int) -> float:
    """The seconds of processor time that the steps take."""
    began = time.process_time()
    train(steps)
    return time.process_time() - began


def contestant(name: str, loss: str, width: float, members: int, line: Connection) -> None:
    """The process of one contestant: it trains the requested number of steps and replies with their seconds."""
    torch.set_num_threads(1)
    images = noise()
    train = plain_loop(loss, images, width, batch=BATCH, **PLAIN[name]) if name in PLAIN else ours(loss, images, width, members)
    for steps in iter(line.recv, 0):
        line.send(timed(train, steps))


def noise() -> Tensor:
    return torch.randint(0, 256, (10_000, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def blocks_in_turn(loss: str, width: float, members: int) -> dict[str, list[float]]:
    """Milliseconds per step of one trial, for each block of each contestant."""
    context = multiprocessing.get_context("spawn")
    lines: dict[str, Connection] = {}
    for name in CONTESTANTS:
        lines[name], theirs = context.Pipe()
        context.Process(target=contestant, args=(name, loss, width, members, theirs), daemon=True).start()

    def seconds(name: str, steps: int) -> float:
        lines[name].send(steps)
        return float(lines[name].recv())

    for name in CONTESTANTS:
        seconds(name, 5)  # compiles and warms up
    steps = max(2, round(5 * BLOCK_SECONDS / seconds("plain", 5)))
    trials = {name: members if name == "ours" else 1 for name in CONTESTANTS}
    times: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for _ in range(BLOCKS):
        for name in CONTESTANTS:
            times[name].append(1000 * seconds(name, steps) / steps / trials[name])
    for line in lines.values():
        line.send(0)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loss", default=",".join(paper_losses()), help="one or several, separated by commas")
    parser.add_argument("--width", default="0.25,1", help="one or several, separated by commas")
    parser.add_argument("--members", type=int, default=1, help="number of trials in our population; times are per trial")
    parser.add_argument("--json", type=Path, help="file to write all times to")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"Batch {BATCH}, one thread; milliseconds per step, medians of {BLOCKS} blocks")
    print(
        "width  loss    " + "".join(f"{name:>22}" for name in (*CONTESTANTS, "floor", "fastest plain / ours", "ours / floor"))
    )
    rows = []
    for width in map(float, options.width.split(",")):
        for loss in options.loss.split(","):
            times = blocks_in_turn(loss, width, options.members)
            floor, rate = floor_milliseconds(loss, noise(), width)
            median = {name: statistics.median(values) for name, values in times.items()}
            gain = min(median[name] for name in PLAIN) / median["ours"]
            print(
                f"{width:<7}{loss:<8}"
                + "".join(f"{value:22.1f}" for value in (*median.values(), floor))
                + f"{gain:22.2f}{median['ours'] / floor:22.2f}",
                flush=True,
            )
            rows.append({"width": width, "loss": loss, "blocks": times, "floor": floor, "matrix_gflops": rate, "gain": gain})
    if options.json:
        made = {"processor": processor(), "torch": torch.__version__, "batch": BATCH, "members": options.members}
        options.json.write_text(json.dumps(made | {"rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
