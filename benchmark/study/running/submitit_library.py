"""Loads submitit without letting it configure the process's logs: it would close other packages' log handlers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

LEVEL = "SUBMITIT_LOG_LEVEL"  # submitit reads it when it is loaded


@contextmanager
def logs_left_alone() -> Iterator[None]:
    """Keeps submitit from configuring logs, unless the user has set the variable."""
    given = LEVEL in os.environ
    os.environ.setdefault(LEVEL, "NOCONFIG")
    try:
        yield
    finally:
        if not given:
            del os.environ[LEVEL]


with logs_left_alone():
    import submitit
    from submitit.core.job_environment import JobEnvironment
    from submitit.core.utils import FailedJobError, FailedSubmissionError, JobPaths, UncompletedJobError
    from submitit.helpers import DelayedSubmission

__all__ = [
    "DelayedSubmission",
    "FailedJobError",
    "FailedSubmissionError",
    "JobEnvironment",
    "JobPaths",
    "UncompletedJobError",
    "submitit",
]
