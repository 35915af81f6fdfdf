"""How a trial ended, as its file says it; what no run can have written is told from it, whatever JSON it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, ConfigDict, Field, Strict, TypeAdapter, ValidationError

from benchmark.columns import BY_NAME, Status
from benchmark.evaluations import VALIDATION
from benchmark.study.trial import id_of

MOST = 2**53  # up to which a float tells every whole number
Count = Annotated[int, Strict(), Field(ge=0, le=MOST)]
Number = Annotated[float, Strict()]  # else a text of digits would be one


def plain_values(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuses what an environment cannot hold: anything but texts, numbers, and what fits the table's column of its name."""
    for name, value in values.items():
        number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST
        fits = {"text": isinstance(value, str), "yes or no": isinstance(value, bool), "number": number}
        fits["whole number"] = number and isinstance(value, int) and value >= 0
        kind = BY_NAME[name].type if name in BY_NAME else None
        if value is not None and not (fits[kind] if kind else any(fits.values())):
            raise ValueError(f"{name} is no {kind or 'text or number'}")
    return values


Environment = Annotated[dict[str, Any], AfterValidator(plain_values)]


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a trial ended.

    Attributes:
        step: steps done; for a diverged trial the step in which NaN or Inf was first seen.
        seconds: wall time of its training and scoring; in a population, its share.
        environment: what it was computed with.
        fingerprints: of the metrics' weights and settings, by score.
        score_names: which columns of ``scores`` the metrics gave; the others are means of logged scalars.
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
    """A file's content is not the result of the trial that its name says; the message says why, on one line."""


def checked_result(content: Any, trial: str, status: str) -> Result:
    """The result that a file's content is: of the trial of that id, which ended so.

    Raises:
        Damaged: it is none.
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
        raise Damaged(f"it says {result.status}, and its name {status}")
    if wrong := fault(result, score):
        raise Damaged(wrong)
    return result


def read_fields(content: Any) -> Result:
    """The result with the fields that a file's content gives, with their very values.

    Raises:
        Damaged: a field is missing, unknown, or holds what it cannot.
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
    except UnicodeEncodeError:  # JSON may hold half a character, which no file of text can
        raise Damaged("a text in it is none") from None
    except (TypeError, RecursionError):
        raise Damaged("it is no table of a result's fields") from None


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
    """What keeps the result of a trial that is compared by this score from standing in a table; empty if nothing does."""
    needed = {"step", score, *result.score_names}
    for row in result.scores:
        if lacking := sorted(needed - row.keys()):
            return f"an evaluation has no {lacking[0]}"
        if not (math.isfinite(row[score]) and 0 <= row["step"] <= MOST):
            return f"an evaluation's step is {row['step']:g}, its {score} {row[score]:g}"
        if (score + VALIDATION in row) != (score + VALIDATION in result.scores[0]):
            return f"not every evaluation has {score + VALIDATION}"
    return "it has no evaluation" if result.status == "ok" and not result.scores else ""
