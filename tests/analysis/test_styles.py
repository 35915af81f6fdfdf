from __future__ import annotations

import pandas as pd

from benchmark.analysis.names import labels
from benchmark.analysis.styles import OWN, STYLES, Style, styles


def drawn(*rows: dict[str, str]) -> dict[str, Style]:
    """The styles of these losses and choices, by names in print."""
    table = pd.DataFrame([{"penalty": "none", "normalisation": "setting", **row} for row in rows])
    return styles(table.assign(name=labels(table).astype(str)))


def test_styles_differ_without_colour() -> None:
    assert len({s.marker for s in STYLES.values()}) == len({str(s.dashes) for s in STYLES.values()}) == len(STYLES)


def test_a_variant_is_drawn_hollow_and_else_as_its_loss() -> None:
    found = drawn({"loss": "lsgan", "variant": "paper"}, {"loss": "lsgan", "variant": "v1"})
    assert found["LS GAN"] == STYLES["lsgan"] and not found["LS GAN"].hollow
    v1 = found["LS GAN (v1)"]
    assert v1.hollow and (v1.colour, v1.marker, v1.dashes) == (STYLES["lsgan"].colour, "^", "-.")


def test_combinations_of_a_loss_are_told_apart() -> None:
    found = drawn(
        {"loss": "wgan"},
        {"loss": "wgan", "variant": "kernels"},
        {"loss": "wgan", "variant": "v1"},
        {"loss": "wgan", "variant": "v1", "optimiser": "rmsprop"},
        {"loss": "wgan", "normalisation": "spectral"},
        {"loss": "wgan", "normalisation": "spectral", "penalty": "r1"},
        {"loss": "wgangp"},
        {"loss": "mine"},
        {"loss": "mine", "variant": "a"},
        {"loss": "mine", "variant": "b"},
    )
    assert len(set(found.values())) == len(found) == 10
    assert {look.colour for name, look in found.items() if name.startswith("WGAN") and name != "WGAN GP"} == {"#E69F00"}


def test_the_markers_of_several_variants_are_those_of_published_figures() -> None:
    found = drawn(*({"loss": "wgan", "variant": variant} for variant in ("paper", "kernels", "v1", "w1", "x1")))
    assert [look.marker for look in found.values()] == ["D", "D", "h", "<", ">"]
    assert [look.hollow for look in found.values()] == [False, True, True, True, True]


def test_a_name_says_nothing_of_how_a_loss_is_drawn() -> None:
    table = pd.DataFrame({"loss": ["a@1", "vae"], "name": ["VAE (v1)", "b"], "loss_name": ["VAE (v1)", "b"]})
    found = styles(table)
    assert found["b"] == STYLES["vae"] and found["VAE (v1)"] == OWN[0] and not found["VAE (v1)"].hollow


def test_losses_of_ones_own_take_their_styles_in_turn_and_share_none_with_the_papers() -> None:
    found = drawn({"loss": "wgan"}, {"loss": "b"}, {"loss": "a", "optimiser": "rmsprop"}, {"loss": "a"})
    assert found["a"] == OWN[0] and found["b"] == OWN[1] and found["a (rmsprop)"].colour == OWN[0].colour
    assert not {s.colour for s in OWN} & {s.colour for s in STYLES.values()}
