"""Claim: sigmoid cross entropy saturates far from the decision boundary, least squares grows with the distance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from torch import Tensor, nn

from benchmark.analysis.figures.panels import line, panels
from benchmark.analysis.styles import paper_styles
from benchmark.claims import Claim, Studies, Verdict
from benchmark.data import find_dataset
from benchmark.losses import AdversarialLoss, find_loss
from benchmark.models.mlp import MLP
from benchmark.training.trainer import Trainer, evaluation_latents

LOSSES = ("nsgan", "lsgan")
NAMES = [find_loss(key).name for key in LOSSES]
SEEDS, STEPS, POINTS = 8, 2_000, 200
FEWEST = 10
"""A seed counts if it has at least this many points on the side that the discriminator takes for real."""
SETTING = {"learning_rate": 2e-3, "beta1": 0.5, "discriminator_batch_norm": False, "disc_iters": 1}
LOGITS = np.linspace(-2, 3, 101)


class BoundaryDistance(Claim):
    """The derivatives of our two losses with respect to the logit, as functions and at generated points."""

    key = "boundary-distance"
    number = 2
    title = "Far from the boundary only least squares pulls"
    sentence = (
        "On the side that D takes for real, the gradient of sigmoid cross entropy falls with a sample's distance from the "
        "decision boundary, and that of least squares grows."
    )
    source = "Mao et al. 2016, sections 1 and 3.2, figure 1"
    measured = (
        f"NS and LS GAN are trained on the ring of 8 Gaussians for {STEPS:,} steps at the same settings, with MLPs without "
        f"batch norm in D, under {SEEDS} seeds; {POINTS} points are generated of each.",
        "The derivative of the generator's loss by the logit is taken at each point. The boundary is the logit 0 for NS "
        "GAN and (a + b) / 2 for LS GAN.",
        "The number is Spearman's rank correlation of the derivative's size with the logit's distance from the boundary, "
        f"over the points beyond it, for each seed that has {FEWEST} of them; with 95% t intervals over seeds. Where a "
        "formula only rises or only falls, that correlation is 1 or -1 by arithmetic. What is measured is on which part of "
        "it the points lie.",
        "The panels on the right show each loss's run of median distance from the real points. LS GAN's has not found the "
        "ring, as most of its runs at this setting have not.",
    )
    criterion = (
        "Supported if the interval is below 0 for NS GAN and above 0 for LS GAN; not supported if one lies on the other side."
    )
    not_seen = (
        "Distance in the plane: the logit is only D's idea of it.",
        "Other settings and stages, at which a D may be further from its targets.",
    )

    def measure(self, studies: Studies) -> pd.DataFrame:
        torch.set_num_threads(studies.resources.threads)
        real = torch.from_numpy(find_dataset("ring")(studies.resources.data).training_images().images)
        parts = [frame("real", "", real=real[:POINTS])]
        for key in LOSSES:
            loss = find_loss(key)()
            assert isinstance(loss, AdversarialLoss)
            grid = torch.from_numpy(LOGITS)
            parts.append(frame("curve", loss.name, logit=grid, derivative=derivative(loss, grid)))
            trainer = Trainer(
                loss,
                real,
                [find_loss(key).defaults | SETTING] * SEEDS,
                [*range(SEEDS)],
                width=1.0,
                batch=64,
                architecture=MLP,
                device=torch.device("cpu"),
                compiled=False,
            )
            for _ in trainer.advance(STEPS):
                pass
            fakes = [trainer.generate(seed, evaluation_latents(POINTS, loss.prior)) for seed in range(SEEDS)]
            for seed, fake in enumerate(fakes):
                logit, by_logit, by_point = gradients(loss, discriminator_of(trainer, seed), fake)
                parts.append(frame("generated", loss.name, seed, fake, logit, by_logit, by_point))
            seed = typical(fakes, real)
            ticks = torch.linspace(0, 1, 41)
            field = torch.cartesian_prod(ticks, ticks)[..., None, None]
            parts.append(frame("field", loss.name, seed, field, discriminator_of(trainer, seed)(field).detach()))
        return pd.concat(parts, ignore_index=True)

    def judge(self, table: pd.DataFrame) -> Verdict:
        found, said = {}, []
        for loss in NAMES:
            rows = table[(table["loss"] == loss) & (table["logit"] > boundary(loss))]
            beyond, curve = (rows[rows["kind"] == kind] for kind in ("generated", "curve"))
            by_seed = [of_seed for _, of_seed in beyond.groupby("seed") if len(of_seed) >= FEWEST]
            found[loss] = interval([correlation(of, of["derivative"].abs()) for of in by_seed])
            by_point = interval([correlation(of, np.hypot(of["gradient_x"], of["gradient_y"])) for of in by_seed])
            least = float(curve["logit"].to_numpy(float)[curve["derivative"].abs().argmin()])
            turns = (
                f"Its derivative falls to zero at a logit {least - boundary(loss):.2g} above the boundary's and rises only "
                f"beyond it, where {(beyond['logit'] > least).mean():.0%} of these points lie"
                if least < curve["logit"].max()
                else "Its derivative falls all the way"
            )
            said.append(
                f"{loss}: {of_interval(found[loss])}, n = {len(by_seed)} seeds with {len(beyond)} points beyond the boundary. "
                f"{turns}. The same correlation of the gradient at the point itself is {of_interval(by_point)}"
            )
        ns, ls = found["NS GAN"], found["LS GAN"]
        supported = ns[2] < 0 < ls[1]
        against = ns[1] > 0 or ls[2] < 0
        return Verdict(
            "supported" if supported else "not supported" if against else "undecided",
            "Rank correlations of the derivative's size with the distance from the boundary:",
            tuple(f"{of_loss}." for of_loss in said),
        )

    def draw(self, table: pd.DataFrame) -> Figure:
        figure, (left, *fields) = panels(3, 4.2, 4.0, columns=3)
        for name in NAMES:
            rows = table[table["loss"] == name]
            curve, points = (rows[rows["kind"] == kind] for kind in ("curve", "generated"))
            drawn = line(paper_styles()[name])
            left.plot(
                curve["logit"] - boundary(name), curve["derivative"].abs(), label=name, **drawn | {"marker": "", "zorder": 1}
            )
            left.scatter(
                points["logit"] - boundary(name),
                points["derivative"].abs(),
                s=14,
                marker=drawn["marker"],
                facecolor=drawn["color"],
                edgecolor="black",
                linewidth=0.3,
                alpha=0.5,
                zorder=2,
            )
        left.axvline(0, color="0.3", linestyle=":", linewidth=1)
        left.set_xlabel("logit less that of the boundary (right: taken for real)", fontsize=8)
        left.set_ylabel("|d generator's loss / d logit|", fontsize=8)
        left.set_title(f"lines: the losses; points: generated, {SEEDS} seeds", fontsize=9)
        left.legend(frameon=False, fontsize=8)
        real = table[table["kind"] == "real"]
        for axes, name in zip(fields, NAMES, strict=True):
            seed = int(table.loc[(table["loss"] == name) & (table["kind"] == "field"), "seed"].iloc[0])
            rows = table[(table["loss"] == name) & (table["seed"] == seed)]
            field, points = (rows[rows["kind"] == kind] for kind in ("field", "generated"))
            logits = field.pivot(index="y", columns="x", values="logit")
            axes.contour(
                logits.columns, logits.index, logits, levels=[boundary(name)], colors="black", linewidths=1.2, zorder=1
            )
            axes.scatter(real["x"], real["y"], s=10, color="0.55", label="real", zorder=2)
            colour = line(paper_styles()[name])["color"]
            axes.scatter(points["x"], points["y"], s=9, color=colour, label="generated", zorder=3)
            axes.quiver(
                points["x"],
                points["y"],
                -points["gradient_x"],
                -points["gradient_y"],
                angles="xy",
                width=0.003,
                color="black",
                alpha=0.7,
                zorder=4,
            )
            axes.set_title(f"{name}, the median run; line: boundary; arrows: minus the gradient", fontsize=8)
            axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xticks=[], yticks=[])
            axes.legend(frameon=True, fontsize=7, loc="lower right")
        return figure


def typical(fakes: list[Tensor], real: Tensor) -> int:
    """The seed with the median mean distance from its points to the nearest real ones: neither the best nor a failure."""
    means = [float(torch.cdist(fake.flatten(1), real.flatten(1)).min(dim=1).values.mean()) for fake in fakes]
    return int(np.argsort(means)[(len(means) - 1) // 2])


def boundary(name: str) -> float:
    """The logit that separates what the loss's discriminator takes for real from what it takes for generated."""
    setting = find_loss(name).defaults
    return (setting["a"] + setting["b"]) / 2 if "a" in setting else 0.0


def targets(loss: AdversarialLoss) -> dict[str, Tensor]:
    """The loss's default hyperparameters, as tensors."""
    return {name: torch.tensor(float(value)) for name, value in loss.defaults.items()}


def derivative(loss: AdversarialLoss, logits: Tensor) -> Tensor:
    """The derivative [n] of one sample's generator loss with respect to its logit, at each of these logits."""
    found: Tensor = torch.func.grad(lambda of_all: len(of_all) * loss.generator_loss(of_all, targets(loss)))(logits)
    return found


def gradients(loss: AdversarialLoss, discriminator: nn.Module, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """For each point: the logit [n], and the derivatives of its generator loss by the logit [n] and the point [n, 2]."""
    logits = discriminator(points).detach()
    by_point = torch.func.grad(lambda x: len(x) * loss.generator_loss(discriminator(x), targets(loss)))(points)
    return logits, derivative(loss, logits), by_point.flatten(1)


def discriminator_of(trainer: Trainer, member: int) -> nn.Module:
    """One member's discriminator with its weights, without gradients."""
    network = trainer.loss.networks(trainer.architecture)["discriminator"].requires_grad_(False)
    network.load_state_dict({name: weight[member] for name, weight in trainer.state.parameters["discriminator"].items()})
    return network


def frame(
    kind: str,
    loss: str,
    seed: int | None = None,
    real: Tensor | None = None,
    logit: Tensor | None = None,
    derivative: Tensor | None = None,
    gradient: Tensor | None = None,
) -> pd.DataFrame:
    """Rows of the table, with numbers rounded to five digits; columns that a kind of row lacks are empty."""
    columns: dict[str, NDArray[Any]] = {}
    if real is not None:
        columns |= {"x": real.flatten(1)[:, 0].numpy(), "y": real.flatten(1)[:, 1].numpy()}
    columns |= {name: of.numpy() for name, of in (("logit", logit), ("derivative", derivative)) if of is not None}
    if gradient is not None:
        columns |= {"gradient_x": gradient[:, 0].numpy(), "gradient_y": gradient[:, 1].numpy()}
    rounded = {name: [float(f"{value:.5g}") for value in values] for name, values in columns.items()}
    return pd.DataFrame({"kind": kind, "loss": loss, "seed": seed, **rounded})


def correlation(rows: pd.DataFrame, size: ArrayLike) -> float:
    """Spearman's rank correlation between a gradient's size and the logit, which grows with distance beyond the boundary."""
    return float(stats.spearmanr(rows["logit"], size).statistic)


def interval(values: list[float]) -> tuple[float, float, float]:
    """The mean of correlations and its 95% t interval, limited to [-1, 1]; NaN for fewer than two."""
    if len(values) < 2:
        return np.nan, np.nan, np.nan
    mean, error = float(np.mean(values)), float(stats.sem(values))
    half = float(stats.t.ppf(0.975, len(values) - 1)) * error
    return mean, max(-1.0, mean - half), min(1.0, mean + half)


def of_interval(found: tuple[float, float, float]) -> str:
    """An estimate with its interval, as text."""
    return f"{found[0]:+.2f} ({found[1]:+.2f} to {found[2]:+.2f})"
