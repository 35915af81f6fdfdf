"""Claim: least squares is more stable."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from benchmark.analysis.figures.panels import log_axis, panels, points
from benchmark.analysis.figures.texts import label_x
from benchmark.analysis.styles import STYLES
from benchmark.claims import Claim, Studies, Verdict
from benchmark.study.study import Study

SEEDS = 10
SETTING = {"learning_rate": 2e-3, "beta1": 0.5, "disc_iters": 1}
FAILS = {"fashion-mnist": 400.0, "ring": 2.0}
"""A run fails if its last score is higher: a ``fid_layers`` of unrecognisable images, or most modes missed."""


class Stability(Claim):
    """LS and NS GAN with the same settings."""

    key = "stability"
    number = 3
    title = "Least squares is more stable"
    sentence = (
        "Least-squares GANs fail less often than GANs with sigmoid cross entropy, without batch norm and with any optimiser."
    )
    source = "Mao et al. 2016, section 4.2"
    measured = (
        "LS and NS GAN are trained at the same settings (learning rate 0.002, beta1 0.5), with and without batch norm in "
        f"D, by Adam and by RMSProp, under {SEEDS} seeds of each.",
        "There are two data sets: Fashion-MNIST, 400 steps at a quarter of the width, and a ring of 8 Gaussians, 1,500 steps.",
        "A run fails if it diverges, ends above fid_layers 400, or misses more than two of the eight modes. That was decided "
        "beforehand.",
    )
    criterion = (
        "Supported if LS GAN fails less often over all of these, by the 95% interval (Newcombe 1998) of the difference of "
        "shares; not supported if more often."
    )
    not_seen = (
        "Other learning rates, on which both depend more than on the loss.",
        "Runs longer than these.",
    )

    def measure(self, studies: Studies) -> pd.DataFrame:
        changes = [SETTING | {"discriminator_batch_norm": norm} for norm in (True, False)]
        parts = []
        for dataset, steps, width, metric in (("fashion-mnist", 400, 0.25, "fid"), ("ring", 1_500, 0.5, "modes")):
            budget = {"preset": "quick", "steps": steps, "width": width, "evaluations": 1, "images": 2_000}
            study = Study(
                name=f"stability-{dataset}",
                losses=("nsgan", "lsgan"),
                datasets=(dataset,),
                budget=budget,
                seeds=tuple(range(SEEDS)),
                optimisers=("adam", "rmsprop"),
                metrics=(metric,),
            )
            parts.append(studies.trials(study, changes, together=SEEDS if dataset == "ring" else None))
        table = pd.concat(parts, ignore_index=True)
        table["failed"] = (table["status"] != "ok") | (table["last"] > table["dataset"].map(FAILS))
        columns = ["id", "dataset", "loss", "optimiser", "h_discriminator_batch_norm", "seed", "status", "last", "failed"]
        return table[columns].rename(columns={"h_discriminator_batch_norm": "batch_norm"})

    def judge(self, table: pd.DataFrame) -> Verdict:
        shares = {loss: rows["failed"].astype(bool) for loss, rows in table.groupby("loss")}
        ls, ns = shares["lsgan"], shares["nsgan"]
        low, high = newcombe(int(ls.sum()), len(ls), int(ns.sum()), len(ns))
        differing, sizes = [], {}
        for dataset in FAILS:
            for norm in (True, False):
                for optimiser in ("adam", "rmsprop"):
                    rows = table[
                        (table["dataset"] == dataset) & (table["optimiser"] == optimiser) & (table["batch_norm"] == norm)
                    ]
                    a, b = (int(rows.loc[rows["loss"] == loss, "failed"].sum()) for loss in ("lsgan", "nsgan"))
                    place = f"{dataset} {'with' if norm else 'without'} batch norm by {optimiser}"
                    differing += [f"{place} {a} against {b}"] if a != b else []
                    sizes[place] = (abs(a - b), a, b, len(rows) // 2)
        largest = max(sizes, key=lambda place: sizes[place][0])
        _, a, b, of = sizes[largest]
        elsewhere = f"Leaving out {largest}, it is {ls.sum() - a} of {len(ls) - of} against {ns.sum() - b} of {len(ns) - of}."
        n = table.groupby(["dataset", "batch_norm", "optimiser", "loss"]).size().min()
        return Verdict(
            "supported" if high < 0 else "not supported" if low > 0 else "undecided",
            f"LS GAN fails in {ls.sum()} of {len(ls)} runs, NS GAN in {ns.sum()} of {len(ns)}. The difference of the shares is "
            f"{ls.mean() - ns.mean():+.2f} ({low:+.2f} to {high:+.2f}).",
            (
                f"With {n} runs of each, they differ in: {'; '.join(differing) or 'nothing'}.",
                *([elsewhere] if differing else []),
            ),
        )

    def draw(self, table: pd.DataFrame) -> Figure:
        figure, grid = panels(2, 5.4, 3.6)
        names = {"nsgan": "NS GAN", "lsgan": "LS GAN"}
        rng = np.random.default_rng(0)
        groups = [(norm, optimiser) for norm in (True, False) for optimiser in ("adam", "rmsprop")]
        for axes, dataset in zip(grid, FAILS, strict=True):
            rows = table[table["dataset"] == dataset]
            for place, (norm, optimiser) in enumerate(groups):
                for shift, loss in ((-0.2, "nsgan"), (0.2, "lsgan")):
                    of = rows[(rows["batch_norm"] == norm) & (rows["optimiser"] == optimiser) & (rows["loss"] == loss)]
                    spread = pd.Series(place + shift + rng.uniform(-0.14, 0.14, len(of)), of.index)
                    label = f"{names[loss]}, n = {len(of)} of each" if place == 0 else None
                    axes.scatter(spread, of["last"], s=20, label=label, **points(STYLES[loss]))
                    gone = spread[of["status"] != "ok"]
                    axes.plot(gone, np.full(len(gone), 0.97), "x", transform=axes.get_xaxis_transform(), color="0.2")
            counts = dataset == "ring"
            # The line lies between two counts, so that no point is on it.
            axes.axhline(FAILS[dataset] + 0.5 if counts else FAILS[dataset], color="0.3", linestyle=":", linewidth=1)
            marks = [f"{'' if norm else 'no '}batch norm\n{optimiser}" for norm, optimiser in groups]
            axes.set_xticks(range(len(groups)), marks, fontsize=8)
            axes.set_ylabel("modes missed, of 8" if counts else "fid_layers at the end", fontsize=8)
            axes.set_title(dataset, fontsize=9)
            if not counts:
                log_axis(axes, "y")
        label_x(
            figure, "every run; above the dotted line it has failed; crosses at the top: diverged or failed without a score"
        )
        grid[0].legend(frameon=False, fontsize=8)
        return figure


def newcombe(first: int, n_first: int, second: int, n_second: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of a difference of two shares, from Wilson's intervals of both (Newcombe 1998, method 10)."""
    a, b = (
        stats.binomtest(count, n).proportion_ci(confidence, method="wilson")
        for count, n in ((first, n_first), (second, n_second))
    )
    p, q = first / n_first, second / n_second
    low = p - q - np.hypot(p - a.low, b.high - q)
    high = p - q + np.hypot(a.high - p, q - b.low)
    return float(low), float(high)
