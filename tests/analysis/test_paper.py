"""The paper's losses and data sets are those that this package has."""

from __future__ import annotations

from benchmark.analysis.paper import data_sets, dataset_names, formulas, loss_names
from benchmark.data import known_datasets
from benchmark.losses import known_losses


def test_its_eight_models_have_the_names_of_ours_in_the_order_of_its_tables() -> None:
    assert list(loss_names()) == ["mmgan", "nsgan", "lsgan", "wgan", "wgangp", "dragan", "began", "vae"]
    assert dict(loss_names()) == {key: cls.name for key, cls in known_losses().items()}
    assert formulas()["loss"].tolist() == list(loss_names())


def test_its_data_sets_have_the_names_and_shapes_of_ours() -> None:
    assert list(dataset_names()) == ["mnist", "fashion-mnist", "cifar10", "celeba", "triangles"]
    for row in data_sets().itertuples():
        ours = known_datasets()[str(row.dataset)]
        channels, height, width = ours.image_shape
        assert (row.name, row.shape) == (ours.name, f"{height}x{width}x{channels}")
    assert data_sets().set_index("dataset").loc["cifar10", ["train", "test"]].tolist() == [50_000, 10_000]
