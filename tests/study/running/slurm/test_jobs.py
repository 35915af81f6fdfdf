"""What is submitted and kept, and what is read from SLURM's words; the real SLURM is in tests/end_to_end/slurm."""

from __future__ import annotations

import pytest
from support.fake_slurm import FakeSlurm, trial

from benchmark.plugins import UserError
from benchmark.study.populations import Population
from benchmark.study.running.contexts import Resources
from benchmark.study.running.slurm.cluster import Cluster
from benchmark.study.running.slurm.jobs import end_of_log, expanded


def test_what_slurm_takes_of_a_submission_is_kept_where_it_refuses_the_rest(fake: FakeSlurm) -> None:
    for program in ("squeue", "sacct"):
        fake.prints(program, "")
    fake.prints("scontrol", "MaxArraySize = 1")
    limit = 'test -e "$0.taken" && { echo QOSMaxSubmitJobPerUserLimit >&2; exit 1; }\ntouch "$0.taken"'
    (fake.folder / "sbatch").write_text(f"#!/bin/sh\n{limit}\necho Submitted batch job 8\n")
    (fake.folder / "sbatch").chmod(0o755)
    populations, said = [Population((trial(seed),)) for seed in (2, 3)], list[str]()
    assert fake.jobs.submit(populations, Resources(), Cluster(), lambda population: None, said.append) == (1, 1)
    assert "QOSMaxSubmitJobPerUserLimit" in said[-1] and said[-1].endswith("submits the rest, once there is room.")
    assert [array.trials for array in fake.jobs.submitted() if array.job == "8"] == [[[populations[0].trials[0].id]]]
    with pytest.raises(UserError, match="SLURM refuses the submission"):
        fake.jobs.submit(populations[1:], Resources(), Cluster(), lambda population: None, said.append)


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


def test_out_of_memory_on_another_node_is_recorded_at_once(fake: FakeSlurm) -> None:
    fake.prints("squeue", "")
    fake.prints("sacct", "7_0|OUT_OF_MEMORY\n7_1|OUT_OF_MEMORY")
    fake.held("7_0")
    assert fake.jobs.record_out_of_memory(fake.trials) == 1  # the second was at no trial
    result = fake.store.result(fake.trials[0])
    assert result is not None
    assert (result.status, result.step, result.reason) == ("failed", 9, "SLURM task 7_0 ran out of memory")
    assert fake.store.result(fake.trials[1]) is None
    assert fake.jobs.record_out_of_memory(fake.trials) == 0


@pytest.mark.parametrize(("job", "pid"), [("9_0", 5), ("7_0", None)], ids=["taken over by a later task", "given back"])
def test_out_of_memory_does_not_spoil_what_the_task_had_left(fake: FakeSlurm, job: str, pid: int | None) -> None:
    fake.prints("squeue", "")
    fake.prints("sacct", "7_0|OUT_OF_MEMORY\n7_1|COMPLETED")
    fake.held(job, pid)
    assert fake.jobs.record_out_of_memory(fake.trials) == 0
    assert fake.store.result(fake.trials[0]) is None


def test_ids_of_tasks_that_never_started_are_ranges() -> None:
    assert expanded("7") == ["7"] and expanded("7_3") == ["7_3"]
    assert expanded("7_[0-2,5%2]") == ["7_0", "7_1", "7_2", "7_5"]
    assert expanded("7_[0-99,...%2]") == [f"7_{i}" for i in range(100)]


def test_end_of_log_are_those_for_the_user() -> None:
    ended = "srun: error: task 0: Exited with exit code 2"
    assert end_of_log(f"a\nError: no compiler here.\n{ended}\n\n") == "Error: no compiler here."
    assert end_of_log(f"a\n{ended}\n") == ended
