"""Claim: the minimax generator's gradient vanishes as the discriminator gets confident, the non-saturating one does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from scipy import stats
from torch import Tensor, nn

from benchmark.analysis.figures.panels import line, log_axis, panels
from benchmark.analysis.styles import paper_styles
from benchmark.claims import Claim, Studies, Verdict
from benchmark.data import find_dataset
from benchmark.losses import Context, TwoPlayerLoss, find_loss
from benchmark.training.trainer import Trainer, evaluation_latents

TRAINED = {"nsgan": ("mmgan", "nsgan"), "lsgan": ("lsgan",), "wgan": ("wgan",), "wgangp": ("wgangp",)}
"""The losses that train a discriminator, each with the losses whose generator gradient is computed through it."""
NAMES = [find_loss(key).name for keys in TRAINED.values() for key in keys]
STAGES = (0, 100, 500)
DISCRIMINATOR_STEPS = (0, 10, 30, 100, 300, 1_000)
SEEDS = 5
WIDTH, BATCH, IMAGES = 1 / 16, 32, 512
SETTING = {"learning_rate": 2e-4, "beta1": 0.5, "discriminator_batch_norm": False, "disc_iters": 1}
ALONE = {"disc_iters": DISCRIMINATOR_STEPS[-1] + 1}
"""A ``disc_iters`` with which the generator is never updated."""
FALL = 0.1


class VanishingGradient(Claim):
    """Generators are held fixed while their discriminators are trained further."""

    key = "vanishing-gradient"
    number = 1
    title = "The minimax gradient vanishes"
    sentence = (
        "As D gets confident, the gradient of the minimax generator vanishes, and that of the non-saturating one does not."
    )
    source = "Goodfellow et al. 2014, section 3; Arjovsky and Bottou 2017, section 2.2, figures 2 and 3"
    measured = (
        f"NS GAN is trained on Fashion-MNIST at 1/16 of the study's width, in batches of {BATCH}, without batch norm in D, "
        f"under {SEEDS} seeds.",
        f"After {', '.join(map(str, STAGES))} steps the generator is held, and D alone is trained for "
        f"{DISCRIMINATOR_STEPS[-1]:,} more steps. Each loss does so from the same weights. MM and NS GAN share a D, since "
        "its loss is the same; WGAN clips at 0.01.",
        f"The norm of each generator loss's gradient by all weights of the generator is taken on the same {IMAGES} latents, "
        "before and after. Factors are geometric means over the stages of each seed, with 95% t intervals over the seeds.",
    )
    criterion = (
        "Supported if MM GAN's factor falls below a tenth of NS GAN's, through the same D, and NS GAN's own gradient "
        "grows, both by the whole interval. Not supported if one interval lies wholly on the other side. (The first run "
        "judged MM GAN's norm alone. That also grows with the scale of a D that begins untrained, so NS GAN's is now the "
        "measure.)"
    )
    not_seen = (
        "Wider networks, and longer training of D.",
        "Whether a small gradient harms: Adam divides by its size.",
    )

    def measure(self, studies: Studies) -> pd.DataFrame:
        torch.set_num_threads(studies.resources.threads)
        images = torch.from_numpy(find_dataset("fashion-mnist")(studies.resources.data).training_images().images)
        # Real images on which confidence is measured; the others train.
        images, real = images[:-IMAGES], images[-IMAGES:].float() / 255
        together = trainer_of("nsgan", images, SETTING, SEEDS)
        starts = []
        for stage in STAGES:
            for _ in together.advance(stage - together.step):
                pass
            starts.append(weights_of(together))
        rows = []
        for trained, losses in TRAINED.items():
            for stage, start in zip(STAGES, starts, strict=True):
                alone = trainer_of(trained, images, SETTING | ALONE, SEEDS)
                give(alone, start)
                for steps in DISCRIMINATOR_STEPS:
                    for _ in alone.advance(steps - alone.step):
                        pass
                    for seed in range(SEEDS):
                        networks = networks_of(alone, seed)
                        for key in losses:
                            z = evaluation_latents(IMAGES, find_loss(key).prior)
                            place = {"loss": find_loss(key).name, "seed": seed, "stage": stage, "discriminator_steps": steps}
                            rows.append(place | look(key, networks, real, z))
        return pd.DataFrame(rows)

    def judge(self, table: pd.DataFrame) -> Verdict:
        found = {name: interval(changes(table, name)) for name in NAMES}
        beside, low_beside, high_beside = interval(changes(table, "MM GAN") - changes(table, "NS GAN"))
        _, ns_low, ns_high = found["NS GAN"]
        supported = high_beside < FALL and ns_low > 1
        against = low_beside > FALL or ns_high < 1
        confident = table[table["loss"] == "NS GAN"].groupby("discriminator_steps")["confidence"].mean()
        said = {name: f"{name} {ratio:.3g} ({low:.3g} to {high:.3g})" for name, (ratio, low, high) in found.items()}
        own = [said[name] for name in NAMES if name not in ("MM GAN", "NS GAN")]
        stages = []
        for name in ("MM GAN", "NS GAN"):
            by_stage = changes_by_stage(table, name).groupby("stage").mean()
            stages.append(
                f"{name} " + ", ".join(f"{np.exp(value):.3g} from {stage} steps" for stage, value in by_stage.items())
            )
        return Verdict(
            "supported" if supported else "not supported" if against else "undecided",
            f"While D's mean confidence goes from {confident.iloc[0]:.3f} to {confident.iloc[-1]:.5f}, the gradient "
            f"through it is multiplied by these factors: {said['MM GAN']}, {said['NS GAN']}. The first divided by the "
            f"second is {beside:.3g} ({low_beside:.3g} to {high_beside:.3g}). n = {table['seed'].nunique()} seeds, the "
            f"mean of {table['stage'].nunique()} stages each.",
            (
                f"The other losses' factors, each through a D of its own: {', '.join(own)}.",
                f"The factors from each stage: {'; '.join(stages)}.",
            ),
        )

    def draw(self, table: pd.DataFrame) -> Figure:
        figure, grid = panels(len(STAGES) + 1, 4.6, 3.6)
        places = range(len(DISCRIMINATOR_STEPS))
        for axes, stage in zip(grid, STAGES, strict=False):
            for name in NAMES:
                rows = table[(table["loss"] == name) & (table["stage"] == stage)]
                logs = np.log(rows["gradient"]).groupby(rows["discriminator_steps"])
                drawn = line(paper_styles()[name])
                axes.plot(places, np.exp(logs.mean()), label=name, **drawn)
                axes.fill_between(places, np.exp(logs.min()), np.exp(logs.max()), color=drawn["color"], alpha=0.2, linewidth=0)
            axes.set_yscale("log")
            axes.set_ylabel("norm of G's gradient", fontsize=8)
            axes.set_title(f"G after {stage} steps, held; {SEEDS} seeds: geometric mean, least and most", fontsize=8)
        grid[0].legend(frameon=False, fontsize=7.5)
        for stage, shade in zip(STAGES, ("0.7", "0.4", "0"), strict=True):
            rows = table[(table["loss"] == "NS GAN") & (table["stage"] == stage)]
            doubt = 1 - rows.groupby("discriminator_steps")["confidence"].mean()
            grid[-1].plot(places, doubt, color=shade, marker="s", markersize=4, label=f"G after {stage} steps")
        log_axis(grid[-1], "y", (1,))
        grid[-1].set_ylabel("1 - mean confidence of NS GAN's D", fontsize=8)
        grid[-1].set_title("D(x) of real images and 1 - D(x') of generated ones", fontsize=8)
        grid[-1].legend(frameon=False, fontsize=7.5)
        for axes in grid:
            axes.set_xticks(places, [f"{steps:,}" for steps in DISCRIMINATOR_STEPS])
            axes.set_xlabel("further steps of D alone", fontsize=8)
        return figure


def trainer_of(key: str, images: Tensor, setting: dict[str, bool | int | float], seeds: int) -> Trainer:
    """A population of the loss, with one member per seed."""
    return Trainer(
        find_loss(key)(),
        images,
        [find_loss(key).defaults | setting] * seeds,
        [*range(seeds)],
        width=WIDTH,
        batch=BATCH,
        device=torch.device("cpu"),
        compiled=False,
    )


def weights_of(trainer: Trainer) -> dict[str, dict[str, Tensor]]:
    """Copies of the weights and averages of all members, by network."""
    state = trainer.state
    return {n: {k: v.clone() for k, v in (state.parameters[n] | state.averages[n]).items()} for n in state.parameters}


def give(trainer: Trainer, weights: dict[str, dict[str, Tensor]]) -> None:
    """Sets the trainer to copies of these weights and averages."""
    for part in (trainer.state.parameters, trainer.state.averages):
        for name, own in part.items():
            part[name] = {key: weights[name][key].clone() for key in own}


def networks_of(trainer: Trainer, member: int) -> dict[str, nn.Module]:
    """One member's networks with their weights."""
    networks = trainer.loss.networks(trainer.architecture)
    for name, weights in weights_of(trainer).items():
        networks[name].load_state_dict({key: value[member] for key, value in weights.items()})
    return networks


def look(key: str, networks: dict[str, nn.Module], real: Tensor, z: Tensor) -> dict[str, float]:
    """The norm of the generator's gradient for the loss called ``key``, and the discriminator's mean confidence.

    Confidence exists only for the discriminator of MM and NS GAN, which gives a probability.
    """
    loss = find_loss(key)()
    assert isinstance(loss, TwoPlayerLoss)
    h = {name: torch.tensor(float(value)) for name, value in loss.defaults.items()}
    c = Context(networks, real, z, {}, h, {})
    found = torch.autograd.grad(loss.generator_objective(c), [*networks["generator"].parameters()])
    gradient = torch.cat([of_one.flatten() for of_one in found]).norm().item()
    if key not in TRAINED["nsgan"]:
        return {"gradient": gradient, "confidence": np.nan}
    with torch.no_grad():
        of_real, of_fake = c.discriminator(real).sigmoid(), (-c.discriminator(c.generator(z))).sigmoid()
    return {"gradient": gradient, "confidence": torch.cat([of_real, of_fake]).mean().item()}


def changes_by_stage(table: pd.DataFrame, name: str) -> pd.Series:
    """The log ratio of the gradient's norm after the discriminator's steps to that before, for each seed and stage."""
    rows = table[table["loss"] == name].set_index(["seed", "stage"])
    first, last = (
        rows[rows["discriminator_steps"] == steps]["gradient"] for steps in (DISCRIMINATOR_STEPS[0], DISCRIMINATOR_STEPS[-1])
    )
    return (last / first).map(np.log)


def changes(table: pd.DataFrame, name: str) -> pd.Series:
    """The mean over the stages of ``changes_by_stage``, for each seed."""
    return changes_by_stage(table, name).groupby("seed").mean()


def interval(logarithms: pd.Series) -> tuple[float, float, float]:
    """The geometric mean of values, given their logarithms, and its 95% t interval."""
    values = logarithms.to_numpy(float)
    mean, half = values.mean(), stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return float(np.exp(mean)), float(np.exp(mean - half)), float(np.exp(mean + half))
