"""How losses, scores and hyperparameters are called, the same in every table and figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pandas as pd

from benchmark.analysis import paper
from benchmark.columns import HYPERPARAMETER

SCORE_NAMES = {
    "fid_layers": "FID (greys and all layers of the embedded classifier)",
    "fid_classifier": "FID (features of the embedded classifier)",
    "fid_inception": "FID (Inception-v3 features)",
}
HYPERPARAMETER_NAMES = {
    "learning_rate": "learning rate",
    "beta1": "Adam beta1",
    "disc_iters": "D updates per G update",
    "discriminator_batch_norm": "batch norm in D",
}


def key(loss: str) -> str:
    """The loss's key without the hash that marks a user's own file."""
    return loss.partition("@")[0]


def stem(label: str) -> str:
    """The label without what stands in brackets, its variant say."""
    return label.partition(" (")[0]


def loss_names(table: pd.DataFrame) -> dict[str, str]:
    """The names in print of a table's losses, by key; different losses have different names."""
    return _names(table, "loss", paper.loss_names())


def dataset_names(table: pd.DataFrame) -> dict[str, str]:
    """The names in print of a table's data sets, by key; different data sets have different names."""
    return _names(table, "dataset", paper.dataset_names())


def _names(table: pd.DataFrame, column: str, published: Mapping[str, str]) -> dict[str, str]:
    """What the table says, else the paper, else the key; @ and the file's hash, or the key, tell two of one name apart."""
    of_table: dict[str, str] = {}
    if f"{column}_name" in table:
        named = table.dropna(subset=[f"{column}_name"])
        of_table = dict(zip(named[column].astype(str), named[f"{column}_name"], strict=True))
    names = {k: str(of_table.get(k) or published.get(k, key(k))) for k in map(str, table[column].unique())}
    names = {k: " ".join(name.split()) for k, name in names.items()}
    bearers = Counter(map(stem, {**published, **names}.values()))
    alone = {k for k, name in names.items() if bearers[stem(name)] == 1 or published.get(k) == name}
    apart = {k: names[k] for k in alone}
    for k in sorted(names.keys() - alone):
        label = f"{names[k]}@{k.partition('@')[2] or k}"
        while label in apart.values():  # somebody else's own name, or of a file of the same content
            label += f"@{k}"
        apart[k] = label
    return {k: apart[k] for k in names}


def labels(table: pd.DataFrame) -> pd.Series:
    """Each trial's loss in print: its name, with its variant unless ``paper`` and its optimiser unless ``adam``.

    The series is an ordered categorical, in the order of the paper's tables: other losses by name after the paper's, a loss's
    variants after it.
    """
    names, order = loss_names(table), list(paper.loss_names())
    parts = [table[c].fillna("").astype(str) if c in table else [""] * len(table) for c in ("variant", "optimiser")]
    found, optimisers = [], {*parts[1]}
    for loss, variant, optimiser in zip(table["loss"].astype(str), *parts, strict=True):
        said = f"variant {variant}" if variant in optimisers - {""} else variant  # which may be called as an optimiser is
        unusual = [part for part, usual in ((said, "paper"), (optimiser, "adam")) if part not in ("", usual)]
        place = order.index(loss) if loss in order else len(order)
        label = names[loss] + (f" ({', '.join(unusual)})" if unusual else "")
        found.append((place, names[loss], bool(unusual), label))
    categories = list(dict.fromkeys(label for *_, label in sorted(set(found))))
    return pd.Series(pd.Categorical([label for *_, label in found], categories, ordered=True), table.index)


def dataset_places(table: pd.DataFrame) -> pd.Series:
    """Where each trial's data set stands in tables: in the paper's order, others by name after the paper's."""
    names, order = dataset_names(table), list(paper.dataset_names())
    ranked = sorted(names, key=lambda d: (order.index(d) if d in order else len(order), names[d]))
    return table["dataset"].astype(str).map({dataset: place for place, dataset in enumerate(ranked)})


def score_name(score: str) -> str:
    """The score's name in print."""
    return SCORE_NAMES.get(score, score)


def budget_name(table: pd.DataFrame) -> str:
    """What each trial of the table may spend, in print: steps, and the width of the networks; empty where it does not say."""
    parts = [(c, table[c].dropna().unique()) for c in ("steps", "width") if c in table]
    told = {c: " or ".join(f"{float(value):,g}" for value in sorted(values)) for c, values in parts if len(values)}
    words = {"steps": "{} steps", "width": "width {}"}
    return ", ".join(words[c].format(text) for c, text in told.items())


def measured(table: pd.DataFrame) -> str:
    """What the column ``best`` has: the score in print, and the evaluation of each run that it is of."""
    score = str(table["score"].iloc[0])
    chosen_by = str(table["chosen_by"].iloc[0]) if "chosen_by" in table else score
    by = "" if chosen_by == score else f" by {score_name(chosen_by)}"
    return f"{score_name(score)}, best evaluation of each run{by}"


def hyperparameter_name(column: str) -> str:
    """The name in print of a hyperparameter's column."""
    name = column.removeprefix(HYPERPARAMETER)
    return HYPERPARAMETER_NAMES.get(name, name.replace("_", " "))
