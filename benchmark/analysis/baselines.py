"""A loss's trials against published baselines on the same budget: one verdict per baseline."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from benchmark.analysis.names import choices, dataset_names, key, labels, listed
from benchmark.analysis.statistics.verdict import MOST, Verdict, judge
from benchmark.analysis.trials import compared_trials, values_by_name, worst_scored
from benchmark.columns import AGREEING, require_comparable
from benchmark.plugins import UserError, spelling, unknown


def choose(table: pd.DataFrame, loss: str) -> str:
    """The name, as the column ``name`` has it, of the loss given by its name, key or key@hash in any spelling.

    Raises:
        UserError: no loss or more than one of the table fits.
    """
    spelled = spelling(loss)
    for names in (table["name"], table["loss"], table["loss"].map(lambda value: key(str(value)))):
        found = table.loc[names.map(lambda value: spelling(str(value)) == spelled), "name"].unique()
        if len(found) == 1:
            return str(found[0])
        if len(found) > 1:
            raise UserError(f"{loss!r} names more than one loss of the table: {listed(found)}.\nGive one of these names.")
    raise unknown("loss", loss, list(table["name"].unique()))


def compare(table: pd.DataFrame, loss: str, baselines: pd.DataFrame, margin: float, confidence: float = 0.95) -> pd.DataFrame:
    """The verdict on a loss against every baseline on every data set that both tables have, a row each.

    A diverged or failed trial counts as the worst score of both tables on its data set. The intervals of one data set hold
    together with the given confidence (Bonferroni). Rows of ``baselines`` that are of the loss itself, of the same key, are
    left out, so that ``baselines`` may be the same table; an earlier version of it has another key, and is a baseline.

    Args:
        loss: its name, as ``choose`` takes it.
        margin: the largest difference of mean scores that does not matter.

    Raises:
        UserError: the tables have no data set in common, differ in budget, score or extractor or in what varies, or a side
            has no trial that ended ``ok``, or margin or confidence is out of range.
    """
    if not 0 <= margin < float("inf"):
        raise UserError(f"The margin is {margin}; it must be a number of 0 or more, in units of the score.")
    if not 0 < confidence < 1:
        raise UserError(f"The confidence is {confidence}; it must lie between 0 and 1, for instance 0.95.")
    ours = table[table["name"] == choose(table, loss)]
    ours, theirs = named_together(ours, baselines[~identities(baselines).isin(identities(ours))])
    name = str(ours["name"].iloc[0])
    shared = [d for d in dict.fromkeys(ours["dataset"]) if d in set(theirs["dataset"])]
    if not shared:
        have = ", ".join(theirs["dataset"].unique()) or f"nothing beside {ours['loss'].iloc[0]} itself"
        raise UserError(
            f"No baseline shares a data set with {name} ({', '.join(ours['dataset'].unique())}).\nThe baselines have: {have}."
        )
    (mine, over), (others, over_baseline) = compared_trials(ours), compared_trials(theirs)
    if over != over_baseline and all(len(side) > len(shared) for side in (mine, others)):
        raise UserError(
            f"The trials of {name} vary over {over}, those of the baselines over {over_baseline}.\n"
            "Compare a search with a search, or several seeds with several seeds."
        )
    rows, datasets = [], dataset_names(ours)
    for dataset in shared:
        both = [t[t["dataset"] == dataset] for t in (mine, others)]
        if any(
            "chosen_by" in side for side in both
        ):  # the lowest of a run's scores is none of the evaluation of another's lowest
            both = [side.assign(chosen_by=side.get("chosen_by", side["score"])) for side in both]
        columns = [c for c in AGREEING if c in both[0] and c in both[1]]
        require_comparable(pd.concat([t[["dataset", *columns]] for t in both]), any_torch=True, remedy=remedy_for(ours, theirs))
        for side, who in zip(both, (name, "the baselines"), strict=True):
            if not (side["status"] == "ok").any():
                counts = ", ".join(f"{k} {s}" for s, k in side["status"].value_counts().items())
                raise UserError(f"No trial of {who} on {dataset} ended ok ({counts}); there is nothing to compare.")
        values = values_by_name(worst_scored(pd.concat(both)), dataset)
        rivals = {n: v for n, v in values.items() if n != name}
        for rival, scores in rivals.items():
            found = judge(values[name], scores, margin, 1 - (1 - confidence) / len(rivals))
            without = {
                n: int(t.loc[t["name"] == n, "status"].isin(["diverged", "failed"]).sum())
                for n, t in zip((name, rival), both, strict=True)
            }
            rows.append(
                {
                    "dataset": dataset,
                    "dataset_name": datasets[str(dataset)],
                    "loss": name,
                    "baseline": rival,
                    "verdict": found.decision,
                    "over": over,
                    "n": found.n,
                    "n_baseline": found.n_baseline,
                    "mean": found.mean,
                    "mean_baseline": found.mean_baseline,
                    "difference": found.difference,
                    "low": found.low,
                    "high": found.high,
                    "improvement": found.improvement[0],
                    "improvement_low": found.improvement[1],
                    "improvement_high": found.improvement[2],
                    "without_score": without[name],
                    "without_score_baseline": without[rival],
                    "more_trials": more_trials_text(found),
                }
            )
    return pd.DataFrame(rows)


def identities(table: pd.DataFrame) -> pd.Series:
    """Of which loss and choices beside it each trial is."""
    return table["loss"].astype(str) + "\n" + choices(table).agg("\n".join, axis=1)


def named_together(ours: pd.DataFrame, theirs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables with names by which the losses of both are told apart: versions of one loss have the same in each."""
    if theirs.empty:
        return ours, theirs
    names = labels(pd.concat([ours, theirs], ignore_index=True)).astype(str).to_numpy()
    return ours.assign(name=names[: len(ours)]), theirs.assign(name=names[len(ours) :])


def remedy_for(ours: pd.DataFrame, theirs: pd.DataFrame) -> Callable[[str], str]:
    """What to do about a column in which two tables differ: a condition that finds trials in both, if there is one."""

    def remedy(column: str) -> str:
        if not (column in ours and column in theirs):
            return "Compare tables of the same kind of scores."
        common = [value for value in ours[column].dropna().unique() if value in set(theirs[column].dropna())]
        if common:
            return f"Read one kind only: --where {column}={common[0]}"
        return f"The two tables have no {column} in common: train the loss as its baselines were (docs/new-loss.md)."

    return remedy


def more_trials_text(verdict: Verdict) -> str:
    """How many more trials of each side a decision would take, as the table has it."""
    if verdict.decision != "undecided":
        return "0"
    if verdict.more is not None:
        return str(verdict.more)
    return f"over {MOST:,}" if min(verdict.n, verdict.n_baseline) > 1 else "unknown from one trial"


def sentence(rows: pd.DataFrame, margin: float, confidence: float = 0.95) -> str:
    """The verdicts on one data set, rows of ``compare``, as one sentence."""
    name, dataset = rows["loss"].iloc[0], rows["dataset_name"].iloc[0]
    phrases = {"better": "better than", "equivalent": "equivalent to", "worse": "worse than", "undecided": "undecided against"}
    baselines = {verdict: list(rows.loc[rows["verdict"] == verdict, "baseline"]) for verdict in phrases}
    parts = [f"{phrases[verdict]} {listed(names)}" for verdict, names in baselines.items() if names]
    return f"{dataset}: {name} is {'; '.join(parts)} (margin {margin:g}, joint confidence {confidence:.0%})."
