"""Figures of a search: what its hyperparameters do, and what a search of k samples decides."""

from __future__ import annotations
