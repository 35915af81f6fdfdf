"""The data sets, one file each family. Images are uint8 [n, C, H, W]."""

from __future__ import annotations

from pathlib import Path

from benchmark.data.base import DATA_FOLDER, DataSet, Split, check_declared
from benchmark.data.image_folder import class_of, folder_dataset, folder_of
from benchmark.data.sources.image_files import find_images
from benchmark.files import require_no_loop
from benchmark.plugins import UserError, classes, declared, find, naming_exits, spelling

__all__ = ["DATA_FOLDER", "DataSet", "Split", "classes_in_folder", "find_dataset", "known_datasets"]


@naming_exits()
def find_dataset(name: str) -> type[DataSet]:
    """The data set called ``name``, in any spelling, the one in the Python file at that path, or the images in that folder.

    A name of the package comes before a folder called alike, which ``./name`` means.

    Raises:
        UserError: an unknown name, a file that does not define exactly one data set, one that does not say what it must, or a
            folder without enough images.

    Examples:
        >>> import benchmark
        >>> benchmark.find_dataset("Fashion MNIST").image_shape
        (1, 28, 28)
    """
    if may_be_folder(name):
        if (found := folder_of(name)) is not None:
            return folder_dataset(*found)
        require_no_loop(Path(name).expanduser(), "folder of images")
        if is_path(name):
            raise UserError(f"No folder of images at {name}.")
    cls = find("data set", name, "benchmark.data", DataSet)  # type: ignore[type-abstract]
    if name.endswith(".py"):
        check_declared(cls)
    return cls


def classes_in_folder(name: str) -> int | None:
    """How many classes the folder of images of that name has, none of which is read; None if the name means no folder."""
    found = folder_of(name) if may_be_folder(name) else None
    return None if found is None else len({class_of(path, found[0]) for path in find_images(found[0])})


def is_path(name: str) -> bool:
    """Whether the name can only be the path of a folder."""
    return "/" in name and not name.endswith(".py")


def may_be_folder(name: str) -> bool:
    """Whether a folder called so is meant, if there is one: names of the package come first."""
    return is_path(name) or spelling(name) not in spellings()


def known_datasets() -> dict[str, type[DataSet]]:
    """Every data set of the package, by its key.

    Examples:
        >>> import benchmark
        >>> benchmark.known_datasets()["ring"].classes
        8
    """
    return classes("benchmark.data", DataSet)  # type: ignore[type-abstract]


def spellings() -> set[str]:
    """The spellings of the names of the package's data sets."""
    return {spelling(name) for key, said in declared("benchmark.data").items() for name in (key, *said.aliases)}
