"""The layers of the code, which decide what a module may import: the contracts in ``pyproject.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]


def contracts() -> dict[str, list[str]]:
    """The layers of each package that has a contract, the highest first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layered = [c for c in project["tool"]["importlinter"]["contracts"] if c["type"] == "layers"]
    return {container: contract["layers"] for contract in layered for container in contract["containers"]}


def of(package: str) -> pd.DataFrame:
    """The layers of a package, the highest first."""
    layers = contracts()[package]
    modules = [", ".join(f"`{name.strip()}`" for name in layer.split("|")) for layer in layers]
    return pd.DataFrame({"floor": [str(n) for n in range(len(layers), 0, -1)], "modules": modules})
