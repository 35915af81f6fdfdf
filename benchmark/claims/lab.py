"""Where claims are measured: it trains studies as every other command does, and reads what is published."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from benchmark.analysis.shorter import read_evaluations
from benchmark.analysis.trials import checked
from benchmark.files import packaged
from benchmark.plugins import UserError
from benchmark.study.publish import study_folder
from benchmark.study.run import Display, no_display, run_study
from benchmark.study.running.contexts import Resources
from benchmark.study.running.executors import Local
from benchmark.study.storage.transfer import Record, read_records
from benchmark.study.study import Study
from benchmark.table_file import read_table


@dataclass
class Lab:
    """The resources of a claim.

    Attributes:
        resources: folders, device and threads.
        workers: processes that train; None for one per core.
        report, display: what tells the user how it gets on.
        began: when the claim's measurement began, by ``time.monotonic``.
    """

    resources: Resources
    workers: int | None = None
    report: Callable[[str], None] = print
    display: Display = no_display
    began: float = field(default_factory=time.monotonic)

    def trials(self, study: Study) -> pd.DataFrame:
        """The table of the study's trials, trained here unless they were before; diverged and failed ones are in it."""
        folder = self.resources.results / "claims" / study.name
        published = run_study(
            study, self.resources, Local(self.workers), folder=folder, report=self.report, display=self.display
        )
        assert published is not None  # worker processes of this machine trained them to their end
        return checked(published.trials)

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
            raise UserError(f"The published study {name} is not in results/studies: a checkout of the project has it.")
        return folder

    def published_trials(self, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The table of a published study's trials, and that of their evaluations."""
        folder = self.published(name)
        evaluations = read_evaluations(folder)
        assert evaluations is not None, f"{folder} has no evaluations"
        return checked(read_table(folder / "trials.csv")), evaluations

    def published_records(self, name: str) -> list[Record]:
        """The trials of a published study with all that their results hold, the means of logged scalars included."""
        return read_records(self.published(name))[0]
