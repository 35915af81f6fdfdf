"""Studies on a SLURM cluster, through submitit: cluster profiles, submissions, tasks, and the jobs of a study."""
