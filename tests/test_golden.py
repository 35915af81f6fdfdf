"""What stays bit for bit whatever is moved or renamed: ids, hashes, tables, results and checkpoints. It mirrors no module.

A change of a value here orphans stored results or changes published tables: it needs a new ``RESULT_VERSION``.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmark.losses import find_loss
from benchmark.study.planning.plan import make_plan
from benchmark.study.planning.studyfile import find_study
from benchmark.study.storage.environment import computed_on
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import table
from benchmark.study.study import Source, Study
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget
from benchmark.training.checkpoint import Progress, write_checkpoint
from benchmark.training.trainer import Trainer

STUDY_HASHES = {
    "narrow": "486c47093a22",
    "polygons": "7708a286f0cc",
    "quick": "2af79237c38c",
    "quick-seeds": "3b185ba9d565",
    "rmsprop-vs-adam": "a6c9b1cef5a9",
    "seeds": "81a2a4fb38c5",
    "wide": "c9ed7989bc3e",
}
TRIAL_IDS = {
    "narrow": (1600, "9c1c8a3b3866261d"),
    "polygons": (800, "ba38d4eaeea1359f"),
    "quick": (72, "6aaa95e53b7f355e"),
    "rmsprop-vs-adam": (200, "f2c436d5142f0249"),
    "wide": (3200, "b76f492ad5a4c99f"),
}
SNAPSHOTS = {
    "began": (93, "2d277d118aef0853"),
    "dragan": (93, "6411c7f9d8820026"),
    "lsgan": (92, "46b603bc445037e2"),
    "vae": (91, "b0edb3e348bcddbc"),
    "wgangp": (81, "c8ff0259adf046ab"),
}
CHECKPOINT = "5b7732021848f30c4bcd5a4caa95223a54f3ed58266452ae57ce120da80e10c7"
ENVIRONMENT = {
    "python": "3.11.2",
    "torch": "2.11.0",
    "numpy": "2.2.0",
    "benchmark": "0.1.0",
    "commit": "0" * 40,
    "dirty": False,
    "device": "cpu",
    "device_name": "a processor",
    "threads": 1,
    "compiled": True,
    "precision": "float32",
    "population": 1,
}
TABLE = """\
id,loss,variant,dataset,budget,steps,batch,width,optimiser,PRECISION,sample,seed,status,score,extractor_fingerprint,images,best,\
best_step,last,selected,validation,validation_last,kid_classifier,ended_at_step,reason,seconds,torch,device,device_name,compiled,\
commit,dirty,attempts,result_version,study,study_hash,h_learning_rate,h_beta1,h_disc_iters,h_discriminator_batch_norm,h_a,h_b,h_c
c41455c511644a4a,lsgan,paper,fashion-mnist,quick,1000,64,0.25,adam,float32,0,0,ok,fid_classifier,0123456789ab,10000,6.5,\
1000.0,6.5,7.25,7.5,8.0,0.25,1000.0,,36.12,2.11.0,cpu,a processor,True,\
0000000000000000000000000000000000000000,False,2.0,3.0,quick,6f5834bb5ca6,0.0002,0.5,1,True,0.0,1.0,1.0
54a678f24e684ef0,lsgan,paper,fashion-mnist,quick,1000,64,0.25,adam,float32,0,1,diverged,fid_classifier,0123456789ab,10000,inf,\
,inf,inf,inf,inf,,17.0,generator became NaN or infinite,1.0,2.11.0,cpu,a processor,True,\
0000000000000000000000000000000000000000,False,1.0,3.0,quick,6f5834bb5ca6,0.0002,0.5,1,True,0.0,1.0,1.0
821899d56b16afdb,lsgan,paper,fashion-mnist,quick,1000,64,0.25,adam,float32,0,2,failed,fid_classifier,0123456789ab,10000,,\
,,,,,,0.0,ValueError: broken,0.5,2.11.0,cpu,a processor,True,\
0000000000000000000000000000000000000000,False,1.0,3.0,quick,6f5834bb5ca6,0.0002,0.5,1,True,0.0,1.0,1.0
1533e5b2d1ba6b18,lsgan,paper,fashion-mnist,quick,1000,64,0.25,adam,float32,0,3,pending,fid_classifier,,10000,,,,,,,,,,,,,,,,,,,,,\
0.0002,0.5,1,True,0.0,1.0,1.0
"""
RESULT = "7b00cf5bc13d5b28"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[list[Trial], Store]:
    """Four trials: one ended ok, one diverged, one failed, one has not ended."""
    budget = Budget(name="quick", steps=1000, batch=64, width=0.25, evaluations=2, images=10_000)
    trials = [
        Trial(
            loss="lsgan",
            dataset="fashion-mnist",
            setting=dict(find_loss("ls").defaults),
            seed=seed,
            budget=budget,
            metrics=("fid_classifier", "kid_classifier"),
        )
        for seed in range(4)
    ]
    fid, kid = trials[0].metrics
    scores = [
        {"step": 500.0, fid: 7.25, f"{fid}_validation": 7.5, kid: 0.125, "discriminator": 0.5},
        {"step": 1000.0, fid: 6.5, f"{fid}_validation": 8.0, kid: 0.25, "discriminator": 0.25},
    ]
    common = {
        "environment": ENVIRONMENT,
        "fingerprints": {fid: "0123456789ab"},
        "score_names": [fid, f"{fid}_validation", kid],
        "study": {"name": "quick", "hash": "6f5834bb5ca6"},
    }
    store = Store(tmp_path)
    reason = "generator became NaN or infinite"
    store.finish(trials[0], Result(status="ok", step=1000, seconds=36.125, scores=scores, attempts=2, **common))  # type: ignore[arg-type]
    store.finish(trials[1], Result(status="diverged", step=17, seconds=1.0, scores=[], reason=reason, **common))  # type: ignore[arg-type]
    reason = "Traceback\nValueError: broken"
    store.finish(trials[2], Result(status="failed", step=0, seconds=0.5, scores=[], reason=reason, **common))  # type: ignore[arg-type]
    return trials, store


@pytest.mark.parametrize("name", list(STUDY_HASHES))
def test_the_hash_of_a_study(name: str) -> None:
    assert find_study(name).hash == STUDY_HASHES[name]


def test_the_hash_of_a_study_that_takes_its_setting_from_another_or_its_loss_from_a_file() -> None:
    assert Study(name="a", source=Source(study="quick", split="test", evaluation="last")).hash == "49e4db005aa9"
    assert Study(name="b", losses=("x/hinge.py", "ls"), samples=3, seeds=(4, 5)).hash == "e6deaaabba90"


@pytest.mark.parametrize("name", list(TRIAL_IDS))
def test_the_ids_of_a_studys_trials_and_their_order(name: str, tmp_path: Path) -> None:
    trials = make_plan(find_study(name), Store(tmp_path), lambda line: None).trials
    assert (len(trials), digest("".join(t.id for t in trials))) == TRIAL_IDS[name]


def test_the_table_of_trials(recorded: tuple[list[Trial], Store]) -> None:
    rows = table(*recorded)
    precision = "precision" if "precision" in rows else "dtype"
    text = TABLE.replace("PRECISION", precision)
    names = text.partition("\n")[0].split(",")
    assert [c for c in rows if c in names] == names
    assert rows[names].to_csv(index=False) == text
    assert pd.read_csv(io.StringIO(text))["best"].tolist()[:2] == [6.5, float("inf")]


def test_the_file_of_a_result(recorded: tuple[list[Trial], Store]) -> None:
    trials, store = recorded
    assert digest(store.result_file(trials[0], "ok").read_text()) == RESULT
    assert store.result_file(trials[0], "ok").relative_to(store.root).as_posix() == (
        "trials/lsgan/fashion-mnist/c41455c511644a4a.ok.json"
    )


@pytest.mark.parametrize("key", list(SNAPSHOTS))
def test_the_names_shapes_and_types_in_the_state_of_a_trial(key: str) -> None:
    loss = find_loss(key)()
    population = Trainer(
        loss,
        torch.zeros(8, 1, 28, 28, dtype=torch.uint8),
        [loss.defaults],
        [0],
        width=1 / 16,
        batch=4,
        device=torch.device("cpu"),
        compiled=False,
    )
    held = [(name, list(value.shape), str(value.dtype)) for name, value in sorted(population.snapshot(0).items())]
    assert (len(held), digest(json.dumps(held))) == SNAPSHOTS[key]


def test_the_bytes_of_a_checkpoint(tmp_path: Path) -> None:
    snapshots = [
        {
            "g/weight": torch.arange(6.0).reshape(2, 3) + member,
            "stream/images": torch.arange(4, dtype=torch.uint8),
            "log/discriminator": torch.tensor([0.5, torch.nan]),
        }
        for member in range(2)
    ]
    progress = Progress(25, 1.5, "torch 2.15.0, device cpu", [[{"step": 12.0, "fid": 3.0}], []])
    write_checkpoint(tmp_path / "c.safetensors", snapshots, progress)
    assert hashlib.sha256((tmp_path / "c.safetensors").read_bytes()).hexdigest() == CHECKPOINT


def test_what_a_checkpoint_says_that_its_bits_depend_on() -> None:
    assert computed_on(ENVIRONMENT) == (
        "torch 2.11.0, device cpu, device_name a processor, threads 1, compiled True, precision float32, population 1"
    )
