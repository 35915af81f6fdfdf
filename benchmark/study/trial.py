"""A trial: one training of one loss, named by a hash of all that determines its result."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmark.hyperparameters import Setting
from benchmark.training.budget import Budget

RESULT_VERSION = 2
"""Raised by every change of the code that changes results, so that old and new trials are never taken for one another."""


@dataclass(frozen=True)
class Trial:
    """One training.

    Attributes:
        loss, dataset: their keys; for a user's own file followed by ``@`` and a hash of it.
        variant: the loss's variant.
        setting: its hyperparameters.
        seed: determines its initial weights, batches, latents and noise.
        budget: what it may spend.
        score: the name of its score, followed by ``@`` and the extractor's fingerprint.
        optimiser: ``adam`` or ``rmsprop``.
        sample: which hyperparameter sample of a search the setting is, 0 the default; does not determine the result.
    """

    loss: str
    dataset: str
    setting: Setting
    seed: int
    budget: Budget
    score: str
    variant: str = "paper"
    optimiser: str = "adam"
    sample: int = field(default=0, compare=False)

    @property
    def identity(self) -> dict[str, Any]:
        """All that determines the result, as plain values."""
        return {"result_version": RESULT_VERSION, **{k: v for k, v in asdict(self).items() if k != "sample"}}

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits of the SHA-256 of ``identity``."""
        return hashlib.sha256(json.dumps(self.identity, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def score_name(self) -> str:
        return self.score.partition("@")[0]
