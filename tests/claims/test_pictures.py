"""The pictures of the claims, drawn from the published tables; it mirrors no module."""

from __future__ import annotations

import pytest
from support.figure_faults import text_faults
from support.published_studies import ROOT

from benchmark.claims import Claim, known_claims
from benchmark.claims.page import measured, read

pytestmark = pytest.mark.slow

FOLDER = ROOT / "results" / "claims"
CLAIMS = measured([claim() for claim in known_claims()], FOLDER)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.key)
def test_no_text_is_cut_off_or_over_another(claim: Claim) -> None:
    assert text_faults(claim.draw(read(claim, FOLDER))) == []
