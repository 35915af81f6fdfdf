"""The search space of a study: its own ranges and those of its losses, their checks, and a description in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmark.hyperparameters import Range, as_table, in_words
from benchmark.losses import Loss
from benchmark.penalties.none import NoPenalty
from benchmark.plugins import UserError
from benchmark.study.study import Ranges
from benchmark.validation import brief


def ranges_of(ranges: Ranges, loss: Loss) -> dict[str, Range]:
    """The search space of a loss with its penalty: the study's ranges, and where it has none, the declared ones."""
    space = loss.space(ranges.space)
    own = dict(ranges.own)
    for key in keys_of(loss):
        own |= ranges.by_loss.get(key, {})
    return {name: own.get(name, declared) for name, declared in space.items()}


def keys_of(loss: Loss) -> list[str]:
    """The keys under which a study may give ranges for the loss: the loss's key, and its penalty's if it has one."""
    return [loss.key, *([] if isinstance(loss.added_penalty, NoPenalty) else [loss.added_penalty.key])]


def check_ranges(ranges: Ranges, losses: Sequence[Loss]) -> None:
    """Checks that every range is for a hyperparameter of some loss, and has only values that the loss accepts."""
    keys: dict[str, set[str]] = {}
    for loss in losses:
        for key in keys_of(loss):
            keys.setdefault(key, set()).update(loss.space(ranges.space))
    for key, of_key in ranges.by_loss.items():
        if key not in keys:
            raise UserError(f"ranges.{key}: the study has no loss or penalty of that key. Known: {', '.join(keys)}.")
        if other := of_key.keys() - keys[key]:
            raise UserError(f"ranges.{key}.{min(other)}: {key} has no such range. Known: {', '.join(sorted(keys[key]))}.")
    everything = set().union(*keys.values())
    if other := ranges.own.keys() - everything:
        raise UserError(f"ranges.{min(other)}: no loss of the study has that range. Known: {', '.join(sorted(everything))}.")
    for loss in losses:
        given = dict(ranges.own)
        given |= {f"{key}.{n}": values for key in keys_of(loss) for n, values in ranges.by_loss.get(key, {}).items()}
        for name, values in given.items():
            if (parameter := name.rpartition(".")[2]) in loss.space(ranges.space):
                check_range(f"ranges.{name}", values, loss, parameter)


def check_range(key: str, values: Range, loss: Loss, name: str) -> None:
    """Checks that the study's range under the key lies in the loss's domain of the hyperparameter."""
    domain = loss.hyperparameters()[name]
    if domain.covers(values):
        return
    given = as_table(values)
    only = " from choice or fixed" if domain.kind != "number" and not given.keys() & {"choice", "fixed"} else ""
    raise UserError(f"{key} = {brief(given)}: {loss.name} needs {domain}{only}.")


def drawn_ranges(ranges: Ranges, losses: Sequence[Loss]) -> list[str]:
    """A line for each hyperparameter and range it is drawn from; with names of losses if not all of them draw from it."""
    drawings: dict[str, dict[str, list[Loss]]] = {}
    for loss in losses:
        for parameter, values in ranges_of(ranges, loss).items():
            drawings.setdefault(parameter, {}).setdefault(in_words(values), []).append(loss)
    return [
        f"{parameter} {text}" + (f" ({', '.join(told_apart(drawing, losses))})" if len(drawing) < len(losses) else "")
        for parameter, texts in drawings.items()
        for text, drawing in texts.items()
    ]


def told_apart(some: Sequence[Loss], losses: Sequence[Loss]) -> list[str]:
    """Names that tell some losses from the others: of losses, penalties or normalisations if enough, else of pairs."""
    ways: list[Callable[[Loss], str]] = [
        lambda loss: loss.name,
        lambda loss: loss.added_penalty.name,
        lambda loss: loss.normalisation.name if loss.normalisation else "",
        lambda loss: f"{loss.name} + {loss.added_penalty.name}",
    ]
    for name in ways:
        levels = dict.fromkeys(map(name, some))
        if sum(name(loss) in levels for loss in losses) == len(some):
            break
    return [*levels]
