"""How a study stands: what of it has ended, runs or waits. Reads names and claims only, and needs no torch."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from benchmark.columns import ENDED
from benchmark.study.storage.claims import Held, claims
from benchmark.study.storage.store import Store

STATES = (*ENDED, "running", "pending")


class Planned(NamedTuple):
    """What the status needs of a trial."""

    id: str
    loss: str
    dataset: str
    steps: int


@dataclass(frozen=True)
class Standing:
    """How trials stand.

    Attributes:
        states: one of ``STATES`` by trial id.
        held: the claims of living workers on them.
        steps_done, steps_left: discriminator updates; of trials that diverged or failed nothing is left.
    """

    planned: Sequence[Planned]
    states: dict[str, str]
    held: list[Held]
    steps_done: int
    steps_left: int

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.states.values())

    @property
    def rate(self) -> float:
        """Steps per second of the trials that run."""
        return float(sum(h.content.get("rate", 0.0) for h in self.held))

    @property
    def seconds_left(self) -> float | None:
        """At the present rate; None while nothing runs."""
        return self.steps_left / self.rate if self.rate else None

    def table(self) -> pd.DataFrame:
        """The counts by loss and data set: planned = ok + diverged + failed + running + pending."""
        rows: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for trial in self.planned:
            rows[trial.dataset, trial.loss][self.states[trial.id]] += 1
        return pd.DataFrame(
            [
                {"dataset": dataset, "loss": loss, "planned": sum(c.values()), **{s: c[s] for s in STATES}}
                for (dataset, loss), c in rows.items()
            ]
        )


def standing(planned: Sequence[Planned], store: Store) -> Standing:
    """How the trials stand now."""
    held = [h for h in claims(store.running) if h.alive]
    ended = store.statuses(planned)  # after the claims: what ends in between is never taken for pending
    running = {name: h for h in held for name in h.content.get("trials", ())}
    states, done, left = {}, 0, 0
    for trial in planned:
        state = ended.get(trial.id) or ("running" if trial.id in running else "pending")
        states[trial.id] = state
        if state in ("running", "pending"):
            step = min(trial.steps, running[trial.id].content.get("step", 0)) if state == "running" else 0
            done, left = done + step, left + trial.steps - step
        else:
            done += trial.steps
    mine = [h for h in held if any(name in states for name in h.content.get("trials", ()))]
    return Standing(planned, states, mine, done, left)
