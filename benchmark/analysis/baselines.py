"""Compares a loss with published baselines at the same budget: one verdict per baseline."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from benchmark.analysis.names import choices, dataset_names, key, labels, listed
from benchmark.analysis.statistics.verdict import MOST, Verdict, judge
from benchmark.analysis.trials import compared_trials, values_by_name, worst_scored
from benchmark.columns import AGREEING, require_comparable
from benchmark.plugins import UserError, spelling, unknown


def choose(table: pd.DataFrame, loss: str) -> str:
    """The value of the column ``name`` for the loss that the user named by name, key or key@hash, in any spelling.

    Raises:
        UserError: no loss of the table fits, or several do.
    """
    spelled = spelling(loss)
    for names in (table["name"], table["loss"], table["loss"].map(lambda value: key(str(value)))):
        found = table.loc[names.map(lambda value: spelling(str(value)) == spelled), "name"].unique()
        if len(found) == 1:
            return str(found[0])
        if len(found) > 1:
            raise UserError(f"{loss!r} fits more than one loss of the table: {listed(found)}.\nUse one of these names.")
    raise unknown("loss", loss, list(table["name"].unique()))


def compare(table: pd.DataFrame, loss: str, baselines: pd.DataFrame, margin: float, confidence: float = 0.95) -> pd.DataFrame:
    """Compares a loss with every baseline on every data set that both tables have; one row per verdict.

    A diverged or failed trial counts as the worst score of both tables on its data set. All intervals of one data set hold
    jointly with the given confidence (Bonferroni). ``baselines`` may be the same table: rows with the key of the loss itself
    are left out. An earlier version of the loss has another key and counts as a baseline.

    Args:
        loss: its name, in any form that ``choose`` accepts.
        margin: the largest difference of mean scores that does not matter, in units of the score.

    Raises:
        UserError: the tables have no data set in common; they differ in budget, score or extractor; one varies settings and
            the other seeds; a side has no trial that ended ``ok``; or margin or confidence is out of range.
    """
    if not 0 <= margin < float("inf"):
        raise UserError(f"The margin is {margin}; it must be a number of 0 or more, in units of the score.")
    if not 0 < confidence < 1:
        raise UserError(f"The confidence is {confidence}; it must lie between 0 and 1, for example 0.95.")
    ours = table[table["name"] == choose(table, loss)]
    ours, theirs = named_together(ours, baselines[~identities(baselines).isin(identities(ours))])
    name = str(ours["name"].iloc[0])
    shared = [d for d in dict.fromkeys(ours["dataset"]) if d in set(theirs["dataset"])]
    if not shared:
        have = ", ".join(theirs["dataset"].unique()) or f"nothing but {ours['loss'].iloc[0]} itself"
        raise UserError(
            f"No baseline shares a data set with {name} ({', '.join(ours['dataset'].unique())}).\nThe baselines have: {have}."
        )
    (mine, over), (others, over_baseline) = compared_trials(ours), compared_trials(theirs)
    if over != over_baseline and all(len(side) > len(shared) for side in (mine, others)):
        raise UserError(
            f"The trials of {name} vary over {over}, those of the baselines over {over_baseline}.\n"
            "Compare a search with a search, or seeds with seeds."
        )
    rows, datasets = [], dataset_names(ours)
    for dataset in shared:
        both = [t[t["dataset"] == dataset] for t in (mine, others)]
        # A lowest score and a score chosen by another score are not comparable.
        if any("chosen_by" in side for side in both):
            both = [side.assign(chosen_by=side.get("chosen_by", side["score"])) for side in both]
        columns = [c for c in AGREEING if c in both[0] and c in both[1]]
        require_comparable(pd.concat([t[["dataset", *columns]] for t in both]), any_torch=True, remedy=remedy_for(ours, theirs))
        for side, who in zip(both, (name, "the baselines"), strict=True):
            if not (side["status"] == "ok").any():
                counts = ", ".join(f"{k} {s}" for s, k in side["status"].value_counts().items())
                raise UserError(f"No trial of {who} on {dataset} ended ok ({counts}), so there is nothing to compare.")
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
                    **{n: getattr(found, n) for n in ("n", "n_baseline", "mean", "mean_baseline", "difference", "low", "high")},
                    **dict(zip(("improvement", "improvement_low", "improvement_high"), found.improvement, strict=True)),
                    "without_score": without[name],
                    "without_score_baseline": without[rival],
                    "more_trials": more_trials_text(found),
                }
            )
    return pd.DataFrame(rows)


def identities(table: pd.DataFrame) -> pd.Series:
    """A label for each trial's loss and other choices; trials with equal labels are of the same combination."""
    return table["loss"].astype(str) + "\n" + choices(table).agg("\n".join, axis=1)


def named_together(ours: pd.DataFrame, theirs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables with new names that are unique across the two, so that versions of one loss can be distinguished."""
    if theirs.empty:
        return ours, theirs
    names = labels(pd.concat([ours, theirs], ignore_index=True)).astype(str).to_numpy()
    return ours.assign(name=names[: len(ours)]), theirs.assign(name=names[len(ours) :])


def remedy_for(ours: pd.DataFrame, theirs: pd.DataFrame) -> Callable[[str], str]:
    """A function that suggests what to do if two tables differ in a column: a condition that both meet, if there is one."""

    def remedy(column: str) -> str:
        if not (column in ours and column in theirs):
            return "Compare tables of the same kind of scores."
        common = [value for value in ours[column].dropna().unique() if value in set(theirs[column].dropna())]
        if common:
            return f"Select one kind: --where {column}={common[0]}"
        return f"The two tables have no {column} in common: train the loss as its baselines were (docs/new-loss.md)."

    return remedy


def more_trials_text(verdict: Verdict) -> str:
    """The number of further trials of each side needed for a decision, as text for the table."""
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
