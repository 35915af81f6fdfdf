"""What a notebook may call from several threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import matplotlib
import torch
from support.own_files import HINGE
from support.synthetic_trials import study as synthetic

import benchmark
from benchmark.analysis.figures.all_figures import write_figures
from benchmark.analysis.tables.all_tables import write_tables
from benchmark.analysis.trials import checked
from benchmark.study.bench import bench_study
from benchmark.study.planning.plan import make_plan
from benchmark.study.rescore import rescore_study
from benchmark.study.running.contexts import Resources
from benchmark.study.storage.store import Store

RING = {"dataset": "ring", "budget": "smoke", "seeds": 1}


def test_plans_lists_tables_figures_and_scores_are_made_by_several_threads_at_once(tmp_path: Path) -> None:
    hinge = tmp_path / "hinge.py"
    hinge.write_text(HINGE)
    resources = Resources(results=tmp_path / "results", data=tmp_path)
    benchmark.bench("vae", results=resources.results, data=tmp_path, **RING)
    table = checked(synthetic(2, 1, losses=("lsgan", "wgan")))
    kinds = {
        "plan": lambda at: [t.id for t in make_plan(bench_study([str(hinge), "all"], **RING), Store(at)).trials],
        "list": lambda at: sorted(benchmark.known_losses()) + sorted(benchmark.known_datasets()),
        "tables": lambda at: write_tables(table, at),
        "figures": lambda at: [write_figures(table, at, formats=("svg",)), [p.read_bytes() for p in sorted(at.iterdir())]],
        "rescore": lambda at: [p.trials["best"].tolist() for p in rescore_study(bench_study(["vae"], **RING), resources)],
    }
    jobs = [(kind, tmp_path / f"{kind} {i}") for i in range(2) for kind in kinds]
    barrier = Barrier(len(jobs))

    def made(job: tuple[str, Path]) -> object:
        barrier.wait()
        return kinds[job[0]](job[1])

    threads, settings = torch.get_num_threads(), dict(dict.items(matplotlib.rcParams))
    with ThreadPoolExecutor(len(jobs)) as pool:
        found = list(pool.map(made, jobs))
    for kind, first, second in zip(kinds, found, found[len(kinds) :], strict=False):
        assert first == second != [], kind
    assert torch.get_num_threads() == threads and dict(dict.items(matplotlib.rcParams)) == settings
