"""A loss with a penalty and a normalisation: what it is searched by, what it draws, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from support.combinations import ALLOWED, CONSTRAINED, OWN_PENALTY, REFUSED, combined
from torch import Tensor

from benchmark.hyperparameters import LogUniform
from benchmark.losses import Context, Loss, find_loss
from benchmark.losses.adversarial import AdversarialLoss, LogitLoss, TwoPlayerLoss
from benchmark.normalisations import find_normalisation
from benchmark.normalisations.batch import BatchNormalisation
from benchmark.normalisations.none import NoNormalisation
from benchmark.normalisations.spectral import SpectralNormalisation
from benchmark.penalties import Penalty
from benchmark.penalties.gp import BetweenPenalty
from benchmark.penalties.none import NoPenalty
from benchmark.penalties.r1 import R1
from benchmark.plugins import UserError

BATCH_NORM = "discriminator_batch_norm"


class Mine(AdversarialLoss):
    key = "mine"

    def discriminator_loss(self, real: Tensor, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return (fake - real).mean()

    def generator_loss(self, fake: Tensor, h: Mapping[str, Tensor]) -> Tensor:
        return -fake.mean()


def test_a_loss_with_a_penalty_has_its_hyperparameter_in_defaults_domains_and_both_spaces() -> None:
    plain, loss = find_loss("nsgan")(), combined("nsgan", "gp")
    assert loss.defaults == {**plain.defaults, "lambda": 10.0}
    assert loss.space("wide") == {**plain.wide, "lambda": LogUniform(-1, 2)}
    assert loss.space("narrow") == {**plain.narrow, "lambda": LogUniform(-1, 1)}
    assert -1 not in loss.hyperparameters()["lambda"]
    assert (
        "lambda" not in find_loss("nsgan")().defaults and "lambda" not in find_loss("nsgan").wide
    )  # the others' are as before


@pytest.mark.parametrize("combination", ALLOWED, ids="-".join)
def test_a_named_normalisation_takes_the_place_of_the_hyperparameter(combination: tuple[str, str, str]) -> None:
    loss = combined(*combination)
    for names in (loss.defaults, loss.wide, loss.narrow, loss.hyperparameters()):
        assert BATCH_NORM not in names and names.keys() == loss.defaults.keys()
    assert loss.normalised_by(loss.defaults) == find_normalisation(combination[2])()


def test_without_one_the_setting_decides() -> None:
    loss = find_loss("nsgan")()
    assert loss.normalised_by({BATCH_NORM: True}) == loss.normalised_by({}) == BatchNormalisation()
    assert loss.normalised_by({BATCH_NORM: False}) == NoNormalisation()


def test_no_penalty_is_what_a_loss_has_by_default() -> None:
    for key in ("nsgan", "wgangp", "began", "vae"):
        default, none = find_loss(key)(), combined(key, "none")
        assert type(none.added_penalty) is type(default.added_penalty) and none.defaults == default.defaults


@pytest.mark.parametrize("combination", REFUSED, ids="-".join)
def test_what_makes_no_sense_is_refused_in_two_lines_at_most_with_the_loss_that_takes_it(
    combination: tuple[str, str, str],
) -> None:
    with pytest.raises(UserError) as error:
        combined(*combination)
    loss, penalty, normalisation = combination
    message = str(error.value)
    assert find_loss(loss).name in message and (penalty if penalty != "none" else normalisation) in message
    assert len(message.splitlines()) <= 2
    instead = {"wgan": "wasserstein", "wgangp": "wasserstein", "dragan": "nsgan"}.get(loss)
    assert instead is None or instead in message


def test_the_refusal_s_hint_can_be_followed() -> None:
    for key in (*OWN_PENALTY, *CONSTRAINED):
        if bare := find_loss(key).bare:
            find_loss(bare)("paper", R1(), SpectralNormalisation())


class OwnPenalty(Mine):
    key = "own"

    def penalty(self, c: Context, fake_images: Tensor) -> Tensor | float:
        return 1.0


class Objectives(TwoPlayerLoss):
    key = "objectives"

    def discriminator_objective(self, c: Context) -> Tensor:
        return c.real.mean()

    def generator_objective(self, c: Context) -> Tensor:
        return c.real.mean()


class Weighted(Mine):
    key = "weighted"
    defaults = {**Mine.defaults, "gamma": 1.0}


class Drawing(Mine):
    key = "drawing"

    def noise(self, image_shape: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
        return {"u": image_shape}


@pytest.mark.parametrize(
    ("cls", "why"), [(OwnPenalty, "penalty of its own"), (Objectives, "objective by itself"), (Weighted, "gamma")]
)
def test_a_user_s_loss_that_cannot_take_a_penalty_says_why(cls: type[Loss], why: str) -> None:
    cls("paper", NoPenalty())
    with pytest.raises(UserError, match=why):
        cls("paper", R1())


def test_draws_of_one_name_are_refused() -> None:
    assert Drawing().draws((1, 4, 4)) == Drawing("paper", R1()).draws((1, 4, 4)) == {"u": (1, 4, 4)}
    assert combined("nsgan", "gp").draws((1, 4, 4)) == {"u": (1, 1, 1)}
    with pytest.raises(UserError, match="both draw u"):
        Drawing("paper", BetweenPenalty()).draws((1, 4, 4))


def test_the_discriminator_minimises_its_loss_and_the_penalty() -> None:
    class Two(Penalty):
        key = "two"

        def value(self, discriminator, real, fake, noise, h):  # type: ignore[no-untyped-def]
            return discriminator(real).sum() + 10 * fake.sum()

    real, fake = torch.tensor([1.0, 2.0]).view(2, 1, 1, 1), torch.tensor([5.0, 7.0]).view(2, 1, 1, 1)
    c = Context({"generator": lambda z: z, "discriminator": lambda x: x.flatten()}, real, fake, {}, {}, {})
    loss = Mine("paper", Two())
    assert isinstance(loss, LogitLoss)
    assert loss.discriminator_objective(c).item() == (6 - 1.5) + 3 + 120
    assert loss.generator_objective(c).item() == -6


def test_a_penalty_of_v1_is_that_of_its_loss() -> None:
    for key in OWN_PENALTY:
        assert [find_loss(key)(variant).added_penalty.variant for variant in ("paper", "v1")] == ["paper", "v1"]
