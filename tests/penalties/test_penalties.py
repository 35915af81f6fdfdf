"""Finding a penalty, and every penalty's value and derivative against a second implementation in float64."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from support.plain_penalties import PLAIN
from torch import Tensor

from benchmark.hyperparameters import check_setting
from benchmark.penalties import Penalty, find_penalty, known_penalties
from benchmark.plugins import UserError

EVERY = pytest.mark.parametrize("cls", known_penalties().values(), ids=known_penalties())
VARIANTS = [(key, variant) for key in PLAIN for variant in known_penalties()[key].variants]
IMAGES = 3


def draws(*shape: int, seed: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_penalties_are_none_and_four_others() -> None:
    assert list(known_penalties()) == ["dragan", "gp", "none", "r1", "r2"]


@pytest.mark.parametrize(
    ("typed", "key"), [("R1", "r1"), ("GP", "gp"), ("gradient", "gp"), ("Dragan", "dragan"), ("None", "none")]
)
def test_a_penalty_is_found_by_any_spelling(typed: str, key: str) -> None:
    assert find_penalty(typed).key == key


def test_an_unknown_penalty_offers_the_nearest() -> None:
    with pytest.raises(UserError, match="Did you mean dragan"):
        find_penalty("drgan")


@EVERY
def test_what_a_penalty_declares_lies_in_its_domains(cls: type[Penalty]) -> None:
    domains = cls().hyperparameters()
    check_setting(cls.defaults, domains, cls.name)
    for space in (cls.wide, cls.narrow):
        assert space.keys() == domains.keys()
        assert all(domains[name].covers(values) for name, values in space.items())


OWN = """\
from benchmark import Penalty
from benchmark.hyperparameters import LogUniform


class Small(Penalty):
    key = "small"
    wide = narrow = {"weight": LogUniform(-2, 1)}
    defaults = {"weight": 1.0}

    def value(self, discriminator, real, fake, noise, h):
        return h["weight"] * (discriminator(real).square().mean() + discriminator(fake).square().mean())
"""


def test_a_user_s_file_of_ten_lines_is_a_penalty(tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text(OWN)
    cls = find_penalty(str(tmp_path / "small.py"))
    value = cls().value(
        lambda x: x.sum((1, 2, 3)), torch.ones(2, 1, 1, 2), torch.zeros(2, 1, 1, 2), {}, {"weight": torch.tensor(3.0)}
    )
    assert (cls.key, cls.name, float(value)) == ("small", "small", 12.0)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (("1.0}", "-1.0}\n    domains = {'weight': Domain(least=0)}"), "weight"),
        (('key = "small"', 'key = "r1"'), "r1"),
        (("def value", "def valeu"), "value"),
        (("wide = narrow =", "wide ="), "narrow has no range for weight"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_what_is_wrong(change: tuple[str, str], hint: str, tmp_path: Path) -> None:
    path = tmp_path / "small.py"
    path.write_text(OWN.replace("LogUniform\n", "Domain, LogUniform\n").replace(*change))
    with pytest.raises(UserError, match=hint) as error:
        find_penalty(str(path))
    assert len(str(error.value).splitlines()) <= 2


def small_network(first: Tensor, second: Tensor) -> object:
    """A nonlinear discriminator of images [n, 2, 2, 3] without a kink."""
    return lambda x: (x.flatten(1) @ first).tanh().square() @ second


@pytest.mark.parametrize(("key", "variant"), VARIANTS)
def test_value_and_second_derivative_are_those_of_the_second_implementation(key: str, variant: str) -> None:
    penalty = find_penalty(key)(variant)
    real, fake = draws(IMAGES, 2, 2, 3, seed=0), draws(IMAGES, 2, 2, 3, seed=1)
    noise = {n: draws(IMAGES, *shape, seed=2 + i) for i, (n, shape) in enumerate(penalty.noise((2, 2, 3)).items())}
    ((weight, _),) = penalty.defaults.items()
    weights = (draws(12, 4, seed=7) - 0.5, draws(4, seed=8) * 8)

    def derived(value: Tensor, leaves: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return value.detach(), *torch.autograd.grad(value, leaves)

    ours, theirs = (tuple(w.clone().requires_grad_() for w in weights) for _ in range(2))
    h = {weight: torch.tensor(2.5, dtype=torch.float64)}
    found = derived(penalty.value(small_network(*ours), real, fake, noise, h), ours)  # type: ignore[arg-type]
    plain = PLAIN[key](small_network(*theirs), real, fake, noise, 2.5, variant == "v1")  # type: ignore[arg-type]
    expected = derived(plain, theirs)
    assert all(slope.abs().max() > 1e-3 for slope in expected)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


def test_no_penalty_is_zero_and_draws_nothing() -> None:
    none = find_penalty("none")()
    value = none.value(lambda x: x.sum((1, 2, 3)), torch.ones(2, 1, 1, 1), torch.ones(2, 1, 1, 1), {}, {})
    assert value.shape == () and value.item() == 0 and none.noise((1, 28, 28)) == none.hyperparameters() == {}


@pytest.mark.parametrize(("key", "at"), [("r1", 5.0), ("r2", 8.0)])
def test_the_squared_gradient_is_taken_at_one_kind_of_image(key: str, at: float) -> None:
    # d = |x|^2 / 2 has the gradient x: squared norms 9 and 1 at the real images, 16 and 0 at the generated ones.
    real, fake = (
        torch.tensor([[3.0, 0.0], [0.0, 1.0]]).view(2, 1, 1, 2),
        torch.tensor([[0.0, 4.0], [0.0, 0.0]]).view(2, 1, 1, 2),
    )
    value = find_penalty(key)().value(lambda x: x.square().sum((1, 2, 3)) / 2, real, fake, {}, {"gamma": torch.tensor(6.0)})
    assert value.item() == pytest.approx(6 / 2 * at)
