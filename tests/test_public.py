"""What is public: each name is found, explained in the reference and has an example that runs. It mirrors no module."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import benchmark
from benchmark.study.bench import bench_study
from benchmark.study.running.contexts import Resources

ROOT = Path(__file__).parents[1]
NAMES = [name for name in benchmark.__all__ if name != "__version__"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published studies, as a checkout has them; what one example trains, the next finds there."""
    made = tmp_path_factory.mktemp("checkout")
    (made / "results" / "studies").mkdir(parents=True)
    for study in (ROOT / "results" / "studies").iterdir():
        (made / "results" / "studies" / study.name).symlink_to(study)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_each_public_name_has_an_example_that_runs(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    text = inspect.getdoc(getattr(benchmark, name)) or ""
    example = doctest.DocTestParser().get_doctest(text, {}, name, None, None)
    assert example.examples
    printed: list[str] = []
    doctest.DocTestRunner().run(example, out=printed.append)
    assert not printed, "".join(printed)


def test_dir_lists_what_is_public_and_loads_none_of_it() -> None:
    code = (
        "import sys, benchmark; assert dir(benchmark) == sorted(benchmark.__all__)\n"
        "assert not {'numpy', 'pandas', 'torch'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_type_checkers_find_the_names_that_are_found_at_run_time() -> None:
    (said,) = [node for node in ast.parse(inspect.getsource(benchmark)).body if isinstance(node, ast.If)]
    imported = {node.module: {a.name for a in node.names} for node in said.body if isinstance(node, ast.ImportFrom)}
    assert imported == {home: {*names} for home, names in benchmark._HOMES.items()}
    assert sorted(benchmark.__all__) == sorted(["__version__", *(name for names in imported.values() for name in names)])


def test_bench_spells_out_every_option_with_its_usual_value() -> None:
    usual = {name: p.default for name, p in inspect.signature(benchmark.bench).parameters.items() if name != "losses"}
    of_study = {name: p.default for name, p in inspect.signature(bench_study).parameters.items() if name != "losses"}
    of_run = {field.name: getattr(Resources(), field.name) for field in fields(Resources)}
    assert {n: Path(v) if n in ("results", "data") else v for n, v in usual.items()} == of_study | of_run


def test_the_reference_has_every_public_name_once() -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    assert sorted(re.findall(r"^::: benchmark\.(\w+)$", text, re.MULTILINE)) == sorted(NAMES)
