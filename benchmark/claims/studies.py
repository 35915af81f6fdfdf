"""Trains studies for claims, as every other command does, and reads published studies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from benchmark.analysis.fewer_steps import read_evaluations
from benchmark.analysis.trials import checked
from benchmark.files import packaged
from benchmark.hyperparameters import Setting
from benchmark.plugins import UserError
from benchmark.study.planning.plan import make_plan
from benchmark.study.publish import publish, study_folder
from benchmark.study.run import Display, no_display, run_trials
from benchmark.study.running.contexts import Resources
from benchmark.study.running.executors import Local
from benchmark.study.storage.records.transfer import Record, read_records
from benchmark.study.storage.store import Store
from benchmark.study.study import Study
from benchmark.table_file import read_table


@dataclass
class Studies:
    """What a claim uses to measure.

    Attributes:
        resources: folders, device and threads.
        workers: processes that train; None for one per core.
        report, display: show the progress to the user.
    """

    resources: Resources
    workers: int | None = None
    report: Callable[[str], None] = print
    display: Display = no_display

    def trials(self, study: Study, changes: Sequence[Setting] = ({},), *, together: int | None = None) -> pd.DataFrame:
        """The table of the study's trials, with diverged and failed ones; trials without a result are trained.

        Args:
            changes: tables of values that replace those in each setting; ``sample`` is the number of the table.
            together: how many trials train together, uncompiled, which halves the time of networks as small as those for
                points of the plane.
        """
        store = Store(self.resources.results, self.report)
        plan = make_plan(study, store, self.report)
        if len(changes) > 1 or changes[0]:
            trials = [replace(t, setting=t.setting | c, sample=i) for i, c in enumerate(changes) for t in plan.trials]
            plan = replace(plan, trials=trials)
        resources = self.resources
        if together is not None:
            resources = replace(resources, population=together, compiled=False)
        run_trials(plan, resources, Local(self.workers), retry_failed=False, report=self.report, display=self.display)
        return checked(publish(plan, store, self.resources.results / "claims" / study.name))

    def evaluations(self, study: Study) -> pd.DataFrame:
        """The evaluations of a study that ``trials`` has trained: ``id``, ``step`` and every score."""
        found = read_evaluations(self.resources.results / "claims" / study.name)
        assert found is not None  # published with the table
        return found

    def published(self, name: str) -> Path:
        """The folder of a study that is published with this project.

        Raises:
            UserError: it is not there.
        """
        folder = study_folder(packaged("results"), name)
        if not (folder / "trials.csv").exists():
            raise UserError(f"The published study {name} is not in results/studies; a checkout of the project has it.")
        return folder

    def published_trials(self, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The table of a published study's trials, and that of their evaluations."""
        folder = self.published(name)
        evaluations = read_evaluations(folder)
        assert evaluations is not None, f"{folder} has no evaluations"
        return checked(read_table(folder / "trials.csv")), evaluations

    def published_records(self, name: str) -> list[Record]:
        """The trials of a published study with their whole results, including the means of logged scalars."""
        return read_records(self.published(name))[0]
