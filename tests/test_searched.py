"""What losses and penalties say of themselves."""

from __future__ import annotations

import pytest

from benchmark.hyperparameters import Domain, LogUniform
from benchmark.plugins import UserError
from benchmark.searched import Searched, check_searched


class Plain(Searched):
    key = "plain"
    name = "A Plain Name"
    wide = narrow = {"weight": LogUniform(-1, 1)}
    defaults = {"weight": 1.0}
    domains = {"weight": Domain(least=0)}


def test_one_without_a_name_goes_by_its_key_whatever_it_derives_from() -> None:
    class Tuned(Plain):
        key = "tuned"

    class Named(Tuned):
        key, name = "named", "A Name"

    assert (Plain.name, Tuned.name, Named.name) == ("A Plain Name", "tuned", "A Name")


def test_a_hyperparameter_without_a_domain_may_be_any_number_or_true_or_false_as_its_default_is() -> None:
    class Mine(Plain):
        key = "mine"
        defaults = {**Plain.defaults, "margin": 1, "soft": True, "beta1": 0.5}

    own = {"weight": Domain(least=0), "margin": Domain(), "soft": Domain("yes or no"), "beta1": Domain(least=0, below=1)}
    assert Mine().hyperparameters() == own


def test_an_unknown_variant_names_the_known_ones() -> None:
    assert Plain("v1").variant == "v1"
    with pytest.raises(UserError, match="Known: paper, v1"):
        Plain("v2")


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"defaults": {"weight": -1.0}}, "weight"),
        ({"defaults": {}}, "weight"),
        ({"wide": {"weight": LogUniform(-1, 1), "other": LogUniform(-1, 1)}}, "other"),
        ({"narrow": {"weight": 3.0}}, "weight"),
        ({"domains": {"weight": Domain(least=0), "third": Domain()}}, "third"),
        ({"variants": ()}, "variants"),
        ({"variants": ("a/b",)}, "a/b"),
        ({"aliases": "plain"}, "aliases"),
    ],
)
def test_what_cannot_be_is_refused_by_class_and_name(said: dict[str, object], wrong: str) -> None:
    check_searched(Plain)
    mine = type("Mine", (Plain,), {"key": "mine", **said})
    with pytest.raises(UserError, match=rf"^Mine: .*{wrong}") as error:
        check_searched(mine)
    assert len(str(error.value).splitlines()) <= 2
