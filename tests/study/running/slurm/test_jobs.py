"""What is submitted and kept, and what becomes of what tasks leave; the real SLURM is in tests/end_to_end/slurm."""

from __future__ import annotations

import pytest
from support.fake_slurm import FakeSlurm, plan_of, trial

from benchmark.plugins import UserError
from benchmark.study.populations import Population, in_populations
from benchmark.study.running.contexts import Resources
from benchmark.study.running.slurm.cluster import Cluster
from benchmark.study.storage.leases import acquire, read_leases


def submit(fake: FakeSlurm, populations: list[Population], parallel: int = 100) -> int:
    plan = plan_of([t for p in populations for t in p.trials])
    return fake.jobs.submit(plan, populations, Resources(), Cluster(parallel=parallel), "new")


def test_a_submission_that_slurm_refuses_leaves_nothing_behind(fake: FakeSlurm) -> None:
    for program in ("squeue", "sacct", "scontrol"):
        fake.prints(program, "")
    (fake.folder / "sbatch").write_text("#!/bin/sh\necho QOSMaxSubmitJobPerUserLimit >&2\nexit 1\n")
    (fake.folder / "sbatch").chmod(0o755)
    with pytest.raises(UserError, match="QOSMaxSubmitJobPerUserLimit"):
        submit(fake, [Population((trial(2),))])
    assert [p.name for p in fake.jobs.home.iterdir()] == ["7.json"]


def test_what_was_submitted_is_kept_with_what_it_replaces_and_the_run_that_it_joins(fake: FakeSlurm) -> None:
    fake.prints("sbatch", "Submitted batch job 8")
    fake.prints("sacct", "7_0|FAILED\n7_1|COMPLETED")
    fake.prints("squeue", "")
    fake.prints("scontrol", "")
    populations = [Population((trial(seed),)) for seed in (2, 3)]
    assert submit(fake, populations) == 2
    _, eighth = fake.jobs.submitted()
    assert (eighth.job, eighth.workers, eighth.run, eighth.replaces) == ("8", 2, "new", ["7_0", "7_1"])
    assert eighth.trials == {t.id for p in populations for t in p.trials}
    assert not list(read_leases(fake.store.running))

    fake.prints("sbatch", "Submitted batch job 9")
    fake.prints("squeue", "8_0|RUNNING\n8_1|FAILED")
    assert submit(fake, populations) == 1
    assert (fake.jobs.submitted()[-1].run, fake.jobs.submitted()[-1].replaces) == ("new", ["7_0", "7_1", "8_1"])


def test_one_worker_for_each_population_up_to_the_limit_less_those_at_work(fake: FakeSlurm) -> None:
    fake.prints("scontrol", "")
    trials = [trial(seed) for seed in range(6)]
    populations = in_populations(trials, 1)
    fake.submitted("8", trials[:4], workers=4)

    def lacking(at_work: int, parallel: int = 100, left: int = 6) -> int:
        states = {f"8_{i}": "RUNNING" if i < at_work else "COMPLETED" for i in range(4)} | {"7_0": "FAILED"}
        return fake.jobs.lacking(populations[:left], Cluster(parallel=parallel), states)

    assert lacking(0) == 6 and lacking(0, parallel=3) == 3  # nobody is at work
    assert lacking(4, left=4) == 0 and lacking(3, left=4) == 1 and lacking(3, parallel=3, left=4) == 0
    assert lacking(4, left=2) == 0  # more than enough
    assert lacking(4) == 2 and lacking(4, parallel=4) == 2  # these four don't know of two of the trials
    assert lacking(4, parallel=1) == 1
    fake.prints("scontrol", "MaxArraySize            = 3\nMaxJobCount = 1")
    assert lacking(0) == 3
    assert fake.jobs.lacking([], Cluster(), {}) == 0


def test_a_task_that_ended_before_its_work_is_told_with_the_end_of_its_log(fake: FakeSlurm) -> None:
    def told(*states: str, most: int = 20) -> list[str]:
        return fake.jobs.disagreements(fake.trials, dict(zip(("7_0", "7_1", "8"), states, strict=False)), most)

    fake.held("7_0")
    fake.log("7_0", "lost\n")
    (held, other) = told("COMPLETED", "FAILED")
    assert "7_0" in held and "COMPLETED" in held and "1 trial" in held and held.endswith(": lost")
    assert "7_1" in other and "FAILED" in other and "trial" not in other and other.endswith("(nothing)")
    assert [("7_0" in line) for line in told("NODE_FAIL", "UNKNOWN")] == [True]
    assert told("RUNNING", "PENDING") == told("RUNNING", "CANCELLED") == []
    assert len(told("FAILED", "FAILED", most=1)) == 2
    fake.submitted("8", fake.trials, workers=1, replaces=["7_0"])
    assert [("7_1" in line) for line in told("FAILED", "FAILED", "RUNNING")] == [True]


def test_out_of_memory_on_another_node_is_recorded_at_once(fake: FakeSlurm) -> None:
    fake.prints("squeue", "")
    fake.prints("sacct", "7_0|OUT_OF_MEMORY\n7_1|OUT_OF_MEMORY")
    fake.held("7_0")
    assert fake.jobs.close_leases(fake.trials) == 1  # the second was at no trial
    result = fake.store.result(fake.trials[0])
    assert result is not None
    assert (result.status, result.step, result.reason) == ("failed", 9, "SLURM task 7_0 ran out of memory")
    assert fake.store.result(fake.trials[1]) is None
    assert fake.jobs.close_leases(fake.trials) == 0


@pytest.mark.parametrize(("job", "pid"), [("9_0", 5), ("7_0", None)], ids=["taken over by a later task", "given back"])
def test_out_of_memory_does_not_spoil_what_the_task_had_left(fake: FakeSlurm, job: str, pid: int | None) -> None:
    fake.prints("squeue", "")
    fake.prints("sacct", "7_0|OUT_OF_MEMORY\n7_1|COMPLETED")
    fake.held(job, pid)
    assert fake.jobs.close_leases(fake.trials) == 0
    assert fake.store.result(fake.trials[0]) is None


@pytest.mark.parametrize(("state", "free"), [("FAILED", True), ("PENDING", True), ("RUNNING", False), ("SUSPENDED", False)])
def test_what_a_task_without_a_process_held_is_free_at_once_and_its_death_counts(
    fake: FakeSlurm, state: str, free: bool
) -> None:
    fake.prints("squeue", f"7_0|{state}")
    fake.prints("sacct", "")
    fake.held("7_0")
    assert fake.jobs.close_leases(fake.trials) == 0 and fake.jobs.close_leases(fake.trials) == 0
    lease = acquire(fake.store.running, fake.trials[0].id, run="of the first")
    assert (lease is not None) == free
    if lease is not None:
        assert (lease.content.deaths, lease.content.attempt) == (1, 3)
        lease.finish()
