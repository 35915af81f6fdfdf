"""Does the choice of GAN loss matter once everything else is held equal?

    import benchmark

    table = benchmark.bench("lsgan", seeds=3, budget="smoke")   # one row per trial
    benchmark.summarise(table)                                  # one row per loss

A loss of your own derives from ``AdversarialLoss``; from ``RelativisticLoss`` if its generator sets generated against real
images; from ``TwoPlayerLoss`` if it computes with more than logits; from ``Loss`` with other networks.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchmark.version import __version__

if TYPE_CHECKING:
    from benchmark.analysis.summary import summarise
    from benchmark.data import DataSet, Split, find_dataset, known_datasets
    from benchmark.losses import (
        AdversarialLoss,
        Context,
        Loss,
        Objective,
        RelativisticLoss,
        TwoPlayerLoss,
        find_loss,
        known_losses,
        paper_losses,
    )
    from benchmark.metrics import Generated, Metric
    from benchmark.normalisations import Normalisation, WeightNormalisation, find_normalisation, known_normalisations
    from benchmark.penalties import Penalty, find_penalty, known_penalties
    from benchmark.plugins import UserError
    from benchmark.study.bench import bench

_HOMES = {
    "benchmark.analysis.summary": ("summarise",),
    "benchmark.data": ("DataSet", "Split", "find_dataset", "known_datasets"),
    "benchmark.losses": (
        "AdversarialLoss",
        "Context",
        "Loss",
        "Objective",
        "RelativisticLoss",
        "TwoPlayerLoss",
        "find_loss",
        "known_losses",
        "paper_losses",
    ),
    "benchmark.metrics": ("Generated", "Metric"),
    "benchmark.normalisations": ("Normalisation", "WeightNormalisation", "find_normalisation", "known_normalisations"),
    "benchmark.penalties": ("Penalty", "find_penalty", "known_penalties"),
    "benchmark.plugins": ("UserError",),
    "benchmark.study.bench": ("bench",),
}
__all__ = [
    "AdversarialLoss",
    "Context",
    "DataSet",
    "Generated",
    "Loss",
    "Metric",
    "Normalisation",
    "Objective",
    "Penalty",
    "RelativisticLoss",
    "Split",
    "TwoPlayerLoss",
    "UserError",
    "WeightNormalisation",
    "__version__",
    "bench",
    "find_dataset",
    "find_loss",
    "find_normalisation",
    "find_penalty",
    "known_datasets",
    "known_losses",
    "known_normalisations",
    "known_penalties",
    "paper_losses",
    "summarise",
]


def __getattr__(name: str) -> Any:
    # Imported when asked for: reading tables must not load torch.
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'benchmark' has no attribute {name!r}")
