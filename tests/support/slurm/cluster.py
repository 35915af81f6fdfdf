"""A real SLURM (munged, slurmctld, a slurmd for each node) for tests: on loopback, no database, all its state in one folder."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from support.slurm import keeper
from support.slurm.configuration import CGROUPS, HOST, write_files

PROGRAMS = ("munged", "munge", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue", "sinfo", "scancel")
PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])  # an ordinary user's PATH lacks the daemons


class Job(NamedTuple):
    """A row of squeue; `id` is "123" or, in an array, "123_4"; `raw_id` is SLURM's number of the single job."""

    id: str
    raw_id: str
    name: str
    partition: str
    state: str
    reason: str
    comment: str


def missing() -> str | None:
    """Why no cluster can be started here, or None."""
    if absent := [program for program in PROGRAMS if not shutil.which(program, path=PATH)]:
        return f"SLURM is not installed (apt-get install slurm-wlm munge): no {', '.join(absent)}"
    if not on_loopback():
        return f"SLURM listens where the host name points to, and its tests need '127.0.0.1 {HOST}' in /etc/hosts"
    return None


def on_loopback() -> bool:
    """Whether this machine's name resolves to 127.0.0.1."""
    try:
        return socket.gethostbyname(HOST) == "127.0.0.1"
    except OSError:
        return False


def put_on_loopback() -> None:
    """Adds this machine's name to /etc/hosts where that is needed and allowed, with a warning that says so."""
    hosts = Path("/etc/hosts")
    if not on_loopback() and os.access(hosts, os.W_OK):
        line = f"127.0.0.1 {HOST}\n"
        warnings.warn(f"for the tests on SLURM {line!r} was put into {hosts}", stacklevel=2)
        hosts.write_text(line + hosts.read_text())  # first: an earlier line wins


class Cluster:
    """A SLURM `with Cluster() as slurm`: partitions low (default, preempted) and high (preempts), fake GPUs.

    Its nodes, this machine alone or several of names of their own, see their own processes only if they are several.
    The cores, memory and GPUs of each are claims: nothing looks whether the machine has them.
    Whatever happens to this process, its keeper ends the daemons and all jobs, and removes the folder.
    """

    def __init__(
        self,
        *,
        nodes: Sequence[str] = (HOST,),
        cpus: int = 8,
        memory_mb: int = 16000,
        gpus: int = 4,
        cgroups: bool = False,
        extra: str = "",
    ) -> None:
        """`cgroups`: whether the kernel holds tasks to their cores and memory; `extra`: more lines for slurm.conf."""
        self.cgroups = cgroups
        self.nodes = nodes
        self.cpus, self.memory_mb, self.gpus, self.extra = cpus, memory_mb, gpus, extra
        self.pids: dict[str, int] = {}

    def start(self) -> Cluster:
        """Returns with the node idle; RuntimeError with the daemons' last words if it does not come up."""
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))  # short: a socket's path has at most 108 bytes
        self.keeper = subprocess.Popen(
            [sys.executable, keeper.__file__, str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # ctrl-C is not for it
            cwd="/",
            env=self.environment,
        )
        try:
            write_files(
                self.folder,
                nodes=self.nodes,
                cpus=self.cpus,
                memory_mb=self.memory_mb,
                gpus=self.gpus,
                cgroups=self.cgroups,
                extra=self.extra,
            )
            munge = self.folder / "munge"
            files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
            self._launch("munged", "--foreground", "--num-threads=2", *(f"--{k}={munge / v}" for k, v in files.items()))
            self.wait_until(lambda: self._succeeds("munge", "-n", "-S", str(munge / "socket")))
            self._launch("slurmctld", "-D", "-c", "-f", self._conf)
            self.wait_until(lambda: self._succeeds("scontrol", "ping"))
            for node in self.nodes:
                self.start_slurmd(node)
            self.wait_until(lambda: self.node_state() == "idle")
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Ends the daemons and all jobs, and removes the folder; a second call does nothing."""
        self.keeper.communicate()  # closes its input and waits
        self.pids.clear()
        if self.cgroups:  # slurmd leaves its empty groups behind
            for group in sorted(CGROUPS.glob(f"*/slurm_{self.nodes[0]}/**/"), reverse=True):
                with contextlib.suppress(OSError):
                    group.rmdir()

    def __enter__(self) -> Cluster:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment, freed of any other SLURM's variables, for programs that use this cluster."""
        theirs = ("SLURM_", "SBATCH_", "SRUN_", "SQUEUE_", "SINFO_", "SCANCEL_", "SACCT_", "SCONTROL_", "SUBMITIT_")
        ours = {k: v for k, v in os.environ.items() if not k.startswith(theirs)}
        return ours | {"SLURM_CONF": self._conf, "PATH": f"{self.folder / 'bin'}{os.pathsep}{PATH}"}

    def run(self, *command: str) -> str:
        """What a SLURM command prints; CalledProcessError if it fails."""
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True, timeout=30).stdout

    def queue(self, *, finished: bool = False) -> list[Job]:
        """Pending and running jobs; `finished`: also those that ended since the cluster came up."""
        command = ["squeue", "--noheader", "--array", "--format=%i\t%A\t%j\t%P\t%T\t%r\t%k"]
        rows = self.run(*command, *(["--states=all"] if finished else []))
        return [Job(*row.split("\t")) for row in rows.splitlines()]

    def job(self, job_id: str) -> Job:
        """The row of "123" or "123_4", finished or not; LookupError if the cluster never saw it."""
        for job in self.queue(finished=True):
            if job.id == job_id:
                return job
        raise LookupError(f"no job {job_id}")

    def node_state(self) -> str:
        """sinfo's word: idle, mixed, allocated, down, draining...; a star at its end: the node does not answer."""
        return self.run("sinfo", "--noheader", "--partition=low", "--format=%T").strip()

    def wait_until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        """Returns when `condition()` holds; RuntimeError with queue and logs after `seconds`, as a guard against hanging."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise RuntimeError(f"waited {seconds} s in vain\n{self.logs()}")
            time.sleep(0.1)

    def logs(self, lines: int = 20) -> str:
        """The last lines that each daemon printed."""
        files = sorted((self.folder / "log").glob("*.out"))
        return "\n".join(f"== {f.name}\n" + "\n".join(f.read_text().splitlines()[-lines:]) for f in files)

    def task_pid(self, job_id: str) -> int | None:
        """The process of a job's task (submitit's Python); None while there is none."""
        raw_id = self.job(job_id).raw_id
        try:
            rows = self.run("scontrol", "listpids", raw_id).splitlines()[1:]
        except subprocess.CalledProcessError:  # it does not run
            return None
        for row in rows:
            pid, _, step, local_id, _ = row.split()
            if step == "0" and local_id == "0":
                return int(pid)
        return None

    def kill_task(self, job_id: str) -> None:
        """SIGKILL to the running task of a job, as the kernel's out-of-memory killer does."""
        if pid := self.task_pid(job_id):
            os.kill(pid, signal.SIGKILL)

    def kill_slurmd(self) -> None:
        """SIGKILL to the only slurmd; its running jobs go on."""
        self._end(f"slurmd {HOST}", signal.SIGKILL)

    def lose_node(self) -> None:
        """SIGKILL to all that runs on the node, as in a power cut; tells slurmctld, which would take a minute."""
        self.kill_slurmd()
        stay = set(self.pids.values())
        stay.update(child for pid in self.pids.values() for child in keeper.descendants(pid))
        while gone := set(keeper.descendants(self.keeper.pid)) - stay:
            for number in (signal.SIGSTOP, signal.SIGKILL):  # once all stand still, none reports the end of another
                for pid in gone:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, number)
            time.sleep(0.05)
        self.run("scontrol", "update", f"nodename={HOST}", "state=down", "reason=lost")

    def lose_one_of_several_nodes(self, node: str) -> None:
        """SIGKILL to all that runs on it, as in a power cut; tells slurmctld, which would take a minute."""
        self._end(f"slurmd {node}", signal.SIGKILL)  # with it goes the first process that the node sees, and so all others
        self.run("scontrol", "update", f"nodename={node}", "state=down", "reason=lost")

    def start_slurmd(self, node: str = HOST) -> None:
        """Returns when slurmd runs, not when slurmctld has noticed."""
        apart = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] if len(self.nodes) > 1 else []
        slurmd = shutil.which("slurmd", path=PATH)
        assert slurmd
        self._launch(*apart, slurmd, "-D", "-N", node, "-f", self._conf, name=f"slurmd {node}")

    def restart_slurmctld(self) -> None:
        """Ends slurmctld and starts it from its saved state; returns when it answers."""
        self._end("slurmctld", signal.SIGTERM)
        self._launch("slurmctld", "-D", "-f", self._conf)
        self.wait_until(lambda: self._succeeds("scontrol", "ping"))

    @property
    def _conf(self) -> str:
        return str(self.folder / "slurm.conf")

    def _launch(self, program: str, *arguments: str, name: str = "") -> None:
        """Starts a daemon, which is known by the name from then on, or else by the program's."""
        name, path = name or program, shutil.which(program, path=PATH)
        assert self.keeper.stdin and self.keeper.stdout and path
        self.keeper.stdin.write(json.dumps([str(self.folder / f"log/{name}.out"), path, *arguments]) + "\n")
        self.keeper.stdin.flush()
        self.pids[name] = int(self.keeper.stdout.readline())

    def _end(self, name: str, how: signal.Signals) -> None:
        pid = self.pids.pop(name)
        os.kill(pid, how)
        self.wait_until(lambda: not Path(f"/proc/{pid}").exists())

    def _succeeds(self, *command: str) -> bool:
        return subprocess.run(command, env=self.environment, capture_output=True, timeout=30).returncode == 0
