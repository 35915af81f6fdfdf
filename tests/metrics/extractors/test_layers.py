from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.signal import correlate2d
from support.halves import halves

from benchmark.metrics.extractors.layers import BLOCKS, SMALLEST_DEVIATION, LayeredClassifier, greys

FEATURES = 8 + 16 + 32 + 64 + 64


def network() -> LayeredClassifier:
    """A network of random weights whose batch norm has moving averages of its own."""
    torch.manual_seed(0)
    made = LayeredClassifier(1, 2)
    with torch.no_grad():
        for norm in made.norms:
            assert isinstance(norm, torch.nn.BatchNorm2d) and norm.running_mean is not None and norm.running_var is not None
            norm.running_mean.uniform_(-0.2, 0.2)
            norm.running_var.uniform_(0.005, 0.02)
            norm.bias.uniform_(-0.5, 0.5)
    return made.eval()


def layer(x: NDArray[np.float64], state: dict[str, NDArray[np.float64]], index: int) -> NDArray[np.float64]:
    """Convolution, batch norm and ReLU of one image [channels, H, W], by loops."""
    stride = BLOCKS[index][2]
    kernels = state[f"convolutions.{index}.weight"]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    sums = [sum(correlate2d(p, k, "valid") for p, k in zip(padded, kernel, strict=True)) for kernel in kernels]
    convolved = np.stack(sums)[:, ::stride, ::stride]
    mean, variance, weight, bias = (
        state[f"norms.{index}.{name}"][:, None, None] for name in ("running_mean", "running_var", "weight", "bias")
    )
    return np.maximum((convolved - mean) / np.sqrt(variance + 1e-5) * weight + bias, 0)


def test_features_are_greys_and_the_means_of_every_layer_computed_another_way() -> None:
    made = network()
    image = torch.from_numpy(halves(1, seed=3).images).float() / 255
    state = {name: value.double().numpy() for name, value in made.state_dict().items()}
    x, means = image[0].double().numpy(), [greys(image)[0].numpy()]
    for index in range(len(BLOCKS)):
        x = layer(x, state, index)
        means.append(x.mean((1, 2)))
    with torch.no_grad():
        features = made.features(image)[0].numpy()
        scores = made(image)[0].numpy()
    assert features.shape == (FEATURES,)
    np.testing.assert_allclose(features, np.concatenate(means), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(scores, state["head.weight"] @ means[-1] + state["head.bias"], rtol=1e-4, atol=1e-5)


def test_shares_of_greys_by_hand() -> None:
    # Two channels of four pixels: black, white, and between the third and fourth of eight greys; then all of one grey.
    images = torch.tensor([[[0.0, 1.0], [2.25 / 7, 2.5 / 7]], [[1 / 7, 1 / 7], [1 / 7, 1 / 7]]])[None]
    expected = [0.25, 0, (0.75 + 0.5) / 4, (0.25 + 0.5) / 4, 0, 0, 0, 0.25, 0, 1, 0, 0, 0, 0, 0, 0]
    torch.testing.assert_close(greys(images), torch.tensor([expected]))


def test_each_feature_is_standardised_by_real_images() -> None:
    made, real = network(), torch.from_numpy(halves(700, seed=0).images)
    with torch.no_grad():
        raw = made.features(real.float() / 255)
        made.standardise(real)
        standardised = made.features(real.float() / 255)
        other = made.features(torch.zeros(2, 1, 8, 8))
    moving = raw.std(0) > SMALLEST_DEVIATION
    assert moving.sum() > FEATURES / 2
    torch.testing.assert_close(standardised.mean(0), torch.zeros(FEATURES), rtol=0, atol=1e-3)
    torch.testing.assert_close(standardised.std(0)[moving], torch.ones(int(moving.sum())), rtol=1e-3, atol=0)
    assert torch.equal(other[0], other[1])  # what it was shown counts, not the images beside


def test_a_feature_that_is_silent_on_real_images_is_divided_by_the_smallest_deviation() -> None:
    made, real = network(), torch.from_numpy(halves(50, seed=0).images.clip(60))
    with torch.no_grad():
        made.standardise(real)
        silent = made.means(real.float() / 255)[:, 0].numpy()  # no pixel is black
        assert silent.std() < SMALLEST_DEVIATION
        assert made.deviation[0] == pytest.approx(SMALLEST_DEVIATION)
        black = made.features(torch.zeros(1, 1, 8, 8))[0, 0]
    assert black == pytest.approx((1 - silent.mean()) / SMALLEST_DEVIATION, rel=1e-4)


def test_standardisation_is_kept_with_the_weights() -> None:
    made = network()
    made.standardise(torch.from_numpy(halves(50, seed=0).images))
    read = LayeredClassifier(1, 2)
    read.load_state_dict(made.state_dict())
    assert torch.equal(read.mean, made.mean) and torch.equal(read.deviation, made.deviation)
