"""The data sets, one file each family. Images are uint8 [n, C, H, W]."""

from __future__ import annotations

from pathlib import Path

from benchmark.data.base import DATA_FOLDER, DataSet, Split, check_declared
from benchmark.data.image_folder import folder_dataset, folder_of
from benchmark.files import require_no_loop
from benchmark.plugins import UserError, classes, declared, find, spelling

__all__ = ["DATA_FOLDER", "DataSet", "Split", "find_dataset", "known_datasets"]


def find_dataset(name: str) -> type[DataSet]:
    """The data set called ``name``, in any spelling, the one in the Python file at that path, or the images in that folder.

    A name of the package comes before a folder called alike, which ``./name`` means.

    Raises:
        UserError: an unknown name, a file that does not define exactly one data set, one that does not say what it must, or a
            folder without enough images.
    """
    is_path = "/" in name and not name.endswith(".py")
    if is_path or spelling(name) not in spellings():
        if (found := folder_of(name)) is not None:
            return folder_dataset(*found)
        require_no_loop(Path(name).expanduser(), "folder of images")
        if is_path:
            raise UserError(f"No folder of images at {name}.")
    cls = find("data set", name, "benchmark.data", DataSet)  # type: ignore[type-abstract]
    if name.endswith(".py"):
        check_declared(cls)
    return cls


def known_datasets() -> dict[str, type[DataSet]]:
    """Every data set of the package, by its key."""
    return classes("benchmark.data", DataSet)  # type: ignore[type-abstract]


def spellings() -> set[str]:
    """The spellings of the names of the package's data sets."""
    return {spelling(name) for key, said in declared("benchmark.data").items() for name in (key, *said.aliases)}
