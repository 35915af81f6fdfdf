"""The tables of a study: every one, or those of a question."""

from __future__ import annotations

from benchmark.analysis.tables.all_tables import tables, tables_in_print, write_tables

__all__ = ["tables", "tables_in_print", "write_tables"]
