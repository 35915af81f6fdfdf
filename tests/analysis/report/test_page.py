from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from support.synthetic_trials import study

from benchmark.analysis.report import report_html
from benchmark.analysis.trials import checked, count_last_scores

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_forests")]


class Outline(HTMLParser):
    """Headings, ids, labels, pictures and addresses of a page; whether its elements nest."""

    VOID = ("meta", "link", "input", "img", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.pictures += [found] if tag == "img" else []
        self.addresses += [v for k, v in attrs if k in ("src", "href") and v]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(text: str) -> Outline:
    parser = Outline()
    parser.feed(text)
    assert parser.open == []
    return parser


def test_the_page_is_whole_loads_nothing_and_has_an_outline(page: Path) -> None:
    found = outline(page.read_text())
    assert all(a.startswith(("data:", "#")) for a in found.addresses)
    assert {a[1:] for a in found.addresses if a.startswith("#")} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))
    assert found.headings[0] == "h1" and found.headings.count("h1") == 1
    assert len(found.pictures) == 2 * 4 * 3 and all(p["alt"] for p in found.pictures)


def test_the_libraries_in_the_page_come_with_their_licences_and_leave_room_for_the_study() -> None:
    page = report_html(checked(study(3, 1, losses=("lsgan",), diverged=0, failed=0)))
    folder = files("benchmark.analysis.report") / "libraries"
    said = (folder / "README.md").read_text()
    libraries = [file for file in folder.iterdir() if file.name.endswith(".js")]
    assert len(libraries) == 2 and len(page.encode()) < 800_000  # of 3 MB
    for file in libraries:
        text, licence = file.read_text(encoding="utf-8"), folder / f"{file.name.partition('.')[0]}.LICENSE"
        assert text in page and licence.read_text() in page and "</script" not in text
        (version,) = re.findall(r"v(\d+\.\d+\.\d+)", text.splitlines()[0])
        assert f"`{file.name}`" in said and version in said


def test_the_same_table_gives_the_same_page(folder: Path, page: Path) -> None:
    table = checked(pd.read_csv(folder / "trials.csv", dtype={"id": str}))
    assert report_html(table, folder) == page.read_text()


def test_the_page_says_that_diverged_trials_count_with_a_score_where_they_do() -> None:
    table = study(3, 1, losses=("lsgan", "wgan"), diverged=0, failed=0).assign(best_before_divergence=np.nan)
    table.loc[0, ["status", "best", "best_before_divergence"]] = ["diverged", np.inf, 3.0]
    note = "1 of the trials with a score diverged later"
    assert report_html(count_last_scores(checked(table))).count(note) == 2  # at the counts, and at the verdict
    assert "diverged later" not in report_html(checked(table))


@pytest.mark.parametrize(
    ("samples", "seeds", "word"), [(4, 1, "search"), (4, 3, "seeds"), (1, 3, "seeds"), (1, 1, "single run")]
)
def test_title_and_verdict_say_what_the_trials_are(samples: int, seeds: int, word: str) -> None:
    page = report_html(checked(study(samples, seeds, losses=("lsgan", "wgan"), diverged=0, failed=0, validation=True)))
    headings = re.findall(r"<h1>(.*?)</h1>|<h2[^>]*>(.*?)</h2>", page)
    assert word in headings[0][0].lower() and word in headings[1][1].lower()
    assert ("The lowest mean" in page) == (word != "search")


def test_the_curve_says_by_which_scheme_it_is_drawn() -> None:
    page = report_html(checked(study(3, 1, losses=("lsgan",), diverged=0, failed=0)))
    assert "drawn with replacement (bootstrap, as in the paper)" in page


def test_text_of_a_table_is_never_markup(tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script>"
    table = study(3, 1, losses=("lsgan", "wgan"), diverged=0, failed=0).assign(reason=evil, device=evil)
    table.loc[0, ["status", "best"]] = ["failed", np.nan]
    text = report_html(checked(table))
    assert evil not in text and "&lt;/script&gt;" in text
    outline(text)


def test_the_data_in_the_page_is_what_the_table_says() -> None:
    evil = "</script><!-- & 'quoted'"
    table = study(3, 1, losses=("lsgan",), diverged=0, failed=0).assign(reason=evil)
    (embedded,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', report_html(checked(table)), re.S)
    assert "<" not in embedded and evil in [cell for row in json.loads(embedded)["rows"] for cell in row]


def test_a_picture_outside_the_tables_folder_is_not_read(tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "secret.png")
    (tmp_path / "study").mkdir()
    table = checked(study(3, 1, losses=("lsgan",), diverged=0, failed=0).assign(picture="../secret.png"))
    assert "names no pictures" in report_html(table, tmp_path / "study")
