"""The results store: files that are whole or absent, and a name for each that tells how its trial ended.

trials/<loss>/<data set>/<id>.<status>.json   how a trial ended
trials/<loss>/<data set>/<id>/                its samples and generator, at its best evaluation, and later scores of that
running/                                      claims and checkpoints of populations that are not at their end
running/rescoring/                            claims on trials whose generators are scored again
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from benchmark.columns import ENDED, Status
from benchmark.evaluations import Scores
from benchmark.files import write_atomically
from benchmark.study.trial import Trial

FEW = 20  # trials whose files are looked for one by one; for more of them the folder is read


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a trial ended.

    Attributes:
        step: steps done; for a diverged trial the step in which NaN or Inf was first seen.
        seconds: wall time of its training and scoring; in a population, its share.
        environment: what it was computed with.
        fingerprints: of the metrics' weights and settings, by score.
        score_names: which columns of ``scores`` the metrics gave; the others are means of logged scalars.
        study: the study that ran it first, and a hash of that study.
        reason: why it diverged or failed, a traceback for instance.
        attempts: how often it was started.
    """

    status: Status
    step: int
    seconds: float
    scores: Scores
    environment: dict[str, Any]
    fingerprints: dict[str, str] = field(default_factory=dict)
    score_names: list[str] = field(default_factory=list)
    study: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    attempts: int = 1
    identity: dict[str, Any] = field(default_factory=dict)


class HasFiles(Protocol):
    """What the store needs to know of a trial to find its files."""

    @property
    def id(self) -> str: ...
    @property
    def loss(self) -> str: ...
    @property
    def dataset(self) -> str: ...


class Store:
    """The trials kept under a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.running = root / "running"
        self.rescoring = self.running / "rescoring"
        self._read: set[str] = set()  # trials whose result was found whole

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
            if isinstance(content, dict) and content.get("identity") == trial.identity:
                return Result(**content)
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                os.replace(path, path.with_suffix(".damaged"))
        return None

    def pending(self, trials: Sequence[Trial]) -> list[Trial]:
        """The trials without a result, in their order; damaged results are put aside.

        A result is read once: later calls look at the files' names only.
        """
        ended = self.statuses(trials)
        found = []
        for trial in trials:
            if trial.id in ended and trial.id not in self._read and self.result(trial) is not None:
                self._read.add(trial.id)
            if trial.id not in ended or trial.id not in self._read:
                found.append(trial)
        return found

    def forget_failures(self, trials: Iterable[Trial]) -> int:
        """Removes the failures among the trials, which are then pending again; returns how many there were."""
        failed = [t for t in trials if self.result_file(t, "failed").exists() and not self.result_file(t, "ok").exists()]
        for trial in failed:
            self.result_file(trial, "failed").unlink(missing_ok=True)
        return len(failed)

    def finish(self, trial: Trial, result: Result) -> None:
        """Records how the trial ended, in place of an earlier failure."""
        content = {**asdict(result), "identity": trial.identity}
        write_atomically(self.result_file(trial, result.status), json.dumps(content, indent=1).encode())
        if result.status != "failed":
            self.result_file(trial, "failed").unlink(missing_ok=True)

    def statuses(self, trials: Iterable[HasFiles]) -> dict[str, str]:
        """How each trial ended, by its id, from the files' names alone; trials that have not are absent."""
        homes: dict[Path, list[HasFiles]] = {}
        for trial in trials:
            homes.setdefault(self.home(trial), []).append(trial)
        ended: dict[str, str] = {}
        for home, members in homes.items():
            if len(members) > FEW:
                found = statuses_in(home)
                ended |= {t.id: found[t.id] for t in members if t.id in found}
                continue
            for trial in members:
                if status := next((s for s in ENDED if self.result_file(trial, s).exists()), None):
                    ended[trial.id] = status
        return ended


class ReadOnce(Store):
    """The store, each result as it was when it was first asked for: all that is made of them is of one state."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._results: dict[str, Result | None] = {}

    def result(self, trial: Trial) -> Result | None:
        if trial.id not in self._results:
            self._results[trial.id] = super().result(trial)
        return self._results[trial.id]


def statuses_in(home: Path) -> dict[str, str]:
    """How the trials in a folder of one loss and data set ended, by their ids."""
    ended: dict[str, str] = {}
    try:
        names = [e.name for e in os.scandir(home) if e.name.endswith(".json")]
    except FileNotFoundError:
        return ended
    for name in names:
        trial, _, status = name.removesuffix(".json").rpartition(".")
        if status in ENDED and ended.get(trial) in (None, "failed"):  # a retried failure may lie beside its success
            ended[trial] = status
    return ended


class Missing:
    """Stands for a file that is not there."""


def read_json(path: Path) -> Any:
    """The file's content; None if it is damaged, ``Missing`` if it is not there."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return Missing
    except ValueError:
        return None
