"""The tables of a study: every one, or those of a question."""

from __future__ import annotations

from benchmark.analysis.tables.all_tables import read_tables, tables, tables_in_print, write_tables

__all__ = ["read_tables", "tables", "tables_in_print", "write_tables"]
