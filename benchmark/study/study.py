"""A study: all that determines a set of trials."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from benchmark.hyperparameters import Choice, Fixed, LogUniform, Range, Uniform

SPACES = ("wide", "narrow")
PRECISIONS = ("float32", "tf32", "bfloat16")
KINDS: dict[str, type] = {"uniform": Uniform, "log_uniform": LogUniform, "choice": Choice, "fixed": Fixed}


@dataclass(frozen=True)
class Ranges:
    """The search space of a study: one of the paper's, with the user's own ranges in place of some.

    Attributes:
        space: ``wide`` or ``narrow``.
        own: ranges by hyperparameter, for every loss that has it.
        by_loss: ranges by loss and hyperparameter, which come before ``own``.
    """

    space: str = "wide"
    own: Mapping[str, Range] = field(default_factory=dict)
    by_loss: Mapping[str, Mapping[str, Range]] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """The earlier study whose best settings a study takes.

    Attributes:
        study: its name or file.
        split: the scores that choose: on ``validation`` images, or on ``test`` images as the paper did.
        checkpoint: each run's score: its ``best`` checkpoint's, or the ``last`` one's.
        incomplete: whether it may choose from a study that has not ended.
    """

    study: str
    split: Literal["validation", "test"] = "validation"
    checkpoint: Literal["best", "last"] = "best"
    incomplete: bool = False


@dataclass(frozen=True)
class Study:
    """What a study file says.

    Attributes:
        losses, datasets: names in any spelling, or files; the losses may be ``("all",)``.
        budget: ``preset`` names one; further keys replace its values.
        ranges: where samples are drawn.
        samples: settings per loss and data set; the first is the default, the others are drawn from ``ranges``.
        defaults: what the first is: ``paper``, ``tuned`` for the quick budget, or a table of trials, whose best is taken.
        source: an earlier study, whose best setting is then the only sample.
        seeds: every setting is trained under each of them.
    """

    name: str
    losses: tuple[str, ...] = ("all",)
    datasets: tuple[str, ...] = ("fashion-mnist",)
    budget: Mapping[str, Any] = field(default_factory=lambda: {"preset": "quick"})
    ranges: Ranges = field(default_factory=Ranges)
    samples: int = 1
    seeds: tuple[int, ...] = (0,)
    defaults: str = "paper"
    source: Source | None = None
    variant: str = "paper"
    metrics: tuple[str, ...] = ("fid",)
    extractor: str = "classifier"
    optimisers: tuple[str, ...] = ("adam",)
    precision: str = "float32"
    description: str = ""

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits that name what the study says, whatever its name and description."""
        said = {k: v for k, v in asdict(self).items() if k not in ("name", "description")}
        for key in ("losses", "datasets", "metrics"):  # a file is the same wherever it lies
            said[key] = [Path(name).name if name.endswith(".py") else name for name in said[key]]
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:12]
