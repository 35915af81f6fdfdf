"""The locked environment can be made anew, whatever was released since.

It mirrors no module.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent


def test_the_lock_pins_what_is_required_with_extras_with_them() -> None:
    """Otherwise pip takes such a requirement from the newest release, and refuses it for want of a hash."""
    lock = (ROOT / "requirements.lock").read_text()
    pinned = {
        re.sub(r"[-_.]+", "-", name.lower()): set((extras or "").strip("[]").split(","))
        for name, extras in re.findall(r"^([\w.-]+)(\[[\w,-]+\])?==", lock, re.MULTILINE)
    }
    needed = [
        requirement
        for name in pinned
        if (installed := next(iter(metadata.distributions(name=name)), None)) is not None
        for requirement in map(Requirement, installed.requires or [])
        if requirement.extras and (requirement.marker is None or requirement.marker.evaluate({"extra": ""}))
    ]
    assert len(needed) >= 3
    for requirement in needed:
        exact = str(requirement.specifier).startswith("==")  # pip can take no other release
        assert exact or requirement.extras <= pinned[re.sub(r"[-_.]+", "-", requirement.name.lower())], requirement
