"""The report in a browser, headless Chromium (Debian: chromium, chromium-driver): its scripts. It mirrors no module."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.synthetic_trials import study

from benchmark.analysis.report import report_html
from benchmark.analysis.trials import checked

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_forests")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium; where it is missing these tests are skipped, but in CI they fail."""
    missing = [n for n in ("chromium", "chromedriver") if shutil.which(n) is None]
    if missing and not os.environ.get("CI"):
        pytest.skip(f"{' and '.join(missing)} not found: install Debian's chromium and chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1200,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser: Any, page: Path) -> Iterator[Any]:
    """The report, freshly opened from disk; afterwards the console must hold no message."""
    browser.get(page.as_uri())
    yield browser
    assert browser.get_log("browser") == []


def one(browser: Any, selector: str) -> Any:
    return browser.find_element("css selector", selector)


def every(browser: Any, selector: str) -> list[Any]:
    return browser.find_elements("css selector", selector)


def column(browser: Any, name: str) -> list[str]:
    headings = [h.text.strip() for h in every(browser, "#table thead button")]
    cells = f"#table tbody td:nth-child({headings.index(name) + 1})"
    return browser.execute_script("return [...document.querySelectorAll(arguments[0])].map(c => c.textContent)", cells)


def heading(browser: Any, name: str) -> Any:
    return next(b for b in every(browser, "#table thead button") if b.text.strip() == name)


def trials(page: Path) -> pd.DataFrame:
    return pd.read_csv(page.parent / "trials.csv", dtype={"id": str})


def test_the_table_sorts_by_keyboard_both_ways_with_what_is_missing_last(opened: Any, page: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    table = trials(page)
    button = heading(opened, "best")
    button.send_keys(Keys.ENTER)
    scores = [float(v) for v in column(opened, "best")]
    lowest = table["best"].replace(np.inf, np.nan).sort_values().head(100)
    assert scores == pytest.approx(lowest.tolist(), rel=1e-3) and scores == sorted(scores)
    cell = button.find_element("xpath", "..")
    assert cell.get_attribute("aria-sort") == "ascending"
    button.send_keys(Keys.SPACE)
    scores = [float(v) for v in column(opened, "best")]
    assert scores == sorted(scores, reverse=True) and "-" not in scores
    assert cell.get_attribute("aria-sort") == "descending" and len(every(opened, "[aria-sort]")) == 1
    heading(opened, "learning rate").click()
    rates = [float(v) for v in column(opened, "learning rate")]
    assert rates == sorted(rates) and max(rates) < 1e-3  # by size, not by spelling


def test_the_table_filters_and_pages(opened: Any, page: Path) -> None:
    table = trials(page)
    assert one(opened, "#found").text == f"Trials 1 to 100 of {len(table)} ({len(table)} in all)"
    one(opened, "#on").click()
    assert one(opened, "#found").text.startswith("Trials 101 to 200 of") and len(column(opened, "loss")) == 100
    one(opened, "#find").send_keys("WGAN diverged")
    expected = int(((table["loss"] == "wgan") & (table["status"] == "diverged")).sum())
    assert expected > 3 and one(opened, "#found").text.startswith(f"Trials 1 to {expected} of {expected} ")
    assert set(column(opened, "loss")) == {"WGAN"} and set(column(opened, "status")) == {"diverged"}
    assert set(column(opened, "best")) == {"-"}
    one(opened, "#find").clear()
    for name, value in (("dataset", "mnist"), ("name", "hinge"), ("status", "ok")):
        one(opened, f"#filter-{name} option[value='{value}']").click()
    expected = int(((table["loss"] == "hinge@abc") & (table["dataset"] == "mnist") & (table["status"] == "ok")).sum())
    assert f"of {expected} " in one(opened, "#found").text
    one(opened, "#find").send_keys("no such thing")
    assert one(opened, "#found").text == "No trial matches." and column(opened, "loss") == []


def test_pointing_at_a_mark_shows_the_trial_and_its_hyperparameters(opened: Any, page: Path) -> None:
    from selenium.webdriver import ActionChains

    table = trials(page)
    shown = table[(table["dataset"] == "mnist") & (table["status"] != "pending")]
    marks = every(opened, "#scatter path[role=img]")
    assert len(marks) == len(shown)
    mark = max((m for m in marks if m.get_attribute("data-loss") == "VAE"), key=lambda m: m.location["y"])  # its best
    opened.execute_script("arguments[0].scrollIntoView({block: 'center'})", mark)
    ActionChains(opened).move_to_element(mark).perform()
    tip = one(opened, "#scatter .tip")
    best = shown[(shown["loss"] == "vae") & (shown["status"] == "ok")].sort_values("best").iloc[0]
    assert tip.is_displayed() and f"trial: {best['id']}" in tip.text and "loss: VAE" in tip.text
    assert f"best: {best['best']:.2f}".rstrip("0") in tip.text and "learning rate: " in tip.text and "Adam beta1: " in tip.text
    ActionChains(opened).move_to_element(one(opened, "#plots-heading")).perform()
    assert not tip.is_displayed()


def test_the_keyboard_moves_through_the_marks_and_a_screen_reader_hears_them(opened: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    stops = every(opened, "#scatter path[tabindex='0']")
    assert len(stops) == 1  # one stop of the Tab key, not hundreds
    opened.execute_script("arguments[0].focus()", stops[0])
    said = []
    for key in (Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.END):
        opened.switch_to.active_element.send_keys(key)
        active = opened.switch_to.active_element
        said.append(active.get_attribute("aria-label"))
        assert one(opened, "#scatter .tip").is_displayed()
        assert one(opened, "#described").get_attribute("textContent") == said[-1]
        assert len(every(opened, "#scatter path[tabindex='0']")) == 1
    assert len(set(said)) == 4 and "loss: LS GAN" in said[1] and "loss: WGAN" in said[2]
    opened.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not one(opened, "#scatter .tip").is_displayed()


def test_losses_data_sets_and_axes_can_be_chosen(opened: Any, page: Path) -> None:
    table = trials(page)
    one(opened, "#plot-dataset option[value='fashion-mnist']").click()
    next(b for b in every(opened, "#legend button") if b.text == "WGAN").click()
    shown = table[(table["dataset"] == "fashion-mnist") & (table["loss"] != "wgan")]
    assert len(every(opened, "#scatter path[role=img]")) == len(shown)
    assert {m.get_attribute("data-loss") for m in every(opened, "#curve path[role=img]")} == {"LS GAN", "VAE", "hinge"}
    options = {o.text: o for o in every(opened, "#scatter-x option")}
    assert list(options)[:3] == ["loss", "learning rate", "Adam beta1"]
    options["learning rate"].click()
    assert "learning rate" in one(opened, "#scatter").text and len(every(opened, "#scatter path[role=img]")) == len(shown)
    options["batch norm in D"].click()
    assert {"no", "yes"} <= set(one(opened, "#scatter").text.split())


def test_the_curve_says_what_the_formula_says(opened: Any, page: Path) -> None:
    table = trials(page)
    search = table[(table["dataset"] == "mnist") & (table["seed"] == 0)]
    worst = search.loc[search["status"] == "ok", "best"].max()
    scores = search.loc[search["loss"] == "lsgan", "best"].replace(np.inf, np.nan).fillna(worst)
    first = one(opened, "#curve path[role=img]")
    opened.execute_script("arguments[0].focus()", first)
    assert f"expected {scores.mean():.2f}".rstrip("0") in one(opened, "#curve .tip").text


def written(folder: Path, table: pd.DataFrame) -> str:
    """The address of the report on a table of trials."""
    (folder / "report.html").write_text(report_html(checked(table)), encoding="utf-8")
    return (folder / "report.html").as_uri()


def test_scores_far_above_the_rest_lie_at_the_edge_of_a_cut_axis_and_are_named(browser: Any, tmp_path: Path) -> None:
    table = study(30, 1, losses=("lsgan", "wgan", "mmgan", "vae"), diverged=0, failed=0)
    table.loc[table["loss"] == "vae", "best"] *= 1e5
    browser.get(written(tmp_path, table))
    for plot in ("#curve", "#scatter"):
        heights = {
            name: [m.rect["y"] + m.rect["height"] / 2 for m in every(browser, f"{plot} path[data-loss='{name}']")]
            for name in ("LS GAN", "VAE")
        }
        assert np.ptp(heights["VAE"]) < 2 and max(heights["VAE"]) < min(heights["LS GAN"])
        assert np.ptp(heights["LS GAN"]) > 100  # of 440 pixels
        assert "VAE" in one(browser, f"{plot} .above").text and "cut at" in one(browser, plot).text
    next(b for b in every(browser, "#legend button") if b.text == "VAE").click()
    assert every(browser, ".above") == [] and "cut at" not in one(browser, "#plots").text
    assert browser.get_log("browser") == []


def luminance(colour: str) -> float:
    """The relative luminance of ``rgb(r, g, b)``, by WCAG 2."""
    parts = np.array([float(v) for v in re.findall(r"[\d.]+", colour)[:3]]) / 255
    return float(np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_black_marks_stand_out_in_either_colour_scheme(browser: Any, page: Path, scheme: str) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        browser.get(page.as_uri())
        ground = luminance(one(browser, "body").value_of_css_property("background-color"))
        assert (ground < 0.2) == (scheme == "dark")
        for selector, key in (
            ("body", "color"),
            (".note", "color"),
            ("nav a", "color"),
            ("#legend button", "color"),
            ("#curve text", "fill"),
            ("#scatter path[data-loss=VAE]", "fill"),
            (".bars line", "stroke"),
        ):
            if found := every(browser, selector):
                seen = luminance(found[0].value_of_css_property(key))
                assert (max(seen, ground) + 0.05) / (min(seen, ground) + 0.05) >= 4.5, selector
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_long_name_makes_no_narrow_page_wider(browser: Any, tmp_path: Path) -> None:
    table = study(4, 3, losses=("lsgan", "a_loss_of_my_own_with_a_name_that_does_not_end@abc"), diverged=0.2, validation=True)
    size = {"width": 375, "height": 800, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser.get(written(tmp_path, table))
        browser.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 375
        wide = browser.execute_script(
            "return [...document.querySelectorAll('.wide')].filter(e => e.scrollWidth > e.clientWidth).length"
        )
        assert wide > 0  # which scroll inside themselves
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_it_fits_a_phone(browser: Any, page: Path) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser.get(page.as_uri())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
        for plot in every(browser, ".plot svg"):
            assert plot.rect["x"] >= 0 and plot.rect["x"] + plot.rect["width"] <= 390
        browser.execute_script("document.querySelectorAll('#scatter path[role=img]')[300].focus()")
        tip = one(browser, "#scatter .tip").rect
        assert tip["x"] >= 0 and tip["x"] + tip["width"] <= 390
        assert browser.get_log("browser") == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
