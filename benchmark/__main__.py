"""``python -m benchmark`` is ``ganbench``."""

from benchmark.cli import script

script()
