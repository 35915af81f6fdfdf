"""The networks for points: their sizes against counts by hand, their shapes and ranges."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmark.losses import find_loss, known_losses
from benchmark.models import Architecture, find_architecture
from benchmark.models.layers import initialise
from benchmark.models.mlp import MLP
from benchmark.normalisations.batch import BatchNormalisation
from benchmark.normalisations.none import NoNormalisation
from benchmark.plugins import UserError

POINT = (2, 1, 1)


def weights(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("norm", [True, False])
def test_the_networks_have_two_hidden_layers_of_128_units(norm: bool) -> None:
    a = MLP(POINT, normalisation=(NoNormalisation(), BatchNormalisation())[norm])
    generator = (64 * 128 + 128) + 2 * 128 + (128 * 128 + 128) + 2 * 128 + (128 * 2 + 2)
    discriminator = (2 * 128 + 128) + (128 * 128 + 128) + norm * 2 * 128 + (128 * 1 + 1)
    encoder = discriminator - (128 * 1 + 1) + (128 * 128 + 128)  # means and scales of 64 latents
    auto_encoder = (2 * 128 + 128) + (128 + 1) + norm * 2 + (128 + 128) + norm * 2 * 128 + (128 * 2 + 2)
    assert weights(a.generator()) == generator
    assert weights(a.discriminator()) == discriminator
    assert weights(find_loss("vae")().networks(a)["encoder"]) == encoder
    assert weights(a.auto_encoder()) == auto_encoder


def test_the_width_multiplies_the_hidden_layers() -> None:
    assert weights(MLP(POINT, 1 / 2).discriminator()) == (2 * 64 + 64) + (64 * 64 + 64) + 2 * 64 + (64 + 1)
    assert weights(MLP(POINT, 1e-6).discriminator()) == (2 + 1) + (1 + 1) + 2 + (1 + 1)


@pytest.mark.parametrize("loss", known_losses())
def test_points_and_logits_have_the_shapes_of_images_of_one_pixel(loss: str) -> None:
    networks = find_loss(loss)().networks(MLP(POINT))
    for network in networks.values():
        initialise(network, torch.Generator().manual_seed(0))
    points = networks["generator"](torch.randn(5, 64))
    assert points.shape == (5, *POINT)
    assert points.min() > 0 and points.max() < 1
    for name, network in networks.items():
        if name != "generator":
            shapes = {"vae": (5, 128), "began": (5, *POINT)}
            assert network(points).shape == shapes.get(loss, (5,))


def test_the_vaes_decoder_has_relu_where_generators_leak() -> None:
    leaky, decoder = MLP(POINT).generator(), MLP(POINT).generator(leaky=False)
    decoder.load_state_dict(leaky.state_dict())
    for network in (leaky, decoder):
        nn.init.ones_(network.fc1.weight)
        nn.init.constant_(network.bn1.bias, -1.0)  # every unit is at -1 before its activation
        nn.init.zeros_(network.fc1.weight)
        nn.init.ones_(network.fc2.weight)
        nn.init.zeros_(network.bn2.weight)
        nn.init.constant_(network.bn2.bias, -1.0)
        nn.init.ones_(network.fc3.weight)
        nn.init.zeros_(network.fc3.bias)
    z = torch.zeros(2, 64)
    # 128 units of 0.2 * -1 are summed, and none of them.
    torch.testing.assert_close(leaky(z).flatten(), torch.full((4,), -0.2 * 128).sigmoid())
    torch.testing.assert_close(decoder(z).flatten(), torch.full((4,), 0.5))


def test_images_and_widths_that_make_no_network_are_errors() -> None:
    with pytest.raises(ValueError, match="a point is"):
        MLP((1, 28, 28))
    with pytest.raises(ValueError, match="width"):
        MLP(POINT, 0.0)


def test_architectures_are_found_by_the_key_that_data_sets_declare() -> None:
    assert find_architecture("infogan") is Architecture
    assert find_architecture("mlp") is MLP
    with pytest.raises(UserError, match=r"Unknown architecture 'mpl'.*mlp"):
        find_architecture("mpl")
    assert MLP(POINT) != Architecture((4, 4, 4)) and MLP(POINT) == MLP(POINT)
