"""The table of trials, one row each. Everything that a reader sees is computed from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmark.columns import RELIABILITY, VALUES, hyperparameter_column
from benchmark.evaluations import best_score, further_at_best, summary_of
from benchmark.factors import FACTORS, Choices, in_print, said_in
from benchmark.study.storage.records.results import Result
from benchmark.study.storage.store import Store
from benchmark.study.trial import RESULT_VERSION, Trial

if TYPE_CHECKING:
    import pandas as pd


class Names(NamedTuple):
    """The names in print of losses, data sets and the values of factors, by the keys that trials use.

    Attributes:
        factors: by the factor's name and the value. A value without a name is shown by its key, as losses and data sets are.
    """

    losses: Mapping[str, str] = {}
    datasets: Mapping[str, str] = {}
    factors: Mapping[str, Mapping[str, str]] = {}

    def value(self, factor: str, key: str) -> str:
        """The name of a factor's value."""
        return self.factors.get(factor, {}).get(key) or key.partition("@")[0]

    def of_loss(self, loss: str, choices: Choices) -> str:
        """The loss with its unusual choices."""
        words = {factor: self.value(factor, key) for factor, key in choices.unusual.items()}
        return in_print(self.losses.get(loss, loss), words)

    def title(self, trial: Trial) -> str:
        """The trial as a text for readers."""
        sample = f" sample {trial.sample}" if trial.sample else ""
        dataset = self.datasets.get(trial.dataset, trial.dataset)
        return f"{self.of_loss(trial.loss, trial)} on {dataset}{sample} seed {trial.seed}"


def table(trials: Sequence[Trial], store: Store, names: Names | None = None) -> pd.DataFrame:
    """One row per trial: what it is, how it ended (``pending`` if it has not), and its score; see ``benchmark.columns``.

    Scores are infinite for trials that diverged, and missing for others without a score. The best score of a trial before it
    diverged is in ``best_before_divergence``.

    Args:
        names: the names in print; without them the table has keys only.
    """
    return table_of(trials, [row(trial, store.result(trial), names) for trial in trials])


def table_of(trials: Iterable[Trial], rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The table of the trials' rows, without the columns of factors that have the usual value in all of them."""
    import pandas as pd  # slow to load; not every command makes a table

    said = said_in(trials)
    silent = {name for factor in FACTORS if factor not in said for name in (factor.name, f"{factor.name}_name")}
    return pd.DataFrame([{name: value for name, value in row.items() if name not in silent} for row in rows])


def evaluations(trials: Iterable[Trial], store: Store) -> pd.DataFrame:
    """One row per evaluation of the ended trials, in their order: ``id``, ``step``, and every score by its name."""
    import pandas as pd

    rows = []
    for trial in trials:
        if (result := store.result(trial)) is not None:
            names = ("step", *result.score_names)
            rows += [{"id": trial.id, **{n: scores[n] for n in names}} for scores in result.scores]
    return pd.DataFrame(rows, columns=None if rows else ["id", "step"])


def row(trial: Trial, result: Result | None, names: Names | None = None) -> dict[str, Any]:
    """The trial's row in a table."""
    budget = trial.budget
    values: dict[str, Any] = {
        "id": trial.id,
        "loss": trial.loss,
        **{factor.name: trial.of(factor) for factor in FACTORS if factor.of_loss},
        "dataset": trial.dataset,
        "budget": budget.name,
        "steps": budget.steps,
        "batch": budget.batch,
        "width": budget.width,
        **{factor.name: trial.of(factor) for factor in FACTORS if not factor.of_loss},
        "precision": trial.precision,
        "batch_norm": trial.batch_norm,
        "validation_split": trial.validation,
        "sample": trial.sample,
        "seed": trial.seed,
        "status": result.status if result else "pending",
        "score": trial.score,
        "extractor_fingerprint": result.fingerprints.get(trial.score) if result else None,
        "images": budget.images,
        "best": None,
        "best_step": None,
        "last": None,
        "selected": None,
        "validation": None,
        "validation_last": None,
    }
    if result is not None:
        if result.status == "diverged":
            values |= dict.fromkeys(VALUES, float("inf"))
        elif result.status == "ok":
            values |= summary_of(result.scores, trial.score)
            values |= further_at_best(result.scores, trial.score, result.score_names)
        reason = (result.reason.strip().splitlines() or [""])[-1]
        values |= {"ended_at_step": result.step, "reason": reason, "seconds": round(result.seconds, 2)}
        environment = result.environment
        values |= {
            "torch": environment.get("torch"),
            "device": environment.get("device"),
            "device_name": environment.get("device_name"),
            "compiled": environment.get("compiled"),
            "commit": environment.get("commit"),
            "dirty": environment.get("dirty"),
            "attempts": result.attempts,
            "result_version": RESULT_VERSION,
            "study": result.study.get("name"),
            "study_hash": result.study.get("hash"),
        }
    if names is not None:
        values |= {"loss_name": names.losses[trial.loss], "dataset_name": names.datasets[trial.dataset]}
        values |= {f"{f.name}_name": names.value(f.name, trial.of(f)) for f in FACTORS if f.package}
    values |= {name: result.environment.get(name) if result else None for name in ("train_images", "real_images")}
    if result is not None:
        values |= {name: result.environment[name] for name in RELIABILITY if name in result.environment}
    had = best_score(result.scores, trial.score) if result is not None and result.status == "diverged" else None
    values["best_before_divergence"] = had[trial.score] if had else None
    return values | {hyperparameter_column(name): value for name, value in trial.setting.items()}
