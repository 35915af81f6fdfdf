"""How ``ganbench --help`` looks: commands in groups, options in groups, every sentence whole."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

GROUPS = {
    "Train": ("bench", "run", "collect", "reproduce", "cancel"),
    "Look": ("list", "check", "plan", "status"),
    "Compare": ("compare", "report", "figures", "tables", "analyse", "claims"),
    "Data and metrics": ("score", "rescore", "train-extractor"),
    "This machine": ("measure", "gpu", "merge", "restore", "clean"),
}
"""Every command, in the order of the help."""


class Commands(TyperGroup):
    """The application: its help shows the first paragraph of each command's help, one short sentence."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for names in GROUPS.values() for name in names]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        width = max(map(len, self.commands))
        for title, names in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), str(self.commands[name].help).partition("\n\n")[0]) for name in names])


class Command(TyperCommand):
    """A command: its options are shown under their panels; options without a panel come first."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        panels: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            usual = "Arguments" if parameter.param_type_name == "argument" else "Options"
            if (row := parameter.get_help_record(ctx)) is not None:
                panels.setdefault(getattr(parameter, "rich_help_panel", None) or usual, []).append(row)
        for title, rows in panels.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
