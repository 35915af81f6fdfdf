"""The results store: files that are whole or absent, and a name for each that tells how its trial ended.

trials/<loss>/<data set>/<id>.<status>.json   how a trial ended
trials/<loss>/<data set>/<id>.retried.json    how it had failed before it was tried again
trials/<loss>/<data set>/<id>/                its samples and generator, at its best evaluation, and later scores of that
running/                                      leases and checkpoints of populations that are not at their end
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

RETRIED = "retried"  # in place of a status: a failure that counts no more
FEW = 20  # trials whose files are looked for one by one; for more of them the folder is read


class HasFiles(Protocol):
    """What the store needs to know of a trial to find its files."""

    @property
    def id(self) -> str: ...
    @property
    def loss(self) -> str: ...
    @property
    def dataset(self) -> str: ...


Version = tuple[int, int]
"""A file's date, in nanoseconds, and its size: another content has another."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a look at the files of trials found.

    Attributes:
        ended: how they ended, by their ids.
        damaged: files that should be results and are none.
        unreadable: results that this user may not read; they are taken for what their names say.
    """

    ended: dict[str, str] = field(default_factory=dict)
    damaged: list[Path] = field(default_factory=list)
    unreadable: list[Path] = field(default_factory=list)


class Store:
    """The trials kept under a folder.

    Args:
        report: is told of files that are put aside.

    Attributes:
        whole: the files that were found to be results, by their names, as they were then.
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
        """The folders that processes share, as far as there are any."""
        shared = [self.running, self.rescoring, *(self.root / name for name in ("logs", "plans", "studies", "trials"))]
        return [*shared, *self.root.glob("studies/*/"), *self.root.glob("trials/*/"), *self.root.glob("trials/*/*/")]

    def require_open(self) -> None:
        """Checks that others who share the folder will be able to read what this process adds, and reports if not to change it.

        Raises:
            UserError: its umask shuts them out.
        """
        if warning := require_open_to_others(self.root, self.folders()):
            self.report(warning)

    def require_readable(self, trials: Iterable[HasFiles]) -> None:
        """Checks that this user may read the trials' results.

        Raises:
            PermissionError: of the first that may not be read.
        """
        for path in self.look(trials).unreadable:
            read_plain(path)

    def checkpoint(self, population: str) -> Path:
        """The checkpoint of the population called so."""
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
        """How the trial ended; None while it has not. A damaged file is put aside, and its trial has not ended."""
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
        """Gives a damaged result another name, of which nobody takes it for a result, and reports it."""
        target = path.with_suffix(".damaged")
        if target.is_dir() or (path.is_dir() and target.exists()):  # neither takes the other's place
            target = path.with_suffix(f".{uuid.uuid4().hex[:8]}.damaged")
        try:
            os.replace(path, target)
        except FileNotFoundError:  # another process was faster, and has said so
            return
        self.report(f"{path} is no whole result ({damage}): it is now called {target.name} and counts no more.")

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
        """Puts the failures among the trials aside, which are then pending again; returns how many there were."""
        ended = self.statuses(trials := list(trials))
        failed = [t for t in trials if ended.get(t.id) == "failed"]
        for trial in failed:
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                os.replace(self.result_file(trial, "failed"), self.result_file(trial, RETRIED))
        return len(failed)

    def earlier_attempts(self, trial: Trial) -> int:
        """How often the trial was started before the failure after which it was tried again; 0 if it never was."""
        content = read_json(self.result_file(trial, RETRIED))
        attempts = content.get("attempts") if isinstance(content, dict) else None
        return attempts if isinstance(attempts, int) else 0

    def finish(self, trial: Trial, result: Result) -> None:
        """Records how the trial ended, in place of an earlier failure; what no reader could take, as a failure."""
        result = replace(result, reason=result.reason.encode(errors="backslashreplace").decode())  # a path may be no text
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
        self.result_file(trial, RETRIED).unlink(missing_ok=True)  # whose attempts the result counts

    def statuses(self, trials: Iterable[HasFiles]) -> dict[str, str]:
        """How each trial ended, by its id; trials that have not, or whose result is damaged, are absent."""
        return self.look(trials).ended

    def look(self, trials: Iterable[HasFiles]) -> Look:
        """How each trial ended, and which results are damaged; nothing is put aside.

        A result is read once: later looks compare its file's date and size with what they were then.
        """
        homes: dict[Path, list[HasFiles]] = {}
        for trial in trials:
            homes.setdefault(self.home(trial), []).append(trial)
        look = Look()
        for home, members in homes.items():
            stat = stats_in(home) if len(members) > FEW else stat_of
            for trial in members:
                for status in ENDED:  # a retried failure may lie beside its success
                    path = f"{home}/{trial.id}.{status}.json"
                    if (found := stat(path)) is None:
                        continue
                    try:
                        whole = self.is_whole(path, trial.id, status, found)
                    except PermissionError:  # whoever may read it finds out
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
    """The store, each result as it was when it was first asked for: all that is made of them is of one state."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.root, store.report)
        self._results: dict[str, Result | None] = {}

    def result(self, trial: Trial) -> Result | None:
        if trial.id not in self._results:
            self._results[trial.id] = super().result(trial)
        return self._results[trial.id]


def stat_of(path: str) -> os.stat_result | None:
    """What the disk says of the file; None if it is not there."""
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def stats_in(home: Path) -> Callable[[str], os.stat_result | None]:
    """As ``stat_of`` for results in the folder, which is read once."""
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
    """The file's content; None if it is damaged or no file, ``Missing`` if nothing is there."""
    try:
        return json.loads(read_plain(path))
    except (FileNotFoundError, NotADirectoryError):
        return Missing
    except (ValueError, RecursionError, NotAFile, IsADirectoryError):
        return None
