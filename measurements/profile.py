"""Profiles a training step: ``make profile LOSS=wgangp``.

Prints the ten costliest operations with their shares, and writes a trace in Chrome's format for ``chrome://tracing`` and
https://ui.perfetto.dev.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from benchmark.losses import find_loss
from benchmark.study.running.contexts import find_device
from benchmark.training.execution import compiling_pays
from benchmark.training.memory import keep_memory
from benchmark.training.trainer import Trainer
from measurements.speed import BATCH, noise

SHOWN = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loss", default="lsgan")
    parser.add_argument("--width", type=float, default=0.25)
    parser.add_argument("--members", type=int, default=1, help="number of trials in the population")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--trace", type=Path, help="the file to write [default: results/profile-LOSS.json]")
    options = parser.parse_args()
    device = find_device(options.device)
    loss = find_loss(options.loss)()
    torch.set_num_threads(1)
    keep_memory()
    trainer = Trainer(
        loss,
        noise(),
        [dict(loss.defaults)] * options.members,
        list(range(options.members)),
        width=options.width,
        batch=BATCH,
        device=device,
        compiled=compiling_pays(device.type, options.members),
    )

    def train(steps: int) -> None:
        for _ in trainer.advance(steps):
            pass

    train(int(loss.defaults.get("disc_iters", 1)))  # runs every objective once, which compiles and warms up
    on_gpu = device.type == "cuda"
    with profile(activities=[ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]) as found:
        train(options.steps)
    time_of = "self_device_time_total" if on_gpu else "self_cpu_time_total"
    events = sorted(found.key_averages(), key=lambda event: -getattr(event, time_of))
    total = sum(getattr(event, time_of) for event in events)
    each = total / 1000 / options.steps
    print(f"{loss.name}, width {options.width:g}, {options.steps} steps on {device}: {each:.1f} ms a step")
    print(f"{'share':>7}{'ms a step':>11}{'calls':>7}  operation")
    for event in events[:SHOWN]:
        spent = getattr(event, time_of)
        print(f"{spent / total:7.1%}{spent / 1000 / options.steps:11.2f}{event.count / options.steps:7.1f}  {event.key}")
    trace = options.trace or Path("results") / f"profile-{loss.key}.json"
    trace.parent.mkdir(parents=True, exist_ok=True)
    found.export_chrome_trace(str(trace))
    print(f"Trace: {trace} (open it in https://ui.perfetto.dev)")


if __name__ == "__main__":
    main()
