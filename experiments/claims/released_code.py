"""Claim: what the study's released code changed does not matter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from benchmark.analysis.figures.panels import log_axis, panels
from benchmark.analysis.statistics.differences import difference
from benchmark.analysis.styles import STYLES
from benchmark.claims import Claim, Studies, Verdict
from benchmark.losses import find_loss
from benchmark.study.planning.defaults import default_setting
from benchmark.study.study import Study

BEGAN_PARTS = Path(__file__).parent / "_began_parts.py"
LOSSES = {"lsgan": "LS GAN", "wgan": "WGAN", "dragan": "DRAGAN", "began": "BEGAN"}
CHANGES = {
    "lsgan": "squares the sigmoid of the logit",
    "wgan": "has nothing of its own",
    "dragan": "has other noise, an interpolation, and 1e-4 under the norm's root",
    "began": "moves k without bounds, by new weights",
}
"""What the variant v1 changes for each single loss, in addition to what it changes for all losses."""
PARTS = {"k": "k alone", "z": "the latents alone", "weights": "the initial weights alone"}
"""The changes that v1 makes to BEGAN, one at a time (``_began_parts.py``)."""


class ReleasedCode(Claim):
    """Each loss as in its paper, and as in the released code of the large-scale study."""

    key = "released-code"
    number = 12
    title = "What the released code changed"
    sentence = "The losses of the study's released code are those of the papers: what it changed does not move their scores."
    source = "google/compare_gan v1.0, the code of Lucic et al. 2018, beside the papers of the losses"
    measured = (
        "LS GAN, WGAN, DRAGAN and BEGAN are trained on Fashion-MNIST as the papers define them and as that code does (our "
        "variant v1), for 500 steps, under eight seeds of each. Each has the quick budget's default setting of the time when "
        "it was measured: the best after 1,000 steps of the search fashion-standard. WGAN's default has changed since.",
        "For every loss v1 uses the discriminator's latents again for the generator's update, and starts transposed "
        "convolutions from an untruncated normal. The rest is each loss's own. BEGAN's changes are also tested one at a time.",
        "The number is the ratio of the geometric means of fid_layers, with its 95% interval (Welch, in logarithms).",
    )
    criterion = "Not supported if one of the intervals excludes 1."
    not_seen = (
        "Other settings: each variant might have a better one of its own, and these were tuned for the paper's.",
        "A joint interval for the four losses: if one barely excludes 1, a run on a processor that rounds "
        "differently may say otherwise, as an earlier run did of LS GAN and DRAGAN.",
    )

    def measure(self, studies: Studies) -> pd.DataFrame:
        parts = []
        for loss in LOSSES:
            study = Study(
                name=f"released-code-{loss}",
                losses=(loss,),
                datasets=("fashion-mnist",),
                budget={"preset": "quick", "steps": 500, "evaluations": 1},
                seeds=tuple(range(8)),
                variants=("paper", "v1"),
            )
            tuned = default_setting(find_loss(loss)(), "quick", "fashion-mnist", "tuned", studies.report)
            parts.append(studies.trials(study, [tuned]))
            if loss == "began":
                alone = replace(study, name="released-code-began-parts", losses=(str(BEGAN_PARTS),), variants=tuple(PARTS))
                parts.append(studies.trials(alone, [tuned]).assign(loss="began"))
        trials = pd.concat(parts, ignore_index=True)
        return trials[["id", "loss", "variant", "seed", "status", "last"]].rename(columns={"last": "fid_layers"})

    def judge(self, table: pd.DataFrame) -> Verdict:
        said, moved = [], []
        for loss, name in LOSSES.items():
            paper, v1 = (scores(table, loss, variant) for variant in ("paper", "v1"))
            ratio, low, high = changed(paper, v1)
            lost = int((table[table["loss"] == loss]["status"] != "ok").sum())
            said.append(
                f"{name} {CHANGES[loss]}: {np.exp(np.log(v1).mean()):.0f} in place of {np.exp(np.log(paper).mean()):.0f}, "
                f"{ratio:.2f} times ({low:.2f} to {high:.2f}{f', {lost} runs without a score' if lost else ''})"
            )
            moved += [name] if low > 1 or high < 1 else []
        n = table.groupby(["loss", "variant"]).size().min()
        parts = one_at_a_time(table)
        return Verdict(
            "not supported" if moved else "undecided",
            (f"It moves {', '.join(moved)}." if moved else "No interval excludes 1, and none shows that nothing moves.")
            + f" n = {n} seeds of each.",
            (
                *(f"{of_loss}." for of_loss in said),
                *([f"BEGAN with one change at a time, as multiples of the paper's: {'; '.join(parts)}."] if parts else []),
            ),
        )

    def draw(self, table: pd.DataFrame) -> Figure:
        figure, (axes,) = panels(1, 6.4, 3.6)
        rng = np.random.default_rng(0)
        for place, loss in enumerate(LOSSES):
            for shift, variant in ((-0.2, "paper"), (0.2, "v1")):
                values = scores(table, loss, variant)
                colour = STYLES[loss].colour
                axes.scatter(
                    place + shift + rng.uniform(-0.08, 0.08, len(values)),
                    values,
                    s=20,
                    facecolor=colour if variant == "paper" else "white",
                    edgecolor="black" if variant == "paper" else colour,
                    linewidth=0.8,
                )
        marks = [f"{name}\n{fill(f'v1 {CHANGES[loss]}', 24)}" for loss, name in LOSSES.items()]
        axes.set_xticks(range(len(LOSSES)), marks, fontsize=7)
        axes.set_ylabel("fid_layers after 500 steps", fontsize=8)
        axes.set_title("filled: as in the loss's paper; open: as in the study's released code", fontsize=9)
        log_axis(axes, "y")
        return figure


def changed(paper: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """The ratio of the geometric means, other divided by paper, with the ends of its 95% interval (Welch)."""
    found = difference(np.log(other), np.log(paper))
    ratio, low, high = (float(np.exp(x)) for x in (found.estimate, found.low, found.high))
    return ratio, low, high


def one_at_a_time(table: pd.DataFrame) -> list[str]:
    """The effect of each single change of BEGAN that was measured, as text."""
    paper, measured = scores(table, "began", "paper"), {*table["variant"]}
    ratios = {label: changed(paper, scores(table, "began", part)) for part, label in PARTS.items() if part in measured}
    return [f"{label} {ratio:.2f} ({low:.2f} to {high:.2f})" for label, (ratio, low, high) in ratios.items()]


def scores(table: pd.DataFrame, loss: str, variant: str) -> np.ndarray:
    """The last scores of the runs that have scores."""
    rows = table[(table["loss"] == loss) & (table["variant"] == variant) & (table["status"] == "ok")]
    return rows["fid_layers"].to_numpy(float)
