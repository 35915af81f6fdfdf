"""Distances to a known manifold and to a generator's range: the searches behind precision and recall."""
