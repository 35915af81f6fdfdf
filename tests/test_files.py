from __future__ import annotations

import io
import os
import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from benchmark import files
from benchmark.analysis.paper import best_fid
from benchmark.data import find_dataset
from benchmark.files import (
    NotAFile,
    npy_bytes,
    packaged,
    read_inside,
    read_npy,
    read_plain,
    require_file,
    require_file_name,
    require_files_alone,
    require_writable,
    write_atomically,
)
from benchmark.plugins import UserError
from benchmark.study.planning.studyfile import find_study

Usage = namedtuple("Usage", "total used free")


def test_write_atomically_makes_the_folder_and_writes_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.bin"
    write_atomically(path, b"\x00first")
    assert path.read_bytes() == b"\x00first"
    write_atomically(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_in_between_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    write_atomically(path, b"old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_sees_the_old_content_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "file", []
    write_atomically(path, b"old")
    replace = os.replace

    def look_then_replace(source: Path, target: Path) -> None:
        seen.append((path.read_bytes(), Path(source).read_bytes(), Path(source).parent))
        replace(source, target)

    monkeypatch.setattr(os, "replace", look_then_replace)
    write_atomically(path, b"new")
    assert seen == [(b"old", b"new", tmp_path)]  # written whole, on the same disk


def test_require_writable_makes_the_folder_and_leaves_nothing_in_it(tmp_path: Path) -> None:
    require_writable(tmp_path / "a" / "b", 1, "results")
    assert (tmp_path / "a" / "b").is_dir()
    assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.parametrize("below", ["", "folder"])
def test_a_path_at_or_below_a_file_is_not_writable(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / below
    with pytest.raises(UserError) as error:
        require_writable(folder, 1, "results")
    wrong, remedy = str(error.value).splitlines()
    assert wrong.startswith(f"Cannot write to {folder} for results: ")
    assert "another folder" in remedy
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_link_that_leads_in_circles_is_named_as_such(tmp_path: Path) -> None:
    (loop := tmp_path / "loop").symlink_to(loop)
    for use in (
        lambda: require_writable(loop, 1, "results"),
        lambda: find_dataset(str(loop)),
        lambda: find_dataset("mnist")(loop),
    ):
        with pytest.raises(UserError, match=r"loop is a link that leads nowhere or in circles; name another folder"):
            use()
    (tmp_path / "link").symlink_to(tmp_path)
    require_writable(tmp_path / "link", 1, "results")


def test_too_little_room_is_an_error_with_both_amounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**9, 10**9 - 3_000_000, 3_000_000))
    require_writable(tmp_path, 3_000_000, "results")
    with pytest.raises(UserError) as error:
        require_writable(tmp_path, 64_000_000, "results")
    wrong, remedy = str(error.value).splitlines()
    assert wrong == f"{tmp_path} has 3 MB free; results needs 64 MB."
    assert "another folder" in remedy


def test_npy_bytes_are_read_back_by_numpy() -> None:
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    read = np.load(io.BytesIO(npy_bytes(array)))
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


def test_npy_bytes_refuse_objects_that_only_pickle_can_read() -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        npy_bytes(np.array([{}], dtype=object))


def test_a_checkout_has_what_is_packaged_beside_the_package() -> None:
    root = Path(__file__).parent.parent
    assert packaged("experiments") == root / "experiments"
    assert (packaged("results/paper") / "best_fid.csv").is_file()


def test_a_wheel_has_what_is_packaged_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "benchmark" / "experiments").mkdir(parents=True)
    (tmp_path / "experiments").mkdir()  # somebody else's, among the installed packages
    monkeypatch.setattr(files, "PACKAGE", tmp_path / "benchmark")
    assert packaged("experiments") == tmp_path / "benchmark" / "experiments"


def test_an_installation_without_what_is_packaged_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PACKAGE", tmp_path / "benchmark")
    with pytest.raises(UserError, match=r"incomplete: results/paper is neither in .*\nInstall gan-loss-benchmark again"):
        packaged("results/paper")
    with pytest.raises(UserError, match="incomplete: results/paper"):
        best_fid()
    with pytest.raises(UserError, match="incomplete: experiments"):
        find_study("quick")


def test_a_name_is_measured_in_bytes() -> None:
    for fits, beyond in (("x" * 255, "x" * 256), ("é" * 127, "é" * 128)):
        require_file_name(fits, "It", "Shorten it")
        with pytest.raises(UserError, match="255") as error:
            require_file_name(beyond, "It", "Shorten it")
        assert len(str(error.value)) < 200


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127])
def test_a_file_may_have_the_longest_of_names(tmp_path: Path, name: str) -> None:
    write_atomically(tmp_path / name, b"content")
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_file_to_be_written_may_be_no_folder_and_its_own_folder_is_made(tmp_path: Path) -> None:
    require_file(tmp_path / "new" / "file.csv", 1, "a table")
    assert [p.name for p in tmp_path.rglob("*")] == ["new"]
    (tmp_path / "file").touch()
    for path in (tmp_path / "new", tmp_path / "file" / "below.csv", tmp_path / ("x" * 256)):
        with pytest.raises(UserError):
            require_file(path, 1, "a table")


@pytest.fixture
def others(tmp_path: Path) -> dict[str, Path]:
    """What may lie where a file should be; to open the pipe as a file is opened would wait for ever."""
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "nowhere").symlink_to("absent")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to-pipe").symlink_to("pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner").write_bytes(b"inner")
    (tmp_path / "to-folder").symlink_to("folder")
    return {path.name: path for path in tmp_path.iterdir()}


def test_a_plain_file_is_read_and_nothing_else_is_waited_for(others: dict[str, Path]) -> None:
    assert read_plain(others["file"]) == read_plain(others["link"]) == b"content"
    for name, kind in (("pipe", "a pipe"), ("to-pipe", "a pipe"), ("device", "a device")):
        with pytest.raises(NotAFile, match=f"{name} is {kind}"):
            read_plain(others[name])
    for name, error in (("folder", IsADirectoryError), ("nowhere", FileNotFoundError)):
        with pytest.raises(error):
            read_plain(others[name])


def test_a_pipe_that_takes_a_files_place_between_look_and_opening_is_not_waited_for(
    others: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = os.stat
    monkeypatch.setattr(os, "stat", lambda path, **options: stat(others["file"], **options))
    with pytest.raises(NotAFile, match="a pipe"):
        read_plain(others["pipe"])


def test_what_a_link_leads_to_is_not_inside(others: dict[str, Path], tmp_path: Path) -> None:
    assert read_inside(tmp_path, "file") == b"content" and read_inside(tmp_path, "folder/inner") == b"inner"
    assert read_inside(others["to-folder"], "inner") == b"inner"  # the folder itself was named by the user
    for name in ("link", "to-folder/inner", "pipe", "device", "file/inner", "pipe/x", "../x", "folder/../file", "/x", "a\0"):
        with pytest.raises(NotAFile):
            read_inside(tmp_path, name)
    for name in ("absent", "absent/x", "x" * 300):
        with pytest.raises(FileNotFoundError):
            read_inside(tmp_path, name)
    for name in ("folder", ""):
        with pytest.raises(OSError):
            read_inside(tmp_path, name)
    assert len(os.listdir("/proc/self/fd")) < 100


def test_a_folder_for_a_library_holds_files_alone(others: dict[str, Path], tmp_path: Path) -> None:
    require_files_alone(tmp_path / "absent")
    with pytest.raises(NotAFile, match=r"is a (pipe|device)"):
        require_files_alone(tmp_path)
    for name in ("pipe", "to-pipe", "device"):
        others[name].unlink()
    require_files_alone(tmp_path)


def test_an_array_behind_a_pipe_is_missing(others: dict[str, Path]) -> None:
    assert read_npy(others["pipe"]) is None
