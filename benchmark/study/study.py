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
"""The most seeds or samples of a study. They are listed in memory, which a mistyped number would fill."""
Samples = Annotated[int, Strict(), Field(ge=1, le=MOST), needs(f"a whole number of 1 or more (up to {MOST:,})")]


@record
class Ranges:
    """The search space of a study: one of the paper's, in which the user's own ranges replace some.

    Attributes:
        space: ``wide`` or ``narrow``.
        own: ranges by hyperparameter, for every loss that has it.
        by_loss: ranges by the key of a loss or penalty and then by hyperparameter, for trials with that loss or penalty; they
            override ``own``.
    """

    space: Space = "wide"
    own: Mapping[Key, SearchRange] = field(default_factory=dict)
    by_loss: Mapping[Key, Mapping[Key, SearchRange]] = field(default_factory=dict)


def as_tuple(value: Any) -> tuple[Any, ...]:
    """The names of a list, or a single name, as a tuple."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("a name or a list of names is needed.")
    return tuple(value)


def once_each(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuses a list with a repeated value."""
    if len(set(values)) < len(values):
        raise ValueError("one of them is given twice.")
    return values


def as_levels(value: Any) -> tuple[Any, ...]:
    """Like ``as_tuple``, but may be empty."""
    return () if value == () else as_tuple(value)


def levels(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses names other than ``loss`` and the factors that are part of a loss."""
    known = ["loss", *(factor.name for factor in FACTORS if factor.of_loss)]
    if other := [name for name in names if name not in known]:
        raise ValueError(str(unknown("factor", other[0], known)).replace("\n", " "))
    return names


OLDER_KEYS = {"evaluation": "checkpoint", "rank": "place"}
"""Former names of fields of ``Source``: study files may still use them, and hashes do."""


@record
class Source:
    """The earlier study from which a study takes the best setting of each cell.

    Attributes:
        study: its name or file.
        split: the images whose scores choose: ``validation``, or ``test`` as in the paper.
        evaluation: the evaluation whose score counts for a run: its ``best`` or its ``last`` one.
        rank: 1 takes the best setting, 2 the second best, and so on.
        best_of: ``loss`` and factors: takes only the best cell of each of their levels, not every cell.
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
    """The seeds in a list; for a number n, the seeds 0 to n - 1."""
    if isinstance(value, list | tuple) and value:
        return tuple(value)
    if type(value) is not int or not 1 <= value <= MOST:
        raise ValueError(f"a whole number of 1 or more (up to {MOST:,}), or a list of different whole numbers, is needed.")
    return tuple(range(value))


def as_ranges(value: Any) -> Any:
    """The fields of ``Ranges``, from a space's name or a table of ranges, by hyperparameter or by loss and hyperparameter."""
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
    """The preset, and the values that replace its own."""
    given = table(BudgetChoice, "preset", [f.name for f in fields(BudgetChoice)])(value)
    choice = TypeAdapter(BudgetChoice).validate_python(given)
    return {name: chosen for name, chosen in vars(choice).items() if chosen is not None}


Names = Annotated[tuple[Text, ...], needs("a name or a list of names"), BeforeValidator(as_tuple), AfterValidator(once_each)]


@record
class Study:
    """The content of a study file.

    Values may be given as in the file: a name in place of a list of one, a number of seeds, a table for ``ranges``.

    Attributes:
        name: the file's name, without its ending.
        losses, datasets: names in any spelling, or files; the losses may be ``("all",)``.
        budget: ``preset`` names one; further keys replace its values.
        ranges: where samples are drawn.
        samples: the number of settings per loss and data set. The first is the default setting (see ``defaults``), the others
            are drawn from ``ranges``.
        seeds: every setting is trained under each of them.
        defaults: the first setting: ``paper``, ``tuned`` (quick and standard), or the best of a table of trials; with ``none``
            every sample is drawn.
        source: an earlier study, whose best setting is then the only sample.
        variants: of the losses: ``paper``, ``v1`` (as in the paper's released code), or one that a loss declares; every
            sample is trained with each.
        penalties: names or files. Every loss is trained with each penalty, which is added to the discriminator's loss. Each
            penalty except ``none`` has samples of its own.
        normalisations: of the discriminator, names or files, each with samples of its own; with ``setting`` the
            hyperparameter ``discriminator_batch_norm`` decides, which exists only there.
        metrics: names; the first compares trials.
        extractor: its features are what the metrics compare.
        optimisers: ``adam``, ``rmsprop``, or both: every sample is trained with each.
        precision: ``float32``, ``tf32`` (Nvidia GPUs) or ``bfloat16`` (autocast).
        batch_norm: how the generator's batch norm is evaluated: by its moving ``averages``, as in the paper, or
            ``recalibrated``, by statistics at the current weights; None for averages if a trial has at least the paper's
            number of steps, else recalibrated.
        validation: whether validation images are held out of training and scored against; if not, all published training
            images are trained on, and only test images can choose settings, as in the paper.
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
            raise UserError(f"Study: name = {self.name!r}: a file name is needed, because it names the files of the results.")
        require_file_name(f"{self.name}.json", f"Study {self.name[:30]}...: its plan", "Give the study a shorter name")
        if self.source is not None and (self.samples != 1 or self.ranges != Ranges()):
            raise UserError(f"Study {self.name}: with a source its best setting is the only one; leave out samples and ranges.")

    def values(self, factor: Factor) -> tuple[str, ...]:
        """The study's values of the factor: names in any spelling, or files."""
        said: tuple[str, ...] = getattr(self, factor.plural)
        return said

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits of a hash of all that the study says, except its name and description."""
        content = {k: v for k, v in asdict(self).items() if k not in ("name", "description")}
        files = [factor.plural for factor in FACTORS if factor.package]
        for key in ("losses", "datasets", "metrics", *files):  # by name only, so that files may move
            content[key] = [Path(name).name if name.endswith(".py") or "/" in name else name for name in content[key]]
        for factor in FACTORS:  # old hashes lack these factors; keep them valid
            if not factor.always_said and content[factor.plural] == [factor.usual]:
                del content[factor.plural]
        variants = content.pop("variants")
        content["variant"] = variants[0] if len(variants) == 1 else variants  # as in old hashes, which stay valid
        if content["source"] is not None:
            content["source"] = {OLDER_KEYS.get(key, key): value for key, value in content["source"].items()}
            for key, usual in (("place", 1), ("best_of", ())):
                if content["source"][key] == usual:
                    del content["source"][key]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:12]
