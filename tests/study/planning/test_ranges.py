from __future__ import annotations

from benchmark.hyperparameters import Fixed, LogUniform
from benchmark.losses import find_loss
from benchmark.study.planning.ranges import drawn_ranges
from benchmark.study.study import Ranges


def test_a_line_for_each_hyperparameter_names_the_losses_that_draw_it_otherwise() -> None:
    losses = [find_loss(name)("paper") for name in ("lsgan", "wgan")]
    lines = drawn_ranges(Ranges(own={"beta1": Fixed(0.5)}, by_loss={"wgan": {"learning_rate": LogUniform(-5, -4)}}), losses)
    assert "beta1 always 0.5" in lines and "disc_iters 1 or 5" in lines
    assert "learning_rate 1e-05 to 0.01, log-uniform (LS GAN)" in lines
    assert "learning_rate 1e-05 to 0.0001, log-uniform (WGAN)" in lines
    assert "clip 0.001 to 1, log-uniform (WGAN)" in lines
    assert drawn_ranges(Ranges(), [losses[0], find_loss("lsgan")("v1")])[0] == "learning_rate 1e-05 to 0.01, log-uniform"
