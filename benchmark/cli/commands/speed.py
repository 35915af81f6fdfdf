"""Measures how fast trials train here, and how a GPU trains them fastest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from benchmark.cli.app import command, computing, console, say
from benchmark.cli.options import (
    RESULTS,
    BudgetOption,
    CompileOption,
    DatasetOption,
    DeviceOption,
    LossOption,
    NormalisationOption,
    PenaltyOption,
    PopulationOption,
    ResultsOption,
    ThreadsOption,
    option,
    separated,
)
from benchmark.cli.printing import print_table


@command("ganbench measure --budget paper --device cuda")
@computing
def measure(
    loss: LossOption = "all",
    dataset: DatasetOption = "fashion-mnist",
    penalty: PenaltyOption = "none",
    normalisation: NormalisationOption = "setting",
    budget: BudgetOption = "quick",
    device: DeviceOption = "auto",
    compiled: CompileOption = True,
    population: PopulationOption = None,
    threads: ThreadsOption = 1,
    table: Annotated[Path, option("The table to add speeds to; plans read the default one.", "FILE", dir_okay=False)] = RESULTS
    / "speed.csv",
) -> None:
    """Measure steps per second on this machine.

    Plans and cluster tasks estimate their times from it.
    """
    import torch

    from benchmark.data import find_dataset
    from benchmark.files import require_file
    from benchmark.speed.measure import measure, write_speeds
    from benchmark.study.planning.resolution import find_combinations
    from benchmark.study.populations import usual_population
    from benchmark.study.running.contexts import find_device
    from benchmark.training.budget import find_budget
    from benchmark.training.execution import Execution, compiling_pays

    require_file(table, 100_000, "speeds")
    torch.set_num_threads(threads)
    chosen, found = find_device(device), find_dataset(dataset)
    size = population or usual_population(chosen.type)
    execution = Execution(population=size, compiled=compiled and compiling_pays(chosen.type, size))
    chosen_values = {"penalty": separated(penalty), "normalisation": separated(normalisation)}
    for (_, choices), made in find_combinations(separated(loss), **chosen_values)[0].items():
        spent = find_budget(budget, found)
        rows = measure(made, found, spent, chosen, execution=execution, report=console.print, choices=choices)
        write_speeds(table, rows)
    console.print(f"Speeds: {table}")


@command("ganbench gpu --minutes 8")
@computing
def gpu(
    device: DeviceOption = "cuda",
    minutes: Annotated[float, option("Time after which no new measurement begins.", "MINUTES", min=0.1)] = 8.0,
    width: Annotated[float, option("Width of the measured networks; 1 is the paper's.", "WIDTH", min=0.01)] = 1.0,
    results: ResultsOption = RESULTS,
) -> None:
    """Check a GPU and find how it trains fastest.

    It compares the training of each loss with the CPU's, and says what the paper's searches would cost on this GPU.
    """
    import time

    import torch

    from benchmark.data import find_dataset
    from benchmark.files import require_writable, write_atomically
    from benchmark.losses import paper_losses
    from benchmark.speed.gpu import TOLERANCE, check, measure_ways
    from benchmark.speed.measure import measure, write_speeds
    from benchmark.study.planning.cost import cost_tables, read_speeds
    from benchmark.study.planning.fastest import device_file, fastest, read_measured
    from benchmark.study.planning.plan_cache import kept_plan
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.running.contexts import find_device
    from benchmark.study.storage.environment import device_name
    from benchmark.training.budget import find_budget
    from benchmark.training.execution import require_compiler

    chosen, began = find_device(device), time.monotonic()
    require_writable(results, 1_000_000, "speeds")
    require_compiler()
    torch.set_num_threads(1)
    name = device_name(chosen)
    say(f"{name}: 20 steps of each loss, and how far its images are from the CPU's on average, in grey levels of 255.")
    checks = [check(cls(), chosen) for cls in paper_losses().values()]
    for c in checks:
        resumed = "resumed bit for bit" if c.resumed else "NOT EQUAL after resuming"
        differences = f"{c.difference:.4f}, in a population of four {c.population:.4f}, between seeds {c.seeds:.1f}"
        say(f"  {c.loss:8} {differences}, {resumed}: {'ok' if c.passed else 'FAILED'}")
    if not all(c.passed for c in checks):
        say(f"More than {TOLERANCE}, or not equal after resuming: do not compare results of this device with others.")
        raise typer.Exit(1)
    datasets = [find_dataset(key) for key in ("mnist", "cifar10")]
    shapes = [cls.image_shape for cls in datasets]
    path, end = device_file(results, name), began + 60 * minutes
    table = read_measured(path)
    for grown in measure_ways(table, shapes, chosen, width=width, deadline=(began + 2 * end) / 3, report=say):
        table = grown
        write_atomically(path, table.to_csv(index=False).encode())
    found = {dataset: fastest(table, [dataset.image_shape], width) for dataset in datasets}
    for dataset, execution in found.items():
        if execution is None:
            continue
        more = [name for name in ("compiled", "graphs") if getattr(execution, name)]
        say(f"{dataset.name}: fastest with {execution.population} together{''.join(f', {name}' for name in more)}")
        budget, losses = replace(find_budget("paper", dataset), width=width), [*paper_losses().values()]
        while losses and time.monotonic() < end:
            cls = losses.pop(0)
            write_speeds(results / "speed.csv", measure(cls(), dataset, budget, chosen, execution=execution, report=say))
        if losses:
            say(f"Not measured, the time was up: {', '.join(cls.name for cls in losses)}; ganbench measure measures them.")
    for study in ("wide", "narrow"):
        planned = kept_plan(find_study(study), results, say)
        size = max((execution.population for execution in found.values() if execution), default=1)
        costs = cost_tables(planned, size, read_speeds(results))
        if name in costs:
            print_table(costs[name], f"{study} on {name}")
    say(f"Speed of each way to train: {path}")
