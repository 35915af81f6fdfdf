"""What all data sets share."""

from __future__ import annotations

from benchmark.data import DataSet
from benchmark.data.polygons import Triangles


def test_a_data_set_without_a_name_goes_by_its_key_whatever_it_derives_from() -> None:
    class Mine(DataSet):
        key = "mine"

    class Pentagons(Triangles):
        key = "pentagons"

    assert (Mine.name, Pentagons.name, Triangles.name) == ("mine", "pentagons", "Triangles")
