"""Claim: least squares minimises the Pearson chi^2 divergence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from benchmark.analysis.figures.panels import panels
from benchmark.claims import Claim, Studies, Verdict
from benchmark.losses.lsgan import LSGAN

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
ATOMS, PAIRS, IMAGES = 8, 200, 1_000
COMMON = "a = 0, b = c = 1"
CODINGS = {"a = -1, b = 1, c = 0": (-1.0, 1.0, 0.0), COMMON: (0.0, 1.0, 1.0), "a = 1, b = 3, c = 2": (1.0, 3.0, 2.0)}
EXACT, ROUNDED = 1e-9, 1e-12  # differences below the second are rounding
SMALLEST = 1e-17  # where the figure draws a distance of zero
SHOWN = 20  # pairs in the figure, so that markers do not hide each other
DRAWN: tuple[dict[str, Any], ...] = (
    {"s": 50, "marker": "o", "facecolor": "none", "edgecolor": "#0072B2"},
    {"s": 24, "marker": "^", "color": "#D55E00"},
    {"s": 16, "marker": "x", "linewidth": 0.9, "color": "black"},
)


class Pearson(Claim):
    """Both sides are computed on discrete distributions; the objectives come from our loss itself."""

    key = "pearson"
    number = 4
    title = "Least squares minimises Pearson's chi^2"
    sentence = (
        "With b - c = 1 and b - a = 2, twice the generator's least-squares objective at the optimal discriminator is the "
        "Pearson chi^2 divergence between p_data + p_g and 2 p_g."
    )
    source = "Mao et al. 2016, section 3.3, equations 4 to 8"
    measured = (
        f"There are {PAIRS} random pairs of distributions on {ATOMS} atoms, each as a batch of {IMAGES:,} images.",
        "Newton's step on our discriminator's loss finds the optimal discriminator. Our generator's loss, on real and on "
        "generated images, is compared with the divergence in closed form.",
    )
    criterion = "Supported if both agree to 1e-9 for both codings with b - c = 1 and b - a = 2."
    not_seen = (
        "Training: a generator sees only its own images' half of this objective, and a discriminator that is not optimal.",
    )

    def measure(self, studies: Studies) -> pd.DataFrame:
        rng = np.random.default_rng(0)
        rows = []
        for pair in range(PAIRS):
            concentration = rng.choice([0.1, 0.3, 1.0, 10.0])
            counts = [rng.multinomial(IMAGES, rng.dirichlet(np.full(ATOMS, concentration))) for _ in range(2)]
            real, fake = (counts / IMAGES for counts in counts)
            for coding, (a, b, c) in CODINGS.items():
                logits = optimal_logits(counts[0], counts[1], a, b)
                rows.append(
                    {
                        "pair": pair,
                        "coding": coding,
                        "chi2": pearson(real, fake),
                        "discriminator_error": np.abs(logits - closed_form(real, fake, a, b))[real + fake > 0].max(),
                        "objective": objective(logits, counts[0], counts[1], a, b, c),
                    }
                )
        return pd.DataFrame(rows)

    def judge(self, table: pd.DataFrame) -> Verdict:
        errors = (table["objective"] - table["chi2"]).abs().groupby(table["coding"]).max().drop(COMMON)
        common = table[table["coding"] == COMMON]
        slope, start = np.polyfit(common["chi2"], common["objective"], 1)
        away = (common["objective"] - start - slope * common["chi2"]).abs().max()
        return Verdict(
            "supported" if errors.max() < EXACT else "not supported",
            f"In {table['pair'].nunique()} pairs twice the objective is the divergence, to {max(errors.max(), ROUNDED):.0e}.",
            (
                f"The common coding {COMMON} satisfies neither condition. Twice its objective is {start:.3f} + "
                f"{slope:.3f} chi^2 (to {max(away, ROUNDED):.0e}): another number with the same minimum and the same "
                "order.",
                "Any a and b that differ give such a line. So the conditions choose the scale, and not what is minimised.",
            ),
        )

    def draw(self, table: pd.DataFrame) -> Figure:
        figure, (values, errors) = panels(2, 5.0, 3.9)
        for (coding, rows), drawn in zip(table.groupby("coding", sort=False), DRAWN, strict=True):
            some = rows.sort_values("chi2").iloc[:: len(rows) // SHOWN]
            values.scatter(some["chi2"], some["objective"], **drawn, label=str(coding))
            if coding != COMMON:
                error = (rows["objective"] - rows["chi2"]).abs()
                errors.scatter(rows["chi2"], error.clip(lower=SMALLEST), **drawn)
        ends = np.array([0.0, table["chi2"].max()])
        values.plot(ends, ends, color="0.6", linewidth=0.8, zorder=0, label="the objective is chi^2")
        values.set_ylabel("twice the generator's objective at the optimal D")
        values.set_title(f"one of {len(rows) // SHOWN} of the {len(rows)} pairs is drawn", fontsize=9)
        values.legend(frameon=False, fontsize=8)
        errors.axhline(EXACT, color="0.3", linestyle=":", linewidth=1)
        errors.set_yscale("log")
        errors.set_ylim(SMALLEST / 3, 10 * EXACT)
        errors.set_ylabel("distance of the objective from chi^2")
        errors.set_title(f"all pairs; dotted: what counts as equal, {EXACT:g}; 0 is drawn at {SMALLEST:g}", fontsize=9)
        for axes in (values, errors):
            axes.set_xlabel("Pearson chi^2 of p_data + p_g and 2 p_g, in closed form", fontsize=9)
        return figure


def pearson(real: Floats, fake: Floats) -> float:
    """The Pearson chi^2 divergence between p_data + p_g and 2 p_g (equation 8)."""
    both = real + fake
    here = both > 0
    return float(((2 * fake - both)[here] ** 2 / both[here]).sum())


def closed_form(real: Floats, fake: Floats, a: float, b: float) -> Floats:
    """The optimal discriminator, [atoms] (equation 5); zero where both distributions are zero."""
    both = real + fake
    return np.divide(b * real + a * fake, both, out=np.zeros_like(both), where=both > 0)


def batches(logits: Tensor, real: Counts, fake: Counts) -> tuple[Tensor, Tensor]:
    """The discriminator's logits for a real and a generated batch, which contain each atom as often as the counts say."""
    return logits.repeat_interleave(torch.as_tensor(real)), logits.repeat_interleave(torch.as_tensor(fake))


def targets(a: float, b: float, c: float) -> dict[str, Tensor]:
    """The hyperparameters as tensors for our loss."""
    return {"a": torch.tensor(a).double(), "b": torch.tensor(b).double(), "c": torch.tensor(c).double()}


def optimal_logits(real: Counts, fake: Counts, a: float, b: float) -> Floats:
    """The logits [atoms] that minimise our discriminator's loss; it is quadratic, so one Newton step finds them."""
    logits = torch.zeros(ATOMS, dtype=torch.float64)

    def loss(logits: Tensor) -> Tensor:
        return LSGAN().discriminator_loss(*batches(logits, real, fake), targets(a, b, 0.0))

    gradient, curvature = torch.func.jacrev(loss)(logits), torch.func.hessian(loss)(logits)
    found: Floats = -(torch.linalg.pinv(curvature) @ gradient).numpy()
    return found


def objective(logits: Floats, real: Counts, fake: Counts, a: float, b: float, c: float) -> float:
    """Twice our generator's loss on real and generated images (equation 4, of which training omits the real half)."""
    of_both = batches(torch.as_tensor(logits), real, fake)
    return sum(2 * LSGAN().generator_loss(of_one, targets(a, b, c)).item() for of_one in of_both)
