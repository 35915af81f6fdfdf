"""The tables of a study: all of them, or those for one question."""

from __future__ import annotations

from benchmark.analysis.tables.all_tables import read_tables, tables, tables_in_print, write_tables

__all__ = ["read_tables", "tables", "tables_in_print", "write_tables"]
