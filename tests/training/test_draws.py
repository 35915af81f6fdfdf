"""A trial's random numbers: distributed as the study says, and independent of how a population is run."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from benchmark.losses import find_loss, known_losses
from benchmark.losses.base import Context
from benchmark.losses.dragan import DRAGAN
from benchmark.training.draws import Sampler, StepDraws, latents

CPU = torch.device("cpu")
KEYS = sorted(known_losses())


def sampler(key: str, variant: str = "paper", images: int = 10, batch: int = 3) -> Sampler:
    return Sampler(find_loss(key)(variant), (1, 4, 4), images, batch)


def draw(drawing: Sampler, seeds: list[int], steps: int) -> list[StepDraws]:
    return drawing.draw([drawing.streams(seed) for seed in seeds], steps, CPU)


def numbers(steps: list[StepDraws], member: int) -> list[Tensor]:
    """All that one member drew, step by step."""
    return [t[member] for s in steps for t in (s.indices, *s.z.values(), *s.noise.values())]


def equal(left: list[Tensor], right: list[Tensor]) -> bool:
    return len(left) == len(right) and all(torch.equal(a, b) for a, b in zip(left, right, strict=True))


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(KEYS), st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(0, 2**31))
def test_draws_do_not_depend_on_how_the_steps_are_cut(key: str, chunks: list[int], seed: int) -> None:
    drawing = sampler(key)
    whole, cut = [drawing.streams(seed)], [drawing.streams(seed)]
    together = drawing.draw(whole, sum(chunks), CPU)
    pieces = [step for count in chunks for step in drawing.draw(cut, count, CPU)]
    assert equal(numbers(together, 0), numbers(pieces, 0))


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(KEYS), st.lists(st.integers(0, 2**31), min_size=1, max_size=4, unique=True), st.data())
def test_draws_do_not_depend_on_the_other_members(key: str, seeds: list[int], data: st.DataObject) -> None:
    member = data.draw(st.integers(0, len(seeds) - 1))
    population = draw(sampler(key), seeds, 3)
    alone = draw(sampler(key), [seeds[member]], 3)
    assert equal(numbers(population, member), numbers(alone, 0))


def test_drawing_leaves_torch_s_global_generator_alone() -> None:
    before = torch.get_rng_state()
    draw(sampler("dragan"), [0], 2)
    assert torch.equal(before, torch.get_rng_state())


def test_seeds_differ() -> None:
    drawn = draw(sampler("nsgan"), list(range(50)), 1)[0].z["discriminator"]
    assert len({tuple(member.flatten().tolist()) for member in drawn}) == 50


def test_neighbouring_seeds_are_uncorrelated() -> None:
    z = draw(sampler("nsgan", batch=64), list(range(4)), 1)[0].z["discriminator"]
    correlations = torch.corrcoef(z.flatten(1))[torch.triu_indices(4, 4, 1).unbind()]
    assert correlations.abs().max() < 0.08  # 5 sigma at 4,096 pairs


@pytest.mark.parametrize("key", KEYS)
def test_draws_have_the_shapes_a_step_needs(key: str) -> None:
    (step,) = draw(sampler(key), [0, 1], 1)
    loss = find_loss(key)()
    assert step.indices.shape == (2, 3) and step.indices.dtype == torch.int64
    assert {name: z.shape for name, z in step.z.items()} == {o.name: (2, 3, 64) for o in loss.objectives()}
    assert {name: n.shape for name, n in step.noise.items()} == {k: (2, 3, *s) for k, s in loss.noise((1, 4, 4)).items()}
    assert {t.dtype for t in (*step.z.values(), *step.noise.values())} == {torch.float32}


def test_indices_are_uniform_over_the_images() -> None:
    steps = draw(sampler("nsgan", images=7, batch=64), [3], 100)
    counts = torch.cat([s.indices.flatten() for s in steps]).bincount(minlength=7)
    assert len(counts) == 7 and stats.chisquare(counts.numpy()).pvalue > 0.001


@pytest.mark.parametrize("images", [1, 7, 50_000, 60_000, 65_536, 162_000])
def test_indices_stay_within_the_images_at_either_end(images: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for u, expected in ((0.0, 0), (1 - 2.0**-53, images - 1)):
        monkeypatch.setattr(torch, "rand", lambda size, u=u, **options: torch.full(size, u, dtype=torch.float64))
        (step,) = draw(sampler("nsgan", images=images), [0], 1)
        assert (step.indices == expected).all()


def test_latents_are_uniform_on_minus_one_to_one() -> None:
    steps = draw(sampler("nsgan", batch=16), [4], 5)
    z = torch.cat([s.z[name].flatten() for s in steps for name in ("discriminator", "generator")])
    assert z.abs().max() <= 1
    assert stats.kstest(z.numpy(), "uniform", args=(-1, 2)).pvalue > 0.001


def test_vae_latents_are_standard_normal() -> None:
    steps = draw(sampler("vae", batch=16), [4], 5)
    z = torch.cat([s.z["negative_elbo"].flatten() for s in steps])
    assert stats.kstest(z.numpy(), "norm").pvalue > 0.001


@pytest.mark.parametrize("prior", ["uniform", "normal"])
def test_latents_are_finite_at_either_end_of_their_draw(prior: str) -> None:
    z = latents(torch.tensor([0.0, 2.0**-53, 0.5, 1 - 2.0**-53], dtype=torch.float64), prior)
    assert z.isfinite().all() and z[2] == 0 and z.dtype == torch.float32


def test_noise_is_uniform() -> None:
    steps = draw(sampler("dragan", "v1", batch=16), [5], 20)
    for name in ("pixels", "u"):
        drawn = torch.cat([s.noise[name].flatten() for s in steps]).numpy()
        assert stats.kstest(drawn, "uniform").pvalue > 0.001


def test_noise_is_below_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # Rounding to float32 takes every draw above 1 - 2^-25 to 1, about one in 34 million: a DRAGAN trial on MNIST draws
    # 784 million of them, and the normal quantile of 1 is infinite.
    monkeypatch.setattr(torch, "rand", lambda size, **options: torch.full(size, 1 - 2.0**-53, dtype=torch.float64))
    (step,) = draw(sampler("dragan"), [0], 1)
    assert step.noise["pixels"].max() < 1


def test_dragan_s_images_are_finite_for_every_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    for u in (0.0, 1 - 2.0**-53):
        monkeypatch.setattr(torch, "rand", lambda size, u=u, **options: torch.full(size, u, dtype=torch.float64))
        (step,) = draw(sampler("dragan"), [0], 1)
        real = torch.tensor([0.0, 0.5, 1.0]).view(3, 1, 1, 1).expand(3, 1, 4, 4)
        c = Context({}, real, real, {"pixels": step.noise["pixels"][0]}, {}, {})
        assert DRAGAN().perturbed(c).isfinite().all(), u


@pytest.mark.parametrize("key", [k for k in KEYS if k != "vae"])
def test_v1_shares_z_between_the_objectives_in_all_but_wgangp_and_the_paper_in_none(key: str) -> None:
    for variant, shared in (("v1", key != "wgangp"), ("paper", False)):
        (step,) = draw(sampler(key, variant), [0], 1)
        assert torch.equal(step.z["discriminator"], step.z["generator"]) == shared


def test_every_step_draws_anew() -> None:
    first, second = draw(sampler("nsgan"), [0], 2)
    assert not torch.equal(first.z["discriminator"], second.z["discriminator"])


@pytest.mark.parametrize("key", KEYS)
def test_trials_with_equal_seeds_see_the_same_batches_whatever_their_loss(key: str) -> None:
    def batches(name: str) -> list[list[int]]:
        return [step.indices.flatten().tolist() for step in draw(sampler(name, images=1000), [0], 3)]

    assert batches(key) == batches("nsgan")


def test_v1_s_first_latents_are_the_paper_variant_s() -> None:
    (paper,), (v1,) = draw(sampler("nsgan"), [0], 1), draw(sampler("nsgan", "v1"), [0], 1)
    assert torch.equal(paper.z["discriminator"], v1.z["discriminator"])
