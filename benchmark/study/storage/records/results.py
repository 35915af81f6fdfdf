"""The result of a trial, as stored in its file, with checks that detect any content that a run cannot have written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, ConfigDict, Field, Strict, TypeAdapter, ValidationError

from benchmark.columns import BY_NAME, Status
from benchmark.evaluations import VALIDATION
from benchmark.study.trial import id_of

MOST = 2**53  # a float represents every whole number up to this one
Count = Annotated[int, Strict(), Field(ge=0, le=MOST)]
Number = Annotated[float, Strict()]  # without Strict a text of digits would be accepted


def plain_values(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuses values other than texts and numbers, and values that do not fit the table's column of the same name."""
    for name, value in values.items():
        number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST
        fits = {"text": isinstance(value, str), "yes or no": isinstance(value, bool), "number": number}
        fits["whole number"] = number and isinstance(value, int) and value >= 0
        kind = BY_NAME[name].type if name in BY_NAME else None
        if value is not None and not (fits[kind] if kind else any(fits.values())):
            raise ValueError(f"{name} is not a {kind or 'text or number'}")
    return values


Environment = Annotated[dict[str, Any], AfterValidator(plain_values)]


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a trial ended.

    Attributes:
        step: steps done; for a diverged trial the step in which NaN or Inf was first seen.
        seconds: wall time of its training and scoring; in a population, its share.
        environment: what it was computed with.
        fingerprints: those of the metrics' weights and settings, by score.
        score_names: the columns of ``scores`` from the metrics; the others are means of logged scalars.
        study: the study that ran it first, and a hash of that study.
        reason: why it diverged or failed, a traceback for instance.
        attempts: how often it was started.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    status: Status
    step: Count
    seconds: Annotated[Number, Field(ge=0, le=MOST)]
    scores: list[dict[str, Number]]
    environment: Environment
    fingerprints: dict[str, str] = field(default_factory=dict)
    score_names: list[str] = field(default_factory=list)
    study: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    attempts: Annotated[Count, Field(ge=1)] = 1
    identity: dict[str, Any] = field(default_factory=dict)


RESULT = TypeAdapter(Result)


class Damaged(ValueError):
    """A file's content is not the result of the trial in its name; the message says why, on one line."""


def checked_result(content: Any, trial: str, status: str) -> Result:
    """The result in a file's content, which must be of the trial with that id and have that status.

    Raises:
        Damaged: the content is not such a result.
    """
    result = read_fields(content)
    try:
        its_own = id_of(result.identity) == trial
        score = result.identity["metrics"][0]
    except (KeyError, IndexError, TypeError, RecursionError):
        its_own = False
    if not its_own:
        raise Damaged("it is of another trial")
    if result.status != status:
        raise Damaged(f"it says {result.status}, but its name says {status}")
    if wrong := fault(result, score):
        raise Damaged(wrong)
    return result


def read_fields(content: Any) -> Result:
    """The result with the fields in a file's content, whose values are not converted.

    Raises:
        Damaged: a field is missing or unknown, or its value is not possible.
    """
    try:
        RESULT.validate_python(content)
        result = Result(**content)
        "".join(texts(result)).encode()
        return result
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))[:60]
        raise Damaged(f"{place or 'it'}: {first['msg']}") from None
    except UnicodeEncodeError:  # JSON may have half a character, which cannot be encoded
        raise Damaged("it has a text that is not valid") from None
    except (TypeError, RecursionError):
        raise Damaged("it does not have a result's fields") from None


def texts(result: Result) -> Iterator[str]:
    """All texts of the result that a table may show."""
    yield result.reason
    yield from result.score_names
    for values in (result.environment, result.fingerprints, result.study):
        yield from values
        yield from (value for value in values.values() if isinstance(value, str))
    for row in result.scores:
        yield from row


def fault(result: Result, score: str) -> str:
    """Why the result of a trial that is compared by this score cannot be in a table; empty if it can."""
    needed = {"step", score, *result.score_names}
    for row in result.scores:
        if lacking := sorted(needed - row.keys()):
            return f"an evaluation has no {lacking[0]}"
        if not (math.isfinite(row[score]) and 0 <= row["step"] <= MOST):
            return f"an evaluation's step is {row['step']:g}, its {score} {row[score]:g}"
        if (score + VALIDATION in row) != (score + VALIDATION in result.scores[0]):
            return f"not every evaluation has {score + VALIDATION}"
    return "it has no evaluation" if result.status == "ok" and not result.scores else ""
