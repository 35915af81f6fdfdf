"""Tables of trials that cross losses with penalties and normalisations, whose shares are known."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from support.synthetic_trials import COMMON

LOSSES = {"nsgan": "NS GAN", "lsgan": "LS GAN", "wasserstein": "Wasserstein", "hinge": "Hinge"}
PENALTIES = {"none": "no penalty", "gp": "gradient penalty", "dragan": "DRAGAN's penalty", "r1": "R1"}
NORMALISATIONS = {"none": "no normalisation", "batch": "batch norm", "layer": "layer norm", "spectral": "spectral norm"}


def crossed_study(
    samples: int = 4,
    seeds: int = 1,
    losses: int = 4,
    penalties: int = 4,
    normalisations: int = 4,
    *,
    diverged: float = 0.02,
    seed: int = 0,
    **common: object,
) -> pd.DataFrame:
    """Settings of each combination, each under so many seeds.

    The log score is 3 + 0.2 place of the loss + 0.3 place of the penalty - 0.5 place of the normalisation + 1.5 z^2 - 0.5, plus
    normal noise of 0.3; z is uniform in [-1, 1] and 2.5 + z the negative log10 of the learning rate.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    chosen = (list(d)[:n] for d, n in ((LOSSES, losses), (PENALTIES, penalties), (NORMALISATIONS, normalisations)))
    for (i, loss), (j, penalty), (k, normalisation) in product(*(list(enumerate(keys)) for keys in chosen)):
        for sample in range(samples):
            z = rng.uniform(-1, 1)
            for run in range(seeds):
                log = 3 + 0.2 * i + 0.3 * j - 0.5 * k + 1.5 * z**2 - 0.5 + 0.3 * rng.normal()
                lost = rng.random() < diverged
                best = np.inf if lost else float(np.exp(log))
                rows.append(
                    COMMON
                    | {
                        "id": f"{len(rows):016x}",
                        "loss": loss,
                        "loss_name": LOSSES[loss],
                        "penalty": penalty,
                        "penalty_name": PENALTIES[penalty],
                        "normalisation": normalisation,
                        "normalisation_name": NORMALISATIONS[normalisation],
                        "dataset": "fashion-mnist",
                        "optimiser": "adam",
                        "sample": sample,
                        "seed": run,
                        "status": "diverged" if lost else "ok",
                        "reason": "NaN in discriminator at step 17" if lost else "",
                        "best": best,
                        "validation": best * float(np.exp(0.02 * rng.normal())),
                        "selected": best,
                        "h_learning_rate": 10 ** (-2.5 - z),
                        "h_beta1": rng.uniform(),
                        "h_disc_iters": float(rng.choice([1, 5])),
                        **({"h_gamma": 10 ** rng.uniform(-1, 2)} if penalty == "r1" else {}),
                        **({"h_lambda": 10 ** rng.uniform(-1, 2)} if penalty in ("gp", "dragan") else {}),
                    }
                    | common
                )
    return pd.DataFrame(rows)
