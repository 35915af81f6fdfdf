"""A caller's program: it makes every public call, and writes down what each changed in its process."""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy.stats
import torch
from support.process_state import Watched, named, process_state

STUDY = """
losses = ["wgan", "vae"]
datasets = ["ring"]
budget = "smoke"
metrics = ["wasserstein"]
samples = 1
seeds = [0]
"""
FAST: dict[str, Any] = {"dataset": "ring", "seeds": 1, "budget": "smoke"}

assert scipy.stats  # loads what has filters of warnings of its own, as torch does
warnings.simplefilter("default")
np.seterr(over="raise")
torch.set_num_threads(2)
torch.backends.cuda.matmul.allow_tf32 = True
watched = Watched()
changes: dict[str, list[str]] = {}


def call(name: str, function: Callable[[], Any]) -> Any:
    """Calls, and notes what is not as before."""
    before, modules = process_state(watched), set(sys.modules)
    result = function()
    after = process_state(watched)
    changed = [f"{key}: {value} -> {after[key]}"[:1000] for key, value in before.items() if after[key] != value]
    changes[name] = changed + [f"module {module}" for module in sorted(named(set(sys.modules) - modules))]
    return result


def ganbench(*words: str) -> None:
    """Runs a command line, which ends as it should."""
    before = list(sys.argv)
    sys.argv[:] = ["ganbench", *words]
    try:
        importlib.import_module("benchmark.cli").main()
    except SystemExit as error:
        assert (error.code == 0) == (words != ("nonsense",)), words
    finally:
        sys.argv[:] = before


def foreign() -> Any:
    """``bench`` called by who computes in another type, on another device."""
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    try:
        return benchmark.bench("wgan", results=Path("foreign"), **FAST)
    finally:
        torch.set_default_device(None)
        torch.set_default_dtype(torch.float32)


process_state(watched)
Path("my.toml").write_text(STUDY)
call("import", lambda: importlib.import_module("benchmark"))
call("import of the command line", lambda: importlib.import_module("benchmark.cli"))
import benchmark  # noqa: E402

call("import of what is public", lambda: [getattr(benchmark, name) for name in benchmark.__all__])
call("lists", lambda: (benchmark.known_losses(), benchmark.known_datasets(), benchmark.find_loss("W-GAN")))
usual = call("bench", lambda: benchmark.bench("wgan", **FAST))
other = call("bench with another type and device", foreign)
assert usual["status"].tolist() == other["status"].tolist() == ["ok"] and usual["best"].equals(other["best"])
call("summarise", lambda: benchmark.summarise(usual))

from benchmark.analysis.figures.all_figures import write_figures  # noqa: E402
from benchmark.analysis.report.page import report_html  # noqa: E402
from benchmark.analysis.tables.all_tables import write_tables  # noqa: E402
from benchmark.analysis.trials import checked  # noqa: E402
from benchmark.study.planning.plan import make_plan  # noqa: E402
from benchmark.study.planning.studyfile import find_study  # noqa: E402
from benchmark.study.reproduce import reproduce  # noqa: E402
from benchmark.study.rescore import rescore_study  # noqa: E402
from benchmark.study.run import run_study  # noqa: E402
from benchmark.study.running.contexts import Resources  # noqa: E402
from benchmark.study.running.executors import Inline  # noqa: E402
from benchmark.study.storage.store import Store  # noqa: E402

study, resources = find_study("my.toml"), Resources()
published = run_study(study, resources, Inline())
assert published is not None
folder = published.folder
call("plan", lambda: make_plan(study, Store(Path("results"))))
call("rescore", lambda: rescore_study(study, resources, images=500))
call("reproduce", lambda: reproduce(study, folder, 1, resources, Inline(), seed=0))
call("tables", lambda: write_tables(checked(usual), Path("tables")))
call("figures", lambda: write_figures(checked(usual), Path("figures")))
call("report", lambda: report_html(checked(usual)))
for words in (
    "list",
    "plan my.toml",
    "run my.toml",
    "status my.toml",
    "collect my.toml",
    "rescore my.toml",
    "analyse results/studies/my/trials.csv --out analysed",
    "compare results/studies/my/trials.csv --loss wgan --margin 1",
    "nonsense",
):
    call(f"ganbench {words.split()[0]}", partial(ganbench, *words.split()))
Path("changes.json").write_text(json.dumps(changes))
