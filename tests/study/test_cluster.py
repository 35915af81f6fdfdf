"""Cluster profiles, the filling of tasks, and what is read from SLURM's words; the real SLURM is in tests/slurm."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from benchmark.cli import app
from benchmark.data.mnist import FashionMNIST
from benchmark.plugins import UserError
from benchmark.study.cost import group_seconds
from benchmark.study.executors import slurm
from benchmark.study.groups import Group
from benchmark.study.slurm import cluster as profiles
from benchmark.study.slurm.cluster import Cluster, find_cluster, read_cluster
from benchmark.study.slurm.jobs import Jobs, expanded, last_words
from benchmark.study.slurm.submission import in_arrays, make_executor, packed
from benchmark.study.store import Store
from benchmark.study.study import Study
from benchmark.study.trial import Trial
from benchmark.study.workshop import Resources
from benchmark.training.budget import Budget

EXAMPLE = Path(__file__).parents[2] / "clusters/example.toml"
BUDGET = Budget("quick", steps=1_000, batch=64, width=0.25, evaluations=2, images=5_000)


def trial(seed: int = 0, loss: str = "lsgan", **setting: float) -> Trial:
    return Trial(loss, "fashion-mnist", setting, seed, BUDGET, ("fid_classifier",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partition = 3", "partition = 3: a text is needed."),
        ("account = []", "account = []: a text is needed."),
        ("qos = true", "qos = True: a text is needed."),
        ("constraint = 1", "constraint = 1: a text is needed."),
        ("gres = 2", "gres = 2: a text is needed."),
        ("python = 3.11", "python = 3.11: a text is needed."),
        ("directory = 0", "directory = 0: a text is needed."),
        ("gpus = true", "gpus = True: a whole number is needed."),
        ("gpus = 2", "gpus is 2; a task is one worker, which uses 0 or 1."),
        ("cpus = 1.5", "cpus = 1.5: a whole number is needed."),
        ("cpus = 0", "cpus is 0; it must be greater than 0."),
        ('memory = "4G"', "memory = '4G': a number of gigabytes is needed."),
        ("memory = 0", "memory is 0; it must be greater than 0."),
        ("minutes = -1", "minutes = -1: a whole number is needed."),
        ("minutes = 0", "minutes is 0; it must be greater than 0."),
        ("parallel = 0", "parallel is 0; it must be greater than 0."),
        ("array_size = 0", "array_size is 0; it must be greater than 0."),
        ("signal_seconds = 0", "signal_seconds is 0; it must be greater than 0."),
        ("minutes = 1", "signal_seconds 90 leaves no time to work in 1 minutes."),
        ("requeues = -1", "requeues = -1: a whole number is needed."),
        ('setup = "module load cuda"', "setup = 'module load cuda': a list of shell lines is needed."),
        ("setup = [1]", "setup = [1]: a list of shell lines is needed."),
        ('sbatch = "--nice"', "sbatch = '--nice': a table of sbatch options with"),
        ("[sbatch]\nexclude = []", "sbatch = {'exclude': []}: a table of sbatch options"),
        ("[sbatch]\ntime = 5", "the sbatch option time is set by minutes."),
        ("[sbatch]\njob_name = 'x'", "the sbatch option job_name is set by the study itself."),
        ("partiton = 'gpu'", "Unknown key 'partiton'. Did you mean partition "),
        ("partition", "is not a cluster profile: "),
    ],
)
def test_a_profile_that_is_not_accepted_names_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=re.escape(str(path))) as error:
        read_cluster(path)
    assert message in str(error.value) and len(str(error.value).splitlines()) <= 2


def test_the_example_names_every_key_and_holds_the_defaults() -> None:
    assert read_cluster(EXAMPLE) == Cluster()
    text = EXAMPLE.read_text()
    assert [f.name for f in fields(Cluster) if not re.search(rf"^(# |\[)?{f.name}\b", text, re.MULTILINE)] == []


def test_a_profile_is_found_by_name_here_before_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, user = tmp_path / "clusters", tmp_path / "user"
    monkeypatch.setattr(profiles, "FOLDERS", (here, user))
    for folder, cpus in ((here, 2), (user, 3)):
        folder.mkdir()
        (folder / "gpu.toml").write_text(f"cpus = {cpus}")
    (user / "old.toml").write_text("cpus = 4")
    assert [find_cluster(n).cpus for n in ("gpu", "old", str(user / "gpu.toml"))] == [2, 4, 3]
    with pytest.raises(UserError, match=r"Unknown cluster 'gpus'. Did you mean gpu\? Known: gpu, old, .*\nProfiles are in"):
        find_cluster("gpus")
    with pytest.raises(UserError, match="No cluster profile at nowhere"):
        find_cluster("nowhere.toml")


def test_the_command_line_comes_before_the_profile(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("cpus = 2\nminutes = 60\n[sbatch]\nnice = 7\nhold = true\n")
    found = find_cluster(str(path), cpus=4, partition="gpu", minutes=None, sbatch={"nice": "0"})
    assert found == Cluster(partition="gpu", cpus=4, minutes=60, sbatch={"nice": "0", "hold": True})
    with pytest.raises(UserError, match="cpus is 0"):
        find_cluster(str(path), cpus=0)


def test_a_gres_is_a_gpu_only_if_it_says_so() -> None:
    assert [Cluster(gres=g).device for g in (None, "gpu:a100:1", "tmp:100G")] == ["cpu", "cuda", "cpu"]
    assert Cluster(gpus=1).device == "cuda"


def fill(seconds: Sequence[float | None], structures: str = "", minutes: int = 10) -> tuple[list[list[int]], list[str]]:
    """The tasks, as numbers of groups that take so long; groups share a structure if they share a letter."""
    losses = structures or "a" * len(seconds)
    groups = [Group((trial(i, loss),)) for i, loss in enumerate(losses)]
    said: list[str] = []
    tasks = packed(groups, lambda g: seconds[g.trials[0].seed], Cluster(minutes=minutes), said.append)
    return [[g.trials[0].seed for g in task] for task in tasks], said


def test_tasks_are_filled_to_four_fifths_of_their_limit() -> None:
    assert fill([200, 280, 1, 400, 79, 1, 500, 10]) == ([[0, 1], [2, 3, 4], [5], [6], [7]], [])  # 480 s of 10 minutes
    assert fill([200, 280, 1], minutes=11) == ([[0, 1, 2]], [])  # 528 s


def test_a_task_compiles_one_step() -> None:
    assert fill([1, 1, 1, 1], "aabb") == ([[0, 1], [2, 3]], [])


def test_what_was_not_measured_gets_a_task_each() -> None:
    tasks, said = fill([10, None, None, 10, 10])
    assert tasks == [[0], [1], [2], [3, 4]]
    assert said == [
        "2 populations have no measured speed on a cpu, and get a task each; "
        "ganbench measure, run on a node, lets tasks be filled."
    ]


def test_an_array_is_no_larger_than_the_cluster_or_the_profile_lets_it_be(fake: FakeSlurm) -> None:
    tasks = [[Group((trial(i),))] for i in range(7)]

    def sizes(**profile: int) -> list[tuple[list[int], int]]:
        arrays = in_arrays(tasks, Cluster(**profile))  # type: ignore[arg-type]
        return [([g.trials[0].seed for (g,) in array], parallel) for array, parallel in arrays]

    assert sizes(parallel=5) == [([0, 1, 2, 3, 4, 5, 6], 5)]  # SLURM's default
    fake.prints("scontrol", "MaxArraySize            = 3\nMaxJobCount = 1")
    assert sizes(parallel=5) == [([0, 1], 1), ([2, 3], 2), ([4, 5, 6], 2)]
    assert sizes(parallel=5, array_size=10) == sizes(parallel=5)
    assert sizes(parallel=1, array_size=2) == [([0], 1), ([1, 2], 1), ([3, 4], 1), ([5, 6], 1)]
    assert in_arrays([], Cluster()) == []


def test_what_slurm_takes_of_a_submission_is_kept_where_it_refuses_the_rest(fake: FakeSlurm) -> None:
    for program in ("squeue", "sacct", "srun", "scancel"):
        fake.prints(program, "")
    fake.prints("scontrol", "MaxArraySize = 1")
    limit = 'test -e "$0.taken" && { echo QOSMaxSubmitJobPerUserLimit >&2; exit 1; }\ntouch "$0.taken"'
    (fake.folder / "sbatch").write_text(f"#!/bin/sh\n{limit}\necho Submitted batch job 8\n")
    (fake.folder / "sbatch").chmod(0o755)
    groups, said = [Group((trial(seed),)) for seed in (2, 3)], list[str]()
    assert fake.jobs.submit(groups, Resources(), Cluster(), lambda group: None, said.append) == (1, 1)
    assert "QOSMaxSubmitJobPerUserLimit" in said[-1] and said[-1].endswith("submits the rest, once there is room.")
    assert [array.trials for array in fake.jobs.submitted() if array.job == "8"] == [[[groups[0].trials[0].id]]]
    with pytest.raises(UserError, match="SLURM refuses the submission"):
        fake.jobs.submit(groups[1:], Resources(), Cluster(), lambda group: None, said.append)


def test_seconds_of_a_group_are_those_measured_on_such_a_device_with_such_populations() -> None:
    alike = {"loss": "lsgan", "channels": 1, "side": 28, "width": 0.25, "batch": 64, "disc_iters": 1, "start_seconds": 30.0}
    speeds = pd.DataFrame([
        alike | {"device": "cuda", "population": 2, "ms_per_step": 3.0, "seconds_per_10000_images": 4.0},
        alike | {"device": "cpu", "population": 2, "ms_per_step": 90.0, "seconds_per_10000_images": 9.0},
        alike | {"device": "cuda", "population": 1, "ms_per_step": 8.0, "seconds_per_10000_images": 9.0},
    ])  # fmt: skip
    group = Group((trial(0), trial(1)))
    # each 1,000 steps of 3 ms and two evaluations of half 4 s; compiling once
    assert group_seconds(group, FashionMNIST, speeds, "cuda", 2) == pytest.approx(2 * (3 + 2 * 2) + 30)
    assert group_seconds(group, FashionMNIST, speeds, "cuda", 3) is None
    assert group_seconds(Group((trial(0), trial(1, disc_iters=5))), FashionMNIST, speeds, "cuda", 2) is None


def test_without_slurm_the_message_says_where_to_submit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(app, ["run", "quick", "--executor", "slurm", "--results", str(tmp_path)])
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: SLURM's sbatch is not in PATH: submit from a login node of the cluster.\nElsewhere: --executor local.\n"
    )


@pytest.mark.parametrize("option", [["--partition", "gpu"], ["--cluster", "example"], ["--dry-run"], ["--wait"]])
def test_an_option_of_slurm_is_not_ignored_by_another_executor(option: list[str]) -> None:
    done = CliRunner().invoke(app, ["run", "quick", *option])
    assert (done.exit_code, done.stderr) == (2, f"Error: {option[0]} is for --executor slurm; the executor is local.\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--device", "cuda"],
            "Device cuda, but the tasks ask SLURM for a cpu.\nThe profile's gpus or gres decide: leave the device at auto.",
        ),
        (["--threads", "4", "--cpus", "2"], "--threads 4 are more than the cores of a task: --cpus is 2."),
    ],
)
def test_what_a_task_does_not_ask_for_is_refused(tmp_path: Path, fake: FakeSlurm, words: list[str], message: str) -> None:
    for program in ("sbatch", "squeue", "scancel", "srun"):
        fake.prints(program, "")
    done = CliRunner().invoke(app, ["run", "quick", "--executor", "slurm", "--results", str(tmp_path / "results"), *words])
    assert (done.exit_code, done.stderr) == (2, f"Error: {message}\n")


def test_a_number_of_workers_is_refused_on_a_cluster() -> None:
    done = CliRunner().invoke(app, ["run", "quick", "--executor", "slurm", "--workers", "3"])
    assert (done.exit_code, done.stderr.splitlines()) == (
        2,
        ["Error: --workers is for --executor local; the executor is slurm. On a cluster, --parallel says how many tasks run."],
    )


def test_a_retry_on_a_cluster_is_a_run() -> None:
    done = CliRunner().invoke(app, ["retry", "quick", "--failed", "--executor", "slurm"])
    assert done.exit_code == 2
    assert "ganbench run quick --executor slurm --retry-failed" in done.stderr


class FakeSlurm:
    """Programs that print what a cluster with several nodes would; two tasks of array 7 were submitted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        self.trials = [trial(0), trial(1)]
        self.store = Store(folder / "results")
        self.jobs = Jobs(Study("two"), self.store)
        self.jobs.home.mkdir(parents=True)
        ids = [[t.id] for t in self.trials]
        submitted = {"job": "7", "groups": ids, "trials": ids, "folder": str(folder)}
        (self.jobs.home / "7.json").write_text(json.dumps(submitted))

    def prints(self, program: str, text: str) -> None:
        path = self.folder / program
        path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
        path.chmod(0o755)

    def held(self, job: str, pid: int | None = 5) -> None:
        """The first trial is claimed by a process of another machine, which showed life just now."""
        self.store.running.mkdir(exist_ok=True)
        content = {"machine": "far", "pid": pid, "job": job, "trials": [self.trials[0].id], "attempt": 2, "step": 9}
        (self.store.running / f"{self.trials[0].id}.0.claim").write_text(json.dumps(content))


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSlurm:
    return FakeSlurm(tmp_path, monkeypatch)


def test_the_queue_knows_better_than_the_books(fake: FakeSlurm) -> None:
    fake.prints("sacct", "7_0|CANCELLED by 1000\n7_1|NODE_FAIL\n7_[2-9]|PENDING\n8|COMPLETED")
    fake.prints("squeue", "7_1|PENDING\n8|RUNNING")
    assert fake.jobs.states() == {"7_0": "CANCELLED", "7_1": "PENDING"}
    assert fake.jobs.queued() == {fake.trials[1].id}
    fake.prints("squeue", "")
    fake.prints("sacct", "7_[0-1%2]|CANCELLED by 1000")  # never started
    assert fake.jobs.states() == {"7_0": "CANCELLED", "7_1": "CANCELLED"}
    fake.prints("sacct", "JobID|State|NodeList\n7_1|RUNNING|n1\n7|CANCELLED|")
    assert fake.jobs.states() == {"7_0": "CANCELLED", "7_1": "RUNNING"}
    fake.prints("sacct", "7_0|COMPLETED")
    (fake.folder / "7_0_0_log.err").write_text("lost\n")
    assert fake.jobs.disagreements(fake.trials) == [
        "Task 7_0: SLURM says COMPLETED, but 1 of its trials have no result. Its log ends: lost",
        "Task 7_1: SLURM says UNKNOWN, but 1 of its trials have no result. Its log ends: (nothing)",
    ]
    assert fake.jobs.disagreements(fake.trials, most=1)[1:] == ["... and 1 more tasks like these"]


def test_who_waits_for_tasks_outwaits_a_controller_that_is_away(fake: FakeSlurm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm, "POLL", 0.01)
    fake.prints("sacct", "")
    for number, answer in enumerate(["away", "away", "7_1|RUNNING", "away", "7_1|COMPLETED"]):
        (fake.folder / f"answer-{number}").write_text(answer)
    refusal = "{ echo Unable to contact slurm controller >&2; exit 1; }"
    next_one = 'set -- answer-*\nanswer=$(cat "$1")\nrm "$1"'
    script = f'#!/bin/sh\ncd {fake.folder}\n{next_one}\n[ "$answer" = away ] && {refusal}\necho "$answer"\n'
    (fake.folder / "squeue").write_text(script)
    (fake.folder / "squeue").chmod(0o755)
    said: list[str] = []
    slurm.await_tasks(fake.jobs, said.append)
    assert not list(fake.folder.glob("answer-*"))
    assert (
        said
        == [
            "SLURM's squeue failed: Unable to contact slurm controller\n"
            "The tasks may go on without it: waiting until it answers."
        ]
        * 2
    )  # once each time


def test_out_of_memory_on_another_node_is_recorded_at_once(fake: FakeSlurm) -> None:
    fake.prints("squeue", "")
    fake.prints("sacct", "7_0|OUT_OF_MEMORY\n7_1|OUT_OF_MEMORY")
    fake.held("7_0")
    assert fake.jobs.settle(fake.trials) == 1  # the second was at no trial
    result = fake.store.result(fake.trials[0])
    assert result is not None
    assert (result.status, result.step, result.reason) == ("failed", 9, "SLURM task 7_0 ran out of memory")
    assert fake.store.result(fake.trials[1]) is None
    assert fake.jobs.settle(fake.trials) == 0


@pytest.mark.parametrize(("job", "pid"), [("9_0", 5), ("7_0", None)], ids=["taken over by a later task", "given back"])
def test_out_of_memory_does_not_spoil_what_the_task_had_left(fake: FakeSlurm, job: str, pid: int | None) -> None:
    fake.prints("squeue", "")
    fake.prints("sacct", "7_0|OUT_OF_MEMORY\n7_1|COMPLETED")
    fake.held(job, pid)
    assert fake.jobs.settle(fake.trials) == 0
    assert fake.store.result(fake.trials[0]) is None


def test_paths_are_those_of_the_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: FakeSlurm) -> None:
    fake.prints("srun", "")
    here = tmp_path / "gan"
    here.mkdir()
    monkeypatch.chdir(here)
    cluster = Cluster(directory="/mnt/g", python=f"{tmp_path}/gan2/python", sbatch={"nice": 7, "requeue": False, "hold": True})
    for tasks, log in ((1, "%j_0_log"), (2, "%A_%a_0_log")):
        executor = make_executor(Path("results/jobs"), cluster, "ganbench-two", tasks)
        lines = executor._make_submission_file_text(executor._submitit_command_str, "").splitlines()
        assert {"#SBATCH --chdir=/mnt/g", "#SBATCH --nice=7", "#SBATCH --hold"} <= set(lines)
        logs = f"/mnt/g/results/jobs/{log}"
        assert {f"#SBATCH --output={logs}.out", f"#SBATCH --error={logs}.err"} <= set(lines)
        assert not [line for line in lines if "requeue" in line]
        assert lines[-1].endswith(" /mnt/g/results/jobs") and f" {tmp_path}/gan2/python " in lines[-1]
    assert executor.there(tmp_path / "other") == str(tmp_path / "other")


def test_ids_of_tasks_that_never_started_are_ranges() -> None:
    assert expanded("7") == ["7"] and expanded("7_3") == ["7_3"]
    assert expanded("7_[0-2,5%2]") == ["7_0", "7_1", "7_2", "7_5"]
    assert expanded("7_[0-99,...%2]") == [f"7_{i}" for i in range(100)]


def test_last_words_are_those_for_the_user() -> None:
    ended = "srun: error: task 0: Exited with exit code 2"
    assert last_words(f"a\nError: no compiler here.\n{ended}\n\n") == "Error: no compiler here."
    assert last_words(f"a\n{ended}\n") == ended
