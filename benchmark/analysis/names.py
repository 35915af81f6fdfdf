"""The printed names of losses, combinations, scores and hyperparameters, the same everywhere.

Names are made from columns and never parsed: code that needs a trial's loss, penalty or variant reads the columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from benchmark.analysis import paper
from benchmark.columns import HYPERPARAMETER
from benchmark.factors import FACTORS, OPTIMISER, VARIANT, Factor, in_print

SCORE_NAMES = {"fid_layers": "FID", "fid_classifier": "FID", "fid_inception": "FID"}
FEATURES = {
    "fid_layers": "greys and all layers of the embedded classifier",
    "fid_classifier": "features of the embedded classifier",
    "fid_inception": "Inception-v3 features",
}
"""The features behind the scores of ``SCORE_NAMES``."""
HYPERPARAMETER_NAMES = {
    "learning_rate": "learning rate",
    "beta1": "Adam beta1",
    "disc_iters": "D updates per G update",
    "discriminator_batch_norm": "batch norm in D",
}


def key(loss: str) -> str:
    """The loss's key without the hash of a user's own file."""
    return loss.partition("@")[0]


def loss_names(table: pd.DataFrame) -> dict[str, str]:
    """The printed names of a table's losses, by key; all differ, and none looks like a combination of another loss."""
    return _names(table, "loss", paper.loss_names(), (" + ", ", ", " ("))


def dataset_names(table: pd.DataFrame) -> dict[str, str]:
    """The printed names of a table's data sets, by key; different data sets have different names."""
    return _names(table, "dataset", paper.dataset_names())


def _names(
    table: pd.DataFrame, column: str, published: Mapping[str, str] | None = None, ends: Iterable[str] = ()
) -> dict[str, str]:
    """The name in the table, or else in the paper, or else the key; equal names get ``@`` and the file's hash, or the key.

    Args:
        ends: texts that may follow a name in longer ones: a name that starts with another name and one of these is marked too.
    """
    of_table: dict[str, str] = {}
    published = published or {}
    if f"{column}_name" in table:
        named = table.dropna(subset=[f"{column}_name"])
        of_table = dict(zip(named[column].astype(str), named[f"{column}_name"], strict=True))
    names = {k: str(of_table.get(k) or published.get(k, key(k))) for k in map(str, table[column].unique())}
    names = {k: " ".join(name.split()) for k, name in names.items()}
    everyone = {**published, **names}

    def mistaken(name: str, other: str) -> bool:
        return name == other or any(a.startswith(b + end) for a, b in ((name, other), (other, name)) for end in ends)

    alone = {
        k
        for k, name in names.items()
        if published.get(k) == name or not any(mistaken(name, other) for o, other in everyone.items() if o != k)
    }
    apart = {k: names[k] for k in alone}
    for k in sorted(names.keys() - alone):
        label = f"{names[k]}@{k.partition('@')[2] or k}"
        while label in apart.values():  # another loss's own name, or that of a file with the same content
            label += f"@{k}"
        apart[k] = label
    return {k: apart[k] for k in names}


def choices(table: pd.DataFrame) -> pd.DataFrame:
    """Each trial's value of every factor, a column for each of ``FACTORS``; missing values are the usual ones."""
    usual = {f.name: pd.Series(f.usual, table.index) for f in FACTORS}
    said = {f.name: table[f.name].fillna(f.usual).astype(str).replace("", f.usual) for f in FACTORS if f.name in table}
    return pd.DataFrame(usual | said, index=table.index)


def choice_names(table: pd.DataFrame, factor: Factor) -> dict[str, str]:
    """The printed names of a factor's values in the table, by value; different values have different names."""
    values = choices(table)[[factor.name]]
    if f"{factor.name}_name" in table:
        values[f"{factor.name}_name"] = table[f"{factor.name}_name"]
    return _names(values, factor.name, {factor.usual: factor.usual_name} if factor.usual_name else {})


def labels(table: pd.DataFrame) -> pd.Series:
    """The printed name of each trial's loss with its unusual choices (``in_print``); different combinations differ in name.

    The series is an ordered categorical in the order of the paper's tables. Other losses follow by name, and each loss's
    combinations follow the loss.
    """
    names, order = loss_names(table), list(paper.loss_names())
    words = {f.name: choice_names(table, f) for f in FACTORS}
    values = choices(table)
    optimisers = {*values[OPTIMISER.name]} if OPTIMISER.name in table else set()
    for variant in words[VARIANT.name].keys() & optimisers:
        words[VARIANT.name][variant] = f"variant {variant}"  # a variant may have the same name as an optimiser
    every = list(zip(table["loss"].astype(str), *(values[f.name] for f in FACTORS), strict=True))
    found: dict[tuple[str, ...], tuple[int, str, bool, list[tuple[bool, str]], str]] = {}
    for combined in dict.fromkeys(every):
        loss, *chosen = combined
        of = {f: value for f, value in zip(FACTORS, chosen, strict=True) if value != f.usual}
        label = in_print(names[loss], {f.name: words[f.name][value] for f, value in of.items()})
        while label in (other for *_, other in found.values()):  # one part may have the same name as two others together
            label += f" [{' '.join(combined)}]"
        place = order.index(loss) if loss in order else len(order)
        by_choice = [(of.get(f, "none") != "none", words[f.name].get(of.get(f, ""), "")) for f in FACTORS if f.own_draws]
        found[combined] = (place, names[loss], bool(of), by_choice, label)
    categories = [label for *_, label in sorted(found.values())]
    return pd.Series(pd.Categorical([found[combined][-1] for combined in every], categories, ordered=True), table.index)


MOST_LISTED = 16
"""A sentence lists at most this many names and counts the others."""


def listed(names: Iterable[str]) -> str:
    """The names as a list in text; separated by semicolons if a name contains a comma."""
    several = list(names)
    shown = several[:MOST_LISTED] + ([f"{len(several) - MOST_LISTED} more"] if len(several) > MOST_LISTED else [])
    return ("; " if any("," in name for name in shown) else ", ").join(shown)


def dataset_places(table: pd.DataFrame) -> pd.Series:
    """The place of each trial's data set in tables: in the paper's order, with others after them by name."""
    names, order = dataset_names(table), list(paper.dataset_names())
    ranked = sorted(names, key=lambda d: (order.index(d) if d in order else len(order), names[d]))
    return table["dataset"].astype(str).map({dataset: place for place, dataset in enumerate(ranked)})


def score_name(score: str) -> str:
    """The score's printed name, with the features behind it."""
    return short_score_name(score) + (f" ({FEATURES[score]})" if score in FEATURES else "")


def short_score_name(score: str) -> str:
    """The score's printed name."""
    return SCORE_NAMES.get(score, score)


def budget_name(table: pd.DataFrame) -> str:
    """The printed budget of the table's trials: steps and the networks' width; empty if the table has neither."""
    parts = [(c, table[c].dropna().unique()) for c in ("steps", "width") if c in table]
    told = {c: " or ".join(f"{float(value):,g}" for value in sorted(values)) for c, values in parts if len(values)}
    words = {"steps": "{} steps", "width": "width {}"}
    return ", ".join(words[c].format(text) for c, text in told.items())


def measured(table: pd.DataFrame) -> str:
    """A description of the column ``best``: the score's printed name, and how each run's evaluation was chosen."""
    score = str(table["score"].iloc[0])
    chosen_by = str(table["chosen_by"].iloc[0]) if "chosen_by" in table else score
    by = "" if chosen_by == score else f" by {score_name(chosen_by)}"
    return f"{score_name(score)}, best evaluation of each run{by}"


def hyperparameter_name(column: str) -> str:
    """The printed name of a hyperparameter's column."""
    name = column.removeprefix(HYPERPARAMETER)
    return HYPERPARAMETER_NAMES.get(name, name.replace("_", " "))
