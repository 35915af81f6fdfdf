"""The scale of a column's values: numbers or a switch, linear or logarithmic."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


def as_numbers(column: pd.Series) -> pd.Series:
    """A hyperparameter's values as floats: False and True are 0 and 1, other non-numbers are nan."""
    words = {"False": 0.0, "True": 1.0}
    return pd.to_numeric(column.map(lambda v: words.get(str(v), v)), errors="coerce").astype(float)


def is_switch(column: pd.Series) -> bool:
    """Whether the hyperparameter is a switch, either on or off."""
    return bool(column.dropna().astype(str).isin(["True", "False"]).all())


def spans_decades(values: ArrayLike) -> bool:
    """Whether the values are positive and span more than a factor of ten, so that a logarithmic axis shows them better."""
    array = np.asarray(values, float)
    array = array[np.isfinite(array)]
    return len(array) > 1 and bool(array.min() > 0 and array.max() / array.min() > 10)


def is_logarithmic(column: pd.Series) -> bool:
    """Whether a hyperparameter looks drawn on a logarithmic scale: it spans decades, with its median in the lower quarter."""
    x = as_numbers(column).dropna()
    return spans_decades(x) and bool(x.median() < (x.min() + x.max()) / 4)
