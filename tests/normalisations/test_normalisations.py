"""Finding a normalisation, and what all of them share."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmark.models import Architecture
from benchmark.models.infogan import Discriminator
from benchmark.models.layers import initialise
from benchmark.normalisations import find_normalisation, known_normalisations
from benchmark.plugins import UserError


def test_the_normalisations_are_none_and_three_others() -> None:
    assert list(known_normalisations()) == ["batch", "layer", "none", "spectral"]


@pytest.mark.parametrize(
    ("typed", "key"),
    [("Batch Norm", "batch"), ("batch-normalization", "batch"), ("SN", "spectral"), ("LN", "layer"), ("NONE", "none")],
)
def test_a_normalisation_is_found_by_any_spelling(typed: str, key: str) -> None:
    assert find_normalisation(typed).key == key


def test_an_unknown_normalisation_offers_the_nearest() -> None:
    with pytest.raises(UserError, match="Did you mean spectral"):
        find_normalisation("spectrum")


def test_two_of_one_class_are_equal_and_two_of_different_classes_are_not() -> None:
    made = [(cls(), cls()) for cls in known_normalisations().values()]
    assert all(a == b and hash(a) == hash(b) for a, b in made)
    assert len({a for a, _ in made}) == len(made)
    assert Architecture((1, 8, 8)) == Architecture((1, 8, 8), normalisation=find_normalisation("batch")())


@pytest.mark.parametrize("key", known_normalisations())
def test_an_output_hangs_on_other_images_only_where_the_normalisation_says_so(key: str) -> None:
    normalisation = find_normalisation(key)()
    model = Discriminator(Architecture((1, 8, 8), 1 / 16, normalisation)).double()
    initialise(model, torch.Generator().manual_seed(0))
    x = torch.rand(4, 1, 8, 8, dtype=torch.float64)
    other = x.clone()
    other[1:] = 1 - other[1:]
    assert torch.equal(model(x)[0], model(other)[0]) != normalisation.mixes_images


OWN = """\
from benchmark import Normalisation, WeightNormalisation


class Centred(WeightNormalisation):
    def forward(self, weight):
        return weight - weight.mean()


class Mine(Normalisation):
    key = "centred"
    mixes_images = False

    def weight(self, shape):
        return Centred()
"""


def test_a_user_s_file_is_a_normalisation(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    mine = find_normalisation(str(tmp_path / "mine.py"))()
    assert (mine.key, mine.name, mine.of_weights) == ("centred", "centred", True)
    model = Discriminator(Architecture((1, 8, 8), 1 / 16, mine))
    for layer in (model.conv1, model.conv2, model.fc1, model.fc2):
        assert layer.used_weight.mean().item() == pytest.approx(0, abs=1e-7) and layer.weight.mean().abs() > 1e-6


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("mixes_images = False", "mixes_images = 'perhaps'"), "mixes_images"),
        (("mixes_images = False", "mixes_images = 'no'"), "mixes_images"),  # a text that is true
        (('key = "centred"', 'key = "setting"'), "setting"),  # what a table says where the setting decides
        (("def weight(self, shape)", "def weights(self, shape)"), "Mine normalises nothing"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(change: tuple[str, str], named: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(OWN.replace(*change))
    with pytest.raises(UserError, match=named) as error:
        find_normalisation(str(path))
    assert len(str(error.value).splitlines()) <= 2
