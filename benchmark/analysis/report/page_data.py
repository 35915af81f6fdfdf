"""The data in the report's page for its scripts: trials, curves, and the losses' styles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmark.analysis.names import dataset_names, hyperparameter_name, score_name
from benchmark.analysis.statistics.minimum import minimum_curve
from benchmark.analysis.statistics.scales import is_logarithmic, is_switch
from benchmark.analysis.styles import Style, styles
from benchmark.analysis.trials import curve_trials, hyperparameters, values_by_name, worst_scored
from benchmark.columns import shown_in


def page_data(table: pd.DataFrame) -> dict[str, Any]:
    """The data for ``plot.js``, ``plots.js`` and ``trials.js``: only strings, finite numbers, lists and dicts.

    Args:
        table: a table returned by ``checked``.
    """
    parameters = hyperparameters(table)
    columns = [c for c in shown_in("trials", table) if table[c].notna().any()]
    headings = {"dataset": "data set", "name": "loss", "id": "trial", "best_step": "step of best"}
    trials, unit = curve_trials(table)
    ended = worst_scored(trials)
    curves = {
        dataset: {
            name: minimum_curve(values).round(4).to_numpy().tolist()
            for name, values in values_by_name(ended, dataset).items()
            if np.isfinite(values).all()
        }
        for dataset in dict.fromkeys(table["dataset"])
    }
    return {
        "score": score_name(str(table["score"].iloc[0])),
        "unit": unit,
        "losses": {name: _look(drawn) for name, drawn in styles(table).items()},
        "datasets": dataset_names(table),
        "columns": [
            {
                "key": c,
                "name": hyperparameter_name(c) if c in parameters else headings.get(c, c),
                "parameter": c in parameters,
                "log": c in parameters and is_logarithmic(table[c]),
                "switch": c in parameters and is_switch(table[c]),
            }
            for c in columns
        ],
        "rows": [[_json_value(v) for v in row] for row in table[columns].astype(object).to_numpy().tolist()],
        "curves": curves,
    }


def _look(drawn: Style) -> dict[str, Any]:
    """A loss's colour, marker, and whether it is hollow; black is replaced by the colour of the page's text."""
    colour = "currentColor" if drawn.colour == "#000000" else drawn.colour
    return {"colour": colour, "marker": drawn.marker, "hollow": drawn.hollow}


def _json_value(value: Any) -> str | int | float | None:
    """A cell's value for JSON: numbers rounded to five digits, yes and no, None for missing and infinite values."""
    if isinstance(value, str):
        return {"True": "yes", "False": "no"}.get(value, value)
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    number = float(value) if value is not None else np.nan
    if not np.isfinite(number):
        return None
    return int(number) if number == int(number) else float(f"{number:.5g}")
