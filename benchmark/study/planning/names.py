"""Looks up the names that a study uses in the text of the package's files, without loading torch, which takes seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os.path import isfile  # unlike Path.is_file, False for names that no file can have
from pathlib import Path

from benchmark.data import find_dataset
from benchmark.data.image_folder import folder_of
from benchmark.factors import FACTORS, Factor
from benchmark.plugins import UserError, declared, declared_as, require_file, require_name, spelling
from benchmark.study.planning.studyfile import find_study
from benchmark.study.study import Study

TUNED = ("quick", "standard")
"""The budgets that have tuned settings."""


def loss_keys(names: Iterable[str]) -> tuple[str, ...]:
    """The keys of the losses of these names, each once; ``all`` stands for the paper's losses, and a user's file is kept.

    Raises:
        UserError: an unknown name, or no such file. Files are not opened.
    """
    found: dict[str, None] = {}
    for name in names:
        if spelling(name) == "all":
            found |= dict.fromkeys(key for key, said in declared("benchmark.losses").items() if said.in_paper)
        else:
            found[key_of_name("loss", name, "benchmark.losses")] = None
    return tuple(found)


def value_keys(factor: Factor, names: Iterable[str]) -> tuple[str, ...]:
    """The keys of the factor's values of these names, as for losses; ``all`` stands for every class of the package.

    Values that have no class, such as variants, are returned unchanged.
    """
    if not factor.package:
        return tuple(dict.fromkeys(names))
    found: dict[str, None] = {}
    for name in names:
        if spelling(name) == spelling(factor.usual):
            found[factor.usual] = None
        elif spelling(name) == "all":
            found |= dict.fromkeys(declared(factor.package))
        else:
            found[key_of_name(factor.name, name, factor.package, more=[factor.usual])] = None
    return tuple(found)


def key_of_name(kind: str, name: str, package: str, *, more: Sequence[str] = ()) -> str:
    """The key of the package's class of this name, or a user's file unchanged."""
    if name.endswith(".py"):
        require_name(kind, name, package)
        return name
    return declared_as(kind, name, package, more=more).key


def require_names(
    *,
    losses: Iterable[str] = (),
    datasets: Iterable[str] = (),
    metrics: Iterable[str] = (),
    extractor: str | None = None,
    values: Mapping[Factor, Iterable[str]] | None = None,
) -> None:
    """Checks that each is a name of the package, in any spelling, or a user's file or folder. Files are not opened.

    Args:
        values: the names of each factor's values.

    Raises:
        UserError: a name is unknown.
    """
    loss_keys(losses)
    for factor, names in (values or {}).items():
        value_keys(factor, names)
    for name in datasets:
        if name.endswith(".py"):
            require_name("data set", name, "benchmark.data")
        elif folder_of(name) is None:
            find_dataset(name)
    for name in metrics:
        require_name("metric", name, "benchmark.metrics")
    if extractor is not None:
        require_name("extractor", extractor, "benchmark.metrics.extractors")


def is_study(name: str) -> bool:
    """Whether the name is that of a study or a study file, and not of a Python file or a folder of images.

    Raises:
        UserError: there is no such file, folder or study, or the file is of another kind.
    """
    if name.endswith(".py"):
        require_file("Python", Path(name).expanduser())
    elif folder_of(name) is None:
        if isfile(name) and not name.endswith(".toml"):
            raise UserError(f"{name}: a Python file, a study file.toml or a folder of images can be checked.")
        if "/" in name and not isfile(name):
            raise UserError(f"No file or folder of images at {name}.")
        find_study(name)
        return True
    return False


def require_defaults(choice: str, budget: str) -> None:
    """Checks a choice of default settings: ``none``, ``paper``, ``tuned`` or a table's path.

    Raises:
        UserError: another choice, or ``tuned`` at a budget without tuned settings.
    """
    if choice == "tuned" and budget not in TUNED:
        raise UserError(
            f"No tuned hyperparameters for the budget {budget}: {' and '.join(TUNED)} have them.\n"
            "Use paper, or the trials.csv of a study."
        )
    if choice not in ("none", "paper", "tuned") and not choice.endswith(".csv"):
        raise UserError(f"Unknown hyperparameters {choice!r}. Known: paper, tuned, or the trials.csv of a study.")


def require_names_of(study: Study) -> None:
    """Checks the names that a study uses.

    Raises:
        UserError: a name is unknown; the message names the study.
    """
    try:
        require_names(
            losses=study.losses,
            datasets=study.datasets,
            metrics=study.metrics,
            extractor=study.extractor,
            values={factor: study.values(factor) for factor in FACTORS},
        )
    except UserError as error:
        raise UserError(f"Study {study.name}: {error}") from None
    require_defaults(study.defaults, str(study.budget["preset"]))
