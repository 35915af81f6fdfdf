"""The verdict on a search is of the best of k settings: a loss of many bad settings and one good one leads it."""

from __future__ import annotations

import pandas as pd

from benchmark.analysis.report.findings import findings
from benchmark.analysis.report.search_verdict import compared_at, search_verdict


def tables(k: int = 2) -> dict[str, pd.DataFrame]:
    """Three losses at one and at k settings: of the means B leads, of the best of k A, which is told from C alone."""
    expected = {("A", 1): 90.0, ("B", 1): 50.0, ("C", 1): 80.0, ("A", k): 10.0, ("B", k): 20.0, ("C", k): 70.0}
    selected = [{"loss": loss, "budget": b, "n": 4, "expected_test": score} for (loss, b), score in expected.items()]
    winning = [
        {"first": "A", "second": "B", "budget": k, "probability": 0.6, "low": 0.4, "high": 0.9},
        {"first": "A", "second": "C", "budget": k, "probability": 0.9, "low": 0.7, "high": 1.0},
        {"first": "B", "second": "C", "budget": k, "probability": 0.8, "low": 0.5, "high": 1.0},
    ]
    ranking = [{"loss": loss, "budget": b, "rank": 1.0} for b in (1, k) for loss in "ABC"]
    rows = {"selected": selected, "winning": winning, "ranking": ranking}
    return {name: pd.DataFrame(of).assign(dataset="mnist") for name, of in rows.items()}


def test_the_best_of_k_decides_and_not_the_mean() -> None:
    found = tables()
    assert compared_at(found["ranking"]) == 2
    text = " ".join(search_verdict(found, "mnist"))
    assert "k = 2" in text and text.index("A 10") < text.index("B 20") < text.index("C 70")
    assert "3 pairs of losses 1 are decided" in text and text.endswith("B.")


def test_nothing_is_said_of_another_data_set_or_without_tables() -> None:
    assert search_verdict(tables(), "cifar10") == [] and search_verdict({}, "mnist") == []


def test_the_findings_of_a_search_take_it_where_there_is_one() -> None:
    rows = [
        {"loss": loss, "name": loss, "dataset": "mnist", "status": "ok", "score": "fid", "seed": 0, "sample": i, "best": score}
        for loss, scores in {"A": (1.0, 200.0), "B": (40.0, 60.0), "C": (70.0, 90.0)}.items()
        for i, score in enumerate(scores)
    ]
    table = pd.DataFrame(rows).assign(h_learning_rate=lambda t: 0.001 * (1 + t["sample"]))
    with_tables, without = (findings(table, found=found)[0] for found in (tables(), None))
    assert "A 10" in with_tables and "A 10" not in without
