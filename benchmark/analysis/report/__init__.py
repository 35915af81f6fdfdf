"""The report: one HTML file with everything in it."""

from __future__ import annotations

from benchmark.analysis.report.page import report_html

__all__ = ["report_html"]
