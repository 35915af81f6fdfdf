"""Measures how fast trials train here. Plans estimate their hours from these tables, and a GPU trains in its fastest way."""
