"""The progress of a study: which trials have ended, are running or are pending. Needs no torch."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmark.columns import ENDED
from benchmark.study.storage.leases import Lease, read_leases
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import Names
from benchmark.study.trial import Trial

if TYPE_CHECKING:
    import pandas as pd

STATES = (*ENDED, "running", "pending")


class PlannedTrial(NamedTuple):
    """What a status needs to know of a trial.

    Attributes:
        title: its loss in print, with its unusual choices.
    """

    id: str
    loss: str
    dataset: str
    steps: int
    title: str


def planned_trial(trial: Trial, names: Names | None = None) -> PlannedTrial:
    """What a status needs to know of the trial."""
    title = (names or Names()).of_loss(trial.loss, trial)
    return PlannedTrial(trial.id, trial.loss, trial.dataset, trial.budget.steps, title)


@dataclass(frozen=True, kw_only=True)
class StudyStatus:
    """The progress of trials.

    Attributes:
        states: one of ``STATES`` by trial id.
        leases: those of living workers on the trials, and those that this user may not read.
        steps_done, steps_to_do: discriminator updates; trials that diverged or failed have no steps to do.
        damaged: damaged result files; their trials are pending.
    """

    planned: Sequence[PlannedTrial]
    states: dict[str, str]
    leases: list[Lease]
    steps_done: int
    steps_to_do: int
    damaged: Sequence[Path] = ()

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.states.values())

    @property
    def rate(self) -> float:
        """Steps per second of the trials that run."""
        return sum(lease.content.rate for lease in self.leases)

    @property
    def seconds_left(self) -> float | None:
        """The time left at the present rate; None while nothing runs."""
        return self.steps_to_do / self.rate if self.rate else None

    def table(self) -> pd.DataFrame:
        """The counts by data set and loss, its choices included: planned = ok + diverged + failed + running + pending."""
        import pandas as pd

        rows: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
        for trial in self.planned:
            rows[trial.dataset, trial.loss, trial.title][self.states[trial.id]] += 1
        return pd.DataFrame(
            [
                {"dataset": dataset, "loss": title, "planned": sum(c.values()), **{s: c[s] for s in STATES}}
                for (dataset, _, title), c in rows.items()
            ]
        )


def study_status(planned: Sequence[PlannedTrial], store: Store, without_process: Container[str] = ()) -> StudyStatus:
    """The present progress of the trials.

    Args:
        without_process: tasks of a cluster that are known to have no process, whatever their leases say.
    """
    living = [lease for lease in read_leases(store.running) if lease.alive and lease.content.job not in without_process]
    look = store.look(planned)  # after the leases, so that a trial that ends in between is not pending
    running = {name: lease.content for lease in living for name in lease.content.trials}
    states, done, to_do = {}, 0, 0
    for trial in planned:
        state = look.ended.get(trial.id) or ("running" if trial.id in running else "pending")
        states[trial.id] = state
        if state in ("running", "pending"):
            step = min(trial.steps, running[trial.id].step) if state == "running" else 0
            done, to_do = done + step, to_do + trial.steps - step
        else:
            done += trial.steps
    mine = [lease for lease in living if lease.owner or any(name in states for name in lease.content.trials)]
    return StudyStatus(planned=planned, states=states, leases=mine, steps_done=done, steps_to_do=to_do, damaged=look.damaged)
