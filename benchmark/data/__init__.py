"""The data sets, one file per family. Images are uint8 [n, C, H, W]."""

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
    """The data set called ``name``, in any spelling; ``name`` may also be the path of a Python file or of a folder of images.

    The package's own names take precedence over folders; write ``./name`` for a folder of the same name.

    Raises:
        UserError: the name is unknown, the file does not define exactly one data set with valid attributes, or the folder has
            too few images.

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
    """The number of classes in the folder of images, without reading any image; None if the name is not a folder's."""
    found = folder_of(name) if may_be_folder(name) else None
    return None if found is None else len({class_of(path, found[0]) for path in find_images(found[0])})


def is_path(name: str) -> bool:
    """Whether the name can only mean a folder."""
    return "/" in name and not name.endswith(".py")


def may_be_folder(name: str) -> bool:
    """Whether the name may mean a folder: the package's own names take precedence."""
    return is_path(name) or spelling(name) not in spellings()


def known_datasets() -> dict[str, type[DataSet]]:
    """All data sets of the package, by key.

    Examples:
        >>> import benchmark
        >>> benchmark.known_datasets()["ring"].classes
        8
    """
    return classes("benchmark.data", DataSet)  # type: ignore[type-abstract]


def spellings() -> set[str]:
    """All accepted spellings of the names of the package's data sets."""
    return {spelling(name) for key, said in declared("benchmark.data").items() for name in (key, *said.aliases)}
