"""Figures of a search: the effect of its hyperparameters, and what a search of k samples decides."""

from __future__ import annotations
