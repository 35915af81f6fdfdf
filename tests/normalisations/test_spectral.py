"""Spectral normalisation against singular values, and its vectors as state (Miyato et al. 2018)."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from support.combinations import combined
from torch import Tensor

from benchmark.models import Architecture
from benchmark.models.infogan import Discriminator
from benchmark.models.layers import initialise, mover, weight_norms
from benchmark.models.mlp import MLP
from benchmark.normalisations.spectral import SpectralNorm, SpectralNormalisation
from benchmark.training.checkpoint import Progress, read_snapshots, write_checkpoint
from benchmark.training.trainer import Trainer

NETWORKS = {
    "images": Architecture((3, 8, 8), 1 / 16, SpectralNormalisation()),
    "points": MLP((2, 1, 1), 1 / 4, SpectralNormalisation()),
}
LAYERS = {"images": ["conv1", "conv2", "fc1", "fc2"], "points": ["fc1", "fc2", "fc3"]}


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def iterated(weight: Tensor, u: Tensor, times: int) -> tuple[Tensor, Tensor]:
    """u and v after so many power iterations."""
    matrix = weight.reshape(len(weight), -1)
    v = u.new_zeros(matrix.shape[1])
    for _ in range(times):
        v = matrix.T @ u
        v = v / v.norm()
        u = matrix @ v
        u = u / u.norm()
    return u, v


@pytest.mark.parametrize("kind", NETWORKS)
def test_after_enough_iterations_every_weight_has_the_largest_singular_value_one(kind: str) -> None:
    network = NETWORKS[kind].discriminator().double()
    initialise(network, torch.Generator().manual_seed(0))
    weights, buffers = dict(network.named_parameters()), dict(network.named_buffers())
    move = mover(network)
    assert move is not None
    with torch.no_grad():
        for _ in range(2000):
            buffers = move(weights, buffers)
    network.load_state_dict(buffers, strict=False)
    assert list(weight_norms(network)) == LAYERS[kind]
    for name, norm in weight_norms(network).items():
        layer = network.get_submodule(name)
        largest = torch.linalg.svdvals(layer.weight.flatten(1))[0]
        assert norm.sigma(layer.weight).item() == pytest.approx(largest.item(), rel=1e-6)  # type: ignore[operator]
        assert torch.linalg.svdvals(layer.used_weight.flatten(1))[0].item() == pytest.approx(1, rel=1e-6)


def test_a_kernel_is_a_matrix_of_its_outputs_by_everything_else() -> None:
    # Miyato et al.: [out, in * height * width]; another unfolding has other singular values.
    norm, weight = SpectralNorm((5, 3, 4, 4)).double(), normal(5, 3, 4, 4)
    assert norm.u.shape == (5,) and norm.v.shape == (48,)
    norm.u, norm.v = iterated(weight, torch.ones(5, dtype=torch.float64), 500)
    largest = torch.linalg.svdvals(weight.reshape(5, 48))[0]
    assert norm.sigma(weight).item() == pytest.approx(largest.item())
    assert largest != pytest.approx(torch.linalg.svdvals(weight.transpose(0, 1).reshape(3, 80))[0].item(), rel=1e-3)


def test_sigma_is_differentiated_with_u_and_v_held() -> None:
    # d(W / sigma) = dW / sigma - W (u^T dW v) / sigma^2.
    norm, weight, change = SpectralNorm((3, 4)).double(), normal(3, 4), normal(3, 4, seed=1)
    norm.u, norm.v = iterated(weight, normal(3, seed=2), 1)
    sigma = norm.u @ weight @ norm.v
    expected = change / sigma - weight * (norm.u @ change @ norm.v) / sigma**2
    found = torch.func.jvp(norm, (weight,), (change,))[1]
    torch.testing.assert_close(found, expected)
    assert torch.autograd.gradgradcheck(norm, (weight.requires_grad_(),))


def test_weights_are_those_of_the_same_seed_without_it() -> None:
    networks = [Discriminator(Architecture((1, 8, 8), 1 / 16, *chosen)) for chosen in ((), (SpectralNormalisation(),))]
    for network in networks:
        initialise(network, torch.Generator().manual_seed(3))
    plain, spectral = (dict(network.named_parameters()) for network in networks)
    assert spectral.keys() <= plain.keys() and all(torch.equal(plain[name], spectral[name]) for name in spectral)


@pytest.fixture
def trainer() -> Trainer:
    loss = combined("nsgan", normalisation="spectral")
    images = torch.randint(0, 256, (16, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    # So small a rate leaves the weights as they are: only the iterations move u and v.
    setting = loss.defaults | {"learning_rate": 1e-30, "disc_iters": 2}
    return Trainer(loss, images, [setting], [5], width=1 / 16, batch=4, device=torch.device("cpu"), compiled=False)


def test_each_update_of_the_discriminator_moves_the_vectors_by_one_iteration(trainer: Trainer) -> None:
    weights = {k: v[0].double() for k, v in trainer.state.parameters["discriminator"].items()}

    def vectors() -> dict[str, Tensor]:
        return {k: v[0].double() for k, v in trainer.state.averages["discriminator"].items()}

    start = vectors()
    for _ in trainer.advance(4):  # two of them update the generator too
        pass
    for name in LAYERS["images"]:
        prefix = f"{name}.weight_norm."
        u, v = iterated(weights[f"{name}.weight"], start[prefix + "u"], 4)
        torch.testing.assert_close((vectors()[prefix + "u"], vectors()[prefix + "v"]), (u, v), rtol=1e-3, atol=1e-4)


def test_the_first_step_finds_vectors_of_one_iteration(trainer: Trainer) -> None:
    state = {k: v[0] for part in (trainer.state.parameters, trainer.state.averages) for k, v in part["discriminator"].items()}
    for name in LAYERS["images"]:
        matrix, u, v = state[f"{name}.weight"].flatten(1), state[f"{name}.weight_norm.u"], state[f"{name}.weight_norm.v"]
        torch.testing.assert_close(u, matrix @ v / (matrix @ v).norm())
        assert u.norm().item() == pytest.approx(1, rel=1e-5) and v.norm().item() == pytest.approx(1, rel=1e-5)


def test_the_vectors_are_in_the_checkpoint(trainer: Trainer, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, [trainer.snapshot(0)], Progress(0, 1.0, "here", [[]]))
    (stored,) = read_snapshots(path)
    names = {f"averages/discriminator/{layer}.weight_norm.{vector}" for layer in LAYERS["images"] for vector in "uv"}
    assert names <= stored.keys()
    assert all(torch.equal(stored[name], trainer.snapshot(0)[name]) for name in names)
