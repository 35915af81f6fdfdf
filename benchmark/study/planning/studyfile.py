"""Reads study files (TOML). Every key is checked, and every error names its key."""

from __future__ import annotations

from dataclasses import fields, replace
from os.path import isfile  # unlike Path.is_file, False for names that no file can have
from pathlib import Path
from typing import Any

from benchmark.data.image_folder import folder_of
from benchmark.factors import FACTORS
from benchmark.files import packaged, read_toml
from benchmark.plugins import UserError, one_line, unknown
from benchmark.study.study import OLDER_KEYS, Study
from benchmark.validation import brief, read_record

KEYS = {"from" if field.name == "source" else field.name: field.name for field in fields(Study) if field.name != "name"}
"""The field of a study that each key of a study file sets."""
NAMING = ("losses", *(factor.plural for factor in FACTORS if factor.package), "datasets", "metrics", "defaults", "from")
"""The keys whose values may be files."""


def folders() -> tuple[Path, Path]:
    """The folders in which, and below which, studies are found by name: ``experiments/`` here, then this package's."""
    return Path("experiments"), packaged("experiments")


def find_study(name: str, *, incomplete: bool = False) -> Study:
    """The study in the file at that path, or of that name in ``experiments/``.

    Args:
        incomplete: whether it may take its settings from an earlier study that has not ended.

    Raises:
        UserError: there is no such study, or its file has a key or value that is not accepted.

    Examples:
        >>> import benchmark
        >>> benchmark.find_study("wide").samples
        100
    """
    study = read_study(find_file(name))
    if incomplete and study.source is not None:
        study = replace(study, source=replace(study.source, incomplete=True))
    return study


def find_file(name: str) -> Path:
    """The study file at that path, or of that name in ``experiments/``."""
    if name.endswith(".toml"):
        if not isfile(name):
            raise UserError(f"No study file at {' '.join(name.split())}.")
        return Path(name)
    known: dict[str, Path] = {}
    for path in (p for folder in folders() for pattern in ("*.toml", "*/*.toml") for p in sorted(folder.glob(pattern))):
        known.setdefault(path.stem, path)
    if name in known:
        return known[name]
    raise unknown("study", name, [*sorted(known), "path/to/your_own.toml"])


def read_study(path: Path) -> Study:
    """The study that the file describes. It inherits missing keys, except the description, from the study in ``extends``."""
    content = read_content(path, ())
    keys = {"source": "from", "ranges.own": "ranges", "ranges.by_loss": "ranges"}
    if "variant" in content:  # a study of one variant may say so
        if "variants" in content:
            raise UserError(f"{path}: variant and variants say the same; remove variant.")
        content["variants"] = content.pop("variant")
        keys["variants"] = "variant"
    if other := [key for key in content if key not in KEYS]:
        raise UserError(f"{path}: {unknown('key', other[0], [*KEYS, 'extends'])}")
    if "from" in content and ("samples" in content or "ranges" in content):
        raise UserError(f"{path}: with a [from] table, that study's best setting is the only one; remove samples and ranges.")
    source = content.get("from")
    for key, older in OLDER_KEYS.items():
        if isinstance(source, dict) and older in source:
            if key in source:
                raise UserError(f"{path}: from: {key} and {older} say the same; remove {older}.")
            source[key] = source.pop(older)
            keys = {f"source.{key}": f"from.{older}", **keys}
    if isinstance(source, dict) and "study" in source:
        source["study"] = beside(path, source["study"])
    values = {KEYS[key]: beside(path, value) if key in NAMING else value for key, value in content.items()}
    return read_record(Study, {"name": path.stem, **values}, str(path), keys)


def read_content(path: Path, below: tuple[Path, ...]) -> dict[str, Any]:
    """The file's content, with missing keys from the study that it extends."""
    try:
        content = read_toml(path)
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is not a study file: {one_line(error)}") from error
    base = content.pop("extends", None)
    if base is None:
        return content
    if not isinstance(base, str):
        raise UserError(f"{path}: extends = {brief(base)}: the name of a study is needed.")
    try:
        file = find_file(str(path.parent / base) if base.endswith(".toml") else base)
    except UserError as error:
        raise UserError(f"{path}: extends = {brief(base)}: {error}") from None
    if file.resolve() in (p.resolve() for p in (*below, path)):
        raise UserError(f"{path}: extends = {base!r}: the studies extend each other.")
    inherited = read_content(file, (*below, path))
    inherited.pop("description", None)  # it describes the base, not this study
    if "from" in content:
        inherited = {k: v for k, v in inherited.items() if k not in ("samples", "ranges")}
    if content.keys() & {"variant", "variants"}:  # one key under two names
        inherited = {k: v for k, v in inherited.items() if k not in ("variant", "variants")}
    return inherited | content


def beside(study: Path, value: Any) -> Any:
    """A value of a study file, where the name of a file or folder next to the study file becomes its path."""
    if isinstance(value, list):
        return [beside(study, name) for name in value]
    if not isinstance(value, str) or not ("/" in value or value.endswith((".py", ".toml", ".csv"))) or exists(value):
        return value
    return str(study.parent / value) if exists(str(study.parent / value)) else value


def exists(name: str) -> bool:
    """Whether there is such a file, or such a folder of images."""
    return isfile(name) or folder_of(name) is not None
