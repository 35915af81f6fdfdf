"""A trial's random numbers: distributed as the study says, and independent of how a population is run."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from benchmark.losses import find_loss, known_losses
from benchmark.penalties.dragan import DraganPenalty
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


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(st.sampled_from(KEYS), st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(0, 2**31))
def test_draws_do_not_depend_on_how_the_steps_are_cut(key: str, chunks: list[int], seed: int) -> None:
    drawing = sampler(key)
    whole, cut = [drawing.streams(seed)], [drawing.streams(seed)]
    together = drawing.draw(whole, sum(chunks), CPU)
    pieces = [step for count in chunks for step in drawing.draw(cut, count, CPU)]
    assert equal(numbers(together, 0), numbers(pieces, 0))


@pytest.mark.slow
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
    assert {name: n.shape for name, n in step.noise.items()} == {k: (2, 3, *s) for k, s in loss.draws((1, 4, 4)).items()}
    assert {t.dtype for t in (*step.z.values(), *step.noise.values())} == {torch.float32}


def batches(seed: int, images: int, batch: int, steps: int) -> Tensor:
    """The indices [steps, batch] of a trial's batches."""
    return torch.stack([s.indices[0] for s in draw(sampler("nsgan", images=images, batch=batch), [seed], steps)])


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(st.integers(1, 40), st.integers(1, 50), st.integers(0, 2**31))
def test_every_image_appears_exactly_once_in_every_epoch(images: int, batch: int, seed: int) -> None:
    # A batch that does not divide the images wraps into the next epoch; drawn with replacement, an epoch misses 37%.
    epochs = batches(seed, images, batch, steps=3 * images).flatten()[: 3 * images].view(3, images)
    assert (epochs.sort().values == torch.arange(images)).all()


def test_epochs_of_a_paper_sized_data_set_are_orders_of_their_own() -> None:
    first, second = batches(0, images=6_000, batch=60, steps=200).view(2, 6_000)
    assert len(first.unique()) == len(second.unique()) == 6_000
    # Equal places of two random orders: Poisson with mean 1.
    assert (first == second).sum() < 10
    assert abs(torch.corrcoef(torch.stack([first, second]).double())[0, 1]) < 5 / 6_000**0.5


def test_every_image_is_equally_likely_at_every_place_of_an_epoch() -> None:
    # 2,000 epochs of 7 images, by place and image: 49 cells, of which each row and each column has a fixed sum.
    seen = batches(3, images=7, batch=7, steps=2_000)
    counts = torch.stack([seen[:, place].bincount(minlength=7) for place in range(7)]).double()
    statistic = ((counts - 2_000 / 7).square() / (2_000 / 7)).sum().item()
    assert 0.001 < stats.chi2.sf(statistic * 6 / 7, 36) < 0.999  # for permutations the sum is 7/6 of a chi^2 of 36


def test_seeds_have_orders_of_their_own() -> None:
    assert len({tuple(batches(seed, images=100, batch=100, steps=1)[0].tolist()) for seed in range(50)}) == 50


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**31))
def test_streams_go_on_from_their_states_in_the_middle_of_an_epoch(done: int, more: int, seed: int) -> None:
    drawing = sampler("dragan", images=10, batch=3)
    whole = draw(drawing, [seed], done + more)[done:]
    first, second = drawing.streams(seed), drawing.streams(seed + 1)  # another seed: all must come from the states
    drawing.draw([first], done, CPU)
    for name, stream in second.named().items():
        stream.set_state(first.named()[name].get_state())
    resumed = drawing.draw([second], more, CPU)
    assert equal(numbers(whole, 0), numbers(resumed, 0))
    assert second.images.get_state().numel() == 2  # the state is a place, not an order


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
        assert DraganPenalty().perturbed(real, {"pixels": step.noise["pixels"][0]}).isfinite().all(), u


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
    def seen(name: str) -> list[list[int]]:
        return [step.indices.flatten().tolist() for step in draw(sampler(name, images=1000), [0], 3)]

    assert seen(key) == seen("nsgan")


def test_v1_s_first_latents_are_the_paper_variant_s() -> None:
    (paper,), (v1,) = draw(sampler("nsgan"), [0], 1), draw(sampler("nsgan", "v1"), [0], 1)
    assert torch.equal(paper.z["discriminator"], v1.z["discriminator"])
