from __future__ import annotations

from benchmark.analysis.styles import OWN, STYLES, style


def test_styles_differ_without_colour() -> None:
    assert len({s.marker for s in STYLES.values()}) == len({str(s.dashes) for s in STYLES.values()}) == len(STYLES)


def test_a_variant_is_drawn_as_its_loss() -> None:
    assert style("LS GAN (v1)", ["LS GAN", "LS GAN (v1)"]) == STYLES["LS GAN"]


def test_several_variants_of_a_loss_are_told_apart() -> None:
    names = ["WGAN", "WGAN (kernels)", "WGAN (v1)", "WGAN (v1, rmsprop)", "WGAN GP", "mine", "mine (a)", "mine (b)"]
    drawn = {name: (style(name, names).colour, style(name, names).marker, "(" in name) for name in names}  # hollow if (
    assert len(set(drawn.values())) == len(names)
    assert len({style(name, names).colour for name in names if name.startswith("WGAN") and "GP" not in name}) == 1


def test_losses_of_ones_own_take_their_styles_in_turn_and_share_none_with_the_papers() -> None:
    names = ["WGAN", "b", "a (rmsprop)", "a"]
    assert style("a", names) == style("a (rmsprop)", names) == OWN[0] and style("b", names) == OWN[1]
    assert not {s.colour for s in OWN} & {s.colour for s in STYLES.values()}
