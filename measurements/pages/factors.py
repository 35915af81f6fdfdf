"""How far losses are apart in parts of a table, as factors with intervals."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from benchmark.analysis.statistics.importance.spread import Spread, spread_between
from measurements.pages.published import interval


def apart(trials: pd.DataFrame, score: str = "best") -> Spread:
    """How far the losses are apart, over those of these trials that ended with a score."""
    ended = trials[trials["status"] == "ok"]
    found = spread_between(ended[score], ended["name"].tolist())
    assert found is not None, "one loss, or one run of each"
    return found


def typical(trials: pd.DataFrame) -> str:
    """How far a typical loss is from the average, as a factor, with its 95% interval."""
    found = apart(trials).typical
    return interval(found.value, found.low, found.high, ".2f")


def ends(trials: pd.DataFrame) -> str:
    """The worst loss's mean divided by the best's, with its 95% interval."""
    found = apart(trials).best_to_worst
    return interval(found.value, found.low, found.high, ".1f")


def table(parts: Mapping[str, pd.DataFrame], of: str = "of", within: str = "seeds") -> pd.DataFrame:
    """The factors of each part; ``within`` says what differs between the runs of one loss."""
    return pd.DataFrame(
        [
            {
                of: label,
                "runs": f"{apart(part).n}",
                "factor between losses": typical(part),
                "worst over best": ends(part),
                f"factor between {within}": f"{apart(part).within:.2f}",
                "loss's share": interval(*apart(part).share, ".0%"),
            }
            for label, part in parts.items()
        ]
    )
