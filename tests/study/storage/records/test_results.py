"""A result's file may hold any JSON: it is a result that every table takes, or it is damaged."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny_study import finished, result, trials

from benchmark.analysis.summary import summarise
from benchmark.analysis.trials import checked
from benchmark.columns import ENDED, require_comparable
from benchmark.plugins import UserError
from benchmark.study.storage.provenance import provenance
from benchmark.study.storage.records.results import Damaged, checked_result
from benchmark.study.storage.records.transfer import read_record
from benchmark.study.storage.store import Store
from benchmark.study.storage.table import evaluations, table
from benchmark.study.study import Study

pytestmark = pytest.mark.slow

TRIAL, OTHER = trials(2)
WORDS = ["step", "fid_pixels", "fid_pixels_validation", "torch", "compiled", "train_images", "name", "", " ", "\ud800", "ok"]
ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 2),
        st.sampled_from([2**53, 10**400, 0.5, -1.0, 1e308, float("nan"), float("inf"), *WORDS]),
        st.text(max_size=3),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=3)),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the file of a whole result holds."""
    store = Store(tmp_path_factory.mktemp("whole"))
    environment = {"torch": "2.11.0", "device": "cpu", "compiled": False, "train_images": 60, "real_images": None, "threads": 1}
    kept = result(validation=(1.0, 2.0), score_names=["fid_pixels", "fid_pixels_validation"], environment=environment)
    finished([TRIAL], store, lambda t: kept)
    found: dict[str, Any] = json.loads(store.result_file(TRIAL, "ok").read_bytes())
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something may stand in place of what is there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


@settings(deadline=None, max_examples=120)
@given(data=st.data(), value=ANYTHING, status=st.sampled_from(ENDED), drop=st.booleans())
def test_any_json_in_place_of_any_field_is_damaged_or_makes_a_table(
    whole: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, value: Any, status: str, drop: bool
) -> None:
    content = copy.deepcopy({**whole, "status": status})
    *above, last = data.draw(st.sampled_from(places(content)[1:]))
    place: Any = content
    for key in above:
        place = place[key]
    if drop:
        del place[last]
    elif isinstance(place, dict) and data.draw(st.booleans()):
        place[data.draw(st.sampled_from(WORDS))] = value
    else:
        place[last] = value
    said: list[str] = []
    store = Store(tmp_path_factory.mktemp("changed"), said.append)
    finished([OTHER], store, lambda t: result())
    path = store.result_file(TRIAL, status)
    path.write_text(json.dumps(content))
    ended = store.statuses([TRIAL, OTHER])
    rows = table([TRIAL, OTHER], store)
    assert rows["status"][0] == ended.get(TRIAL.id, "pending") and rows["status"][1] == "ok"
    assert [path.exists(), len(said)] == ([True, 0] if TRIAL.id in ended else [False, 1])
    for made in (rows, evaluations([TRIAL, OTHER], store)):
        made.to_csv(index=False).encode()
    results = [r for r in map(store.result, (TRIAL, OTHER)) if r is not None]
    json.dumps(provenance(Study(name="tiny"), rows, results))
    try:  # what differs between trials, and is said
        require_comparable(rows)
        summarise(checked(rows))
    except UserError:
        pass
    try:
        assert read_record(content, "the file") is not None or content["identity"]["result_version"] != 3
        assert TRIAL.id in ended or above[:1] == ["identity"] or last == "identity"
    except UserError:
        assert TRIAL.id not in ended


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"environment": None}, "environment"),
        ({"scores": "none"}, "scores"),
        ({"surplus": 1}, "surplus"),
        ({"status": "failed"}, "failed"),
        ({"scores": []}, "no evaluation"),
        ({"score_names": ["fid_pixels", "kid"]}, "kid"),
        ({"identity": {}}, "another trial"),
        ({"reason": "\ud800"}, "text"),
    ],
)
def test_what_is_wrong_is_said(whole: dict[str, Any], change: dict[str, Any], told: str) -> None:
    checked_result(whole, TRIAL.id, "ok")
    with pytest.raises(Damaged, match=told):
        checked_result({**whole, **change}, TRIAL.id, "ok")
