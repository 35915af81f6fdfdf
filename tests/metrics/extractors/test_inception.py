from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from support.random_inception import write_random_weights
from torch import Tensor
from torch.utils.data import Dataset
from torch_fidelity import calculate_metrics
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from benchmark.data import DataSet, Split
from benchmark.metrics.extractors import find_extractor, inception
from benchmark.metrics.extractors.inception import WEIGHTS, InceptionExtractor, ReducedInceptionExtractor
from benchmark.metrics.fid import FID
from benchmark.plugins import UserError

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")


class Grey(DataSet):
    key, name, image_shape, classes = "grey", "Grey", (1, 28, 28), 2

    def load(self, split: str) -> Split:
        raise AssertionError("Inception needs no training images")


def grey_images(seed: int, n: int, brightest: int = 255) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, brightest + 1, (n, 1, 28, 28), dtype=np.uint8)


def offline(*args: object, **kwargs: object) -> None:
    raise URLError("no network in tests")


@pytest.fixture(autouse=True)
def no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch_fidelity.feature_extractor_inceptionv3.load_state_dict_from_url", offline)
    monkeypatch.setattr("torch.hub.download_url_to_file", offline)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a weights file in the published format, of random weights."""
    data = tmp_path_factory.mktemp("data")
    write_random_weights(data / WEIGHTS, features=32)
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
        input1=Pictures(generated),
        input2=Pictures(real),
        fid=True,
        feature_extractor="inception-v3-compat",
        feature_extractor_weights_path=str(folder / WEIGHTS),
        cuda=False,
        cache=False,
        verbose=False,
        save_cpu_ram=True,
    )
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


def test_class_scores_are_torch_fidelitys_for_the_inception_score(extractor: InceptionExtractor, folder: Path) -> None:
    images = torch.from_numpy(grey_images(3, 2))
    theirs = FeatureExtractorInceptionV3("x", ["logits_unbiased"], feature_extractor_weights_path=str(folder / WEIGHTS))
    (expected,) = theirs(images.expand(-1, 3, -1, -1))
    torch.testing.assert_close(extractor.class_scores(images), expected.double(), rtol=1e-4, atol=1e-4)


def test_bfloat16_gives_nearly_the_same_features_under_another_name(
    extractor: InceptionExtractor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inception, "SHA256_PREFIX", sha256(folder)[:8])
    reduced = ReducedInceptionExtractor(Grey(folder), CPU)
    images = torch.from_numpy(grey_images(3, 4))
    full, half = extractor.features(images), reduced.features(images)
    assert not torch.equal(full, half)
    # Random weights enlarge rounding from layer to layer, more than trained ones do.
    assert torch.cosine_similarity(full, half).min() > 0.95
    assert find_extractor("inception bf16") is ReducedInceptionExtractor
    assert reduced.fingerprint != extractor.fingerprint


def test_weights_may_lie_elsewhere(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inception, "SHA256_PREFIX", sha256(folder)[:8])
    InceptionExtractor(Grey(tmp_path), CPU, weights=folder / WEIGHTS)
    assert not list(tmp_path.iterdir())


def test_a_corrupt_weights_file_is_an_error_of_two_lines_that_names_it(tmp_path: Path) -> None:
    (tmp_path / WEIGHTS).write_bytes(b"half a download")
    with pytest.raises(UserError, match=f"{WEIGHTS} is corrupt") as error:
        InceptionExtractor(Grey(tmp_path), CPU)
    assert len(str(error.value).splitlines()) == 2


def test_weights_that_are_not_there_are_an_error_of_two_lines(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No Inception weights at") as error:
        InceptionExtractor(Grey(tmp_path), CPU, weights=tmp_path / "elsewhere.pth")
    assert len(str(error.value).splitlines()) == 2


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_code_in_a_weights_file_is_not_run_even_if_its_checksum_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"weight": Trap(tmp_path / "sprung")}, tmp_path / WEIGHTS)
    monkeypatch.setattr(inception, "SHA256_PREFIX", sha256(tmp_path)[:8])
    with pytest.raises(UserError, match="weights") as error:
        InceptionExtractor(Grey(tmp_path), CPU)
    assert not (tmp_path / "sprung").exists()
    assert len(str(error.value).splitlines()) == 2


def test_weights_are_fetched_once_with_their_checksum(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix, fetched = sha256(folder)[:8], []

    def download(url: str, path: str, hash_prefix: str, progress: bool) -> None:
        fetched.append((url.rpartition("/")[2], hash_prefix))
        shutil.copyfile(folder / WEIGHTS, path)

    monkeypatch.setattr(inception, "SHA256_PREFIX", prefix)
    monkeypatch.setattr("torch.hub.download_url_to_file", download)
    lines: list[str] = []
    for _ in range(2):
        InceptionExtractor(Grey(tmp_path), CPU, lines.append)
    assert fetched == [(WEIGHTS, prefix)]
    assert len(lines) == 1 and str(tmp_path) in lines[0]


@pytest.mark.parametrize("reason", [URLError("no network"), TimeoutError()], ids=["with a message", "without one"])
def test_missing_weights_offline_are_an_error_of_two_lines_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: OSError
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise reason

    monkeypatch.setattr("torch.hub.download_url_to_file", fail)
    with pytest.raises(UserError, match="Inception's weights could not") as error:
        InceptionExtractor(Grey(tmp_path), CPU, print)
    _, second = str(error.value).splitlines()
    assert second.startswith(f"Put {WEIGHTS} into {tmp_path}")
