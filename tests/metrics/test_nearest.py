from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from benchmark.metrics import nearest as module
from benchmark.metrics.nearest import nearest


@pytest.mark.parametrize("rows", [1, 7, 500])
def test_the_nearest_are_those_of_a_table_of_all_distances(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(module, "ROWS", rows)
    points, candidates = torch.randn(40, 5, generator=torch.Generator().manual_seed(0)).split(20)
    table = cdist(points.double(), candidates.double())
    distances, found = nearest(points, candidates)
    assert found.tolist() == table.argmin(1).tolist()
    np.testing.assert_allclose(distances, table.min(1), rtol=1e-12)


@pytest.mark.parametrize("rows", [3, 500])
def test_a_point_is_no_other_point_of_its_own(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(module, "ROWS", rows)
    points = torch.randn(20, 5, generator=torch.Generator().manual_seed(0))
    points[13] = points[2]
    table = cdist(points.double(), points.double())
    np.fill_diagonal(table, np.inf)
    distances, found = nearest(points, points, others=True)
    assert (found[13], found[2]) == (2, 13) and found.tolist() == table.argmin(1).tolist()
    np.testing.assert_allclose(distances, table.min(1), rtol=1e-12)


def test_an_equal_vector_far_from_the_origin_is_found_at_a_distance_of_zero() -> None:
    candidates = 1_000 + torch.randn(300, 50, generator=torch.Generator().manual_seed(0))
    distances, found = nearest(candidates[5:6], candidates)
    assert distances[0] == 0 and found[0] == 5
