"""Measures how fast trials train here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmark.cli.app import (
    BudgetOption,
    CompileOption,
    DatasetOption,
    DeviceOption,
    LossOption,
    PopulationOption,
    ThreadsOption,
    app,
    console,
    separated,
    user_errors,
)


@app.command()
@user_errors
def measure(
    loss: LossOption = "all",
    dataset: DatasetOption = "fashion-mnist",
    budget: BudgetOption = "quick",
    device: DeviceOption = "auto",
    compiled: CompileOption = True,
    population: PopulationOption = None,
    threads: ThreadsOption = 1,
    table: Annotated[Path, typer.Option(help="The table of speeds to add to; plans read this one.")] = Path(
        "results/speed.csv"
    ),
) -> None:
    """Measure steps per second on this machine, from which plans and cluster tasks take their times."""
    import torch

    from benchmark.data import find_dataset
    from benchmark.study.planning.resolution import find_losses
    from benchmark.study.populations import usual_population
    from benchmark.study.running.contexts import find_device
    from benchmark.study.running.speed import measure, write_speeds
    from benchmark.training.budget import find_budget
    from benchmark.training.compiler import compiling_pays
    from benchmark.training.memory import keep_memory

    torch.set_num_threads(threads)
    keep_memory()
    chosen, found = find_device(device), find_dataset(dataset)
    size = population or usual_population(chosen.type)
    for cls in find_losses(separated(loss)).values():
        rows = measure(
            cls(),
            found,
            find_budget(budget, found),
            chosen,
            compiled=compiled and compiling_pays(chosen.type, size),
            population=size,
            report=console.print,
        )
        write_speeds(table, rows)
    console.print(f"Speeds: {table}")
