"""The search space of a study: what it and its losses say, checked, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmark.hyperparameters import Range, as_table, in_words
from benchmark.losses import Loss
from benchmark.plugins import UserError
from benchmark.study.study import Ranges
from benchmark.validation import brief


def ranges_of(ranges: Ranges, loss: Loss) -> dict[str, Range]:
    """The search space of one loss: what the study says in place of what the loss declares."""
    space: Mapping[str, Range] = getattr(loss, ranges.space)
    own = {**ranges.own, **ranges.by_loss.get(loss.key, {})}
    return {name: own.get(name, declared) for name, declared in space.items()}


def check_ranges(ranges: Ranges, losses: Sequence[Loss]) -> None:
    """Checks that every range is for a hyperparameter that some loss has, and draws what it may have."""
    keys = {loss.key: set(getattr(loss, ranges.space)) for loss in losses}
    for key, of_key in ranges.by_loss.items():
        if key not in keys:
            raise UserError(f"ranges.{key}: the study has no loss of that key. Known: {', '.join(keys)}.")
        if other := of_key.keys() - keys[key]:
            raise UserError(f"ranges.{key}.{min(other)}: {key} has no such range. Known: {', '.join(sorted(keys[key]))}.")
    everything = set().union(*keys.values())
    if other := ranges.own.keys() - everything:
        raise UserError(f"ranges.{min(other)}: no loss of the study has it. Known: {', '.join(sorted(everything))}.")
    for loss in losses:
        of_loss = ranges.by_loss.get(loss.key, {})
        own = {name: values for name, values in ranges.own.items() if name in keys[loss.key]}
        for name, values in {**own, **{f"{loss.key}.{name}": values for name, values in of_loss.items()}}.items():
            check_range(f"ranges.{name}", values, loss, name.rpartition(".")[2])


def check_range(key: str, values: Range, loss: Loss, name: str) -> None:
    """Checks that what a study says under the key lies in the loss's domain of the hyperparameter."""
    domain = loss.hyperparameters()[name]
    if domain.covers(values):
        return
    given = as_table(values)
    only = " from choice or fixed" if domain.kind != "number" and not given.keys() & {"choice", "fixed"} else ""
    raise UserError(f"{key} = {brief(given)}: {loss.name} needs {domain}{only}.")


def drawn_ranges(ranges: Ranges, losses: Sequence[Loss]) -> list[str]:
    """A line for each hyperparameter, with the values it is drawn from; the losses are named where others draw it otherwise."""
    names: dict[str, dict[str, list[str]]] = {}
    for loss in losses:
        for parameter, values in ranges_of(ranges, loss).items():
            drawing = names.setdefault(parameter, {}).setdefault(in_words(values), [])
            drawing += [] if loss.name in drawing else [loss.name]  # once, of several variants
    everyone = len({loss.name for loss in losses})
    return [
        f"{parameter} {text}" + (f" ({', '.join(drawing)})" if len(drawing) < everyone else "")
        for parameter, drawings in names.items()
        for text, drawing in drawings.items()
    ]
