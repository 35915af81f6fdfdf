"""The options that several commands share, each defined once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from os.path import expanduser, lexists
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer


def counted(value: str | int) -> int:
    """A whole number of 1 or more; typer also passes defaults, which are numbers already."""
    text = str(value)
    if not text.isdecimal() or int(text) < 1:
        raise typer.BadParameter(f"{text!r} is not a whole number of 1 or more.")
    return int(text)


def option(
    text: str, metavar: str | None = None, name: str = "", *, default: str | bool = True, panel: str | None = None, **more: Any
) -> Any:
    """An option for typer.

    Args:
        text: its help.
        metavar: the name of its value in the help; None for a switch, which has no value.
        name: its name, needed for a switch, or if it differs from the parameter's.
        default: its default in words, if these say more than the value.
        panel: the heading in the help under which it is shown.
    """
    names = [name] if name else []
    return typer.Option(*names, metavar=metavar, help=text, show_default=default, rich_help_panel=panel, **more)


def count(text: str, name: str = "", **more: Any) -> Any:
    """Like ``option``, for a whole number of 1 or more."""
    return option(text, "N", name, parser=counted, **more)


def separated(text: str) -> list[str]:
    """The names in a text, separated by commas; a comma in the path of an existing file or folder does not separate."""
    parts, names = text.split(","), []
    while parts:
        size = next((n for n in range(len(parts), 1, -1) if lexists(expanduser(",".join(parts[:n]).strip()))), 1)
        names.append(",".join(parts[:size]).strip())
        parts = parts[size:]
    return names


RESULTS, DATA = Path("results"), Path("data")
PLACE = "Where and how it runs"

StudyArgument = Annotated[str, typer.Argument(metavar="STUDY", help="A study of experiments/ by name, or a study file.toml.")]
LossOption = Annotated[str, option("A loss in any spelling, several separated by commas, 'all', or your own file.py.", "LOSS")]
DatasetOption = Annotated[str, option("A data set in any spelling, a folder of images, or your own file.py.", "DATASET")]
BudgetOption = Annotated[str, option("smoke, quick, standard or paper; 'ganbench list' explains them.", "BUDGET")]
PenaltyOption = Annotated[
    str,
    option("Of the discriminator: none, gp, dragan, r1, r2, several separated by commas, or your own file.py.", "PENALTY"),
]
NormalisationOption = Annotated[
    str,
    option(
        "Of the discriminator: none, batch, layer, spectral, several separated by commas, or your own file.py; 'setting': "
        "batch norm or none, by the hyperparameter discriminator_batch_norm.",
        "NORMALISATION",
    ),
]
ExtractorOption = Annotated[
    str, option("Feature extractor: layers (embedded), classifier, efficientnet, inception or pixels.", "EXTRACTOR")
]
RetryOption = Annotated[bool, option("Run failed trials again; diverged ones are results and stay.", name="--retry-failed")]
IncompleteOption = Annotated[
    bool, option("Take best settings from an earlier study even if it has not ended.", name="--incomplete")
]
AnyTorchOption = Annotated[bool, option("Accept results of different torch versions in one table.", name="--any-torch")]
SourceOption = Annotated[
    Path | None,
    option("The folder of the study's table.", "FOLDER", "--from", default="RESULTS/studies/STUDY, or where it is published"),
]
WorkersOption = Annotated[int | None, count("Processes that train.", default="one per GPU, or per N threads", panel=PLACE)]
DeviceOption = Annotated[str, option("auto, cpu, cuda, cuda:0, ...", "DEVICE", panel=PLACE)]
ThreadsOption = Annotated[
    int,
    count(
        "CPU threads per worker. With 1, results do not depend on the number of cores, and most trials finish per hour.",
        panel=PLACE,
    ),
]
CompileOption = Annotated[
    bool,
    option("Compile the step of populations and on a GPU (needs a C++ compiler).", name="--compile/--no-compile", panel=PLACE),
]
PopulationOption = Annotated[int | None, count("Trials trained together.", default="1 on a CPU, 10 on a GPU", panel=PLACE)]
ResultsOption = Annotated[Path, option("Folder for results.", "FOLDER", panel=PLACE, file_okay=False)]
DataOption = Annotated[Path, option("Folder for data sets.", "FOLDER", panel=PLACE, file_okay=False)]


@dataclass(frozen=True)
class Place:
    """Where a command computes; the fields are named as in ``Resources``."""

    device: DeviceOption = "auto"
    threads: ThreadsOption = 1
    results: ResultsOption = RESULTS
    data: DataOption = DATA


@dataclass(frozen=True)
class TrainingPlace(Place):
    """Where and how a command trains; the fields are named as in ``Resources``."""

    compiled: CompileOption = True
    population: PopulationOption = None
    tensorboard: Annotated[
        bool, option("Write TensorBoard logs to RESULTS/tensorboard.", name="--tensorboard", panel=PLACE)
    ] = False


def with_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function for typer: a parameter whose type is a dataclass of options, such as ``Place``, becomes its fields."""
    parameters: list[Parameter] = []
    classes: dict[str, Any] = {}
    for one in signature(function, eval_str=True).parameters.values():
        if not is_dataclass(one.annotation):
            parameters.append(one.replace(kind=Parameter.KEYWORD_ONLY))
            continue
        classes[one.name] = one.annotation
        hints = get_type_hints(one.annotation, include_extras=True)
        parameters += [
            Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name])
            for field in fields(one.annotation)
        ]

    @wraps(function)
    def wrapped(**given: Any) -> Any:
        made = {name: cls(**{field.name: given.pop(field.name) for field in fields(cls)}) for name, cls in classes.items()}
        return function(**given, **made)

    wrapped.__signature__ = signature(function).replace(parameters=parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {one.name: one.annotation for one in parameters}
    return wrapped
