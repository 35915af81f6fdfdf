from __future__ import annotations

import pandas as pd
import pytest

from benchmark.analysis.reliability import doubts, doubts_of

TABLE = pd.DataFrame({"dataset": ["mine@1", "mnist"], "dataset_name": ["Mine", "MNIST"], "score": "fid_layers"})


@pytest.mark.parametrize(
    ("accuracy", "chance", "images", "weak"),
    [
        (0.54, 0.50, 103, True),  # within its error of chance
        (0.54, 0.50, 10_000, True),  # surely above chance, and hardly
        (0.49, 0.52, 103, True),  # worse than guessing
        (0.65, 0.50, 103, False),
        (0.65, 0.62, 10_000, True),  # of classes that are not alike in size guessing tells more
        (0.20, 0.01, 10_000, False),  # of a hundred classes
        (0.20, 0.01, None, False),
        (1.0, 0.5, 100, False),
    ],
)
def test_an_extractor_is_doubted_that_hardly_beats_guessing(
    accuracy: float, chance: float, images: int | None, weak: bool
) -> None:
    said = doubts("Mine", "fid_layers", accuracy=accuracy, chance=chance, images=images)
    assert len(said) == weak
    if weak:
        assert said[0].startswith("Mine: ") and f"{accuracy:.0%}" in said[0] and f"{chance:.0%}" in said[0]


@pytest.mark.parametrize(("images", "few"), [(103, True), (183, True), (184, False), (None, False)])
def test_fewer_test_images_than_features_are_doubted(images: int | None, few: bool) -> None:
    said = doubts("Mine", "fid_layers", features=184, images=images)
    assert len(said) == few
    if few:
        assert "184" in said[0] and str(images) in said[0]


def test_the_doubts_of_a_table_are_of_its_data_sets() -> None:
    assert doubts_of(TABLE) == doubts_of(TABLE.assign(real_images=103)) == []  # of older tables nothing is known
    known = TABLE.assign(
        real_images=[103, 10_000],
        extractor_features=184.0,
        extractor_accuracy=[0.54, None],
        extractor_chance=[0.5, None],
    )
    assert doubts_of(known) == [
        *doubts("Mine", "fid_layers", accuracy=0.54, chance=0.5, images=103),
        *doubts("Mine", "fid_layers", features=184, images=103),
    ]
