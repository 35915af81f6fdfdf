"""Values of all kinds that a TOML file may hold, most of which no key accepts."""

from __future__ import annotations

import json

from hypothesis import strategies as st

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
KEYS = ["steps", "width", "preset", "study", "split", "space", "uniform", "choice", "fixed", "beta1", "wgan", "a\nb", ""]
JUNK = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-3, 3),
        st.sampled_from([10**7, 10**400, -(10**400), 0.5, 1e308, float("inf"), float("nan")]),
        st.sampled_from(["wide", "quick", "3", "", "\0", "\0.py", "x" * 300 + ".toml", "a\nb.toml", *KEYS]),
        TEXTS,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), TEXTS), inner, max_size=3),
    ),
    max_leaves=8,
)


def toml(value: object) -> str:
    """The value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{toml(k)} = {toml(v)}' for k, v in value.items())} }}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
