"""Cluster profiles: what a task asks SLURM for, from a TOML file and the command line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import typer

from benchmark.plugins import UserError, one_line, unknown

FOLDERS = (Path("clusters"), Path(typer.get_app_dir("ganbench")) / "clusters")

SET_HERE = {
    "time": "minutes",
    "mem": "memory",
    "cpus-per-task": "cpus",
    "chdir": "directory",
    "signal": "signal_seconds",
    **dict.fromkeys(("array", "job-name", "output", "error", "open-mode", "wrap", "ntasks", "nodes"), "the study itself"),
}
"""The sbatch options that are not free, and what sets them."""


@dataclass(frozen=True)
class Cluster:
    """What each task of an array asks for.

    Attributes:
        partition, account, qos, constraint: as sbatch takes them.
        gpus: GPUs of a task, one worker each: 0 or 1.
        gres: a gres in place of ``gpus``, such as ``gpu:a100:1``.
        cpus: CPU cores of a task.
        memory: gigabytes of a task.
        minutes: time limit of a task; interrupted tasks are requeued and go on.
        parallel: tasks that run at the same time.
        array_size: tasks of an array at most; None for as many as the cluster takes.
        signal_seconds: how long before its limit a task is told to save its state.
        requeues: how often a task may reach its limit before it is given up.
        setup: shell lines before Python starts (``module load ...``).
        sbatch: further sbatch options by name; true for those without a value, false for none.
        python: the interpreter on the nodes; by default this one.
        directory: where the nodes see the working directory, if it is another path than here.
    """

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    gpus: int = 0
    gres: str | None = None
    cpus: int = 1
    memory: float = 4.0
    minutes: int = 240
    parallel: int = 100
    array_size: int | None = None
    signal_seconds: int = 90
    requeues: int = 20
    setup: tuple[str, ...] = ()
    sbatch: dict[str, Any] = field(default_factory=dict)
    python: str | None = None
    directory: str | None = None

    def __post_init__(self) -> None:
        for name in ("cpus", "memory", "minutes", "parallel", "array_size", "signal_seconds"):
            if getattr(self, name) is not None and getattr(self, name) <= 0:
                raise UserError(f"Cluster: {name} is {getattr(self, name)}; it must be greater than 0.")
        if self.gpus not in (0, 1):
            raise UserError(f"Cluster: gpus is {self.gpus}; a task is one worker, which uses 0 or 1.")
        if self.signal_seconds >= 60 * self.minutes:
            raise UserError(f"Cluster: signal_seconds {self.signal_seconds} leaves no time to work in {self.minutes} minutes.")
        for name in self.sbatch:
            if instead := SET_HERE.get(name.replace("_", "-").lstrip("-")):
                raise UserError(f"Cluster: the sbatch option {name} is set by {instead}.")

    @property
    def device(self) -> str:
        """What a task trains on."""
        return "cuda" if self.gpus or "gpu" in (self.gres or "") else "cpu"


CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(
        ("partition", "account", "qos", "constraint", "gres", "python", "directory"), (lambda v: isinstance(v, str), "a text")
    ),
    **dict.fromkeys(
        ("gpus", "cpus", "minutes", "parallel", "array_size", "signal_seconds", "requeues"),
        (lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0, "a whole number"),
    ),
    "memory": (lambda v: isinstance(v, int | float) and not isinstance(v, bool), "a number of gigabytes"),
    "setup": (lambda v: isinstance(v, list) and all(isinstance(line, str) for line in v), "a list of shell lines"),
    "sbatch": (
        lambda v: isinstance(v, dict) and all(isinstance(o, str | int | float) for o in v.values()),
        "a table of sbatch options with texts, numbers, true or false",
    ),
}


def find_cluster(name: str | None, **said: Any) -> Cluster:
    """The profile called so (``clusters/NAME.toml``, or in the user's configuration folder), or the one at that path.

    Args:
        said: values that replace the profile's; None for no say. Further sbatch options join the profile's.

    Raises:
        UserError: no such profile, or something in it that is not accepted.
    """
    cluster = Cluster() if name is None else read_cluster(find_file(name))
    said = {k: v for k, v in said.items() if v is not None}
    if "sbatch" in said:
        said["sbatch"] = {**cluster.sbatch, **said["sbatch"]}
    return replace(cluster, **said)


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
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path} is not a cluster profile: {one_line(error)}") from error
    known = [f.name for f in fields(Cluster)]
    for key, value in content.items():
        if key not in known:
            raise UserError(f"{path}: {unknown('key', key, known)}")
        accepted, wanted = CHECKS[key]
        if not accepted(value):
            raise UserError(f"{path}: {key} = {value!r}: {wanted} is needed.")
    if "setup" in content:
        content["setup"] = tuple(content["setup"])
    try:
        return Cluster(**content)
    except UserError as error:
        raise UserError(f"{path}: {str(error).removeprefix('Cluster: ')}") from None
