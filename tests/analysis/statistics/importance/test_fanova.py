from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

from benchmark.analysis.statistics.importance.fanova import Axis, Boxes, boxes_of, main_variances, marginal, variance


def axes_of(boxes: Boxes, x: np.ndarray, groups: dict[str, list[int]]) -> tuple[dict[str, Axis], dict[str, np.ndarray]]:
    axes, values = {}, {}
    for name, columns in groups.items():
        values[name], counts = np.unique(x[:, columns], axis=0, return_counts=True)
        axes[name] = Axis.of(boxes, columns, values[name], counts / len(x))
    return axes, values


def test_boxes_predict_what_the_forest_does() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3)).astype(np.float32)
    forest = RandomForestRegressor(5, random_state=0).fit(x, x[:, 0] * x[:, 1])
    boxes = boxes_of([tree.tree_ for tree in forest.estimators_], 3)
    inside = ((boxes.low[:, None] < x) & (x <= boxes.high[:, None])).all(axis=2)
    assert (inside.sum(axis=0) == 5).all()
    np.testing.assert_allclose(boxes.values @ inside, forest.predict(x))


def test_the_variances_are_those_of_the_forest_over_the_whole_grid() -> None:
    # Columns 2 and 3 come as a group: their values go together, and so they do in the grid.
    rng = np.random.default_rng(1)
    x = rng.integers(0, 5, size=(80, 4)).astype(float)
    x[:, 3] = np.where(x[:, 2] > 2, x[:, 3], -1)
    y = np.sin(x[:, 0]) + x[:, 1] * x[:, 2] + x[:, 3] + rng.normal(size=80)
    forest = RandomForestRegressor(7, random_state=0).fit(x, y)
    boxes = boxes_of([tree.tree_ for tree in forest.estimators_], 4)
    axes, values = axes_of(boxes, x, {"a": [0], "b": [1], "cd": [2, 3]})
    grid = np.array([np.concatenate(point) for point in product(*values.values())])
    shape = [len(of) for of in values.values()]
    predicted = forest.predict(grid).reshape(shape)
    a, b, cd = (axes[name].weights for name in ["a", "b", "cd"])
    means = {
        "a": np.einsum("abc,b,c->a", predicted, b, cd),
        "b": np.einsum("abc,a,c->b", predicted, a, cd),
        "cd": np.einsum("abc,a,b->c", predicted, a, b),
    }
    found = main_variances(boxes, axes)
    for name, mean in means.items():
        np.testing.assert_allclose(
            marginal(boxes, [axis for n, axis in axes.items() if n != name], axes[name]), mean, rtol=1e-5
        )
        weights = axes[name].weights
        assert found[name] == pytest.approx(weights @ (mean - weights @ mean) ** 2, rel=1e-4)
    both = np.einsum("abc,a->bc", predicted, a)
    of_both = marginal(boxes, [axes["a"]], axes["b"], axes["cd"])
    np.testing.assert_allclose(of_both, both, rtol=1e-5)
    weights = np.outer(b, cd)
    assert variance(of_both, axes["b"], axes["cd"]) == pytest.approx(
        (weights * (both - (weights * both).sum()) ** 2).sum(), rel=1e-4
    )
    # A coarser axis, of column 2 alone: the mean over what goes with it.
    coarse = axes["cd"].coarser(values["cd"][:, 0])
    for level, mean in zip(np.unique(x[:, 2]), marginal(boxes, [axes["a"], axes["b"]], coarse), strict=True):
        there = values["cd"][:, 0] == level
        assert mean == pytest.approx(cd[there] @ means["cd"][there] / cd[there].sum(), rel=1e-5)


@pytest.mark.parametrize(
    ("function", "a", "b", "both"),
    [
        (lambda a, b, c: 2 * a + b, 4 * 1.25, 1.25, 5 * 1.25),  # additive: of 0, 1, 2, 3 the variance is 1.25
        (lambda a, b, c: (a - 1.5) * (b - 1.5), 0, 0, 1.25**2),  # an interaction and nothing else
        (lambda a, b, c: np.where(a == 2, 8.0, 0.0), 64 * 3 / 16, 0, 64 * 3 / 16),  # a category, of whatever order
        (lambda a, b, c: 10 * c, 0, 0, 0),  # what depends on neither
    ],
)
def test_a_function_has_the_shares_that_are_known_of_it(function, a: float, b: float, both: float) -> None:  # type: ignore[no-untyped-def]
    x = np.array(list(product(range(4), range(4), range(2))), float)
    tree = DecisionTreeRegressor(random_state=0).fit(x, function(*x.T))  # of all points: the function itself
    boxes = boxes_of([tree.tree_], 3)
    axes, _ = axes_of(boxes, x, {"a": [0], "b": [1], "c": [2]})
    found = main_variances(boxes, axes)
    assert [found["a"], found["b"]] == pytest.approx([a, b], abs=1e-5)
    assert variance(marginal(boxes, [axes["c"]], axes["a"], axes["b"]), axes["a"], axes["b"]) == pytest.approx(both, abs=1e-5)
