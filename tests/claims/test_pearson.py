"""Claim pearson: both sides by hand. It mirrors no module."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmark.claims import Studies, find_claim

pytestmark = pytest.mark.slow

MODULE = find_claim("pearson").__module__


def test_the_measured_objective_is_the_divergence_by_hand() -> None:
    import sys

    pearson = sys.modules[MODULE]
    real, fake = np.array([3, 1, 0]), np.array([1, 1, 2])
    p, q = real / 4, fake / 4
    # (2 p_g - p_d - p_g)^2 / (p_d + p_g): (-1/2)^2 / 1 + 0 + (1/2)^2 / (1/2)
    assert pearson.pearson(p, q) == pytest.approx(0.25 + 0.5)
    assert pearson.closed_form(p, q, -1.0, 1.0) == pytest.approx([0.5, 0.0, -1.0])


def test_the_claim_is_supported_and_the_common_coding_is_a_line(studies: Studies) -> None:
    claim = find_claim("pearson")()
    table = claim.measure(studies)
    assert table["discriminator_error"].max() < 1e-9
    verdict = claim.judge(table)
    assert verdict.word == "supported" and "0.500 + 0.250 chi^2" in verdict.text
    wrong = table.assign(
        objective=np.where(table["coding"] == "a = -1, b = 1, c = 0", table["objective"] + 0.1, table["objective"])
    )
    assert claim.judge(wrong).word == "not supported"
    assert len(claim.draw(pd.DataFrame(table)).axes) == 2
