"""Every number and table that a page has between marks is what the published tables give.

It mirrors no module.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from support.published_studies import ROOT, STUDIES

from measurements.pages.blocks import BLOCK, made, makers, pages, renew, renewed

NAMES: dict[str, Any] = {"table": pd.DataFrame({"loss": ["LS GAN"], "mean": ["1.5"]}), "half": 0.5}


@pytest.mark.parametrize("page", [p for p in pages() if BLOCK.search(p.read_text())], ids=lambda p: str(p.relative_to(ROOT)))
def test_no_block_is_stale(page: Path) -> None:
    assert renew([page], check=True) == [], "make pages writes them anew"


@pytest.mark.parametrize("page", sorted(STUDIES.glob("*/README.md")), ids=lambda p: p.parent.name)
def test_every_table_on_a_study_s_page_is_made(page: Path) -> None:
    typed = BLOCK.sub("", page.read_text())
    assert not re.search(r"^\|", typed, re.MULTILINE)


def test_a_block_is_made_anew_and_the_rest_stays() -> None:
    text = "It is <!-- make half as .2f -->0.40<!-- end -->.\n<!-- make table -->\nold\n<!-- end -->\nThe end.\n"
    new = "It is <!-- make half as .2f -->0.50<!-- end -->.\n<!-- make table -->\n\n"
    new += "| loss | mean |\n| --- | --- |\n| LS GAN | 1.5 |\n\n<!-- end -->\nThe end.\n"
    assert renewed(text, NAMES) == new and renewed(new, NAMES) == new


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!-- make nothing -->1<!-- end -->", "nothing"),
        ("<!-- make half as q -->1<!-- end -->", "half"),
        ("<!-- make half -->1", "make half"),
        ("1<!-- end -->", "end"),
        ("<!-- make half --><!-- make half -->1<!-- end -->", "half"),
    ],
)
def test_a_fault_of_a_page_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        renewed(text, NAMES)


def test_a_stale_page_is_found_and_left_or_written(tmp_path: Path) -> None:
    page, broken = tmp_path / "a.md", tmp_path / "b.md"
    page.write_text("<!-- make study('fashion-standard').hours as .1f -->0<!-- end -->")
    broken.write_text("<!-- make study('absent').hours -->0<!-- end -->")
    found = renew([page, broken], check=True)
    assert len(found) == 2 and str(page) in found[0] and str(broken) in found[1] and ">0<" in page.read_text()
    renew([page], check=False)
    hours = pd.read_csv(STUDIES / "fashion-standard" / "trials.csv")["seconds"].sum() / 3600
    assert f">{hours:.1f}<" in page.read_text() and renew([page], check=True) == []


def test_an_expression_has_the_pages_modules_and_their_studies() -> None:
    assert made("len(study('fashion-standard').trials)", "d", makers()) == "240"
