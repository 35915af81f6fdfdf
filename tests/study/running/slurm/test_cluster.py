"""Cluster profiles."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.junk import JUNK, toml

from benchmark.plugins import UserError
from benchmark.study.running.slurm import cluster as profiles
from benchmark.study.running.slurm.cluster import Cluster, find_cluster, read_cluster

EXAMPLE = Path(__file__).parents[4] / "clusters/example.toml"


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
        ("gpus = true", "gpus = True: 0 or 1 (a task is one worker) is needed."),
        ("gpus = 2", "gpus = 2: 0 or 1 (a task is one worker) is needed."),
        ("cpus = 1.5", "cpus = 1.5: a whole number of 1 or more is needed."),
        ("cpus = 0", "cpus = 0: a whole number of 1 or more is needed."),
        ('memory = "4G"', "memory = '4G': a number of gigabytes greater than 0 is needed."),
        ("memory = nan", "memory = nan: a number of gigabytes greater than 0 is needed."),
        ("memory = 0", "memory = 0: a number of gigabytes greater than 0 is needed."),
        ("minutes = -1", "minutes = -1: a whole number of 1 or more is needed."),
        ("minutes = 0", "minutes = 0: a whole number of 1 or more is needed."),
        ("parallel = 0", "parallel = 0: a whole number of 1 or more is needed."),
        ("signal_seconds = 0", "signal_seconds = 0: a whole number of 1 or more is needed."),
        ("minutes = 1", "signal_seconds = 90 leaves no time to work, with minutes = 1."),
        ("requeues = -1", "requeues = -1: a whole number of 0 or more is needed."),
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


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(key=st.sampled_from([field.name for field in fields(Cluster)]), value=JUNK)
def test_no_value_of_any_key_ends_in_anything_but_a_profile_or_a_message(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: object
) -> None:
    path = tmp_path_factory.mktemp("any") / "mine.toml"
    path.write_text(f"{key} = {toml(value)}")
    try:
        read = read_cluster(path)
    except UserError as error:
        place, _, said = str(error).partition(": ")
        assert place == str(path) and key in said and len(str(error).splitlines()) <= 2
    else:
        assert replace(read) == read  # what was accepted is accepted again


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
    with pytest.raises(UserError, match="Cluster: cpus = 0: a whole number of 1 or more is needed"):
        find_cluster(str(path), cpus=0)


def test_a_byte_order_mark_is_no_part_of_a_profile(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("cpus = 3", encoding="utf-8-sig")
    assert read_cluster(tmp_path / "mine.toml").cpus == 3


def test_a_gres_is_a_gpu_only_if_it_says_so() -> None:
    assert [Cluster(gres=g).device for g in (None, "gpu:a100:1", "tmp:100G")] == ["cpu", "cuda", "cpu"]
    assert Cluster(gpus=1).device == "cuda"
