"""Benches of different losses and options have tables in different folders."""

from __future__ import annotations

from benchmark.losses import paper_losses
from benchmark.study.bench import bench_study, in_a_name, named


def test_names_tell_benches_apart() -> None:
    keys = list(paper_losses())
    options: list[tuple[list[str], dict[str, str]]] = [
        (["all"], {}),
        (keys[:1], {}),
        (keys[:4], {}),
        (keys[1:5], {}),
        (keys[:-1], {}),
        (["all"], {"hyperparameters": "paper"}),
        (["all"], {"hyperparameters": "one/trials.csv"}),
        (["all"], {"hyperparameters": "two/trials.csv"}),
        (["all"], {"extractor": "pixels"}),
        (["all"], {"variant": "v1"}),
        (["all"], {"budget": "smoke"}),
    ]
    names = [bench_study(losses, **given).name for losses, given in options]  # type: ignore[arg-type]
    assert len(set(names)) == len(names) and names[0] == "all-fashion-mnist-quick"
    same = bench_study(["all"], hyperparameters="tuned", extractor="layers", seeds=3)
    assert same.name == names[0]


def test_a_name_of_many_losses_is_short_and_their_own() -> None:
    many = [f"{letter * 90}" for letter in "abcdef"]
    assert len(named(many)) < 60 and named(many) != named(many[1:])


def test_a_file_stands_in_a_name_with_its_folder() -> None:
    assert in_a_name("far/my own/extractor.py") == "my-own-extractor"
