"""Measures how fast trials train here: a plan takes its hours from these tables, and a GPU its fastest way to train."""
