"""The two main numbers on how far losses are apart, and how much they depend on any single loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmark.analysis.statistics.importance.spread import Spread, nested_without_each, spread_between
from benchmark.analysis.statistics.variance import NestedSplit, nested_split
from benchmark.analysis.tables.importance import GANS, parts, without_score
from benchmark.analysis.trials import has_seeds, is_search, search_trials, seed_trials, setting, worst_scored


def compared(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The trials that compare losses, by what they vary over: random settings, seeds of each loss's best setting, or both."""
    found = {}
    if is_search(table):
        found["random settings"] = search_trials(table)
    if has_seeds(table) or not found:
        found["seeds"] = seed_trials(table)
    return found


def headline(table: pd.DataFrame) -> pd.DataFrame:
    """How far the losses are apart, typically and from best to worst, as factors with 95% intervals.

    Further rows leave out each loss in turn. Means are geometric; ``statistics.importance.spread`` describes the method. A
    diverged or failed trial counts as the worst score of its data set.
    """
    rows = []
    for over, trials in compared(table).items():
        ended = worst_scored(trials)
        ended = ended[np.isfinite(ended["value"]) & (ended["value"] > 0)]
        for dataset, of_dataset in ended.groupby("dataset", sort=False):
            several = parts(of_dataset)
            for label, part in several.items():
                rows += _rows(str(dataset), label, over, part)
            if not several:
                continue
            label = GANS if GANS in several else next(iter(several))
            part = several[label]
            names = [str(name) for name in dict.fromkeys(part["name"])]
            if len(names) > 2:
                for name in names:
                    rows += _rows(str(dataset), f"{label} without {name}", over, part[part["name"] != name])
    return pd.DataFrame(rows)


def _rows(dataset: str, label: str, over: str, trials: pd.DataFrame) -> list[dict[str, Any]]:
    found = spread_between(trials["value"], trials["name"].tolist())
    about = {"dataset": dataset, "of": label, "over": over}
    return [] if found is None else [about | _numbers(found, without_score(trials))]


def _numbers(found: Spread, without: int) -> dict[str, Any]:
    share, low, high = found.share
    return {
        "losses": found.losses,
        "n": found.n,
        "without_score": without,
        "spread": found.typical.value,
        "spread_low": found.typical.low,
        "spread_high": found.typical.high,
        "within": found.within,
        "best_to_worst": found.best_to_worst.value,
        "best_to_worst_low": found.best_to_worst.low,
        "best_to_worst_high": found.best_to_worst.high,
        "best_to_worst_observed": found.observed,
        "share_of_losses": share,
        "low": low,
        "high": high,
    }


def nested(table: pd.DataFrame) -> pd.DataFrame:
    """Tests whether losses differ by more than good settings of one loss do; with all losses, and without each in turn.

    It uses the settings that were run under several seeds, if all losses have equally many of them (at least two), and the
    seeds that all settings share. The null hypothesis of ``p`` is that losses do not (``statistics.variance.nested_split``).
    """
    rows = []
    for dataset, trials in worst_scored(table).groupby("dataset", sort=False):
        for label, part in parts(trials).items():
            found = nested_scores(part)
            if found is None:
                continue
            values, names = found
            splits: dict[str, NestedSplit] = {label: nested_split(values)}
            splits |= {f"{label} without {name}": split for name, split in nested_without_each(values, names).items()}
            for of, split in splits.items():
                rows.append(
                    {
                        "dataset": dataset,
                        "of": of,
                        "losses": len(names) - (of != label),
                        "settings": values.shape[1],
                        "seeds": values.shape[2],
                        "spread_of_losses": float(np.exp(np.sqrt(split.losses))),
                        "spread_of_settings": float(np.exp(np.sqrt(split.settings))),
                        "spread_of_seeds": float(np.exp(np.sqrt(split.seeds))),
                        "p": split.p,
                    }
                )
    return pd.DataFrame(rows)


def nested_scores(trials: pd.DataFrame) -> tuple[np.ndarray, list[str]] | None:
    """Log scores [losses, settings, seeds] and the losses' names; None if the design is not balanced or scores are missing.

    Args:
        trials: the trials of one data set, with a column ``value``.
    """
    if "seed" not in trials or not (np.isfinite(trials["value"]) & (trials["value"] > 0)).all():
        return None
    labelled = trials.assign(setting=setting(trials))
    runs = labelled.groupby(["name", "setting"], sort=False)["seed"].nunique()
    several = runs.index[runs > 1]
    kept = labelled[pd.MultiIndex.from_frame(labelled[["name", "setting"]]).isin(several)]
    if set(kept["name"]) != set(trials["name"]):
        return None
    wide = kept.pivot_table(index=["name", "setting"], columns="seed", values="value", sort=False).dropna(axis="columns")
    counts = wide.groupby("name", sort=False).size()
    if wide.shape[1] < 2 or counts.nunique() != 1 or counts.iloc[0] < 2:
        return None
    return np.stack([np.log(wide.xs(name).to_numpy(float)) for name in counts.index]), [str(name) for name in counts.index]
