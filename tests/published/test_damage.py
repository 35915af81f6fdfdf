"""What results/metrics measured of damaged images: the default extractor ranks them as it must, or as docs/metrics.md warns.

It mirrors no module.
"""

from __future__ import annotations

import pytest

from experiments.metrics.statistics import monotone
from measurements.pages.damage import BESIDE, DAMAGES, fid, measured, relative, table
from measurements.pages.published import published

SEEN_AT_A_GLANCE = ["thresholding", "inversion", "checkerboard"]


def test_the_page_s_table_has_every_damage_that_was_measured() -> None:
    assert set(measured("fashion-mnist")["degradation"]) == set(DAMAGES) and len(table()) == len(DAMAGES) + 1


def test_slightly_blurred_real_images_score_worse_than_every_tuned_gan() -> None:
    # docs/metrics.md warns of it first.
    means = published("fashion-standard-seeds").gans.groupby("name")["best"].mean()
    assert len(means) == 7 and (means < fid("fashion-mnist", "blur", 0.6)).all()


@pytest.mark.parametrize("dataset", BESIDE)
def test_the_default_score_rises_in_every_damage_and_what_is_seen_at_a_glance_is_worse_than_half_the_classes_missing(
    dataset: str,
) -> None:
    of_layers = measured(dataset).query("extractor == 'layers'")
    assert monotone(of_layers)["monotone"].all()
    worst = of_layers.groupby(["degradation", "level"])["fid"].mean().groupby(level=0).max()
    assert (worst[SEEN_AT_A_GLANCE] > worst["mode dropping"]).all()


def test_photographs_inverted_are_ranked_too_low() -> None:
    # docs/metrics.md says so: negatives among photographs cost less than half of the classes missing, unlike on the MNISTs.
    for dataset, too_low in {"fashion-mnist": False, "mnist": False, "cifar10-jpeg": True}.items():
        assert (relative(dataset, "inversion", 0.5) < 1) == too_low


def test_the_extractor_before_it_fails_the_second_rule() -> None:
    worst = measured("fashion-mnist").query("extractor == 'classifier'").groupby("degradation")["fid"].max()
    assert worst["thresholding"] < worst["mode dropping"]
