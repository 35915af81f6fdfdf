"""Claim: the Jensen-Shannon divergence is flat where supports are disjoint, the Wasserstein distance is not."""

from __future__ import annotations

import math

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
from benchmark.losses import AdversarialLoss, Context, find_loss
from benchmark.models.mlp import MLP
from benchmark.training.trainer import Trainer

Floats = NDArray[np.float64]
OFFSETS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6)
REAL = 0.2
"""The x coordinate of the real line; the generated line is an offset to its right, and both lie in the unit square."""
SEEDS = 6
STEPS = 2_000
WIDTH, BATCH, POINTS = 0.5, 64, 4_000
SETTING = {"learning_rate": 2e-3, "beta1": 0.5, "discriminator_batch_norm": False, "disc_iters": STEPS + 1}
"""The setting of every discriminator; with this ``disc_iters`` the generator is never updated."""
TRAINED = {"nsgan": ("mmgan", "nsgan"), "wgangp": ("wgangp",)}
"""The losses that train a discriminator, each with the losses whose generator gradient is computed through it."""
MARGIN, FLAT, SLOPE = 0.02, 0.1, (0.9, 1.1)
LOG2 = math.log(2)


class Line(nn.Module):
    """The generator: points (0.2 + offset, y) with y uniform on [0, 1]; the offset is its only weight."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, z: Tensor) -> Tensor:
        return torch.stack([REAL + self.offset.expand(len(z)), (z[:, 0] + 1) / 2], 1)[..., None, None]


class Lines(MLP):
    """The discriminator for points in the plane, with the line as the generator."""

    key = "lines"

    def generator(self, *, leaky: bool = True) -> nn.Module:
        return Line()


class ParallelLines(Claim):
    """Discriminators trained almost to their optimum on two parallel lines, and the gradients that the offset gets."""

    key = "parallel-lines"
    number = 5
    title = "JS is flat where supports are disjoint"
    sentence = (
        "Between two parallel lines the Jensen-Shannon divergence (JS) is log 2 however far apart they are, and gives no "
        "gradient. The Wasserstein distance (W) is their distance, and gives one."
    )
    source = "Arjovsky et al. 2017, section 2, example 1"
    measured = (
        f"Two parallel segments of length 1 lie at {len(OFFSETS)} offsets from {OFFSETS[0]:g} to {OFFSETS[-1]:g}; {SEEDS} "
        "seeds of each.",
        f"NS GAN's discriminator and WGAN GP's critic (MLPs of two layers of 64 units) are trained on them for {STEPS:,} "
        f"steps with the offset held, and tested on {POINTS:,} new points of each line.",
        "JS is estimated as log 2 less half the discriminator's loss, and W as the difference of the critic's means. The "
        "offset's gradient comes from differentiating each generator's loss.",
    )
    criterion = (
        f"Supported if, at every offset but 0, the JS estimate is within {MARGIN} of log 2 and MM GAN's gradient is below a "
        f"tenth of WGAN GP's, and if the slope of W's estimate over the offset is between {SLOPE[0]} and {SLOPE[1]}; each "
        "by the 95% t interval over seeds. Not supported if one of these intervals lies outside."
    )
    not_seen = (
        "Distributions with more dimensions, or whose supports meet.",
        "How far a discriminator is from its optimum in training, where it has few steps for each of the generator's.",
    )

    def measure(self, studies: Studies) -> pd.DataFrame:
        torch.set_num_threads(studies.resources.threads)
        rng = np.random.default_rng(0)
        heights = torch.from_numpy(rng.uniform(size=(50_000, 1)).astype(np.float32))
        real = torch.cat([torch.full_like(heights, REAL), heights], 1)[..., None, None]
        test = real[torch.from_numpy(rng.choice(len(real), POINTS, replace=False))]
        z = torch.from_numpy(rng.uniform(-1, 1, size=(POINTS, 64)).astype(np.float32))
        members = [(offset, seed) for offset in OFFSETS for seed in range(SEEDS)]
        rows = []
        for trained, losses in TRAINED.items():
            trainer = Trainer(
                find_loss(trained)(),
                real,
                [find_loss(trained).defaults | SETTING for _ in members],
                [seed for _, seed in members],
                width=WIDTH,
                batch=BATCH,
                architecture=Lines,
                device=torch.device("cpu"),
                compiled=False,
            )
            trainer.state.parameters["generator"]["offset"] = torch.tensor([offset for offset, _ in members])
            for _ in trainer.advance(STEPS):
                pass
            for member, (offset, seed) in enumerate(members):
                networks = networks_of(trainer, member)
                for name in losses:
                    estimate, gradient = learnt(name, networks, test, z)
                    rows.append(
                        {
                            "loss": find_loss(name).name,
                            "offset": offset,
                            "seed": seed,
                            "estimate": estimate,
                            "gradient": gradient,
                        }
                    )
        return pd.DataFrame(rows)

    def judge(self, table: pd.DataFrame) -> Verdict:
        w = table[table["loss"] == "WGAN GP"]
        offsets = [float(offset) for offset in table["offset"].unique() if offset > 0]
        away = {offset: interval(of_loss(table, "NS GAN", offset)["estimate"] - LOG2) for offset in offsets}
        slopes = [np.polyfit(rows["offset"], rows["estimate"], 1)[0] for _, rows in w.groupby("seed")]
        slope, slope_low, slope_high = interval(slopes)
        ratios = {
            loss: {offset: tuple(np.exp(interval(ratio(table, loss, offset)))) for offset in offsets}
            for loss in ("MM GAN", "NS GAN")
        }
        bounds = [(low, high, -MARGIN, MARGIN) for _, low, high in away.values()]
        bounds += [(slope_low, slope_high, *SLOPE)]
        bounds += [(low, high, 0.0, FLAT) for _, low, high in ratios["MM GAN"].values()]
        inside = all(least <= low and high <= most for low, high, least, most in bounds)
        outside = any(high < least or low > most for low, high, least, most in bounds)
        far = max(away, key=lambda offset: max(abs(away[offset][1]), abs(away[offset][2])))
        steep = max(ratios["MM GAN"], key=lambda offset: ratios["MM GAN"][offset][2])
        return Verdict(
            "supported" if inside else "not supported" if outside else "undecided",
            f"The JS estimate is furthest from log 2 at offset {far:g}, by {away[far][0]:+.4f} ({away[far][1]:+.4f} to "
            f"{away[far][2]:+.4f}). W's estimate has the slope {slope:.3f} ({slope_low:.3f} to {slope_high:.3f}) over the "
            f"offset. MM GAN's gradient is at most {of_interval(ratios['MM GAN'][steep])} of WGAN GP's, at offset "
            f"{steep:g}. n = {table['seed'].nunique()} seeds at each of {len(away)} offsets above 0.",
            (
                "A flat JS does not make the gradient vanish for every loss: through the same discriminator, NS GAN's "
                f"gradient is {min(r[0] for r in ratios['NS GAN'].values()):.3g} to "
                f"{max(r[0] for r in ratios['NS GAN'].values()):.3g} times WGAN GP's.",
            ),
        )

    def draw(self, table: pd.DataFrame) -> Figure:
        figure, (left, right) = panels(2, 4.8, 3.8)
        names = ["MM GAN", "NS GAN", "WGAN GP"]
        for name, label in (("NS GAN", "JS: log 2 less half of NS GAN's loss"), ("WGAN GP", "W: WGAN GP's critic")):
            means = table[table["loss"] == name].groupby("offset")["estimate"].mean()
            left.plot(means.index, means, label=label, **line(paper_styles()[name]))
        fine = np.linspace(0, OFFSETS[-1], 200)
        left.plot(
            [0, 0, OFFSETS[-1]], [0, LOG2, LOG2], color="black", linewidth=0.8, zorder=3, label="closed forms: log 2, offset"
        )
        left.plot(fine, fine, color="black", linewidth=0.8, zorder=3)
        left.set_ylabel("divergence, mean over seeds")
        left.set_title("what the discriminators estimate", fontsize=9)
        for name in names:
            rows = table[(table["loss"] == name) & (table["offset"] > 0)]
            spread = rows["gradient"].abs().groupby(rows["offset"])
            middle = spread.median()
            right.plot(middle.index, middle, label=name, **line(paper_styles()[name]))
            right.fill_between(
                middle.index, spread.min(), spread.max(), color=line(paper_styles()[name])["color"], alpha=0.25, linewidth=0
            )
        right.set_yscale("log")
        right.set_ylabel("|d loss / d offset|: median, least and most")
        right.set_title("the gradient that the offset gets", fontsize=9)
        for axes in (left, right):
            axes.set_xlabel("offset of the two lines")
            axes.legend(frameon=False, fontsize=7.5)
        return figure


def networks_of(trainer: Trainer, member: int) -> dict[str, nn.Module]:
    """One member's networks with their weights."""
    networks = trainer.loss.networks(trainer.architecture)
    for name, network in networks.items():
        network.load_state_dict({key: weight[member] for key, weight in trainer.state.parameters[name].items()})
    return networks


def learnt(name: str, networks: dict[str, nn.Module], real: Tensor, z: Tensor) -> tuple[float, float]:
    """The estimate of the named loss's discriminator on these points, and the gradient that the offset gets from it.

    The estimate is of JS, or of W for WGAN GP.
    """
    loss = find_loss(name)()
    assert isinstance(loss, AdversarialLoss)
    c = Context(networks, real, z, {}, {}, {})
    (gradient,) = torch.autograd.grad(loss.generator_objective(c), [*networks["generator"].parameters()])
    with torch.no_grad():
        of_real, of_fake = c.discriminator(real), c.discriminator(c.generator(z))
        value = loss.discriminator_loss(of_real, of_fake, {}).item()
    return (-value if name == "wgangp" else LOG2 - value / 2), gradient.item()


def of_loss(table: pd.DataFrame, loss: str, offset: float) -> pd.DataFrame:
    """The rows for one loss and offset, by seed."""
    return table[(table["loss"] == loss) & (table["offset"] == offset)].set_index("seed")


def ratio(table: pd.DataFrame, loss: str, offset: float) -> Floats:
    """The logarithm of the ratio of the loss's gradient to WGAN GP's at this offset, for each seed."""
    ours, wgan_gp = (of_loss(table, name, offset)["gradient"].abs() for name in (loss, "WGAN GP"))
    found: Floats = np.log((ours / wgan_gp).to_numpy(float))
    return found


def interval(values: ArrayLike) -> tuple[float, float, float]:
    """The mean and its 95% t interval."""
    array = np.asarray(values, float)
    mean, half = float(array.mean()), float(stats.t.ppf(0.975, len(array) - 1) * stats.sem(array))
    return mean, mean - half, mean + half


def of_interval(found: tuple[float, ...]) -> str:
    """An estimate with its interval, as text."""
    return f"{found[0]:.2g} ({found[1]:.2g} to {found[2]:.2g})"
