"""Running: the trials of a plan on this machine or a cluster, each to a recorded end."""
