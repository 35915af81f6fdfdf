"""A study that is killed again and again, on a disk that fills up and loses bytes, ends as one that nobody disturbed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from support.killable_runs import Life, order
from support.own_files import STRIPES, SUPPORT
from support.same_results import kept, require_same, table

from benchmark.columns import ENDED
from benchmark.study.storage.store import Store

STUDY = """
losses = ["nsgan", "lsgan"]
datasets = ["stripes.py"]
budget = {{ preset = "smoke", steps = 30, batch = 8, evaluations = 3, images = 64 }}
samples = {samples}
[ranges]
disc_iters = {{ fixed = 1 }}
discriminator_batch_norm = {{ fixed = false }}
[ranges.lsgan]
learning_rate = {{ choice = [1e-3, 1e3, 1e4] }}
"""


class Laboratory:
    """A study in a folder of its own, run as often as need be."""

    def __init__(self, folder: Path, samples: int) -> None:
        self.folder, self.lives, self.kills = folder, 0, 0
        (folder / "study.toml").write_text(STUDY.format(samples=samples))
        (folder / "stripes.py").write_text(STRIPES + (SUPPORT / "planted_faults.py").read_text())
        self.results = folder / "disturbed"
        self.store = Store(self.results)
        self.order, self.full = folder / "order.json", folder / "full"
        self.seen: dict[Path, tuple[int, int, bytes]] = {}
        self.cuts: dict[str, Path] = {}

    def start(self, *options: str, results: Path | None = None, verb: str = "run", cold: bool = False) -> Life:
        self.lives += 1
        arguments = [verb, str(self.folder / "study.toml"), "--results", str(results or self.results), *options]
        if verb == "run":
            arguments += ["--data", str(self.folder / "data"), "--no-compile", "--population", "2", "--device", "cpu"]
        return Life(arguments, self.folder / f"{self.lives}.log", cold=cold)

    def finished(self) -> Iterator[Path]:
        """The files of results that are there."""
        yield from (p for p in sorted(self.results.glob("trials/*/*/*.json")) if p.name.split(".")[-2] in ENDED)

    def look(self) -> None:
        """Checks that nothing that was finished before is lost or was done again."""
        now = {path: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) for path in self.finished()}
        for path, before in self.seen.items():
            assert now.get(path) == before, f"{path.name} was lost or written again"
        self.seen = now

    def died(self, life: Life, kills: int = 1) -> None:
        """Checks that the life was ended by the kill."""
        assert life.end() == -9, f"it ended before it was killed: {life.said()}"
        self.kills += kills
        self.look()

    def cut(self, kind: str, files: Iterable[Path], rng: random.Random) -> None:
        """Loses the second half of one of the files, once of each kind."""
        if kind in self.cuts or not (found := sorted(files)):
            return
        path = self.cuts[kind] = rng.choice(found)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        self.seen.pop(path, None)

    def ends(self, results: Path) -> Counter[str]:
        """How often each trial was recorded as ended."""
        lines = (self.folder / "ends.log").read_text().splitlines()
        return Counter(Path(line).name.partition(".")[0] for line in lines if line.startswith(f"{results}/"))

    def wait_until_carried_out(self, life: Life) -> None:
        """Waits for the order to be taken."""
        while self.order.exists():
            assert not life.over, life.said()
            time.sleep(0.02)


def kill_inline(lab: Laboratory, count: int, rng: random.Random) -> None:
    """Kills as many runs: two of three at an operation on files, the others at a moment."""
    for i in range(count):
        if i % 3 == 2:
            life = lab.start("--executor", "inline")
            time.sleep(rng.uniform(0.2, 1))  # on a fast machine little more would finish the study
            life.kill_all()
        else:
            order(lab.order, rng.randint(1, 30), "kill all", after=rng.random() < 0.5)
            life = lab.start("--executor", "inline")
        lab.died(life)


def kill_workers(lab: Laboratory, rng: random.Random, *, cold: bool) -> None:
    """Kills a worker at a moment, one at an operation on files, and then the run but not its workers."""
    life = lab.start("--executor", "local", "--workers", "2", cold=cold)
    victim = rng.choice(life.wait_for_workers(lab.store.running))
    time.sleep(rng.uniform(0, 0.5))
    os.kill(victim, signal.SIGKILL)
    order(lab.order, rng.randint(1, 20), "kill one", after=rng.random() < 0.5, worker=True)
    lab.wait_until_carried_out(life)
    life.wait_for_workers(lab.store.running)
    time.sleep(rng.uniform(0, 0.5))
    life.kill()
    lab.died(life, kills=3)


def fill_the_disk(lab: Laboratory, rng: random.Random) -> None:
    """Lets the disk be full from some operation on, and still be full when the next run starts."""
    order(lab.order, rng.randint(5, 30), "fill")
    for _ in range(2):
        life = lab.start("--executor", "inline")
        assert life.end() == 2
        assert "No space left on device" in life.said() and "Traceback" not in life.said(), life.said()
        lab.look()
    lab.full.unlink()


def test_a_study_killed_fifteen_times_on_a_bad_disk_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    rng, lab = random.Random(0), Laboratory(tmp_path, samples=6)
    undisturbed = tmp_path / "undisturbed"
    life = lab.start("--executor", "inline", results=undisturbed)
    assert life.end() == 0, life.said()

    kill_inline(lab, 3, rng)
    kill_workers(lab, rng, cold=True)
    lab.cut("checkpoint", lab.store.running.glob("*.safetensors"), rng)
    kill_inline(lab, 3, rng)
    fill_the_disk(lab, rng)
    lab.cut("checkpoint", lab.store.running.glob("*.safetensors"), rng)
    lab.cut("result", lab.finished(), rng)
    kill_workers(lab, rng, cold=False)
    kill_inline(lab, 3, rng)
    assert lab.kills == 15
    if "result" not in lab.cuts:  # a slow machine has finished nothing by then
        life = lab.start("--executor", "inline")
        while not list(lab.finished()):
            assert not life.over, life.said()
            time.sleep(0.02)
        life.kill_all()
        lab.died(life)
        lab.cut("result", lab.finished(), rng)
    assert lab.cuts.keys() == {"checkpoint", "result"}

    # Two runs share what is left.
    lives = [lab.start("--executor", "local", "--workers", "2"), lab.start("--executor", "inline")]
    assert [life.end() for life in lives] == [0, 0], [life.said() for life in lives]
    lab.look()
    ended = table(lab.results, "study")["status"]
    assert set(ended) == {"ok", "diverged"} and len(ended) == 12
    ends = lab.ends(lab.results)
    damaged = lab.cuts["result"].name.partition(".")[0]
    assert ends[damaged] == 2 and max(n for trial, n in ends.items() if trial != damaged) == 1

    assert lab.start(verb="clean").end() == 0
    require_same(lab.results, undisturbed, "study")
    assert kept(lab.results).keys() == kept(undisturbed).keys()
    assert not list(lab.store.running.iterdir())
