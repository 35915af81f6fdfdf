from __future__ import annotations

from pathlib import Path

from benchmark.analysis.figures.panels import panels, save


def test_panels_are_laid_in_rows_and_the_empty_place_is_blank() -> None:
    figure, grid = panels(3, columns=2)
    assert len(grid) == 3 and [axes.axison for axes in figure.axes] == [True, True, True, False]


def test_save_writes_the_format_that_the_ending_names(tmp_path: Path) -> None:
    figure, _ = panels(1)
    save(figure, tmp_path / "new" / "folder" / "fid.png")
    assert (tmp_path / "new" / "folder" / "fid.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    save(figure, tmp_path / "fid.svg")
    assert "<svg" in (tmp_path / "fid.svg").read_text()


def test_a_name_is_no_formula(tmp_path: Path) -> None:
    figure, (axes,) = panels(1)
    axes.set_title(r"my $\nothing$")
    axes.set_xscale("log")
    axes.plot([1, 1000], [1, 2], label="one $ and $ two")
    axes.legend()
    save(figure, tmp_path / "fid.svg")
    assert axes.get_title() == r"my $\nothing$"
