"""The results store. Its files are never half written, and a result's name tells how its trial ended.

trials/<loss>/<data set>/<id>.<status>.json   how a trial ended
trials/<loss>/<data set>/<id>.retried.json    how it failed before it was tried again
trials/<loss>/<data set>/<id>/                samples and generator of its best evaluation, and later scores of the generator
running/                                      leases and checkpoints of populations that have not ended
running/rescoring/                            leases on trials whose generators are scored again
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from benchmark.columns import ENDED
from benchmark.files import NotAFile, read_plain, write_atomically
from benchmark.files.sharing import require_open_to_others
from benchmark.study.storage.records.results import Damaged, Result, checked_result, fault, read_fields
from benchmark.study.trial import Trial

RETRIED = "retried"  # in place of a status: a failure that no longer counts
FEW = 20  # the files of so many trials are looked for one by one; for more trials the folder is listed


class HasFiles(Protocol):
    """What the store needs to know of a trial to find its files."""

    @property
    def id(self) -> str: ...
    @property
    def loss(self) -> str: ...
    @property
    def dataset(self) -> str: ...


Version = tuple[int, int]
"""A file's date, in nanoseconds, and its size: they change with its content."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """The state of the trials' files at one time.

    Attributes:
        ended: how trials ended, by their ids.
        damaged: files with a result's name but not a result's content.
        unreadable: results that this user may not read; their names are trusted.
    """

    ended: dict[str, str] = field(default_factory=dict)
    damaged: list[Path] = field(default_factory=list)
    unreadable: list[Path] = field(default_factory=list)


class Store:
    """The trials kept under a folder.

    Args:
        report: called with a line about each file that is put aside.

    Attributes:
        whole: the versions of files that were found to be undamaged results, by file name.
    """

    def __init__(self, root: Path, report: Callable[[str], None] = print) -> None:
        self.root, self.report = root, report
        self.running = root / "running"
        self.rescoring = self.running / "rescoring"
        self.whole: dict[str, Version] = {}
        self._damaged: dict[str, Version] = {}

    def home(self, trial: HasFiles) -> Path:
        """The folder of all trials of its loss and data set."""
        return self.root / "trials" / trial.loss / trial.dataset

    def folder(self, trial: HasFiles) -> Path:
        """The trial's own folder."""
        return self.home(trial) / trial.id

    def folders(self) -> list[Path]:
        """The folders that processes share; some may not exist yet."""
        shared = [self.running, self.rescoring, *(self.root / name for name in ("logs", "plans", "studies", "trials"))]
        return [*shared, *self.root.glob("studies/*/"), *self.root.glob("trials/*/"), *self.root.glob("trials/*/*/")]

    def require_open(self) -> None:
        """Checks that others who share the folder can read what this process adds; warns if they cannot change it.

        Raises:
            UserError: this process's umask prevents reading.
        """
        if warning := require_open_to_others(self.root, self.folders()):
            self.report(warning)

    def require_readable(self, trials: Iterable[HasFiles]) -> None:
        """Checks that this user may read the trials' results.

        Raises:
            PermissionError: for the first result that may not be read.
        """
        for path in self.look(trials).unreadable:
            read_plain(path)

    def checkpoint(self, population: str) -> Path:
        """The checkpoint of the population of this name."""
        return self.running / f"{population}.safetensors"

    def samples(self, trial: Trial) -> Path:
        """The picture of samples at the best evaluation so far."""
        return self.folder(trial) / "samples.png"

    def generator(self, trial: HasFiles) -> Path:
        """The weights of the generator at the best evaluation so far."""
        return self.folder(trial) / "generator.safetensors"

    def result_file(self, trial: HasFiles, status: str) -> Path:
        return self.home(trial) / f"{trial.id}.{status}.json"

    def result(self, trial: Trial) -> Result | None:
        """How the trial ended; None if it has not. A damaged file is put aside, and its trial counts as not ended."""
        for status in ENDED:
            path = self.result_file(trial, status)
            content = read_json(path)
            if content is Missing:
                continue
            try:
                return checked_result(content, trial.id, status)
            except Damaged as damage:
                self.put_aside(path, damage)
        return None

    def put_aside(self, path: Path, damage: Damaged) -> None:
        """Renames a damaged result so that it no longer counts as a result, and reports it."""
        target = path.with_suffix(".damaged")
        if target.is_dir() or (path.is_dir() and target.exists()):  # neither may overwrite the other
            target = path.with_suffix(f".{uuid.uuid4().hex[:8]}.damaged")
        try:
            os.replace(path, target)
        except FileNotFoundError:  # another process was faster, and has reported it
            return
        self.report(f"{path} is a damaged result ({damage}): it is now called {target.name} and no longer counts.")

    def pending(self, trials: Sequence[Trial]) -> list[Trial]:
        """The trials without a result, in their order; damaged results are put aside."""
        look = self.look(trials)
        if look.damaged:
            damaged = {path.name.partition(".")[0] for path in look.damaged}
            for trial in trials:
                if trial.id in damaged and trial.id not in look.ended and (result := self.result(trial)) is not None:
                    look.ended[trial.id] = result.status  # written since
        return [trial for trial in trials if trial.id not in look.ended]

    def forget_failures(self, trials: Iterable[Trial]) -> int:
        """Puts the failures of the trials aside, so that these are pending again; returns how many there were."""
        ended = self.statuses(trials := list(trials))
        failed = [t for t in trials if ended.get(t.id) == "failed"]
        for trial in failed:
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                os.replace(self.result_file(trial, "failed"), self.result_file(trial, RETRIED))
        return len(failed)

    def earlier_attempts(self, trial: Trial) -> int:
        """How often the trial was started up to the failure that was retried; 0 if none was."""
        content = read_json(self.result_file(trial, RETRIED))
        attempts = content.get("attempts") if isinstance(content, dict) else None
        return attempts if isinstance(attempts, int) else 0

    def finish(self, trial: Trial, result: Result) -> None:
        """Records how the trial ended, in place of an earlier failure; a result that is not valid becomes a failure."""
        result = replace(result, reason=result.reason.encode(errors="backslashreplace").decode())  # a path may not be text
        content = {**asdict(result), "identity": trial.identity}
        try:
            wrong = fault(read_fields(content), trial.score)
        except Damaged as damage:
            wrong = str(damage)
        if wrong:
            result = replace(result, status="failed", scores=[], reason=f"its result cannot be kept: {wrong}\n{result.reason}")
            content = {**asdict(result), "identity": trial.identity}
        write_atomically(self.result_file(trial, result.status), json.dumps(content, indent=1).encode())
        if result.status != "failed":
            self.result_file(trial, "failed").unlink(missing_ok=True)
        self.result_file(trial, RETRIED).unlink(missing_ok=True)  # the result counts its attempts

    def statuses(self, trials: Iterable[HasFiles]) -> dict[str, str]:
        """How each trial ended, by its id; trials that have not, or whose result is damaged, are absent."""
        return self.look(trials).ended

    def look(self, trials: Iterable[HasFiles]) -> Look:
        """How each trial ended, and which results are damaged; nothing is put aside.

        A result is read once; later only its file's date and size are compared.
        """
        homes: dict[Path, list[HasFiles]] = {}
        for trial in trials:
            homes.setdefault(self.home(trial), []).append(trial)
        look = Look()
        for home, members in homes.items():
            stat = stats_in(home) if len(members) > FEW else stat_of
            for trial in members:
                for status in ENDED:  # a retried failure may exist next to its success
                    path = f"{home}/{trial.id}.{status}.json"
                    if (found := stat(path)) is None:
                        continue
                    try:
                        whole = self.is_whole(path, trial.id, status, found)
                    except PermissionError:  # only others may read and check it
                        whole = True
                        look.unreadable.append(Path(path))
                    if whole:
                        look.ended[trial.id] = status
                        break
                    if os.path.exists(path):  # not removed since
                        look.damaged.append(Path(path))
        return look

    def is_whole(self, path: str, trial: str, status: str, found: os.stat_result) -> bool:
        """Whether the file is the trial's result."""
        version, name = (found.st_mtime_ns, found.st_size), os.path.basename(path)
        if self.whole.get(name) == version:
            return True
        if self._damaged.get(name) == version:
            return False
        try:
            checked_result(read_json(Path(path)), trial, status)
        except Damaged:
            self._damaged[name] = version
            return False
        self.whole[name] = version
        return True


class ReadOnce(Store):
    """The store, where each result is read only once, so that all files made from the results agree."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.root, store.report)
        self._results: dict[str, Result | None] = {}

    def result(self, trial: Trial) -> Result | None:
        if trial.id not in self._results:
            self._results[trial.id] = super().result(trial)
        return self._results[trial.id]


def stat_of(path: str) -> os.stat_result | None:
    """The file's date, size and so on; None if there is no file."""
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def stats_in(home: Path) -> Callable[[str], os.stat_result | None]:
    """A faster ``stat_of`` for results in one folder, which is listed only once."""
    try:
        entries = {e.path: e for e in os.scandir(home) if e.name.endswith(".json")}
    except (FileNotFoundError, NotADirectoryError):
        entries = {}

    def stat(path: str) -> os.stat_result | None:
        try:
            return entries[path].stat()
        except (KeyError, FileNotFoundError):
            return None

    return stat


class Missing:
    """Stands for a file that is not there."""


def read_json(path: Path) -> Any:
    """The file's content; None if it is damaged or not a file, ``Missing`` if there is nothing."""
    try:
        return json.loads(read_plain(path))
    except (FileNotFoundError, NotADirectoryError):
        return Missing
    except (ValueError, RecursionError, NotAFile, IsADirectoryError):
        return None
