"""Finding a loss by name or file, and what all losses share."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.hyperparameters import check_setting
from benchmark.losses import AdversarialLoss, Context, Loss, find_loss, known_losses, paper_losses
from benchmark.plugins import UserError

KEYS = ["began", "dragan", "lsgan", "mmgan", "nsgan", "vae", "wgan", "wgangp"]
PRINTED = {
    "MM GAN": "mmgan",
    "NS GAN": "nsgan",
    "LS GAN": "lsgan",
    "WGAN": "wgan",
    "WGAN GP": "wgangp",
    "DRAGAN": "dragan",
    "BEGAN": "began",
    "VAE": "vae",
}


def test_the_paper_s_losses_are_its_seven_and_the_vae() -> None:
    assert list(paper_losses()) == KEYS
    assert {cls.name: key for key, cls in paper_losses().items()} == PRINTED


def test_the_package_knows_more() -> None:
    assert sorted(known_losses().keys() - paper_losses()) == ["hinge", "wasserstein"]


@pytest.mark.parametrize("cls", known_losses().values())
def test_what_a_loss_declares_lies_in_its_domains(cls: type[Loss]) -> None:
    domains = cls().hyperparameters()
    check_setting(cls.defaults, domains, cls.name)
    for space in (cls.wide, cls.narrow):
        assert space.keys() == domains.keys()
        assert all(domains[name].covers(values) for name, values in space.items())


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str]:
    """A loss's key, and its printed name in random case with random punctuation between the letters."""
    name, key = draw(st.sampled_from(list(PRINTED.items())))
    separator = st.text(alphabet=" -_./'+", max_size=2)
    letters = [draw(separator) + (c.upper() if draw(st.booleans()) else c.lower()) for c in name.replace(" ", "")]
    return key, "".join(letters) + draw(separator)


@settings(deadline=None, max_examples=50)
@given(spellings())
def test_find_loss_takes_any_spelling(case: tuple[str, str]) -> None:
    key, spelled = case
    assert find_loss(spelled).key == key


@pytest.mark.parametrize(
    ("alias", "key"),
    [
        ("MM", "mmgan"),
        ("minimax", "mmgan"),
        ("ns", "nsgan"),
        ("non-saturating", "nsgan"),
        ("GAN", "nsgan"),
        ("LS GAN", "lsgan"),
        ("ls", "lsgan"),
        ("Least Squares", "lsgan"),
        ("Wasserstein", "wasserstein"),
        ("WGAN-GP", "wgangp"),
        ("wgan_gp", "wgangp"),
        ("gp", "wgangp"),
        ("dra", "dragan"),
        ("Variational Autoencoder", "vae"),
    ],
)
def test_find_loss_takes_aliases(alias: str, key: str) -> None:
    assert find_loss(alias).key == key


def test_no_two_losses_answer_to_one_name() -> None:
    names = [(n.lower().replace(" ", "").replace("-", ""), c) for c in known_losses().values() for n in {c.key, *c.aliases}]
    assert len({n for n, _ in names}) == len(names)


@pytest.mark.parametrize(
    ("typed", "nearest"), [("wgang", "wgan"), ("lsgam", "lsgan"), ("draggan", "dragan"), ("Began2", "began")]
)
def test_unknown_name_lists_the_known_ones_and_offers_the_nearest(typed: str, nearest: str) -> None:
    with pytest.raises(UserError) as error:
        find_loss(typed)
    first, second = str(error.value).splitlines()
    assert repr(typed) in first and f" {nearest}" in first.split("Did you mean")[1]
    assert all(key in second for key in KEYS)


@pytest.mark.parametrize("typed", ["", "???", "qqqqqqqq"])
def test_name_like_no_other_lists_the_known_ones(typed: str) -> None:
    with pytest.raises(UserError, match="Known: began, dragan"):
        find_loss(typed)


OWN = """\
from benchmark.losses import AdversarialLoss


class Hinge(AdversarialLoss):
    key = "hinge"

    def discriminator_loss(self, real, fake, h):
        return (1 - real).relu().mean() + (1 + fake).relu().mean()

    def generator_loss(self, fake, h):
        return -fake.mean()
"""


def test_a_user_s_file_of_ten_lines_is_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "hinge.py"
    path.write_text(OWN)
    cls = find_loss(str(path))
    assert cls.key == "hinge" and cls is not known_losses()["hinge"]
    loss = cls()
    assert isinstance(loss, AdversarialLoss)
    assert loss.discriminator_loss(torch.tensor([0.5, 3.0]), torch.tensor([0.0]), {}).item() == pytest.approx(0.25 + 1)
    assert [o.name for o in loss.objectives()] == ["discriminator", "generator"]


PAIRED = """\
from torch.nn.functional import softplus
from benchmark import RelativisticLoss


class Paired(RelativisticLoss):
    key = "paired"

    def discriminator_loss(self, real, fake, h):
        return softplus(fake - real).mean()

    def generator_loss(self, real, fake, h):
        return softplus(real - fake).mean()
"""
OF_IMAGES = """\
from benchmark import TwoPlayerLoss


class OfImages(TwoPlayerLoss):
    key = "images"

    def discriminator_objective(self, c):
        return c.discriminator(c.generator(c.z)).mean() - c.discriminator(c.real).mean()

    def generator_objective(self, c):
        return (c.generator(c.z) - c.real).abs().mean()
"""


@pytest.mark.parametrize(("code", "generator"), [(PAIRED, math.log(1 + math.e)), (OF_IMAGES, 1.0)])
def test_a_loss_defines_what_it_needs_and_nothing_that_raises(tmp_path: Path, code: str, generator: float) -> None:
    (tmp_path / "own.py").write_text(code)
    loss = find_loss(str(tmp_path / "own.py"))()
    # Logits are pixels: 2 of the real images, 1 of the generated ones.
    networks = {"generator": lambda z: z, "discriminator": lambda images: images.flatten()}
    real, z = torch.full((3, 1, 1, 1), 2.0), torch.ones(3, 1, 1, 1)
    context = Context(networks, real=real, z=z, noise={}, h={}, state={})
    assert [float(o.minimises(context)) for o in loss.objectives()][1] == pytest.approx(generator)


HEADER = "from benchmark.losses import AdversarialLoss, Loss\nfrom benchmark.losses.nsgan import NSGAN\n"
BROKEN = {
    "syntax error": ("class Hinge(:\n", "line 1"),
    "error while loading": ("1 / 0\n", "ZeroDivisionError"),
    "error of many lines": ("raise ValueError('one\\ntwo\\nthree')\n", "ValueError"),
    "unknown import": ("import no_such_module_at_all\n", "no_such_module_at_all"),
    "missing method": (
        HEADER + "class A(AdversarialLoss):\n    key = 'a'\n    def generator_loss(self, fake, h): return fake.mean()\n",
        "discriminator_loss",
    ),
    "no class": (HEADER, "0 classes"),
    "two classes": (HEADER + "class A(NSGAN):\n    key = 'a'\nclass B(NSGAN):\n    key = 'b'\n", "A, B"),
    "no key": (OWN.replace('    key = "hinge"\n', ""), "key"),
    # Its results would be stored under the key of the loss it derives from, beside that loss's own.
    "no key of its own": (HEADER + "class A(NSGAN):\n    def generator_loss(self, fake, h): return fake.mean()\n", "key"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_explained_in_two_lines(case: str, tmp_path: Path) -> None:
    content, hint = BROKEN[case]
    path = tmp_path / "broken.py"
    path.write_text(content)
    with pytest.raises(UserError) as error:
        find_loss(str(path))
    message = str(error.value)
    assert str(path) in message and hint in message
    assert len(message.splitlines()) <= 2 and "Traceback" not in message


def test_a_missing_file_is_explained_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "absent.py"
    with pytest.raises(UserError) as error:
        find_loss(str(path))
    assert str(path) in str(error.value) and len(str(error.value).splitlines()) <= 2


@pytest.mark.parametrize("key", KEYS)
def test_unknown_variant_names_the_known_ones(key: str) -> None:
    with pytest.raises(UserError, match="Known: paper"):
        find_loss(key)("v2")


@pytest.mark.parametrize("key", [k for k in KEYS if k != "vae"])
def test_v1_reuses_z_in_every_loss_but_wgangp_and_the_paper_in_none(key: str) -> None:
    assert find_loss(key)("v1").reuses_z == (key != "wgangp")
    assert not find_loss(key)().reuses_z


@pytest.mark.parametrize("key", KEYS)
def test_defaults_and_both_search_spaces_name_the_same_hyperparameters(key: str) -> None:
    cls = find_loss(key)
    assert cls.defaults.keys() == cls.wide.keys() == cls.narrow.keys()
