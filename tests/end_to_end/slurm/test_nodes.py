"""Studies on several nodes, which see their own processes only, and inside an allocation."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from support.same_results import require_same
from support.slurm.cluster import Cluster
from support.slurm.desk import FIRST, Desk

NODES = ("n1", "n2", "n3")


def node_of(slurm: Cluster, task: str) -> str:
    return slurm.run("squeue", "--noheader", "--states=all", "--array", f"--jobs={task}", "--format=%N").split()[0]


def test_the_others_take_over_from_a_node_that_dies_for_good(desk: Desk, inline: Desk) -> None:
    if subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], capture_output=True, check=False).returncode:
        pytest.skip("nodes that do not see each other's processes need the right to make namespaces (root)")
    with Cluster(nodes=NODES, cpus=1, memory_mb=4000, gpus=0) as slurm:
        desk.slurm = slurm
        desk.close(FIRST)
        desk.run("--memory", "2")
        desk.wait_for(FIRST, trials=3)
        leases = [json.loads(p.read_text()) for p in desk.folder.glob("results/running/*.claim")]
        assert len({lease["machine"] for lease in leases}) == len(leases) == 3  # the fourth waits for a node

        beside = desk.start("run", "four.toml", "--executor", "inline", "--no-compile")
        desk.wait_for(FIRST, trials=4)  # another machine to them all: it takes what nobody has, and nothing else
        assert sorted(map(len, desk.steps().values())) == [3] * 4

        (lost,), task = leases[0]["trials"], leases[0]["job"]
        dead = node_of(slurm, task)
        slurm.lose_one_of_several_nodes(dead)
        desk.wait_until(lambda: slurm.job(task).state == "PENDING")  # until another node is free
        said = desk.ganbench("status", "four.toml")  # though its lease, of a machine that nobody sees, is young
        assert f"SLURM task {task}:" not in said and said.count("SLURM task ") == 2
        desk.open(FIRST)
        code, said = beside.wait()
        assert code == 0, said
        desk.wait_until(lambda: not slurm.queue())
        assert desk.steps()[lost] == [4, 8, 12, 12, 16, 20, 24]  # from the checkpoint after 8, elsewhere
        assert node_of(slurm, task) in set(NODES) - {dead}
        (tasks,) = desk.arrays()
        assert {slurm.job(task).state for task in tasks} == {"COMPLETED"}  # also of the fourth, to which nothing was left
        desk.require_each_ended_once()
        require_same(desk.results, inline.results, "four")
        assert desk.table()["attempts"].to_dict() == {t: 1 + (t == lost) for t in desk.steps()}


def in_allocation(desk: Desk, *words: str) -> str:
    done = subprocess.run(
        [*words[: words.index("--")], sys.executable, "-m", "benchmark", *words[words.index("--") + 1 :]],
        cwd=desk.folder,
        env=desk.environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_run_inside_an_allocation_uses_what_it_has(desk: Desk, inline: Desk) -> None:
    run = ("--", "run", "four.toml", "--no-compile")
    said = in_allocation(desk, "srun", "-n1", "-c1", "--mem=2G", *run)
    assert "not on a node" not in said
    assert len(desk.log("process")) == 1  # one core, one worker, which is the command itself
    require_same(desk.results, inline.results, "four")
    assert "not on a node of SLURM's allocation" in in_allocation(desk, "salloc", "-n1", *run, "--results", "others")


def test_a_study_is_submitted_from_inside_an_allocation(desk: Desk, inline: Desk) -> None:
    asked = ("--executor", "slurm", "--memory", "2", "--wait")
    said = in_allocation(desk, "salloc", "-n4", "--mem-per-cpu=700M", "--", "run", "four.toml", "--no-compile", *asked)
    assert "4 workers submitted for 4 populations" in said
    desk.require_each_ended_once()
    require_same(desk.results, inline.results, "four")
