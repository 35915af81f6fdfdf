"""Reads study files: TOML, in which every key is checked and every error names its key."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmark.files import packaged
from benchmark.hyperparameters import Choice, Fixed, LogUniform, Range, Uniform
from benchmark.plugins import UserError, one_line, unknown
from benchmark.study.study import KINDS, PRECISIONS, SPACES, Ranges, Source, Study
from benchmark.training.budget import BUDGETS, FIELDS


def folders() -> tuple[Path, Path]:
    """Where studies are found by name: ``experiments/`` here, then those of this package."""
    return Path("experiments"), packaged("experiments")


def find_study(name: str, *, incomplete: bool = False) -> Study:
    """The study in the file at that path, or the one called so in ``experiments/``.

    Args:
        incomplete: whether it may take its settings from an earlier study that has not ended.

    Raises:
        UserError: no such study, or its file says something that is not accepted.
    """
    study = read_study(find_file(name))
    if incomplete and study.source is not None:
        study = replace(study, source=replace(study.source, incomplete=True))
    return study


def find_file(name: str) -> Path:
    """The study file at that path, or of that name in ``experiments/``."""
    if name.endswith(".toml"):
        if not Path(name).is_file():
            raise UserError(f"No study file at {name}.")
        return Path(name)
    for folder in folders():
        if (path := folder / f"{name}.toml").is_file():
            return path
    raise unknown("study", name, [*sorted({p.stem for f in folders() for p in f.glob("*.toml")}), "path/to/your_own.toml"])


def read_study(path: Path) -> Study:
    """The study that the file describes; ``extends`` names one whose keys it takes unless it has them itself."""
    content = read_toml(path, ())
    values: dict[str, Any] = {}
    for key, value in content.items():
        if key not in KEYS:
            raise UserError(f"{path}: {unknown('key', key, [*KEYS, 'extends'])}")
        name, check = KEYS[key]
        try:
            values[name] = check(value)
        except (ValueError, TypeError, OverflowError) as error:
            raise UserError(f"{path}: {key} = {brief(value)}: {error}") from None
    for name in ("losses", "datasets", "metrics"):
        if name in values:
            values[name] = tuple(beside(path, n) for n in values[name])
    if "defaults" in values:
        values["defaults"] = beside(path, values["defaults"])
    if "source" in values:
        values["source"] = replace(values["source"], study=beside(path, values["source"].study))
    if values.get("source") is not None and ("samples" in content or "ranges" in content):
        raise UserError(f"{path}: with a [from] table, its study's best setting is the only one: remove samples and ranges.")
    return Study(path.stem, **values)


def read_toml(path: Path, below: tuple[Path, ...]) -> dict[str, Any]:
    """The file's content over that of the study it extends."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path} is not a study file: {one_line(error)}") from error
    base = content.pop("extends", None)
    if base is None:
        return content
    if not isinstance(base, str):
        raise UserError(f"{path}: extends = {brief(base)}: the name of a study is needed.")
    file = find_file(str(path.parent / base) if base.endswith(".toml") else base)
    if file.resolve() in (p.resolve() for p in (*below, path)):
        raise UserError(f"{path}: extends = {base!r}: the studies extend each other.")
    inherited = read_toml(file, (*below, path))
    if "from" in content:
        inherited = {k: v for k, v in inherited.items() if k not in ("samples", "ranges")}
    return inherited | content


def beside(study: Path, name: str) -> str:
    """The name; if it is a file that lies beside the study's, the path of that one."""
    own = study.parent / name
    return str(own) if own.suffix in (".py", ".toml", ".csv") and not Path(name).is_file() and own.is_file() else name


def brief(value: Any) -> str:
    """The value in an error message."""
    return repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."


def whole(low: int) -> Callable[[Any], int]:
    """Checks for a whole number of ``low`` or more."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            raise ValueError(f"a whole number of {low} or more is needed.")
        return value

    return check


def text(value: Any) -> str:
    """Checks for a text."""
    if not isinstance(value, str) or not value:
        raise ValueError("a text is needed.")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """Checks for a name or several."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(v, str) and v for v in values):
        raise ValueError("a name or a list of names is needed.")
    if len(set(values)) < len(values):
        raise ValueError("a name is there twice.")
    return tuple(values)


def one_of(known: tuple[str, ...]) -> Callable[[Any], str]:
    """Checks for one of the known names."""

    def check(value: Any) -> str:
        if value not in known:
            raise ValueError(f"accepted: {', '.join(known)}.")
        return str(value)

    return check


def some_of(known: tuple[str, ...]) -> Callable[[Any], tuple[str, ...]]:
    """Checks for one or several of the known names."""
    return lambda value: tuple(one_of(known)(v) for v in texts(value))


def seeds(value: Any) -> tuple[int, ...]:
    """A number of seeds, or a list of them."""
    if isinstance(value, list):
        if not value or len(set(value)) < len(value):
            raise ValueError("a list of different whole numbers is needed.")
        return tuple(whole(0)(v) for v in value)
    return tuple(range(whole(1)(value)))


def budget(value: Any) -> dict[str, Any]:
    """A preset, or a table that names one and changes some of its values."""
    if isinstance(value, str):
        return {"preset": one_of(tuple(BUDGETS))(value)}
    checked = table(value, ("preset", *FIELDS))
    one_of(tuple(BUDGETS))(checked.setdefault("preset", "paper"))
    for name in FIELDS:
        if name not in checked:
            continue
        if name == "width":
            if isinstance(checked[name], bool) or not number(checked[name]) or not checked[name] > 0:
                raise ValueError("width must be a number greater than 0.")
            checked[name] = float(checked[name])
            continue
        try:
            whole(2 if name == "images" else 1)(checked[name])
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return checked


def table(value: Any, known: tuple[str, ...]) -> dict[str, Any]:
    """Checks for a table with known keys."""
    if not isinstance(value, dict):
        raise ValueError(f"a table with keys of {', '.join(known)} is needed.")
    if other := [k for k in value if k not in known]:
        raise ValueError(str(unknown("key", other[0], list(known))).replace("\n", " "))
    return dict(value)


def ranges(value: Any) -> Ranges:
    """``wide``, ``narrow``, or a table: ranges by hyperparameter, or by loss and hyperparameter."""
    if isinstance(value, str):
        return Ranges(one_of(SPACES)(value))
    if not isinstance(value, dict):
        raise ValueError(f"{', '.join(SPACES)}, or a table of ranges is needed.")
    value = dict(value)
    space = one_of(SPACES)(value.pop("space", "wide"))
    own: dict[str, Range] = {}
    by_loss: dict[str, dict[str, Range]] = {}
    for name, said in value.items():
        if isinstance(said, dict) and not said.keys() & KINDS.keys():
            by_loss[name] = {parameter: one_range(f"{name}.{parameter}", r) for parameter, r in said.items()}
        else:
            own[name] = one_range(name, said)
    return Ranges(space, own, by_loss)


def number(value: Any) -> bool:
    """Whether the value is a finite number, true or false."""
    return isinstance(value, bool | int | float) and math.isfinite(value)


def one_range(name: str, said: Any) -> Range:
    """``{ log_uniform = [-5, -2] }`` and its like."""
    if not isinstance(said, dict) or len(said) != 1 or not said.keys() <= KINDS.keys():
        raise ValueError(f"{name}: a table with one of {', '.join(KINDS)} is needed, such as {{ uniform = [0, 1] }}.")
    ((kind, value),) = said.items()
    if kind == "fixed":
        if not number(value):
            raise ValueError(f"{name}: fixed needs a number, true or false.")
        return Fixed(value)
    if not isinstance(value, list) or not all(number(v) for v in value) or not value:
        raise ValueError(f"{name}: {kind} needs a list of numbers.")
    if kind == "choice":
        return Choice(tuple(value))
    if len(value) != 2 or not value[0] < value[1]:
        raise ValueError(f"{name}: {kind} needs [low, high] with low below high.")
    if kind == "log_uniform" and not -308 <= value[0] < value[1] <= 308:
        raise ValueError(f"{name}: log_uniform needs exponents of 10 between -308 and 308.")
    return Uniform(*map(float, value)) if kind == "uniform" else LogUniform(*map(float, value))


def source(value: Any) -> Source:
    """The name of an earlier study, or a table that also says how to choose from it."""
    if isinstance(value, str):
        return Source(value)
    said = table(value, ("study", "split", "checkpoint"))
    if "study" not in said:
        raise ValueError("study is missing: the study whose best settings are taken.")
    text(said["study"])
    one_of(("validation", "test"))(said.get("split", "test"))
    one_of(("best", "last"))(said.get("checkpoint", "best"))
    return Source(**said)


KEYS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "description": ("description", text),
    "losses": ("losses", texts),
    "datasets": ("datasets", texts),
    "budget": ("budget", budget),
    "ranges": ("ranges", ranges),
    "samples": ("samples", whole(1)),
    "seeds": ("seeds", seeds),
    "defaults": ("defaults", text),
    "from": ("source", source),
    "variant": ("variant", one_of(("paper", "v1"))),
    "metrics": ("metrics", texts),
    "extractor": ("extractor", text),
    "optimisers": ("optimisers", some_of(("adam", "rmsprop"))),
    "precision": ("precision", one_of(PRECISIONS)),
}
