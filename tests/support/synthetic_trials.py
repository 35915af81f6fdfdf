"""Tables of trials with a known truth, as the store makes them, for tests and for timing."""

from __future__ import annotations

import numpy as np
import pandas as pd

LOSSES = ("mmgan", "nsgan", "lsgan", "wgan", "wgangp", "dragan", "began", "vae")
COMMON = {
    "variant": "paper",
    "budget": "quick",
    "steps": 1000,
    "batch": 64,
    "width": 0.25,
    "score": "fid_classifier",
    "extractor_fingerprint": "d21d53b25d20",
    "images": 10_000,
    "torch": "2.15.0",
    "device": "cpu",
    "compiled": True,
    "commit": "b1f66813ddf916923836d86878ef97e5cf70ebfc",
    "dirty": False,
}
LIKE_THE_PAPER = {
    "variant": "v1",
    "optimiser": "adam",
    "score": "fid_inception",
    "budget": "paper",
    "steps": 15_625,
    "width": 1.0,
    "train_images": 60_000,
    "real_images": 10_000,
}
"""What of ``COMMON`` the paper's trials on MNIST and Fashion-MNIST have otherwise."""


def study(
    samples: int = 10,
    seeds: int = 3,
    losses: tuple[str, ...] = LOSSES,
    datasets: tuple[str, ...] = ("fashion-mnist",),
    *,
    diverged: float = 0.05,
    failed: float = 0.01,
    manifold: bool = False,
    validation: bool = False,
    seed: int = 0,
    **common: object,
) -> pd.DataFrame:
    """A search with one seed of each of ``samples`` settings, and further seeds of the best one.

    With ``validation`` there are the scores of a search that chooses by validation images.

    The score is 10 (1 + loss's place / 10) exp((log10 learning rate + 3.5)^2) times a log-normal factor of the seed.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for dataset in datasets:
        for place, loss in enumerate(losses):
            settings = [_setting(loss, rng) for _ in range(samples)]
            runs = [(i, 0) for i in range(samples)]
            best = int(np.argmin([abs(np.log10(s["h_learning_rate"]) + 3.5) for s in settings]))
            runs += [(best, s) for s in range(1, seeds)]
            for sample, run in runs:
                h = settings[sample]
                score = 10 * (1 + place / 10) * np.exp((np.log10(h["h_learning_rate"]) + 3.5) ** 2 + 0.1 * rng.normal())
                fate = rng.random()
                status = "diverged" if fate < diverged else "failed" if fate < diverged + failed else "ok"
                value = {"ok": score, "diverged": np.inf, "failed": np.nan}[status]
                reason = {"ok": "", "diverged": "NaN in discriminator at step 17", "failed": "RuntimeError: <out of memory>"}
                quality = float(np.exp(-score / 50))
                rows.append(
                    COMMON
                    | common
                    | {
                        "id": f"{len(rows):016x}",
                        "loss": loss,
                        "dataset": dataset,
                        "sample": sample,
                        "seed": run,
                        "status": status,
                        "best": value,
                        "best_step": 500,
                        "last": value * 1.05,
                        "ended_at_step": 1000,
                        "reason": reason[status],
                        "seconds": round(30 + 5 * rng.random(), 2),
                        **h,
                    }
                    | ({"f1": quality, "precision_score": quality**0.5, "recall": quality**1.5} if manifold else {})
                )
    table = pd.DataFrame(rows)
    if validation:
        noise = np.random.default_rng(seed + 1).lognormal(0, 0.05, len(table))
        table = table.assign(selected=table["best"] * 1.02, validation=table["best"] * noise)
    return table


def _setting(loss: str, rng: np.random.Generator) -> dict[str, float]:
    setting: dict[str, float] = {
        "h_learning_rate": 10 ** rng.uniform(-5, -2),
        "h_beta1": rng.uniform(),
        "h_disc_iters": float(rng.choice([1, 5])),
        "h_discriminator_batch_norm": bool(rng.random() < 0.5),
    }
    if loss in ("wgangp", "dragan"):
        setting["h_lambda"] = 10 ** rng.uniform(-1, 2)
    if loss == "wgan":
        setting["h_clip"] = 10 ** rng.uniform(-3, 0)
    if loss == "began":
        setting |= {"h_gamma": rng.uniform(), "h_lambda_k": 10 ** rng.uniform(-4, -2)}
    return setting
