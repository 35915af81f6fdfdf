"""What is read from SLURM's words; the real SLURM is in tests/end_to_end/slurm."""

from __future__ import annotations

from support.fake_slurm import FakeSlurm

from benchmark.study.running.slurm.arrays import end_of_log, expanded


def test_the_queue_knows_better_than_the_books(fake: FakeSlurm) -> None:
    fake.prints("sacct", "7_0|CANCELLED by 1000\n7_1|NODE_FAIL\n7_[2-9]|PENDING\n8|COMPLETED")
    fake.prints("squeue", "7_1|PENDING\n8|RUNNING")
    assert fake.jobs.states() == {"7_0": "CANCELLED", "7_1": "PENDING"}
    assert fake.jobs.at_work() == ["7_1"]
    fake.prints("squeue", "")
    fake.prints("sacct", "7_[0-1%2]|CANCELLED by 1000")  # never started
    assert fake.jobs.states() == {"7_0": "CANCELLED", "7_1": "CANCELLED"}
    fake.prints("sacct", "JobID|State|NodeList\n7_1|RUNNING|n1\n7|CANCELLED|")
    assert fake.jobs.states() == {"7_0": "CANCELLED", "7_1": "RUNNING"}


def test_ids_of_tasks_that_never_started_are_ranges() -> None:
    assert expanded("7") == ["7"] and expanded("7_3") == ["7_3"]
    assert expanded("7_[0-2,5%2]") == ["7_0", "7_1", "7_2", "7_5"]
    assert expanded("7_[0-99,...%2]") == [f"7_{i}" for i in range(100)]


def test_the_end_of_a_log_says_why_a_task_ended() -> None:
    ended = "srun: error: gpu07: task 0: Exited with exit code 2"
    assert end_of_log(f"a\nError: no compiler here.\n{ended}\n\n") == "Error: no compiler here."
    assert end_of_log(f"python: No such file\n{ended}\nsrun: Terminating StepId=7.0\n") == "python: No such file"
    assert end_of_log(f"a\n{ended.replace('Exited with exit code 2', 'Killed')}\n").endswith("Killed")
    assert end_of_log(f"{ended}\n") == ended
