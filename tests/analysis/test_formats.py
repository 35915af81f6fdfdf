from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmark.analysis.formats import as_latex, number, printed


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (3.14159, "mean", "3.14"),
        (0.0, "mean", "0.00"),
        (-0.004, "mean", "-0.004"),
        (1234567.0, "mean", "1.2e+06"),
        (float("nan"), "mean", "-"),
        (None, "note", "-"),
        (5, "n", "5"),
        (0.0004, "p", "< 0.001"),
        (0.04, "p", "0.040"),
        ("words", "loss", "words"),
    ],
)
def test_numbers_in_print(value: object, column: str, text: str) -> None:
    assert number(value, column) == text


def test_the_ends_of_an_interval_become_one_column() -> None:
    table = pd.DataFrame({"dataset": ["a", "b"], "mean": [2.0, 3.0], "low": [1.0, np.nan], "high": [3.0, np.nan]})
    text = printed(table)
    assert list(text.columns) == ["data set", "mean", "95% interval"]
    assert text["95% interval"].tolist() == ["1.00 to 3.00", "-"]


def test_latex_escapes_words_keeps_formulas_and_aligns_numbers_right() -> None:
    text = pd.DataFrame({"loss": ["my_loss & 100%", r"$D(x) \| x_1$"], "mean": ["1.00", "-"], "p": ["< 0.001", "0.2"]})
    assert as_latex(text) == (
        "\\begin{tabular}{lrr}\n\\toprule\nloss & mean & p \\\\\n\\midrule\n"
        "my\\_loss \\& 100\\% & 1.00 & $<$ 0.001 \\\\\n$D(x) \\| x_1$ & - & 0.2 \\\\\n\\bottomrule\n\\end{tabular}\n"
    )
