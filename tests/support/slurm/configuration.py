"""The files of a cluster on this machine: slurm.conf, gres.conf, munge's key, fake GPUs and a stand-in for sacct."""

from __future__ import annotations

import os
import pwd
import random
import socket
from collections.abc import Sequence
from pathlib import Path

HOST = socket.gethostname().partition(".")[0]

CONFIGURATION = """\
ClusterName=test
FirstJobId={first_job_id}
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser={user}
SlurmdUser={user}
# A requeued job waits until its credential has expired. Below 10 s, a lost node comes back with duplicate job ids.
AuthInfo=socket={folder}/munge/socket,cred_expire=10
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/state/slurmctld.pid
SlurmdPidFile={folder}/spool/%n/slurmd.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd-%n.log
MailProg=/bin/true
{limits}
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
PriorityType=priority/basic
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
ReturnToService=2
# A node may claim more cores than the machine has.
SlurmdParameters=config_overrides
KillWait=2
# Finished jobs stay in squeue, from which sacct's stand-in answers.
MinJobAge=3600
SlurmctldTimeout=10
SlurmdTimeout=10
MessageTimeout=10
GresTypes=gpu
{node_lines}
PartitionName=DEFAULT Nodes={nodes} MaxTime=INFINITE DefMemPerCPU={memory_per_cpu_mb} State=UP
PartitionName=low Default=YES PriorityTier=1 GraceTime=20
PartitionName=high PriorityTier=10
"""

POLLED = """\
ProctrackType=proctrack/linuxproc
# Memory is looked at every second: cgroups would need root.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill"""
CGROUPS = Path("/sys/fs/cgroup")
BY_CGROUPS = """\
ProctrackType=proctrack/cgroup
TaskPlugin=task/cgroup"""
CGROUP_CONFIGURATION = f"""\
CgroupPlugin=cgroup/v1
CgroupMountpoint={CGROUPS}
ConstrainCores=yes
ConstrainRAMSpace=yes
"""

# Without slurmdbd sacct only says that it is disabled. submitit reads these three columns. States in passing, which
# sacct never shows, become their base state, or submitit takes the job for finished.
SACCT = r"""#!/bin/sh
rows=$(squeue --noheader --all --array --states=all --format='%i|%T|%N') || exit 1
echo 'JobID|State|NodeList'
printf '%s\n' "$rows" | sed -E -e '/^$/d' \
  -e 's/\|(SIGNALING|CONFIGURING|RESIZING|STAGE_OUT|SUSPENDED|STOPPED)\|/|RUNNING|/' \
  -e 's/\|(REQUEUE_FED|REQUEUE_HOLD|RESV_DEL_HOLD|SPECIAL_EXIT)\|/|REQUEUED|/'
"""


def free_port(low: int, high: int) -> int:
    """A TCP port from `low` to below `high` that nobody listens on."""
    while True:
        port = random.SystemRandom().randrange(low, high)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def write_files(folder: Path, *, nodes: Sequence[str], cpus: int, memory_mb: int, gpus: int, cgroups: bool, extra: str) -> None:
    """Fills a new cluster's folder; `extra`: more lines for slurm.conf. Cores, memory and GPUs are those of each node."""
    for name in ("munge", "state", "spool", "log", "bin", "gpus"):
        (folder / name).mkdir()
    for node in nodes:
        (folder / "spool" / node).mkdir()
    folder.chmod(0o755)
    (folder / "munge").chmod(0o711)  # munged wants a socket that others can reach
    key = folder / "munge/key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(1024))
    (folder / "slurm.conf").write_text(
        CONFIGURATION.format(
            first_job_id=random.SystemRandom().randrange(10**3, 10**7),  # submitit remembers ids of earlier clusters
            controller_port=free_port(20000, 26000),  # Linux gives those from 32768 on to outgoing connections
            memory_per_cpu_mb=memory_mb // cpus,
            host=HOST,
            limits=BY_CGROUPS if cgroups else POLLED,
            folder=folder,
            user=pwd.getpwuid(os.geteuid()).pw_name,
            nodes=",".join(nodes),
            node_lines="\n".join(
                f"NodeName={node} NodeHostname={HOST} NodeAddr=127.0.0.1 Port={free_port(26000, 32000)} CPUs={cpus} "
                f"CoresPerSocket={cpus} RealMemory={memory_mb}" + (f" Gres=gpu:{gpus}" if gpus else "")
                for node in nodes
            ),
        )
        + extra
    )
    if cgroups:
        (folder / "cgroup.conf").write_text(CGROUP_CONFIGURATION)
    for index in range(gpus):
        (folder / f"gpus/nvidia{index}").symlink_to("/dev/null")
    devices = f"{folder}/gpus/nvidia[0-{gpus - 1}]"
    gres = f"NodeName={','.join(nodes)} Name=gpu File={devices} Flags=nvidia_gpu_env\n" if gpus else ""
    (folder / "gres.conf").write_text(gres)
    sacct = folder / "bin/sacct"
    sacct.write_text(SACCT)
    sacct.chmod(0o755)
