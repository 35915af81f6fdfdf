"""Points of the plane are trained on as images are: independent members, resumed bit for bit, by every loss.

It mirrors no module.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmark.data.gaussians import Ring
from benchmark.losses import find_loss, known_losses
from benchmark.models.mlp import MLP
from benchmark.training.checkpoint import Progress, read_snapshots, write_checkpoint
from benchmark.training.trainer import Trainer, evaluation_latents

pytestmark = pytest.mark.slow

POINTS = torch.from_numpy(Ring().load("test").images[:200])
EVERY_LOSS = pytest.mark.parametrize("loss", known_losses())


def population(loss: str, seeds: list[int], *, variant: str = "paper", compiled: bool = False) -> Trainer:
    found = find_loss(loss)(variant)
    settings = [dict(found.defaults) for _ in seeds]
    return Trainer(
        found,
        POINTS,
        settings,
        seeds,
        width=1 / 16,
        batch=8,
        architecture=MLP,
        device=torch.device("cpu"),
        compiled=compiled,
    )


@EVERY_LOSS
@pytest.mark.parametrize("variant", ["paper", "v1"])
def test_a_population_of_four_gives_what_four_single_runs_give(loss: str, variant: str) -> None:
    together = population(loss, [0, 1, 2, 3], variant=variant)
    (steps,) = together.advance(6)
    assert steps.finite.all()
    for member, seed in enumerate([0, 1, 2, 3]):
        alone = population(loss, [seed], variant=variant)
        (chunk,) = alone.advance(6)
        for name, values in chunk.logged.items():
            torch.testing.assert_close(steps.logged[name][member], values[0], rtol=1e-3, atol=1e-4, equal_nan=True)


@EVERY_LOSS
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(loss: str, tmp_path: Path) -> None:
    whole = population(loss, [3, 4])
    list(whole.advance(9))
    first = population(loss, [3, 4])
    list(first.advance(4))
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, [first.snapshot(m) for m in range(2)], Progress(first.step, 1.0, "here", [[], []]))
    second = population(loss, [98, 99])  # other seeds: everything must come from the checkpoint
    second.restore(read_snapshots(path), 4)
    list(second.advance(5))
    z = evaluation_latents(10, "uniform")
    for member in range(2):
        resumed, undisturbed = second.snapshot(member), whole.snapshot(member)
        assert resumed.keys() == undisturbed.keys()
        assert all(torch.equal(resumed[k], undisturbed[k]) for k in resumed)
        assert torch.equal(second.generate(member, z), whole.generate(member, z))


def test_the_compiled_step_gives_what_the_plain_one_gives() -> None:
    logged = []
    for compiled in (False, True):
        (chunk,) = population("dragan", [0], compiled=compiled).advance(4)
        logged.append(chunk.logged)
    for name, values in logged[0].items():
        torch.testing.assert_close(logged[1][name], values, rtol=1e-3, atol=1e-4)


def test_points_are_trained_on_and_generated_as_they_are() -> None:
    trained = population("vae", [0])
    list(trained.advance(2))
    generated = trained.generate(0, evaluation_latents(700, "normal"))
    assert generated.shape == (700, 2, 1, 1) and generated.dtype == torch.float32
    assert generated.min() > 0 and generated.max() < 1
    assert len(generated.unique()) > 700  # not rounded to the 256 values of a pixel


def test_a_vae_learns_where_the_points_are() -> None:
    """At its best a decoder that ignores its latents draws the points' mean, which is the middle of the square."""
    found = find_loss("vae")()
    corner = torch.full((64, 2, 1, 1), 0.25)
    setting = {**found.defaults, "learning_rate": 1e-2}
    trainer = Trainer(
        found, corner, [setting], [0], width=1, batch=16, architecture=MLP, device=torch.device("cpu"), compiled=False
    )
    list(trainer.advance(150))
    drawn = trainer.generate(0, evaluation_latents(100, "normal"))
    torch.testing.assert_close(drawn.mean((0, 2, 3)), torch.full((2,), 0.25), atol=0.05, rtol=0)
