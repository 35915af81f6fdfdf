"""Numbers of things."""

from __future__ import annotations

from benchmark.plurals import how_many


def test_one_thing_is_no_plural() -> None:
    assert [how_many(n, "trial") for n in (0, 1, 2, 1_000)] == ["0 trials", "1 trial", "2 trials", "1,000 trials"]
    assert [how_many(n, "loss", "losses") for n in (1, 2)] == ["1 loss", "2 losses"]
