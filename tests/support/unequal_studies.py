"""Studies whose losses have 1, 2, 3, 7 and 30 trials, as one that is not at its end has; some diverged, failed or pending."""

from __future__ import annotations

import numpy as np
import pandas as pd
from support.synthetic_trials import study

COUNTS = {"mmgan": 3, "lsgan": 30, "nsgan": 1, "wgan": 7, "wgangp": 2, "vae": 5, "began": 4}
"""The trials of each loss; all of the VAE diverge, and all of BEGAN are pending."""
STEPS = (250, 500, 1000)
KINDS = ("search", "seeds", "search and seeds", "two data sets", "nothing but ends", "one each")


def unequal(kind: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A table of trials of the kind, one of ``KINDS``, and its evaluations."""
    rows = []
    for place, (loss, count) in enumerate(COUNTS.items()):
        samples, seeds = {"seeds": (1, count), "search and seeds": (count, 1 + count // 2), "one each": (1, 1)}.get(
            kind, (count, 1)
        )
        for dataset in ("mnist", "cifar10") if kind == "two data sets" else ("mnist",):
            if dataset == "mnist" or loss != "wgan":  # which the second has not at all
                rows.append(study(samples, seeds, losses=(loss,), datasets=(dataset,), manifold=True, diverged=0, failed=0))
                rows[-1]["status"] = fates(loss, len(rows[-1]), place)
    table = pd.concat(rows, ignore_index=True)
    if kind == "nothing but ends":
        table["status"] = table["status"].replace("ok", "failed")
    table["id"] = [f"{i:016x}" for i in range(len(table))]
    noise = np.random.default_rng(1).lognormal(0, 0.1, (len(STEPS), len(table)))
    scores = pd.DataFrame({step: table["best"] * noise[i] * (4 - i) for i, step in enumerate(STEPS)})
    ok, diverged = table["status"] == "ok", table["status"] == "diverged"
    table["best_before_divergence"] = scores[250].where(diverged)
    for column in ("best", "last", "selected", "validation", "validation_last"):
        table[column] = scores[1000].where(ok, np.where(diverged, np.inf, np.nan))
    table["validation"] *= noise[0]
    score = str(table["score"].iloc[0])
    evaluations = pd.DataFrame(
        [
            {"id": trial, "step": step, score: scores.loc[i, step], f"{score}_validation": scores.loc[i, step] * noise[0, i]}
            for i, trial in enumerate(table["id"])
            for step in STEPS
            if ok[i] or (diverged[i] and step == 250)
        ],
        columns=["id", "step", score, f"{score}_validation"],
    )
    return table, evaluations


def fates(loss: str, count: int, place: int) -> list[str]:
    """How the trials of a loss ended: the first is fine, of further ones every fourth is not."""
    if loss in ("vae", "began"):
        return [{"vae": "diverged", "began": "pending"}[loss]] * count
    others = ("diverged", "pending", "failed")
    return ["ok" if i % 4 != 1 else others[(i // 4 + place) % 3] for i in range(count)]
