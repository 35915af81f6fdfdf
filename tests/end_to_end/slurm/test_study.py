"""Studies on the real SLURM, through the command line, as a user of a cluster runs them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
from support.same_results import require_same
from support.slurm.cluster import Cluster
from support.slurm.configuration import HOST
from support.slurm.desk import FIRST, SECOND, STUDY, Desk


def holds_back(pid: int | None, number: signal.Signals) -> bool:
    """Whether the process lets the signal wait."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
    return bool(int(status.partition("SigBlk:")[2].split()[0], 16) >> (number - 1) & 1)


def test_two_submissions_at_once_and_every_daemon_and_two_workers_killed(desk: Desk, inline: Desk) -> None:
    desk.close(FIRST)
    words = ("run", "four.toml", "--executor", "slurm", "--no-compile", "--memory", "2")
    both = [desk.start(*words) for _ in range(2)]
    said = [command.wait()[1] for command in both]
    assert sum("4 workers submitted for 4 populations" in s for s in said) == 1, said
    assert sum("Another process is submitting" in s or "Nothing to submit" in s for s in said) == 1, said
    desk.wait_for(FIRST, trials=4)
    assert len(desk.slurm.queue()) == 4
    assert "Nothing to submit" in desk.run("--memory", "2")
    assert "SLURM: 4 tasks RUNNING" in desk.ganbench("status", "four.toml")

    desk.slurm.kill_slurmd()
    desk.slurm.start_slurmd()
    desk.slurm.restart_slurmctld()
    one, other, *_ = sorted(desk.steps())
    tasks = {desk.task_of(trial) for trial in (one, other)}
    for task in tasks:
        desk.slurm.kill_task(task)
    desk.wait_until(lambda: all(desk.slurm.job(task).state == "FAILED" for task in tasks))
    said = desk.ganbench("status", "four.toml")
    assert all(re.search(f"Task {task}: SLURM says FAILED, .*1 trial ", said) for task in tasks)
    assert len(re.findall(r"SLURM task \S+:.* step 12 of 24", said)) == 2  # the dead don't run

    assert "2 workers submitted for 4 populations" in desk.run("--memory", "2")
    assert [len(a) for a in desk.arrays()] == [4, 2]
    assert "SLURM says" not in desk.ganbench("status", "four.toml")  # their work is taken over
    desk.wait_until(lambda: all(desk.steps()[trial][-2:] == [12, 12] for trial in (one, other)))
    desk.open(FIRST)
    desk.run("--memory", "2", "--wait")
    assert [len(a) for a in desk.arrays()] == [4, 2]
    for trial in (one, other):
        assert desk.steps()[trial] == [4, 8, 12, 12, 16, 20, 24]  # it had written a checkpoint after 8
    desk.require_each_ended_once()
    require_same(desk.results, inline.results, "four")
    assert desk.table()["attempts"].to_dict() == {t: 1 + (t in (one, other)) for t in desk.steps()}
    first, second = map(set, desk.arrays())
    assert desk.trained_by() == first - tasks | second


def test_the_others_take_over_from_a_worker_that_is_killed(desk: Desk, inline: Desk) -> None:
    (desk.folder / "four.toml").write_text(STUDY.replace("seeds = 2", "seeds = 1"))
    desk.close(FIRST)
    desk.run("--memory", "2", "--parallel", "3")
    ((early, late),) = desk.arrays()  # as many as there are populations
    desk.wait_for(FIRST, trials=2)
    (killed,) = [trial for trial in desk.steps() if desk.task_of(trial) == early]
    desk.slurm.kill_task(early)
    desk.open(FIRST)
    desk.wait_until(lambda: not desk.slurm.queue())
    desk.run()
    assert desk.arrays() == [[early, late]] and desk.trained_by() == {late}
    desk.require_each_ended_once()
    require_same(desk.results, inline.results, "four", list(desk.table().index))
    assert desk.table()["attempts"].to_dict() == {t: 1 + (t == killed) for t in desk.steps()}


def test_preemption_and_a_lost_node(desk: Desk, inline: Desk) -> None:
    (desk.folder / "four.toml").write_text(STUDY.replace("seeds = 2", "seeds = 1"))
    desk.close(FIRST, SECOND)
    desk.run("--memory", "2", "--partition", "low", "--minutes", "60")
    ((early, late),) = desk.arrays()
    desk.wait_until(lambda: holds_back(desk.slurm.task_pid(early), signal.SIGUSR2))
    os.kill(desk.slurm.task_pid(early) or 0, signal.SIGUSR2)  # while it starts: nobody can write a checkpoint yet
    desk.wait_for(FIRST, trials=2)
    desk.slurm.run("sbatch", "--output=/dev/null", "--partition=high", f"--cpus-per-task={desk.slurm.cpus}", "--wrap=sleep 1")
    desk.wait_until(lambda: sum(job.partition == "low" and job.state == "PENDING" for job in desk.slurm.queue()) == 2)
    desk.open(FIRST)
    desk.wait_for(SECOND, trials=2)
    desk.slurm.lose_node()
    desk.slurm.start_slurmd()
    desk.wait_until(lambda: sum(steps[-2:] == [SECOND, SECOND] for steps in desk.steps().values()) == 2)
    desk.open(SECOND)
    desk.wait_until(lambda: not desk.slurm.queue())
    desk.run()
    assert desk.arrays() == [[early, late]]  # SLURM itself ran them again
    restarts = [re.search(r"Restarts=(\d+)", desk.slurm.run("scontrol", "show", "job", task)) for task in (early, late)]
    assert [int(r[1]) for r in restarts if r] == [3, 2]
    # The signal had a checkpoint written after 12; the lost node's trials go on from the one after 16.
    assert list(desk.steps().values()) == [[4, 8, 12, 16, 20, 20, 24]] * 2
    desk.require_each_ended_once()
    require_same(desk.results, inline.results, "four", list(desk.table().index))
    assert set(desk.table()["attempts"]) == {3}


def test_a_time_limit_and_too_much_memory(desk: Desk, inline: Desk) -> None:
    (desk.folder / "four.toml").write_text(STUDY.replace("seeds = 2", "seeds = 1"))
    desk.close(FIRST)  # for good: only who continues from a checkpoint there gets past
    (desk.folder / "hog").write_text("vae")
    (desk.folder / "short.toml").write_text("minutes = 2\nsignal_seconds = 30\nmemory = 2\n")
    desk.run("--cluster", "short.toml")
    (array,) = desk.arrays()
    desk.wait_until(lambda: not desk.slurm.queue(), seconds=600)
    said = desk.run("--cluster", "short.toml", code=1)
    assert "1 trial failed: out of memory." in said and "submitted" not in said
    desk.require_each_ended_once()
    ended = desk.table().reset_index().set_index("loss")
    assert ended["status"].to_dict() == {"lsgan": "ok", "vae": "failed"}
    assert ended.loc["vae", "reason"] in {f"SLURM task {task} ran out of memory" for task in array}
    good = ended.loc["lsgan", "id"]
    assert desk.steps()[good] == [4, 8, 12, 16, 20, 24]
    assert ended.loc["lsgan", "attempts"] == 2
    require_same(desk.results, inline.results, "four", [good])


def test_what_the_user_asks_for_reaches_slurm_and_cancel_touches_nothing_else(desk: Desk) -> None:
    desk.slurm.run("scontrol", "update", f"nodename={HOST}", "availablefeatures=fast", "activefeatures=fast")
    (desk.folder / "clusters").mkdir()
    (desk.folder / "clusters/here.toml").write_text(
        'partition = "high"\naccount = "vision"\nqos = "none"\nconstraint = "fast"\ngres = "gpu:1"\ncpus = 1\nmemory = 0.5\n'
        'minutes = 90\nparallel = 9\nsignal_seconds = 120\nsetup = ["module load python"]\n'
        "[sbatch]\nhold = true\nnice = 7\nrequeue = true\n"
    )
    words = ("--cluster", "here", "--cpus", "2", "--parallel", "3", "--sbatch", "comment=mine", "--population", "1")
    script = desk.run(*words, "--dry-run")
    assert {"#SBATCH --qos=none", "#SBATCH --signal=USR2@120", "module load python"} <= set(script.splitlines())
    assert "export OMP_NUM_THREADS=2 TORCHINDUCTOR_COMPILE_THREADS=2\nmodule load python\n" in script
    assert not desk.slurm.queue() and not desk.arrays()
    (desk.folder / "clusters/here.toml").write_text(
        (desk.folder / "clusters/here.toml").read_text().replace('qos = "none"\n', "")  # qualities need SLURM's database
    )
    assert "3 workers submitted for 4 populations" in desk.run(*words)
    (array,) = desk.arrays()
    job = dict(pair.partition("=")[::2] for pair in desk.slurm.run("scontrol", "show", "job", array[0][:-2]).split())
    asked = {
        "Partition": "high",
        "Account": "vision",
        "Features": "fast",
        "MinMemoryNode": "512M",
        "CPUs/Task": "2",
        "Nice": "7",
        "TimeLimit": "01:30:00",
        "ArrayTaskThrottle": "3",
        "Comment": "mine",
        "Requeue": "1",
        "JobName": "ganbench-four",
        "TresPerNode": "gres:gpu:1",
        "Reason": "JobHeldUser",
    }
    assert asked.items() <= job.items()
    text = desk.slurm.run("scontrol", "write", "batch_script", array[0][:-2], "-").splitlines()
    promised = script[script.index("#!") :].splitlines()
    assert all(line in text for line in promised if "SUBMISSION" not in line and "qos" not in line)

    assert "Nothing to submit" in desk.run(*words)
    (desk.folder / "four.toml").write_text(STUDY.replace("seeds = 2", "seeds = 3"))  # two of which the three don't know
    assert "2 workers submitted for 6 populations" in desk.run(*words)
    assert "Nothing to submit" in desk.run(*words)
    foreign = desk.slurm.run("sbatch", "--parsable", "--output=/dev/null", "--wrap=sleep 600").strip()
    assert "SLURM: 5 tasks PENDING" in desk.ganbench("status", "four.toml")
    assert "5 tasks cancelled." in desk.ganbench("cancel", "four.toml")
    assert [job.id for job in desk.slurm.queue()] == [foreign]
    assert "SLURM: 5 tasks CANCELLED" in desk.ganbench("status", "four.toml")
    desk.ganbench("clean", "four.toml")
    assert not list((desk.results / "slurm/four").iterdir())

    said = desk.run("--memory", "1000", code=2)
    assert "Error: SLURM refuses the submission: sbatch: error: Memory specification" in said
    assert "partition" in desk.run("--partition", "fats", code=2)


def test_nodes_see_another_path_and_each_task_a_gpu_of_its_own(desk: Desk, inline: Desk) -> None:
    here, there = desk.folder, desk.folder.with_name("there")
    profile = (
        f'memory = 2\ndirectory = "{there}"\nsetup = ["export FROM_SETUP=yes"]\nsbatch = {{ hold = true, gres = "gpu:1" }}\n'
    )
    (here / "elsewhere.toml").write_text(profile)
    desk.close(FIRST)
    desk.run("--cluster", "elsewhere.toml")
    (array,) = desk.arrays()
    here.rename(there)  # now only the nodes' path leads to it
    desk.folder = there
    desk.slurm.run("scontrol", "release", array[0][:-2])
    desk.wait_for(FIRST, trials=4)
    desk.open(FIRST)
    desk.wait_until(lambda: not desk.slurm.queue())
    there.rename(here)
    desk.folder = here
    desk.run("--cluster", "elsewhere.toml")
    tasks = desk.log("process")[1:-1]  # the first and the last one are the submissions
    assert sorted(gpu for gpu, _, _ in tasks) == ["0", "1", "2", "3"]
    assert {(setup, path) for _, setup, path in tasks} == {("yes", str(there))}
    desk.require_each_ended_once()
    require_same(desk.results, inline.results, "four")


def test_a_study_of_more_workers_than_an_array_may_have(desk: Desk) -> None:
    with Cluster(extra="MaxArraySize=3\n") as slurm:
        desk.slurm = slurm
        words = ("--sbatch", "hold")
        assert "3 workers would be submitted for 4 populations" in desk.run(*words, "--dry-run")
        assert "3 workers submitted" in desk.run(*words)
        assert "1 worker submitted" in desk.run(*words)
        assert [len(array) for array in desk.arrays()] == [3, 1]
        assert "Nothing to submit" in desk.run(*words)
        assert "4 tasks cancelled." in desk.ganbench("cancel", "four.toml")


def test_what_the_user_must_mend_on_the_nodes_is_told(desk: Desk) -> None:
    """A data set that needs the network, on nodes without."""
    fetch = """        if "SLURM_JOB_ID" in os.environ:
            raise UserError("Cannot fetch stripes:\\nno network.")
"""
    text = (desk.folder / "stripes.py").read_text().replace("import DataSet,", "import DataSet, UserError,")
    (desk.folder / "stripes.py").write_text(text.replace("        rng =", fetch + "        rng ="))
    (desk.folder / "four.toml").write_text(STUDY.replace("seeds = 2", "seeds = 1"))
    desk.run("--memory", "2")
    desk.wait_until(lambda: not desk.slurm.queue())
    assert desk.ganbench("status", "four.toml").count("Its log ends: Error: Cannot fetch stripes: no network.") == 2
    (desk.folder / "lost.toml").write_text('python = "/no/where/python"\n')
    desk.run("--cluster", "lost.toml")
    desk.wait_until(lambda: not desk.slurm.queue())
    said = re.findall(r"Its log ends: (.*)", desk.ganbench("status", "four.toml"))
    assert len(said) == 2 and all("/no/where/python" in line for line in said)


def test_tasks_of_an_allocation_share_the_scoring_of_kept_generators(desk: Desk, inline: Desk) -> None:
    shutil.copytree(inline.results, desk.results)
    words = ["srun", "--ntasks=2", "--mem=4G", sys.executable, "-m", "benchmark"]
    score = ["rescore", "four.toml", "--metrics", "kid", "--extractor", "pixels"]
    done = subprocess.run([*words, *score], cwd=desk.folder, env=desk.environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"kid_pixels [\d.e-]+$", done.stdout, re.MULTILINE)) == 4, done.stdout  # each once, whoever did it
    rescored = pd.read_csv(desk.results / "studies" / "four" / "rescored" / "kid_pixels" / "trials.csv")
    assert rescored["status"].tolist() == ["ok"] * 4 and (rescored["score"] == "kid_pixels").all()
    assert not list((desk.results / "running" / "rescoring").glob("*"))
