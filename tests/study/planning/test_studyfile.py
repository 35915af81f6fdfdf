"""Study files: every key is read, and a study takes from another one what it does not say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from support.study_files import study

from benchmark.hyperparameters import Choice, Fixed, LogUniform, Uniform
from benchmark.plugins import UserError
from benchmark.study.planning.studyfile import find_study, read_study
from benchmark.study.study import Ranges, Source, Study

EXPERIMENTS = Path(__file__).parents[3] / "experiments"


def test_an_empty_file_is_a_study_of_defaults(tmp_path: Path) -> None:
    assert study(tmp_path, "") == Study(name="mine")


def test_a_byte_order_mark_is_no_part_of_a_study(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("seeds = 3", encoding="utf-8-sig")
    assert read_study(tmp_path / "mine.toml") == Study(name="mine", seeds=3)  # type: ignore[arg-type]


def test_every_key_is_read(tmp_path: Path) -> None:
    read = study(
        tmp_path,
        """
        description = "All keys."
        losses = ["LS GAN", "wgan"]
        datasets = "mnist"
        samples = 5
        seeds = 3
        defaults = "tuned"
        variant = "v1"
        metrics = ["fid"]
        extractor = "inception"
        optimisers = ["adam", "rmsprop"]
        precision = "bfloat16"
        batch_norm = "averages"
        validation = false
        budget = { preset = "quick", steps = 500, width = 0.5, evaluations = 4, batch = 32, images = 1000 }
        [ranges]
        space = "narrow"
        learning_rate = { log_uniform = [-4, -2] }
        beta1 = { choice = [0, 0.5] }
        [ranges.wgan]
        clip = { fixed = 0.01 }
        beta1 = { uniform = [0, 0.9] }
        """,
    )
    assert read == Study(
        name="mine",
        losses=("LS GAN", "wgan"),
        datasets=("mnist",),
        budget={"preset": "quick", "steps": 500, "width": 0.5, "evaluations": 4, "batch": 32, "images": 1000},
        ranges=Ranges(
            space="narrow",
            own={"learning_rate": LogUniform(-4, -2), "beta1": Choice((0, 0.5))},
            by_loss={"wgan": {"clip": Fixed(0.01), "beta1": Uniform(0, 0.9)}},
        ),
        samples=5,
        seeds=(0, 1, 2),
        defaults="tuned",
        variants=("v1",),
        extractor="inception",
        optimisers=("adam", "rmsprop"),
        precision="bfloat16",
        batch_norm="averages",
        validation=False,
        description="All keys.",
    )


def test_a_study_takes_what_it_does_not_say_from_the_one_it_extends(tmp_path: Path) -> None:
    study(tmp_path, 'losses = ["wgan"]\nsamples = 7\nseeds = [4]\nprecision = "tf32"', "base.toml")
    study(tmp_path, 'extends = "base.toml"\nsamples = 8', "middle.toml")
    read = study(tmp_path, 'extends = "middle.toml"\nseeds = 2')
    assert (read.name, read.losses, read.samples, read.seeds, read.precision) == ("mine", ("wgan",), 8, (0, 1), "tf32")
    assert study(tmp_path, 'extends = "wide"').samples == 100  # by name: one of experiments/


def test_a_description_is_of_its_own_study_alone(tmp_path: Path) -> None:
    study(tmp_path, 'description = "Seven seeds."\nseeds = 7', "base.toml")
    read = study(tmp_path, 'extends = "base.toml"\nseeds = 2')
    assert read.description == ""
    said = study(tmp_path, 'extends = "base.toml"\nseeds = 2\ndescription = "Two seeds."')
    assert said.description == "Two seeds." and said.hash == read.hash


def test_every_study_of_the_package_describes_itself() -> None:
    for path in EXPERIMENTS.rglob("*.toml"):
        assert tomllib.loads(path.read_text())["description"]


def test_a_choice_from_an_earlier_study_takes_the_place_of_inherited_samples_and_ranges(tmp_path: Path) -> None:
    study(tmp_path, 'samples = 7\nranges = "narrow"', "base.toml")
    read = study(tmp_path, 'extends = "base.toml"\n[from]\nstudy = "wide"\nsplit = "test"\nevaluation = "last"')
    assert read.source == Source(study="wide", split="test", evaluation="last") and read.samples == 1
    assert study(tmp_path, 'from = "wide"').source == Source(
        study="wide", split="validation", evaluation="best", incomplete=False
    )


def test_the_evaluation_that_chooses_is_part_of_the_hash(tmp_path: Path) -> None:
    read = study(tmp_path, '[from]\nstudy = "quick"\nsplit = "test"\nevaluation = "last"')
    assert read.source == Source(study="quick", split="test", evaluation="last")
    assert read.hash == "49e4db005aa9"


@pytest.mark.parametrize("key", ["rank", "place"])
def test_a_rank_is_a_whole_number_and_part_of_the_hash_unless_it_is_the_first(tmp_path: Path, key: str) -> None:
    first, second = (study(tmp_path, f'[from]\nstudy = "quick"\n{key} = {rank}') for rank in (1, 2))
    assert second.source is not None and second.source.rank == 2
    assert second.hash == "fffb4db0ad3f"
    assert first.hash == study(tmp_path, 'from = "quick"').hash != second.hash
    for wrong in ("0", "1.5", '"2"'):
        with pytest.raises(UserError, match=rf"{key}.*a whole number of 1 or more"):
            study(tmp_path, f'[from]\nstudy = "quick"\n{key} = {wrong}')


@pytest.mark.parametrize("text", ['variant = "v1"', 'variants = "v1"', 'variants = ["v1"]'])
def test_one_variant_may_stand_under_either_key(tmp_path: Path, text: str) -> None:
    assert study(tmp_path, text).variants == ("v1",)
    study(tmp_path, 'variants = ["paper", "v1"]', "base.toml")
    assert study(tmp_path, f'extends = "base.toml"\n{text}').variants == ("v1",)


def test_variants_take_the_place_of_an_inherited_variant(tmp_path: Path) -> None:
    study(tmp_path, 'variant = "v1"', "base.toml")
    assert study(tmp_path, 'extends = "base.toml"').variants == ("v1",)
    assert study(tmp_path, 'extends = "base.toml"\nvariants = ["paper", "soft"]').variants == ("paper", "soft")
    with pytest.raises(UserError, match="remove variant"):
        study(tmp_path, 'variant = "v1"\nvariants = ["v1"]')


def test_files_beside_the_study_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    home.mkdir()
    away.mkdir()
    monkeypatch.chdir(away)
    for name in ("hinge.py", "stripes.py", "earlier.toml", "best.csv"):
        (home / name).write_text("")
    text = 'losses = ["hinge.py", "wgan"]\ndatasets = ["stripes.py"]\ndefaults = "best.csv"\nfrom = "earlier.toml"'
    read = study(home, text)
    assert read.losses == (str(home / "hinge.py"), "wgan") and read.datasets == (str(home / "stripes.py"),)
    assert read.source is not None and read.source.study == str(home / "earlier.toml")
    assert read.defaults == str(home / "best.csv")


@pytest.mark.parametrize("path", sorted(EXPERIMENTS.rglob("*.toml")), ids=lambda p: p.stem)
def test_the_shipped_studies_are_read_and_describe_themselves(path: Path) -> None:
    assert find_study(path.stem).hash == read_study(path).hash  # whatever the path by which it was found
    assert read_study(path).description == tomllib.loads(path.read_text())["description"]


def test_the_hash_names_what_a_study_says_and_not_how_it_is_called(tmp_path: Path) -> None:
    base = study(tmp_path, "samples = 3")
    assert study(tmp_path, 'description = "x"\nsamples = 3', "other.toml").hash == base.hash
    others = [
        "samples = 4",
        "seeds = 2",
        'losses = ["wgan"]',
        'precision = "tf32"',
        'ranges = "narrow"',
        'budget = "smoke"',
        "ranges = { beta1 = { fixed = 0.5 } }",
        "ranges = { beta1 = { fixed = 0.6 } }",
        'from = "wide"',
    ]
    assert len({base.hash, *(study(tmp_path, text).hash for text in others)}) == 1 + len(others)
