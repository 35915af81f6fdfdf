"""Populations: members are independent, and a resumed one continues bit for bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from benchmark.data.base import Split
from benchmark.losses import find_loss, known_losses
from benchmark.plugins import UserError
from benchmark.training.checkpoint import Progress, read_snapshots, write_checkpoint
from benchmark.training.trainer import Chunk, Snapshot, Trainer, evaluation_latents, flat

CPU = torch.device("cpu")


def population(loss: str, pixels: Split, seeds: list[int], *, compiled: bool = False, **changes: float) -> Trainer:
    found = find_loss(loss)()
    settings = [{**found.defaults, **changes} for _ in seeds]
    images = torch.from_numpy(pixels.images)
    return Trainer(found, images, settings, seeds, width=1 / 16, batch=8, device=CPU, compiled=compiled)


def train(p: Trainer, steps: int) -> list[Chunk]:
    return list(p.advance(steps))


def equal(a: Snapshot, b: Snapshot) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("loss", known_losses())
def test_a_population_of_four_gives_what_four_single_runs_give(loss: str, pixels: Split) -> None:
    together = population(loss, pixels, [0, 1, 2, 3])
    steps = train(together, 6)
    for member, seed in enumerate([0, 1, 2, 3]):
        alone = population(loss, pixels, [seed])
        (chunk,) = train(alone, 6)
        for name, values in chunk.logged.items():
            torch.testing.assert_close(steps[0].logged[name][member], values[0], rtol=1e-3, atol=1e-4, equal_nan=True)


def test_members_have_their_own_hyperparameters(pixels: Split) -> None:
    loss = find_loss("lsgan")()
    settings = [{**loss.defaults, "learning_rate": rate} for rate in (1e-30, 1e-3)]
    p = Trainer(loss, torch.from_numpy(pixels.images), settings, [5, 5], width=1 / 16, batch=8, device=CPU, compiled=False)
    before = p.state.parameters["generator"]["fc1.weight"].clone()
    train(p, 2)
    after = p.state.parameters["generator"]["fc1.weight"]
    assert torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])


def test_a_setting_outside_a_hyperparameter_s_domain_is_refused(pixels: Split) -> None:
    with pytest.raises(UserError, match=r"learning_rate = -0\.1: LS GAN needs a number above 0"):
        population("lsgan", pixels, [0], learning_rate=-0.1)


def test_members_that_differ_in_structure_are_refused(pixels: Split) -> None:
    loss = find_loss("lsgan")()
    settings = [{**loss.defaults, "disc_iters": n} for n in (1, 5)]
    with pytest.raises(ValueError, match="disc_iters"):
        Trainer(loss, torch.from_numpy(pixels.images), settings, [0, 1], width=1 / 16, batch=8, device=CPU, compiled=False)


@pytest.mark.parametrize("loss", ["nsgan", "wgan", "dragan", "began", "vae"])
def test_an_interrupted_and_resumed_run_equals_an_uninterrupted_one_bit_for_bit(
    loss: str, pixels: Split, tmp_path: Path
) -> None:
    whole = population(loss, pixels, [3])
    train(whole, 9)

    first = population(loss, pixels, [3])
    train(first, 4)
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, [first.snapshot(0)], Progress(first.step, 1.0, "here", [[]]))
    second = population(loss, pixels, [99])  # another seed: everything must come from the checkpoint
    second.restore(read_snapshots(path), 4)
    train(second, 5)

    assert equal(second.snapshot(0), whole.snapshot(0))
    z = evaluation_latents(10, "uniform")
    assert torch.equal(second.generate(0, z), whole.generate(0, z))


def test_a_snapshot_of_another_loss_is_refused(pixels: Split) -> None:
    with pytest.raises(ValueError, match="another loss"):
        population("nsgan", pixels, [0]).restore([population("began", pixels, [0]).snapshot(0)], 0)


def test_a_population_restored_in_part_way_equals_an_undisturbed_one_bit_for_bit(pixels: Split, tmp_path: Path) -> None:
    rates = [1e-4, 1e30, 1e-3]  # the second member diverges in its first steps
    loss = find_loss("wgangp")()
    settings = [{**loss.defaults, "learning_rate": rate} for rate in rates]

    def three(seeds: list[int]) -> Trainer:
        images = torch.from_numpy(pixels.images)
        return Trainer(loss, images, settings, seeds, width=1 / 16, batch=8, device=CPU, compiled=False)

    whole = three([3, 4, 5])
    train(whole, 9)
    first = three([3, 4, 5])
    train(first, 4)
    assert first.finite().tolist() == [True, False, True]
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, [first.snapshot(m) for m in range(3)], Progress(4, 1.0, "here", [[], [], []]))
    second = three([97, 98, 99])
    second.restore(read_snapshots(path), 4)
    train(second, 5)
    for member in (0, 2):
        assert equal(second.snapshot(member), whole.snapshot(member))


def test_bfloat16_computes_in_bfloat16_and_keeps_its_state_in_float32(pixels: Split) -> None:
    loss = find_loss("nsgan")()
    images = torch.from_numpy(pixels.images)
    logged = {}
    for precision in ("float32", "bfloat16"):
        p = Trainer(
            loss, images, [dict(loss.defaults)], [0], width=1 / 16, batch=8, precision=precision, device=CPU, compiled=False
        )
        (chunk,) = train(p, 3)
        logged[precision] = chunk.logged["discriminator"]
        assert {v.dtype for k, v in flat(p.state.parameters).items()} == {torch.float32}
    # bfloat16 has 8 significant bits: the losses agree to a few parts in 2^8, and not to float32's 2^-24.
    difference = (logged["bfloat16"] - logged["float32"]).abs().max()
    assert 1e-6 < difference < 0.05


@pytest.mark.parametrize("loss", known_losses())
def test_a_population_in_bfloat16_gives_what_single_runs_in_bfloat16_give(loss: str, pixels: Split) -> None:
    found, images = find_loss(loss)(), torch.from_numpy(pixels.images)
    setting = {**found.defaults, "discriminator_batch_norm": True}

    def logged(*seeds: int) -> dict[str, Tensor]:
        p = Trainer(
            found,
            images,
            [setting] * len(seeds),
            list(seeds),
            width=1 / 16,
            batch=8,
            precision="bfloat16",
            device=CPU,
            compiled=False,
        )
        (chunk,) = train(p, 2)
        return chunk.logged

    together = logged(0, 1)
    for name, values in logged(1).items():
        torch.testing.assert_close(together[name][1], values[0], rtol=0.03, atol=0.03, equal_nan=True)


def test_seeds_differ_and_equal_seeds_agree(pixels: Split) -> None:
    p = population("nsgan", pixels, [0, 1, 0])
    (chunk,) = train(p, 3)
    losses = chunk.logged["discriminator"]
    assert not torch.allclose(losses[0], losses[1], rtol=1e-3)
    torch.testing.assert_close(losses[0], losses[2], rtol=1e-3, atol=1e-4)


def test_losses_with_the_same_seed_start_from_the_same_generator(pixels: Split) -> None:
    a, b = population("nsgan", pixels, [4]), population("began", pixels, [4])
    weights = [flat(p.state.parameters["generator"]) for p in (a, b)]
    assert all(torch.equal(weights[0][k], weights[1][k]) for k in weights[0])


@pytest.mark.slow
def test_the_compiled_step_gives_what_the_plain_one_gives(pixels: Split) -> None:
    logged: list[dict[str, Tensor]] = []
    for compiled in (False, True):
        (chunk,) = train(population("wgangp", pixels, [0], compiled=compiled, disc_iters=1), 4)
        logged.append(chunk.logged)
    for name, values in logged[0].items():
        torch.testing.assert_close(logged[1][name], values, rtol=1e-3, atol=1e-4)


def test_generated_images_are_those_of_the_moving_averages_in_uint8(pixels: Split) -> None:
    p = population("nsgan", pixels, [0])
    train(p, 2)
    z = evaluation_latents(700, "uniform")
    images = p.generate(0, z)
    assert images.shape == (700, 1, 28, 28)
    assert images.dtype == torch.uint8
    # With averages an image does not depend on the rest of its batch.
    assert (images[:1].int() - p.generate(0, z[:1]).int()).abs().max() <= 1


def test_nan_weights_are_seen_and_give_no_images(pixels: Split) -> None:
    p = population("nsgan", pixels, [0, 1])
    p.state.parameters["generator"]["fc2.weight"][1] = torch.nan
    assert p.finite().tolist() == [True, False]
    with pytest.raises(FloatingPointError):
        p.generate(1, evaluation_latents(2, "uniform"))


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_one_number_that_is_not_finite_is_seen_wherever_it_is(value: float, pixels: Split) -> None:
    p = population("nsgan", pixels, [0, 1])
    for path, tensor in flat(p.state._asdict()).items():
        before = tensor.clone()
        tensor[1].view(-1)[-1] = value
        assert p.finite().tolist() == [True, False], path
        tensor.copy_(before)
    assert p.finite().tolist() == [True, True]


def test_evaluation_latents_are_the_same_for_every_call_and_size() -> None:
    assert torch.equal(evaluation_latents(5, "uniform"), evaluation_latents(9, "uniform")[:5])
    assert evaluation_latents(5, "normal").std() > evaluation_latents(5, "uniform").std()
