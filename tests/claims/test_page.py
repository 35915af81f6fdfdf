"""The page of the claims is what their tables say, and every claim says what it must."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from support.command_line import ganbench

from benchmark.claims import Claim, Studies, Verdict, find_claim, known_claims
from benchmark.claims.page import keep, page, read
from benchmark.plugins import UserError

pytestmark = pytest.mark.slow

PUBLISHED = Path(__file__).parents[2] / "results" / "claims"


class Larger(Claim):
    key = "larger"
    number = 1
    title = "Larger"
    sentence = "The first is larger."
    source = "a test"
    measured = ("Two numbers.",)
    criterion = "Supported if the first is larger."
    not_seen = ("Anything else.",)

    def measure(self, studies: Studies) -> pd.DataFrame:
        return pd.DataFrame({"value": [2.5, 1.0]})

    def judge(self, table: pd.DataFrame) -> Verdict:
        first, second = table["value"]
        return Verdict("supported" if first > second else "not supported", f"{first} against {second}.")

    def draw(self, table: pd.DataFrame) -> Figure:
        return Figure()


class Other(Larger):
    key = "other"
    number = 2
    title = "Other"


def test_the_page_has_each_measured_claim_with_its_verdict_and_names_the_others(studies: Studies, tmp_path: Path) -> None:
    claim = Larger()
    keep(claim, claim.measure(studies), tmp_path)
    assert read(claim, tmp_path)["value"].tolist() == [2.5, 1.0] and (tmp_path / "larger.png").exists()
    text = page([claim, Other()], tmp_path)
    assert "| [1. Larger](#larger) | The first is larger. | **supported** |" in text
    assert "**Supported.** 2.5 against 1.0." in text and "Not measured yet: Other." in text
    (tmp_path / "larger.csv").write_text("value\n1.0\n2.5\n")
    assert "**Not supported.** 1.0 against 2.5." in page([claim], tmp_path)


def test_the_published_page_is_what_the_published_tables_say() -> None:
    text = (PUBLISHED / "README.md").read_text()
    assert text == page([cls() for cls in known_claims()], PUBLISHED)


def test_every_claim_says_what_it_must_and_is_found_by_the_name_of_its_file() -> None:
    claims = known_claims()
    assert [cls.number for cls in claims] == sorted({cls.number for cls in claims})
    for cls in claims:
        assert find_claim(cls.key).key == cls.key
        assert cls.measured and cls.not_seen
        for text in (cls.title, cls.sentence, cls.source, cls.criterion, *cls.measured, *cls.not_seen):
            assert text and text == text.strip() and "\n" not in text


def test_an_unknown_claim_is_told_with_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"Unknown claim 'pearsn'.* Did you mean pearson"):
        find_claim("pearsn")


def test_the_command_measures_one_and_writes_the_page(tmp_path: Path) -> None:
    code, out, err = ganbench("claims", "two-lines", "--results", tmp_path)
    assert code == 0 and "SUPPORTED: 2 statements of the two losses differ" in out, err
    assert "two-lines" in (tmp_path / "claims" / "README.md").read_text()
    assert (tmp_path / "claims" / "two-lines.png").exists()
