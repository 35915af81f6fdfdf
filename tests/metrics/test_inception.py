from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import Dataset
from torch_fidelity import calculate_metrics
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from benchmark.data import DataSet, Split
from benchmark.metrics.extractors import inception
from benchmark.metrics.extractors.inception import WEIGHTS, InceptionExtractor
from benchmark.metrics.fid import FID
from benchmark.plugins import UserError

CPU = torch.device("cpu")


class Grey(DataSet):
    key, name, image_shape, classes = "grey", "Grey", (1, 28, 28), 2

    def load(self, split: str) -> Split:
        raise AssertionError("Inception needs no training images")


class Blank(FeatureExtractorInceptionV3):  # type: ignore[misc]
    """The network before its weights are loaded."""

    def load_state_dict(self, *args: object, **kwargs: object) -> None:
        pass


def grey_images(seed: int, n: int, brightest: int = 255) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, brightest + 1, (n, 1, 28, 28), dtype=np.uint8)


def offline(*args: object, **kwargs: object) -> None:
    raise URLError("no network in tests")


@pytest.fixture(autouse=True)
def no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch_fidelity.feature_extractor_inceptionv3.load_state_dict_from_url", offline)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a weights file in the published format, of random weights."""
    data = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("torch_fidelity.feature_extractor_inceptionv3.load_state_dict_from_url", lambda *a, **k: {})
        torch.manual_seed(0)
        network = Blank("inception-v3-compat", ["2048"])
    # Normalise by what a few images give: through 20 layers of random weights nothing else would reach the end.
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    network.train()
    network(torch.from_numpy(grey_images(2, 4)).expand(-1, 3, -1, -1))
    # Most of the 2048 features are made 0, which torch-fidelity's eigenvalues of a 2048 x 2048 matrix take seconds less for.
    with torch.no_grad():
        for module in network.Mixed_7c.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight[32:] = 0
    torch.save(network.state_dict(), data / WEIGHTS)
    return data


@pytest.fixture(scope="module")
def extractor(folder: Path) -> InceptionExtractor:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inception, "SHA256_PREFIX", sha256(folder)[:8])
        return InceptionExtractor(Grey(folder), CPU)


def sha256(folder: Path) -> str:
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()


class Pictures(Dataset[Tensor]):
    """Images as torch-fidelity wants them: uint8 with three channels."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self.images = torch.from_numpy(images).repeat(1, 3, 1, 1)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Tensor:
        return self.images[index]


def test_fid_inception_agrees_with_torch_fidelitys_own_pipeline(
    extractor: InceptionExtractor, folder: Path, tmp_path: Path
) -> None:
    real, generated = grey_images(0, 10), grey_images(1, 10, brightest=100)
    score = FID(extractor, {"": Split(real, np.zeros(10, np.int64))}, tmp_path)
    theirs = calculate_metrics(
        input1=Pictures(generated), input2=Pictures(real), fid=True, feature_extractor="inception-v3-compat",
        feature_extractor_weights_path=str(folder / WEIGHTS), cuda=False, cache=False, verbose=False, save_cpu_ram=True,
    )  # fmt: skip
    assert score.name == "fid_inception"
    ours = score.of(torch.from_numpy(generated))["fid_inception"]
    assert ours == pytest.approx(theirs["frechet_inception_distance"], rel=1e-6)


def test_features_are_pool_3_in_float64_and_named_by_the_weights(extractor: InceptionExtractor, folder: Path) -> None:
    images = torch.from_numpy(grey_images(3, 2))
    features = extractor.features(images)
    assert features.shape == (2, 2048)
    assert features.dtype == torch.float64
    assert extractor.fingerprint == sha256(folder)[:8]
    assert torch.equal(features, extractor.features(images.repeat(1, 3, 1, 1)))


def test_a_corrupt_weights_file_is_an_error_of_two_lines_that_names_it(tmp_path: Path) -> None:
    (tmp_path / WEIGHTS).write_bytes(b"half a download")
    with pytest.raises(UserError, match=f"{WEIGHTS} is corrupt") as error:
        InceptionExtractor(Grey(tmp_path), CPU)
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize("reason", [URLError("no network"), TimeoutError()], ids=["with a message", "without one"])
def test_missing_weights_offline_are_an_error_of_two_lines_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: OSError
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise reason

    monkeypatch.setattr("torch_fidelity.feature_extractor_inceptionv3.load_state_dict_from_url", fail)
    with pytest.raises(UserError, match="Inception's weights cannot be had") as error:
        InceptionExtractor(Grey(tmp_path), CPU)
    assert str(error.value).splitlines()[1] == f"Put {WEIGHTS} into {tmp_path}."
