"""The networks' sizes against counts by hand from docs/protocol.md, their shapes and ranges."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from benchmark.losses.vae import VAE
from benchmark.models.infogan import Architecture, AutoEncoder, Discriminator, Generator
from benchmark.models.layers import initialise
from benchmark.normalisations.batch import BatchNormalisation
from benchmark.normalisations.none import NoNormalisation

IMAGES = [(c, size, size) for c in (1, 3) for size in (28, 32, 64)]
TINY = 1 / 16


def weights(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def grid(shape: tuple[int, int, int]) -> int:
    """Positions in the innermost feature maps: 49, 64 or 256."""
    return {28: 7 * 7, 32: 8 * 8, 64: 16 * 16}[shape[1]]


@pytest.mark.parametrize("shape", IMAGES)
def test_generator_has_the_weights_of_the_study(shape: tuple[int, int, int]) -> None:
    c, flat = shape[0], 128 * grid(shape)
    expected = (
        64 * 1024
        + 1024  # fc 1024
        + 2 * 1024  # BN: scale and shift
        + 1024 * flat
        + flat  # fc 128 * (H/4) * (W/4)
        + 2 * flat  # BN
        + 128 * 64 * 4 * 4
        + 64  # deconv 64
        + 2 * 64  # BN
        + 64 * c * 4 * 4
        + c  # deconv C
    )
    with torch.device("meta"):
        assert weights(Generator(Architecture(shape))) == expected


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("shape", IMAGES)
def test_discriminator_has_the_weights_of_the_study(shape: tuple[int, int, int], norm: bool) -> None:
    c, flat = shape[0], 128 * grid(shape)
    expected = (
        c * 64 * 4 * 4
        + 64  # conv 64, without BN
        + 64 * 128 * 4 * 4
        + 128  # conv 128
        + norm * 2 * 128  # [BN]
        + flat * 1024
        + 1024  # fc 1024
        + norm * 2 * 1024  # [BN]
        + 1024 * 1
        + 1  # fc 1
    )
    with torch.device("meta"):
        assert (
            weights(Discriminator(Architecture(shape, normalisation=(NoNormalisation(), BatchNormalisation())[norm])))
            == expected
        )


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("shape", IMAGES)
def test_autoencoder_has_the_weights_of_the_study(shape: tuple[int, int, int], norm: bool) -> None:
    c, flat = shape[0], 128 * grid(shape)
    expected = (
        c * 64 * 4 * 4
        + 64  # conv 64
        + 64 * 128 * 4 * 4
        + 128  # conv 128, without BN
        + flat * 64
        + 64  # fc 64, the code
        + norm * 2 * 64  # [BN]
        + 64 * flat
        + flat  # fc 128 * (H/4) * (W/4)
        + norm * 2 * flat  # [BN]
        + 128 * 64 * 4 * 4
        + 64  # deconv 64
        + norm * 2 * 64  # [BN]
        + 64 * c * 4 * 4
        + c  # deconv C
    )
    with torch.device("meta"):
        assert (
            weights(AutoEncoder(Architecture(shape, normalisation=(NoNormalisation(), BatchNormalisation())[norm]))) == expected
        )


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("shape", IMAGES)
def test_vae_encoder_is_the_discriminator_with_128_outputs(shape: tuple[int, int, int], norm: bool) -> None:
    c, flat = shape[0], 128 * grid(shape)
    expected = (
        c * 64 * 4 * 4
        + 64
        + 64 * 128 * 4 * 4
        + 128
        + norm * 2 * 128
        + flat * 1024
        + 1024
        + norm * 2 * 1024
        + 1024 * 2 * 64
        + 2 * 64  # mean and scale
    )
    with torch.device("meta"):
        assert (
            weights(
                VAE().networks(Architecture(shape, normalisation=(NoNormalisation(), BatchNormalisation())[norm]))["encoder"]
            )
            == expected
        )


@pytest.mark.parametrize("channels", [1, 3])
def test_autoencoder_has_1_3_million_weights_against_8_5_million_at_32x32(channels: int) -> None:
    architecture = Architecture((channels, 32, 32))
    with torch.device("meta"):
        assert weights(AutoEncoder(architecture)) == pytest.approx(1.3e6, abs=0.05e6)
        assert weights(Discriminator(architecture)) == pytest.approx(8.5e6, abs=0.05e6)


@pytest.mark.parametrize("shape", IMAGES)
def test_outputs_have_the_shape_and_range_of_the_study(shape: tuple[int, int, int]) -> None:
    draws = torch.Generator().manual_seed(0)
    images, z = torch.rand(3, *shape, generator=draws), 2 * torch.rand(3, 64, generator=draws) - 1
    architecture = Architecture(shape, TINY)
    generator, discriminator, autoencoder = Generator(architecture), Discriminator(architecture), AutoEncoder(architecture)
    for network in (generator, discriminator, autoencoder):
        initialise(network, draws)
    for made in (generator(z), autoencoder(images)):
        assert made.shape == (3, *shape) and made.min() >= 0 and made.max() <= 1
    assert discriminator(images).shape == (3,)
    assert Discriminator(architecture, outputs=128)(images).shape == (3, 128)


def test_images_need_not_be_square() -> None:
    architecture = Architecture((1, 8, 12), TINY)
    images = Generator(architecture)(torch.zeros(2, 64))
    assert images.shape == (2, 1, 8, 12) and Discriminator(architecture)(images).shape == (2,)


def test_discriminator_gives_a_logit_and_not_a_probability() -> None:
    discriminator = Discriminator(Architecture((1, 8, 8), TINY))
    nn.init.constant_(discriminator.fc2.bias, -5.0)
    nn.init.zeros_(discriminator.fc2.weight)
    assert discriminator(torch.zeros(2, 1, 8, 8)).tolist() == [-5, -5]


@pytest.mark.parametrize(("network", "count"), [(Generator, 3), (Discriminator, 3), (AutoEncoder, 4)])
def test_activations_leak_a_fifth(network: type[nn.Module], count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert slopes(network(Architecture((1, 8, 8), TINY)), monkeypatch) == [0.2] * count


def test_vae_s_decoder_has_relu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert slopes(Generator(Architecture((1, 8, 8), TINY), leaky=False), monkeypatch) == [0, 0, 0]


def slopes(network: nn.Module, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The negative slopes of the network's activations, in order."""
    seen: list[float] = []
    original = nn.functional.leaky_relu

    def recording(x: Tensor, slope: float) -> Tensor:
        seen.append(slope)
        return original(x, slope)

    monkeypatch.setattr(nn.functional, "leaky_relu", recording)
    network(torch.zeros((2, 64) if isinstance(network, Generator) else (2, 1, 8, 8)))
    return seen


def test_width_multiplies_hidden_layers_and_not_latent_code_or_image() -> None:
    half = Architecture((3, 32, 32), 0.5)
    with torch.device("meta"):
        generator, discriminator, autoencoder = Generator(half), Discriminator(half), AutoEncoder(half)
    assert generator.fc1.weight.shape == (512, 64)
    assert generator.fc2.weight.shape == (64 * 8 * 8, 512)
    assert generator.deconv1.weight.shape == (64, 32, 4, 4)
    assert generator.deconv2.weight.shape == (32, 3, 4, 4)
    assert discriminator.conv1.weight.shape == (32, 3, 4, 4)
    assert discriminator.conv2.weight.shape == (64, 32, 4, 4)
    assert discriminator.fc1.weight.shape == (512, 64 * 8 * 8)
    assert discriminator.fc2.weight.shape == (1, 512)
    assert autoencoder.fc1.weight.shape == (64, 64 * 8 * 8)
    assert autoencoder.fc2.weight.shape == (64 * 8 * 8, 64)


def test_width_never_leaves_a_layer_empty() -> None:
    assert Discriminator(Architecture((1, 8, 8), 1e-6))(torch.zeros(2, 1, 8, 8)).shape == (2,)


@pytest.mark.parametrize("shape", [(1, 30, 28), (1, 28, 30), (3, 33, 33), (1, 27, 27)])
def test_image_size_that_is_no_multiple_of_four_is_an_error(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=rf"{shape[1]}x{shape[2]}.*multiples of 4"):
        Architecture(shape)


@pytest.mark.parametrize("width", [0.0, -1.0])
def test_width_that_is_not_positive_is_an_error(width: float) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        Architecture((1, 28, 28), width)
