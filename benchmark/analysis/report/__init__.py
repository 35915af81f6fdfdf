"""The report: a single HTML file that contains everything."""

from __future__ import annotations

from benchmark.analysis.report.page import report_html

__all__ = ["report_html"]
