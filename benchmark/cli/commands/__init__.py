"""The commands, in one file what belongs together."""

from benchmark.cli.commands import analysis, bench, claims, cluster, metrics, speed, study, transfer

__all__ = ["analysis", "bench", "claims", "cluster", "metrics", "speed", "study", "transfer"]
