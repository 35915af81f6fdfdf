"""Finds the losses, data sets and extractors: one class per file, in the package or in a user's own file."""

from __future__ import annotations

import ast
import difflib
import hashlib
import importlib
import importlib.util
import inspect
import re
import shlex
import sys
import sysconfig
import threading
import traceback
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")
_parsing = threading.Lock()  # Python 3.11 fails where two threads parse at once (github.com/python/cpython/issues/106905)
_loading = threading.RLock()
_loaded: dict[str, ModuleType] = {}  # users' files by their modules' names


class UserError(Exception):
    """An error that the user can fix. Its message says what was wrong and what is accepted, in one or two lines.

    Examples:
        >>> import benchmark
        >>> try:
        ...     benchmark.find_loss("wgann")
        ... except benchmark.UserError as error:
        ...     print("Did you mean wgan" in str(error))
        True
    """


class ProgramEnded(UserError):
    """A user's own file asked Python to end."""


def spelling(name: str) -> str:
    """The name without case, spaces and punctuation: ``WGAN-GP``, ``wgan_gp`` and ``WGAN GP`` are one name."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def unknown(kind: str, name: str, known: list[str]) -> UserError:
    """The error for an unknown name. It offers the nearest known names, and lists all."""
    return UserError(f"Unknown {kind} {name!r}.{nearest(name, known)}\nKnown: {', '.join(known)}.")


def nearest(name: str, known: list[str]) -> str:
    """`` Did you mean ...?`` with the known names nearest to this one, three at most; empty if none is near."""
    spelled = {spelling(k): k for k in known}
    near = [spelled[s] for s in difflib.get_close_matches(spelling(name), list(spelled), n=3, cutoff=0.5)]
    return f" Did you mean {' or '.join(near)}?" if near else ""


def is_key(name: object) -> bool:
    """Whether the name can be a key, which becomes part of file names: letters, digits and _, with - and . inside."""
    return isinstance(name, str) and re.fullmatch(r"\w([\w.-]{0,98}\w)?", name, re.ASCII) is not None


@dataclass(frozen=True)
class PluginDeclaration:
    """What a class of the package declares in its source.

    Attributes:
        key: its key.
        module: the module that defines it.
        cls: the class's own name.
        name: its name in print; its key if it has no other.
        aliases: further names by which it is found.
        in_paper: whether the paper compares it; False unless the class says so.
    """

    key: str
    module: str
    cls: str
    name: str
    aliases: tuple[str, ...]
    in_paper: bool


def declared(package: str) -> dict[str, PluginDeclaration]:
    """The classes in the package's modules that have a ``key``, sorted by it.

    The source is read, not imported. Many modules import torch, which takes longer than everything else in a short command.
    """
    found: dict[str, PluginDeclaration] = {}
    top, *folders = package.split(".")
    spec = importlib.util.find_spec(top)  # for a package in it, this would import the packages above
    assert spec is not None and spec.origin is not None
    for path in sorted(Path(spec.origin).parent.joinpath(*folders).glob("[!_]*.py")):
        for said in declared_in(path, f"{package}.{path.stem}", path.stat().st_mtime_ns):
            if said.key in found:
                raise RuntimeError(f"{said.module} and {found[said.key].module} both have the key {said.key!r}")
            found[said.key] = said
    return dict(sorted(found.items()))


@cache
def declared_in(path: Path, module: str, modified: int) -> tuple[PluginDeclaration, ...]:
    """The classes of a file that have a ``key``; it is read once as long as it was ``modified`` then."""
    found = []
    for node in parsed(path).body:
        if isinstance(node, ast.ClassDef) and isinstance(key := (said := literals(node)).get("key"), str) and key:
            name, aliases, in_paper = said.get("name", key), said.get("aliases", ()), said.get("in_paper", False)
            found.append(PluginDeclaration(key, module, node.name, name, aliases, in_paper))
    return tuple(found)


def parsed(path: Path) -> ast.Module:
    """The file's syntax tree.

    Raises:
        SyntaxError: it is not valid Python.
    """
    with _parsing:
        return ast.parse(path.read_bytes())


def literals(cls: ast.ClassDef) -> dict[str, Any]:
    """The attributes whose values are literals in the class's source."""
    found: dict[str, Any] = {}
    for node in cls.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            with suppress(ValueError):  # computed
                value = ast.literal_eval(node.value)
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {target.id: value for target in targets if isinstance(target, ast.Name)}
    return found


def classes(package: str, base: type[T]) -> dict[str, type[T]]:
    """The classes of the package's modules that derive from ``base``, by their ``key``, in order of ``key``."""
    found: dict[str, Any] = {
        key: getattr(importlib.import_module(said.module), said.cls) for key, said in declared(package).items()
    }
    return {key: cls for key, cls in found.items() if issubclass(cls, base) and not inspect.isabstract(cls)}


def find(kind: str, name: str, package: str, base: type[T], *, free: Collection[str] = ()) -> type[T]:
    """The class called ``name``: a key, an alias, any spelling of either, or the path of a Python file with one class.

    Args:
        free: keys of the package that a user's own class may have too.

    Raises:
        UserError: no such name (the nearest are offered), or a file that does not define exactly one usable class.
    """
    if name.endswith(".py"):
        cls = from_file(kind, Path(name).expanduser(), base)
        key: str = cls.key  # type: ignore[attr-defined]
        for taken, said in declared(package).items():  # names are compared by ``spelling``, so keys must differ in it
            if not (key == taken and taken in free) and spelling(key) in {spelling(n) for n in (taken, *said.aliases)}:
                raise UserError(
                    f"{name}: the key {key!r} is taken by {taken!r}, a {kind} of this package.\nGive yours another key."
                )
        return cls
    said = declared_as(kind, name, package)
    found: type[T] = getattr(importlib.import_module(said.module), said.cls)
    return found


def declared_as(kind: str, name: str, package: str, *, more: Sequence[str] = ()) -> PluginDeclaration:
    """The declaration of the package's class called ``name``: its key or an alias, in any spelling.

    Args:
        more: further accepted names, which an error lists too.

    Raises:
        UserError: no such name; the nearest are offered.
    """
    known = declared(package)
    for key, said in known.items():
        if spelling(name) in {spelling(n) for n in (key, *said.aliases)}:
            return said
    raise unknown(kind, name, [*dict.fromkeys((*more, *known)), "path/to/your_own.py"])


def require_name(kind: str, name: str, package: str) -> None:
    """Checks, without importing anything, that the package has a class of this name, or that there is such a file.

    Raises:
        UserError: there is no such class or file.
    """
    if name.endswith(".py"):
        require_file(kind, Path(name).expanduser())
    else:
        declared_as(kind, name, package)


def require_file(kind: str, path: Path) -> None:
    """Checks that a user's file is there.

    Raises:
        UserError: it is not.
    """
    if not path.is_file():
        raise UserError(f"No {kind} file at {path}.")


def from_file(kind: str, path: Path, base: type[T]) -> type[T]:
    """The one class derived from ``base`` that the file defines.

    Raises:
        UserError: the file is missing, does not run, or does not define exactly one class with all its methods.
    """
    require_file(kind, path)
    module = loaded(kind, path)
    found = defined(module, base)
    if len(found) != 1:
        names = ", ".join(c.__name__ for c in found) or "none"
        raise UserError(f"{path} defines {len(found)} classes derived from {base.__name__} ({names}); exactly one is needed.")
    (cls,) = found
    missing = sorted(getattr(cls, "__abstractmethods__", ()))
    # With an inherited key, its results would be filed under the class that it derives from.
    missing += [] if vars(cls).get("key") else ["a key of its own"]
    if missing:
        raise UserError(
            f"{path}: {cls.__name__} lacks {', '.join(missing)}.\nSee CONTRIBUTING.md for what a {kind} must define."
        )
    if not is_key(key := cls.key):  # type: ignore[attr-defined]
        raise UserError(
            f"{path}: {cls.__name__}.key = {key!r}: letters, digits and _ are needed, with - and . inside, 100 at most.\n"
            "It becomes part of the names of files."
        )
    return cls


def loaded(kind: str, path: Path) -> ModuleType:
    """The file as a module with a unique name. It is executed again only if its content has changed.

    Raises:
        UserError: it does not run.
    """
    content = path.read_bytes()
    digest = hashlib.sha256(str(path.resolve()).encode(errors="surrogateescape") + b"\0" + content).hexdigest()
    name = f"ganbench_{path.stem}_{digest[:12]}"
    with _loading:
        if name not in _loaded:
            _loaded[name] = _execute(kind, path, name)
        return _loaded[name]


def _execute(kind: str, path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with naming_exits():
            spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, SyntaxError):
            raise UserError(f"{path}, line {error.lineno}: {error.msg}.\nA {kind} file is ordinary Python.") from error
        if isinstance(error, ProgramEnded) or not isinstance(error, Exception):
            raise
        hint = ""
        if isinstance(error, ModuleNotFoundError) and error.name and (path.parent / f"{error.name}.py").is_file():
            hint = f".\nTo find {error.name}.py in the same folder, set PYTHONPATH={shlex.quote(str(path.parent.absolute()))}"
        raise UserError(f"{path} could not be loaded: {type(error).__name__}: {one_line(error)}{hint}") from error
    return module


def is_own(cls: type) -> bool:
    """Whether the class is a user's own, not one of this package."""
    return cls.__module__.partition(".")[0] != __name__.partition(".")[0]


@contextmanager
def naming_exits() -> Iterator[None]:
    """Turns a call of ``sys.exit`` in a user's own file, also by argparse, into an error that names the file.

    Raises:
        ProgramEnded: a user's own file ended the program; the message names the file and the line.
    """
    try:
        yield
    except SystemExit as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_users(Path(frame.filename).absolute())]
        if not frames:
            raise
        raise ProgramEnded(
            f"{frames[-1].filename}, line {frames[-1].lineno}, ends the program ({type(error).__name__}: {one_line(error)}); "
            "a file that this program loads may raise errors, but not exit."
        ) from error


def is_users(file: Path) -> bool:
    """Whether a Python file is a user's own: neither this package's nor installed (in an environment, system or home)."""
    if {"site-packages", "dist-packages"} & set(file.parts) or not file.is_file():
        return False
    python = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
    return not any(map(file.is_relative_to, (*python, Path(__file__).parent)))


@contextmanager
def blaming(cls: type, what: str) -> Iterator[None]:
    """Turns an error in a user's own class into a message that names it. Other classes' errors and ``OSError`` are unchanged.

    Args:
        what: what was computed; the message begins with it.

    Raises:
        UserError: the class is the user's own, and something failed in it.
    """
    try:
        yield
    except (UserError, OSError):
        raise
    except Exception as error:
        if not is_own(cls):
            raise
        raise UserError(f"{what} ended in {type(error).__name__}: {one_line(error)}.") from error


def one_line(error: BaseException) -> str:
    """The error's message on one line of at most 200 characters; without a message, the error's kind."""
    return (" ".join(str(error).split()) or type(error).__name__)[:200]


def defined(module: ModuleType, base: type[T]) -> list[type[T]]:
    """The classes derived from ``base`` that the module defines itself."""
    found: list[Any] = [c for c in vars(module).values() if inspect.isclass(c) and issubclass(c, base) and c is not base]
    return [c for c in found if c.__module__ == module.__name__]
