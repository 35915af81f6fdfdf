"""The verdict on a search is of the best of k settings: a loss of many bad settings and one good one leads it."""

from __future__ import annotations

import pandas as pd

from benchmark.analysis.report.findings import findings
from benchmark.analysis.report.search_verdict import compared_at, search_verdict


def tables(k: int = 2) -> dict[str, pd.DataFrame]:
    """Three losses at one and at k settings: of the means B leads, of the best of k A, which is told from C alone."""
    expected = {("A", 1): 90.0, ("B", 1): 50.0, ("C", 1): 80.0, ("A", k): 10.0, ("B", k): 20.0, ("C", k): 70.0}
    selected = [{"loss": loss, "k": b, "n": 4, "expected_test": score} for (loss, b), score in expected.items()]
    winning = [
        {"first": "A", "second": "B", "k": k, "probability": 0.6, "low": 0.4, "high": 0.9},
        {"first": "A", "second": "C", "k": k, "probability": 0.9, "low": 0.7, "high": 1.0},
        {"first": "B", "second": "C", "k": k, "probability": 0.8, "low": 0.5, "high": 1.0},
    ]
    lowest = [{"loss": loss, "k": b, "n": 4, "unbiased": 2 * score} for (loss, b), score in expected.items()]
    rows = {"selected": selected, "winning": winning, "minimum-against-budget": lowest}
    return {name: pd.DataFrame(of).assign(dataset="mnist") for name, of in rows.items()}


def test_the_best_of_k_decides_and_not_the_mean() -> None:
    found = tables()
    assert compared_at(found["selected"]) == 2
    text = " ".join(search_verdict(found, "mnist"))
    assert "k = 2" in text and text.index("A 10") < text.index("B 20") < text.index("C 70")
    assert "3 pairs of losses 1 are decided" in text and text.endswith("B.")


def test_searches_are_compared_at_a_number_of_settings_that_all_have() -> None:
    sizes = {"A": (30, [1, 5, 10, 20, 30]), "B": (12, [1, 5, 10, 12])}
    rows = [{"loss": loss, "k": k, "n": n} for loss, (n, ks) in sizes.items() for k in ks]
    assert compared_at(pd.DataFrame(rows)) == 5
    assert compared_at(pd.DataFrame([{"loss": "A", "k": 1, "n": 1}])) == 1


def test_without_validation_scores_it_is_the_lowest_of_k_and_no_pair_is_tested() -> None:
    found = {"minimum-against-budget": tables()["minimum-against-budget"]}
    text = " ".join(search_verdict(found, "mnist"))
    assert "k = 2" in text and text.index("A 20") < text.index("B 40") < text.index("C 140") and "decided" not in text


def test_of_a_single_loss_or_without_scores_there_is_nothing_to_compare() -> None:
    alone = {name: rows[rows["loss"] == "B"] for name, rows in tables().items() if "loss" in rows}
    assert "B 20" in search_verdict(alone, "mnist")[0] and "only loss" in search_verdict(alone, "mnist")[-1]
    assert "nothing to compare" in search_verdict(tables(), "cifar10")[0]
    assert "nothing to compare" in search_verdict({}, "mnist")[0]


def search(datasets: tuple[str, ...] = ("mnist",)) -> pd.DataFrame:
    rows = [
        {"loss": loss, "name": loss, "dataset": d, "status": "ok", "score": "fid", "seed": 0, "sample": i, "best": score}
        for d in datasets
        for loss, scores in {"A": (1.0, 200.0), "B": (40.0, 60.0), "C": (70.0, 90.0)}.items()
        for i, score in enumerate(scores)
    ]
    return pd.DataFrame(rows).assign(h_learning_rate=lambda t: 0.001 * (1 + t["sample"]))


def test_the_findings_of_a_search_are_of_its_best_and_never_of_means() -> None:
    assert "A 10" in findings(search(), found=tables())[0]
    texts = findings(search(("mnist", "cifar10")), found=tables())
    assert all("mean" not in text and "on average" not in text for text in texts)
