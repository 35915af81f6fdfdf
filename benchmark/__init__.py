"""Does the choice of GAN loss matter once everything else is held equal?

    import benchmark

    table = benchmark.bench("lsgan", seeds=3, budget="smoke")   # one row per trial
    benchmark.summarise(table)                                  # one row per loss

A loss of your own derives from ``AdversarialLoss``; from ``RelativisticLoss`` if its generator sets generated against real
images; from ``TwoPlayerLoss`` if it computes with more than logits; from ``Loss`` with other networks.

``dir(benchmark)`` lists what is public, and docs/api.md explains it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings

from benchmark.version import __version__

if TYPE_CHECKING:
    from benchmark.analysis.statistics.differences import difference, pairwise, probability_of_improvement
    from benchmark.analysis.statistics.intervals import bootstrap_interval, interquartile_mean
    from benchmark.analysis.statistics.minimum import expected_minimum, minimum_curve
    from benchmark.analysis.statistics.ranks import mean_ranks
    from benchmark.analysis.statistics.variance import variance_split
    from benchmark.analysis.statistics.verdict import judge
    from benchmark.analysis.summary import mean_interval, summarise
    from benchmark.analysis.trials import compared_trials, read_trials, values_by_name, worst_scored
    from benchmark.data import DataSet, Split, find_dataset, known_datasets
    from benchmark.hyperparameters import Choice, Domain, Fixed, LogUniform, Uniform
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
    from benchmark.metrics import Generated, ImageMetric, Metric
    from benchmark.metrics.extractors import Extractor
    from benchmark.models import Architecture
    from benchmark.normalisations import Normalisation, WeightNormalisation, find_normalisation, known_normalisations
    from benchmark.penalties import Penalty, find_penalty, known_penalties
    from benchmark.plugins import UserError
    from benchmark.study.bench import bench
    from benchmark.study.planning.studyfile import find_study
    from benchmark.study.publish import Published
    from benchmark.study.run import run_study
    from benchmark.study.running.contexts import Resources
    from benchmark.study.study import Study

_HOMES = {
    "benchmark.analysis.statistics.differences": ("difference", "pairwise", "probability_of_improvement"),
    "benchmark.analysis.statistics.intervals": ("bootstrap_interval", "interquartile_mean"),
    "benchmark.analysis.statistics.minimum": ("expected_minimum", "minimum_curve"),
    "benchmark.analysis.statistics.ranks": ("mean_ranks",),
    "benchmark.analysis.statistics.variance": ("variance_split",),
    "benchmark.analysis.statistics.verdict": ("judge",),
    "benchmark.analysis.summary": ("mean_interval", "summarise"),
    "benchmark.analysis.trials": ("compared_trials", "read_trials", "values_by_name", "worst_scored"),
    "benchmark.data": ("DataSet", "Split", "find_dataset", "known_datasets"),
    "benchmark.hyperparameters": ("Choice", "Domain", "Fixed", "LogUniform", "Uniform"),
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
    "benchmark.normalisations": ("Normalisation", "WeightNormalisation", "find_normalisation", "known_normalisations"),
    "benchmark.penalties": ("Penalty", "find_penalty", "known_penalties"),
    "benchmark.metrics": ("Generated", "ImageMetric", "Metric"),
    "benchmark.metrics.extractors": ("Extractor",),
    "benchmark.models": ("Architecture",),
    "benchmark.plugins": ("UserError",),
    "benchmark.study.bench": ("bench",),
    "benchmark.study.planning.studyfile": ("find_study",),
    "benchmark.study.publish": ("Published",),
    "benchmark.study.run": ("run_study",),
    "benchmark.study.running.contexts": ("Resources",),
    "benchmark.study.study": ("Study",),
}
__all__ = [
    "AdversarialLoss",
    "Architecture",
    "Choice",
    "Context",
    "DataSet",
    "Domain",
    "Extractor",
    "Fixed",
    "Generated",
    "ImageMetric",
    "LogUniform",
    "Loss",
    "Metric",
    "Normalisation",
    "Objective",
    "Penalty",
    "Published",
    "RelativisticLoss",
    "Resources",
    "Split",
    "Study",
    "TwoPlayerLoss",
    "Uniform",
    "UserError",
    "WeightNormalisation",
    "__version__",
    "bench",
    "bootstrap_interval",
    "compared_trials",
    "difference",
    "expected_minimum",
    "find_dataset",
    "find_loss",
    "find_normalisation",
    "find_penalty",
    "find_study",
    "interquartile_mean",
    "judge",
    "known_datasets",
    "known_losses",
    "known_normalisations",
    "known_penalties",
    "mean_interval",
    "mean_ranks",
    "minimum_curve",
    "pairwise",
    "paper_losses",
    "probability_of_improvement",
    "read_trials",
    "run_study",
    "summarise",
    "values_by_name",
    "variance_split",
    "worst_scored",
]


def __getattr__(name: str) -> Any:
    # Imported when asked for: reading tables must not load torch.
    for home, names in _HOMES.items():
        if name in names:
            with catch_warnings():  # libraries add filters of their own when they are loaded
                return getattr(import_module(home), name)
    raise AttributeError(f"module 'benchmark' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
