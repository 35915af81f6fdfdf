"""Claim: to go from the non-saturating loss to least squares, two lines change."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from difflib import SequenceMatcher
from types import FunctionType

import pandas as pd
from matplotlib.figure import Figure

from benchmark.claims import Claim, Studies, Verdict
from benchmark.losses.lsgan import LSGAN
from benchmark.losses.nsgan import NSGAN

METHODS = ("discriminator_loss", "generator_loss")
COLOURS = {" ": ("black", "white"), "@": ("0.35", "0.93"), "-": ("#7A1C1C", "#FBE3E0"), "+": ("#124F1D", "#DFF3E1")}
"""The text colour and background of a line in the figure, by the sign in front of it."""


class TwoLines(Claim):
    """Counted in our own files."""

    key = "two-lines"
    number = 9
    title = "Two lines changed"
    sentence = "From the non-saturating GAN to the least-squares GAN, two lines of code change."
    source = "tutorials of LS GAN; Mao et al. 2016, equation 2 in place of Goodfellow et al. 2014, equation 1"
    measured = (
        "Our files of both losses are compared statement by statement, without comments: what computes the loss, and what "
        "else the files say.",
    )
    criterion = "Supported if two statements of the computation differ."
    not_seen = ("Whether the two train alike; see the other claims.",)

    def measure(self, studies: Studies) -> pd.DataFrame:
        rows = []
        for name in METHODS:
            rows += [{"where": name, "change": kind, "statement": text} for kind, text in changes(name)]
        extra = {name for name, value in vars(LSGAN).items() if isinstance(value, FunctionType) and name not in METHODS}
        rows += [{"where": name, "change": "added", "statement": ""} for name in sorted(extra)]
        return pd.DataFrame(rows)

    def judge(self, table: pd.DataFrame) -> Verdict:
        of_losses = table[table["where"].isin(METHODS)]
        changed, added = ((of_losses["change"] == kind).sum() for kind in ("changed", "added"))
        others = table[~table["where"].isin(METHODS)]["where"].tolist()
        return Verdict(
            "supported" if changed == 2 and added <= 1 else "not supported",
            f"{changed} statements of the two losses differ, one in each.",
            (
                f"{added} more (with the method {', '.join(others)}) is for the variant of the study's released code, "
                "which squares a sigmoid.",
                "The targets a, b and c are three hyperparameters that the non-saturating loss has not.",
            ),
        )

    def draw(self, table: pd.DataFrame) -> Figure:
        rows = [(" ", f"{NSGAN.name} -> {LSGAN.name}")]
        for name in METHODS:
            rows += [(" ", ""), ("@", f"def {name}"), *diff(statements(getattr(NSGAN, name)), statements(getattr(LSGAN, name)))]
        for name in table.loc[~table["where"].isin(METHODS), "where"]:
            rows += [(" ", ""), ("@", f"def {name}: for a variant"), *diff([], statements(getattr(LSGAN, str(name))))]
        figure = Figure(figsize=(8.2, 0.24 * len(rows) + 0.2))
        axes = figure.add_axes((0.01, 0.0, 0.98, 1.0))
        axes.set_axis_off()
        axes.set_ylim(len(rows) - 0.1, -0.9)
        axes.set_xlim(0, 1)
        for i, (sign, line) in enumerate(rows):
            ink, paper = COLOURS[sign]
            axes.axhspan(i - 0.5, i + 0.5, color=paper, linewidth=0)
            text = line if sign == "@" else f"{sign} {line}"
            axes.text(0.01, i, text, fontsize=9, va="center", family="monospace", color=ink, parse_math=False)
        return figure


def diff(before: list[str], after: list[str]) -> list[tuple[str, str]]:
    """The statements with their change: ``-`` for removed, ``+`` for added, a space for unchanged."""
    found = []
    for kind, i, j, start, stop in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [(" ", line) for line in before[i:j]]
            continue
        found += [("-", line) for line in before[i:j]] + [("+", line) for line in after[start:stop]]
    return found


def statements(function: Callable[..., object]) -> list[str]:
    """The function's statements, without comments and docstring, each on one line."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(definition, ast.FunctionDef)
    first, *others = definition.body
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return [ast.unparse(node) for node in (others if is_text else definition.body)]


def changes(name: str) -> list[tuple[str, str]]:
    """The differences of LS GAN's method from NS GAN's: ``changed`` or ``added``, and LS GAN's statement."""
    before, after = statements(getattr(NSGAN, name)), statements(getattr(LSGAN, name))
    found: list[tuple[str, str]] = []
    for kind, _, _, start, stop in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        new = after[start:stop]
        found += [("added", text) for text in new[: len(new) - len(before)]] if kind == "replace" else []
        found += [("changed" if kind == "replace" else "added", text) for text in new[max(0, len(new) - len(before)) :]]
    return found
