from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from benchmark.plugins import (
    ProgramEnded,
    UserError,
    blaming,
    classes,
    declared,
    declared_as,
    find,
    naming_exits,
    spelling,
    unknown,
)


class Shape(ABC):
    key = ""
    aliases: tuple[str, ...] = ()

    @abstractmethod
    def area(self) -> float: ...


def source(name: str, key: str, aliases: str = "()", body: str = "def area(self): return 1.0") -> str:
    return f"class {name}(Base):\n    key = {key!r}\n    aliases = {aliases}\n    {body}\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An importable package ``shapes_under_test`` of two plug-ins."""
    folder = tmp_path / "shapes_under_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    add(folder, "a_circle", source("Circle", "circle", "('disc',)"))
    add(folder, "b_square", source("Square", "big-square"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(sys.modules, "base_under_test", type(sys)("base_under_test"))
    sys.modules["base_under_test"].Base = Shape  # type: ignore[attr-defined]
    yield folder
    for name in [n for n in sys.modules if n.startswith("shapes_under_test")]:
        del sys.modules[name]


def add(folder: Path, module: str, code: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{module}.py"
    path.write_text(f"from base_under_test import Base\n{code}")
    return path


def look_up(name: str) -> type[Shape]:
    return find("shape", name, "shapes_under_test", Shape)  # type: ignore[type-abstract]


@pytest.mark.parametrize("name", ["WGAN-GP", "wgan_gp", "WGAN GP", " wgangp ", "W.GAN(GP)"])
def test_spelling_ignores_case_spaces_and_punctuation(name: str) -> None:
    assert spelling(name) == "wgangp"


def test_an_unknown_name_lists_the_known_ones_after_the_nearest() -> None:
    error = unknown("loss", "WGAN-PG", ["began", "mmgan", "wgan", "wgangp"])
    wrong, known = str(error).splitlines()
    assert wrong.startswith("Unknown loss 'WGAN-PG'. Did you mean ") and "wgangp" in wrong and "began" not in wrong
    assert known == "Known: began, mmgan, wgan, wgangp."


def test_the_nearest_name_is_offered_first() -> None:
    assert "Did you mean wgangp or " in str(unknown("loss", "WGAN-PG", ["mmgan", "wgan", "wgangp"]))


def test_a_name_like_no_known_one_gets_no_suggestion() -> None:
    assert str(unknown("loss", "zzz", ["mmgan", "wgan"])) == "Unknown loss 'zzz'.\nKnown: mmgan, wgan."


def test_classes_are_those_the_packages_modules_define_by_key(package: Path) -> None:
    add(package, "c_part", "from shapes_under_test.a_circle import Circle\n" + source("Abstract", "abstract", body="pass"))
    found = classes("shapes_under_test", Shape)  # type: ignore[type-abstract]
    assert {key: cls.__name__ for key, cls in found.items()} == {"big-square": "Square", "circle": "Circle"}
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    "package_name", ["data", "losses", "metrics", "metrics.extractors", "models", "normalisations", "penalties"]
)
def test_what_the_source_says_is_what_the_class_has(package_name: str) -> None:
    said, found = declared(f"benchmark.{package_name}"), classes(f"benchmark.{package_name}", object)
    assert said and found.keys() == said.keys()
    for key, cls in found.items():
        assert cls.key == key and cls.__module__ == said[key].module  # type: ignore[attr-defined]
        assert said[key].name == getattr(cls, "name", key) and said[key].aliases == tuple(getattr(cls, "aliases", ()))


def test_two_classes_of_one_key_are_an_error_that_names_both_modules(package: Path) -> None:
    add(package, "c_other", source("Other", "circle"))
    with pytest.raises(RuntimeError) as error:
        classes("shapes_under_test", Shape)  # type: ignore[type-abstract]
    assert all(part in str(error.value) for part in ("shapes_under_test.c_other", "shapes_under_test.a_circle", "'circle'"))


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(("name", "cls"), [("Circle", "Circle"), ("DISC", "Circle"), ("Big Square", "Square")])
def test_find_knows_keys_and_aliases_in_any_spelling(name: str, cls: str) -> None:
    assert look_up(name).__name__ == cls


@pytest.mark.usefixtures("package")
def test_find_offers_the_nearest_names_for_an_unknown_one() -> None:
    with pytest.raises(UserError) as error:
        look_up("cirlce")
    wrong, known = str(error.value).splitlines()
    assert wrong == "Unknown shape 'cirlce'. Did you mean circle?"
    assert known == "Known: big-square, circle, path/to/your_own.py."


def test_find_takes_the_one_class_of_a_users_file(package: Path, tmp_path: Path) -> None:
    path = add(tmp_path, "mine", source("Mine", "mine"))
    assert look_up(str(path)).__name__ == "Mine"


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("x = 1\n", "defines 0 classes derived from Shape (none)"),
        (source("A", "a") + source("B", "b"), "defines 2 classes derived from Shape (A, B)"),
        (source("A", "a", body="pass"), "A lacks area"),
        (source("A", ""), "A lacks a key of its own"),
        ("x = (\n", "line 2"),
        ("x = 1 / 0\n", "ZeroDivisionError: division by zero"),
        ("raise ValueError('one\\ntwo\\nthree')\n", "ValueError: one"),
    ],
    ids=["none", "two", "abstract", "no key", "syntax error", "exception", "exception of several lines"],
)
def test_a_file_without_exactly_one_usable_class_is_an_error_of_at_most_two_lines(
    package: Path, tmp_path: Path, code: str, complaint: str
) -> None:
    path = add(tmp_path, "broken", code)
    with pytest.raises(UserError) as error:
        look_up(str(path))
    assert complaint in str(error.value) and str(path) in str(error.value)
    assert len(str(error.value).splitlines()) <= 2


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("key", ["circle", "Circle", "CIR_CLE", "cir-cle", "Disc"])
def test_a_users_class_may_not_take_a_key_of_the_package_in_any_spelling(tmp_path: Path, key: str) -> None:
    path = add(tmp_path, "mine", source("Mine", key))
    with pytest.raises(UserError, match=f"the key '{key}' is taken by 'circle'"):
        look_up(str(path))


@pytest.mark.usefixtures("package")
def test_a_users_class_may_take_a_key_that_is_free_and_no_other_spelling_of_it(tmp_path: Path) -> None:
    def taken(key: str) -> type[Shape]:
        path = str(add(tmp_path, key.replace("-", "_"), source("Mine", key)))
        return find("shape", path, "shapes_under_test", Shape, free=["circle"])  # type: ignore[type-abstract]

    assert taken("circle").__module__ != "shapes_under_test.a_circle"
    for key in ("Circle", "disc", "big-square"):
        with pytest.raises(UserError, match="is taken by"):
            taken(key)


@pytest.mark.usefixtures("package")
def test_a_users_class_may_not_inherit_its_key(tmp_path: Path) -> None:
    code = "from shapes_under_test.a_circle import Circle\nclass Mine(Circle):\n    pass\n"
    with pytest.raises(UserError, match="Mine lacks a key of its own"):
        look_up(str(add(tmp_path, "mine", code)))


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("key", ["../../../x", "/tmp/x", "a/b", "a b", "grö", "..", ".x", "x.", "-x", "x\n", "x" * 101, 7])
def test_a_key_that_could_lead_out_of_the_results_is_refused(tmp_path: Path, key: object) -> None:
    path = add(tmp_path, "mine", f"class Mine(Base):\n    key = {key!r}\n    def area(self): return 1.0\n")
    with pytest.raises(UserError, match=r"letters, digits and _ are needed, with - and . inside") as raised:
        look_up(str(path))
    assert len(str(raised.value).splitlines()) == 2 and "Mine.key" in str(raised.value)


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("key", ["x", "_x", "a.b-c_1", "R3GAN", "7"])
def test_a_key_of_letters_digits_and_marks_inside_is_taken(tmp_path: Path, key: str) -> None:
    assert look_up(str(add(tmp_path, "mine", source("Mine", key)))).key == key


@pytest.mark.usefixtures("package")
def test_a_helper_beside_a_file_that_python_does_not_find_is_told(package: Path, tmp_path: Path) -> None:
    mine = add(tmp_path / "my losses", "mine", "import helper_beside\n" + source("Mine", "mine"))
    with pytest.raises(UserError, match=r"No module named 'helper_beside'$"):
        look_up(str(mine))
    (mine.parent / "helper_beside.py").write_text("")
    with pytest.raises(UserError, match=r"\n.*helper_beside\.py.* PYTHONPATH='.*my losses'$"):
        look_up(str(mine))


def test_only_a_user_s_own_class_is_blamed_for_an_error(package: Path, tmp_path: Path) -> None:
    mine = look_up(str(add(tmp_path, "mine", source("Mine", "mine"))))
    with pytest.raises(UserError, match=r"^Mine\.area ended in KeyError: 'foo'\.$"), blaming(mine, "Mine.area"):
        raise KeyError("foo")
    for cls, error in ((UserError, KeyError), (mine, OSError)):  # a fault of somebody else's class, or of a disk
        with pytest.raises(error), blaming(cls, "this"):
            raise error


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"No shape file at .*nowhere\.py"):
        look_up(str(tmp_path / "nowhere.py"))


@pytest.mark.usefixtures("package")
def test_files_of_one_name_are_modules_of_their_own_and_run_once(tmp_path: Path) -> None:
    code = "import sys\nsys.ran = getattr(sys, 'ran', 0) + 1\n"
    paths = [add(tmp_path / folder, "mine", code + source("Mine", folder)) for folder in ("first", "second")]
    try:
        first, second, again = (look_up(str(path)) for path in (*paths, paths[0]))
        assert (first.key, second.key) == ("first", "second") and again is first
        assert sys.modules[first.__module__].Mine is first and sys.modules[second.__module__].Mine is second
        assert sys.ran == 2  # type: ignore[attr-defined]
        assert "mine" not in sys.modules
    finally:
        del sys.ran  # type: ignore[attr-defined]


@pytest.mark.usefixtures("package")
def test_a_changed_file_runs_again_and_a_broken_one_leaves_no_module(tmp_path: Path) -> None:
    path = str(add(tmp_path, "mine", source("Mine", "before")))
    before = look_up(path)
    add(tmp_path, "mine", source("Mine", "after"))
    assert (before.key, look_up(path).key) == ("before", "after")
    known = set(sys.modules)
    add(tmp_path, "mine", "1 / 0\n")
    with pytest.raises(UserError):
        look_up(path)
    assert set(sys.modules) == known


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    "code",
    ["import sys\nsys.exit(0)\n", "raise SystemExit('no\\nwords')\n", "import argparse\nargparse.ArgumentParser().exit(2)\n"],
    ids=["sys.exit", "SystemExit", "argparse"],
)
def test_the_end_that_a_users_file_asks_for_is_an_error_that_names_it(tmp_path: Path, code: str) -> None:
    path = add(tmp_path, "ends", code)
    with pytest.raises(ProgramEnded) as error:
        look_up(str(path))
    assert f"{path}, line {1 + code.count(chr(10))}" in str(error.value) and len(str(error.value).splitlines()) <= 2


def test_an_end_that_no_users_file_asks_for_stays_one() -> None:
    with pytest.raises(SystemExit):
        naming_exits()(sys.exit)(3)


@pytest.mark.usefixtures("package")
def test_files_are_found_by_many_threads_at_once(tmp_path: Path) -> None:
    path = str(add(tmp_path, "mine", source("Mine", "mine")))
    barrier = Barrier(8)

    def look(name: str) -> type[Shape]:
        barrier.wait()
        return [look_up(name) for _ in range(20)][-1]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(look, [path, "circle"] * 4))
    assert len(set(found)) == 2


def test_a_name_that_is_accepted_twice_over_is_offered_once() -> None:
    with pytest.raises(UserError, match=r"Known: none, dragan, gp, r1, r2, path") as raised:
        declared_as("penalty", "r3", "benchmark.penalties", more=["none"])
    assert str(raised.value).count("none") == 1
