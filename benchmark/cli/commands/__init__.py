"""The commands; related ones share a file."""

from benchmark.cli.commands import analysis, bench, check, claims, cluster, metrics, speed, study, transfer

__all__ = ["analysis", "bench", "check", "claims", "cluster", "metrics", "speed", "study", "transfer"]
