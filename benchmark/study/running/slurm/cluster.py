"""Cluster profiles: what a task asks SLURM for, from a TOML file and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import AfterValidator, Field, Strict, StrictBool, StrictFloat, StrictInt, StrictStr

from benchmark.files import read_toml
from benchmark.plugins import UserError, one_line, unknown
from benchmark.validation import AnyText, Positive, Whole, needs, read_record, record

FOLDERS = (Path("clusters"), Path(typer.get_app_dir("ganbench")) / "clusters")

SET_HERE = {
    "time": "minutes",
    "mem": "memory",
    "cpus-per-task": "cpus",
    "chdir": "directory",
    "signal": "signal_seconds",
    **dict.fromkeys(("array", "job-name", "output", "error", "open-mode", "wrap", "ntasks", "nodes"), "the study itself"),
}
"""The sbatch options that a profile must not set, and what sets them instead."""


def free(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuses sbatch options that something else sets."""
    for name in options:
        if instead := SET_HERE.get(name.replace("_", "-").lstrip("-")):
            raise ValueError(f"the sbatch option {name} is set by {instead}.")
    return options


Options = Annotated[
    Mapping[StrictStr, StrictStr | StrictInt | StrictFloat | StrictBool],
    needs("a table of sbatch options with texts, numbers, true or false"),
    AfterValidator(free),
]


@record
class Cluster:
    """What each task of an array asks for.

    Attributes:
        partition, account, qos, constraint: as sbatch takes them.
        gpus: GPUs per task, which is one worker: 0 or 1.
        gres: a gres in place of ``gpus``, such as ``gpu:a100:1``.
        cpus: CPU cores per task.
        memory: gigabytes per task.
        minutes: time limit of a task; interrupted tasks are requeued and continue.
        parallel: the most tasks that run or wait for a node at the same time.
        signal_seconds: how long before its limit a task is told to save its state.
        requeues: how often a task may reach its limit before it is given up.
        setup: shell lines before Python starts (``module load ...``).
        sbatch: further sbatch options by name; true for an option without a value, false to leave it out.
        python: the interpreter on the nodes; by default this one.
        directory: where the nodes see the working directory, if it is another path than here.
    """

    partition: AnyText | None = None
    account: AnyText | None = None
    qos: AnyText | None = None
    constraint: AnyText | None = None
    gpus: Annotated[int, Strict(), Field(ge=0, le=1), needs("0 or 1 (a task is one worker)")] = 0
    gres: AnyText | None = None
    cpus: Positive = 1
    memory: Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False), needs("a number of gigabytes greater than 0")] = 4.0
    minutes: Positive = 240
    parallel: Positive = 100
    signal_seconds: Positive = 90
    requeues: Whole = 20
    setup: Annotated[tuple[StrictStr, ...], needs("a list of shell lines")] = ()
    sbatch: Options = field(default_factory=dict)
    python: AnyText | None = None
    directory: AnyText | None = None

    def __post_init__(self) -> None:
        if self.signal_seconds >= 60 * self.minutes:
            raise ValueError(f"signal_seconds = {self.signal_seconds} leaves no time to work, with minutes = {self.minutes}.")

    @property
    def device(self) -> str:
        """The kind of device that a task trains on."""
        return "cuda" if self.gpus or "gpu" in (self.gres or "") else "cpu"


def find_cluster(name: str | None, **changes: Any) -> Cluster:
    """The profile of this name (``clusters/NAME.toml``, or in the user's configuration folder), or at this path.

    Args:
        changes: values that replace the profile's; None changes nothing. Further sbatch options join the profile's.

    Raises:
        UserError: there is no such profile, or something in it is not accepted.
    """
    cluster = Cluster() if name is None else read_cluster(find_file(name))
    changes = {k: v for k, v in changes.items() if v is not None}
    if "sbatch" in changes:
        changes["sbatch"] = {**cluster.sbatch, **changes["sbatch"]}
    return replace(cluster, **changes)


def find_file(name: str) -> Path:
    """The profile's file."""
    if name.endswith(".toml"):
        if not Path(name).is_file():
            raise UserError(f"No cluster profile at {name}.")
        return Path(name)
    for folder in FOLDERS:
        if (path := folder / f"{name}.toml").is_file():
            return path
    known = sorted({p.stem for f in FOLDERS for p in f.glob("*.toml")})
    message = str(unknown("cluster", name, [*known, "path/to/profile.toml"])).replace("\n", " ")
    raise UserError(f"{message}\nProfiles are in {FOLDERS[0]}/ and {FOLDERS[1]}/.")


def read_cluster(path: Path) -> Cluster:
    """The profile in the file."""
    try:
        content = read_toml(path)
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is not a cluster profile: {one_line(error)}") from error
    return read_record(Cluster, content, str(path))
