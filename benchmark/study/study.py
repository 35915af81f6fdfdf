"""A study: all that determines a set of trials."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, Strict, TypeAdapter

from benchmark.factors import FACTORS, NORMALISATION, PENALTY, Factor
from benchmark.files import require_file_name
from benchmark.hyperparameters import KINDS, Range, read_range
from benchmark.plugins import UserError, unknown
from benchmark.training.budget import BatchNorm, BudgetChoice
from benchmark.validation import AnyText, Name, Positive, Text, Whole, needs, record, table

Space = Annotated[Literal["wide", "narrow"], Name()]
Split = Annotated[Literal["validation", "test"], Name()]
Evaluation = Annotated[Literal["best", "last"], Name()]
Optimiser = Annotated[Literal["adam", "rmsprop"], Name()]
Precision = Annotated[Literal["float32", "tf32", "bfloat16"], Name()]
SearchRange = Annotated[Range, PlainValidator(read_range)]
YesNo = Annotated[bool, Strict(), needs("true or false")]
Key = Annotated[str, Strict(), needs("a name")]

MOST = 1_000_000
"""Of seeds, and of samples: they are spelled out, and a mistyped number would fill the memory."""
Samples = Annotated[int, Strict(), Field(ge=1, le=MOST), needs(f"a whole number of 1 or more (up to {MOST:,})")]


@record
class Ranges:
    """The search space of a study: one of the paper's, with the user's own ranges in place of some.

    Attributes:
        space: ``wide`` or ``narrow``.
        own: ranges by hyperparameter, for every loss that has it.
        by_loss: ranges by the key of a loss or penalty and by hyperparameter, for whatever is trained with that; they come
            before ``own``.
    """

    space: Space = "wide"
    own: Mapping[Key, SearchRange] = field(default_factory=dict)
    by_loss: Mapping[Key, Mapping[Key, SearchRange]] = field(default_factory=dict)


def as_tuple(value: Any) -> tuple[Any, ...]:
    """The names of a list, or a name alone, as a tuple."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("a name or a list of names is needed.")
    return tuple(value)


def once_each(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuses a list that has something twice."""
    if len(set(values)) < len(values):
        raise ValueError("one of them is there twice.")
    return values


def as_levels(value: Any) -> tuple[Any, ...]:
    """As ``as_tuple``, and nothing at all."""
    return () if value == () else as_tuple(value)


def levels(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses what has no levels of which a setting can be the best."""
    known = ["loss", *(factor.name for factor in FACTORS if factor.of_loss)]
    if other := [name for name in names if name not in known]:
        raise ValueError(str(unknown("factor", other[0], known)).replace("\n", " "))
    return names


OLDER_KEYS = {"evaluation": "checkpoint", "rank": "place"}
"""What fields of ``Source`` were called once: study files may still say so, and hashes are made with these words."""


@record
class Source:
    """The earlier study whose best settings, one of each cell, a study takes.

    Attributes:
        study: its name or file.
        split: the scores that choose: on ``validation`` images, or on ``test`` images as the paper did.
        evaluation: each run's score: that of its ``best`` evaluation, or of the ``last`` one.
        rank: 1 takes the best setting, 2 the second best, and so on.
        best_of: ``loss`` and factors: the best cell of each of their levels is taken in place of every cell.
        incomplete: whether it may choose from a study that has not ended.
    """

    study: Text
    split: Split = "validation"
    evaluation: Evaluation = "best"
    rank: Positive = 1
    best_of: Annotated[tuple[Key, ...], BeforeValidator(as_levels), AfterValidator(once_each), AfterValidator(levels)] = ()
    incomplete: YesNo = False


SOURCE_KEYS = [field.name for field in fields(Source) if field.name != "incomplete"]
"""The keys of a study file's table ``from``."""


def as_seeds(value: Any) -> tuple[Any, ...]:
    """The seeds in a list, or so many from 0 up."""
    if isinstance(value, list | tuple) and value:
        return tuple(value)
    if type(value) is not int or not 1 <= value <= MOST:
        raise ValueError(f"a whole number of 1 or more (up to {MOST:,}), or a list of different whole numbers, is needed.")
    return tuple(range(value))


def as_ranges(value: Any) -> Any:
    """The fields of ``Ranges``, from a space's name, or from a table of ranges by hyperparameter or by loss and that."""
    if isinstance(value, Ranges):
        return value
    if isinstance(value, str):
        return {"space": value}
    if not isinstance(value, Mapping):
        raise ValueError("wide, narrow, or a table of ranges is needed.")
    given = {name: ranges for name, ranges in value.items() if name != "space"}
    by_loss = {n: r for n, r in given.items() if isinstance(r, Mapping) and not r.keys() & {*KINDS}}
    own = {n: r for n, r in given.items() if n not in by_loss}
    return {"space": value.get("space", "wide"), "own": own, "by_loss": by_loss}


def chosen_budget(value: Any) -> dict[str, Any]:
    """The preset and the values that take the place of its own."""
    given = table(BudgetChoice, "preset", [f.name for f in fields(BudgetChoice)])(value)
    choice = TypeAdapter(BudgetChoice).validate_python(given)
    return {name: chosen for name, chosen in vars(choice).items() if chosen is not None}


Names = Annotated[tuple[Text, ...], needs("a name or a list of names"), BeforeValidator(as_tuple), AfterValidator(once_each)]


@record
class Study:
    """What a study file says.

    Values may be given as the file gives them: a name in place of a list of one, a number of seeds, a table for ``ranges``.

    Attributes:
        name: the file's, without its ending.
        losses, datasets: names in any spelling, or files; the losses may be ``("all",)``.
        budget: ``preset`` names one; further keys replace its values.
        ranges: where samples are drawn.
        samples: settings per loss and data set; the first is the default, unless there is none, the others are drawn from
            ``ranges``.
        seeds: every setting is trained under each of them.
        defaults: what the first is: ``paper``, ``tuned`` (quick and standard), or a table of trials, whose best is taken;
            ``none``: every sample is drawn.
        source: an earlier study, whose best setting is then the only sample.
        variants: of the losses: ``paper``, ``v1`` (as the paper's released code has them), or what a loss declares itself;
            every sample is trained with each.
        penalties: names or files: every loss is trained with each, which is added to what its discriminator minimises; every
            pair but those with ``none`` has samples of its own.
        normalisations: of the discriminator, names or files, each with samples of its own; ``setting``: the hyperparameter
            ``discriminator_batch_norm`` says it, which samples have for no other.
        metrics: names; the first compares trials.
        extractor: whose features the metrics take.
        optimisers: ``adam``, ``rmsprop``, or both: every sample is trained with each.
        precision: ``float32``, ``tf32`` (Nvidia GPUs) or ``bfloat16`` (autocast).
        batch_norm: how the generator's batch norm is evaluated: by its moving ``averages``, as the paper does, or
            ``recalibrated``, by statistics at the current weights; None for averages from the paper's number of steps on, and
            recalibrated with fewer.
        validation: whether validation images are held out of training and scored against; without, all published training
            images train, and test images alone are left to choose by, as in the paper.
        description: a sentence for the reader.

    Examples:
        >>> import benchmark
        >>> study = benchmark.Study(name="mine", losses=["lsgan", "wgan"], samples=4, seeds=2)
        >>> study.seeds, study.datasets
        ((0, 1), ('fashion-mnist',))
    """

    name: Text
    losses: Names = ("all",)
    datasets: Names = ("fashion-mnist",)
    budget: Annotated[Mapping[str, Any], PlainValidator(chosen_budget)] = field(default_factory=lambda: {"preset": "quick"})
    ranges: Annotated[Ranges, BeforeValidator(as_ranges)] = field(default_factory=Ranges)
    samples: Samples = 1
    seeds: Annotated[tuple[Whole, ...], BeforeValidator(as_seeds), AfterValidator(once_each)] = (0,)
    defaults: Text = "paper"
    source: Annotated[Source, BeforeValidator(table(Source, "study", SOURCE_KEYS))] | None = None
    variants: Names = ("paper",)
    penalties: Names = (PENALTY.usual,)
    normalisations: Names = (NORMALISATION.usual,)
    metrics: Names = ("fid",)
    extractor: Text = "layers"
    optimisers: Annotated[tuple[Optimiser, ...], BeforeValidator(as_tuple), AfterValidator(once_each)] = ("adam",)
    precision: Precision = "float32"
    batch_norm: BatchNorm | None = None
    validation: YesNo = True
    description: AnyText = ""

    def __post_init__(self) -> None:
        if self.name != Path(self.name).name or self.name == "..":  # its results would lie elsewhere
            raise UserError(f"Study: name = {self.name!r}: a file name is needed, since its results are filed under it.")
        require_file_name(f"{self.name}.json", f"Study {self.name[:30]}...: its plan", "Give the study a shorter name")
        if self.source is not None and (self.samples != 1 or self.ranges != Ranges()):
            raise UserError(f"Study {self.name}: the best setting of its source is the only one: leave samples and ranges out.")

    def values(self, factor: Factor) -> tuple[str, ...]:
        """What the study says of the factor: names in any spelling, or files."""
        said: tuple[str, ...] = getattr(self, factor.plural)
        return said

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits that name what the study says, whatever its name and description."""
        content = {k: v for k, v in asdict(self).items() if k not in ("name", "description")}
        files = [factor.plural for factor in FACTORS if factor.package]
        for key in ("losses", "datasets", "metrics", *files):  # a file or folder is the same wherever it lies
            content[key] = [Path(name).name if name.endswith(".py") or "/" in name else name for name in content[key]]
        for factor in FACTORS:  # those that the first hashes did not know
            if not factor.always_said and content[factor.plural] == [factor.usual]:
                del content[factor.plural]
        variants = content.pop("variants")
        content["variant"] = variants[0] if len(variants) == 1 else variants  # one was all that the first hashes knew
        if content["source"] is not None:
            content["source"] = {OLDER_KEYS.get(key, key): value for key, value in content["source"].items()}
            for key, usual in (("place", 1), ("best_of", ())):
                if content["source"][key] == usual:
                    del content["source"][key]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:12]
