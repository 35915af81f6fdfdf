"""Training a population of trials that share loss, data set and architecture: the step, its draws, the loop."""
