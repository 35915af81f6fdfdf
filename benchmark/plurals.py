"""Numbers of things, in words."""

from __future__ import annotations


def how_many(number: int, noun: str, plural: str = "") -> str:
    """The number with its noun, which takes an s, or another ``plural``, where it must.

    >>> how_many(1, "trial"), how_many(2_000, "trial"), how_many(0, "study", "studies")
    ('1 trial', '2,000 trials', '0 studies')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
