"""Trains a population of trials that share loss, data set and architecture: the step, its random draws, the loop."""
