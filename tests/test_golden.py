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
from benchmark.study.storage.store import Result, Store
from benchmark.study.storage.table import table
from benchmark.study.study import Source, Study
from benchmark.study.trial import Trial
from benchmark.training.budget import Budget
from benchmark.training.checkpoint import Progress, write_checkpoint
from benchmark.training.trainer import Trainer

STUDY_HASHES = {
    "hinge": "0dfbd978140e",
    "hinge-seeds": "b77cb164f914",
    "narrow": "07150c8bd6da",
    "polygons": "c5a9af37ca22",
    "quick": "48d71205d681",
    "quick-seeds": "b51ad6509703",
    "rmsprop-vs-adam": "debc33982670",
    "seeds": "12b429c42678",
    "wide": "88a64633fbe9",
}
TRIAL_IDS = {
    "hinge": (9, "09219f0d09acc960"),
    "narrow": (1600, "5c2f83fa4693467a"),
    "polygons": (800, "89c1a401b049094a"),
    "quick": (72, "798cfa212e1ca9b2"),
    "rmsprop-vs-adam": (200, "2d3e943e563b30f0"),
    "wide": (3200, "f2d6f56f66312e28"),
}
SNAPSHOTS = {
    "began": (93, "6b00f02d393c43b5"),
    "dragan": (93, "50dbeb23229f58d9"),
    "lsgan": (92, "0307abd15c61dbcc"),
    "vae": (91, "df37550b0138ee4d"),
    "wgangp": (81, "805b44997fdf4a25"),
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
9e5b5481a2a6419e,lsgan,paper,fashion-mnist,quick,1000,64,0.25,adam,float32,0,0,ok,fid_classifier,0123456789ab,10000,6.5,\
1000.0,6.5,7.25,7.5,8.0,0.25,1000.0,,36.12,2.11.0,cpu,a processor,True,\
0000000000000000000000000000000000000000,False,2.0,2.0,quick,6f5834bb5ca6,0.0002,0.5,1,True,0.0,1.0,1.0
9210314debc3e40c,lsgan,paper,fashion-mnist,quick,1000,64,0.25,adam,float32,0,1,diverged,fid_classifier,0123456789ab,10000,inf,\
,inf,inf,inf,inf,,17.0,generator became NaN or infinite,1.0,2.11.0,cpu,a processor,True,\
0000000000000000000000000000000000000000,False,1.0,2.0,quick,6f5834bb5ca6,0.0002,0.5,1,True,0.0,1.0,1.0
c5bff69d893619a2,lsgan,paper,fashion-mnist,quick,1000,64,0.25,adam,float32,0,2,failed,fid_classifier,0123456789ab,10000,,\
,,,,,,0.0,ValueError: broken,0.5,2.11.0,cpu,a processor,True,\
0000000000000000000000000000000000000000,False,1.0,2.0,quick,6f5834bb5ca6,0.0002,0.5,1,True,0.0,1.0,1.0
423117629e8decb3,lsgan,paper,fashion-mnist,quick,1000,64,0.25,adam,float32,0,3,pending,fid_classifier,,10000,,,,,,,,,,,,,,,,,,,,,\
0.0002,0.5,1,True,0.0,1.0,1.0
"""
RESULT = "686b209930344c94"


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
    assert Study(name="a", source=Source(study="quick", split="test", evaluation="last")).hash == "88d7106206b3"
    assert Study(name="b", losses=("x/hinge.py", "ls"), samples=3, seeds=(4, 5)).hash == "b254737c1c86"


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
        "trials/lsgan/fashion-mnist/9e5b5481a2a6419e.ok.json"
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
