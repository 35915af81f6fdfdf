"""Distances to a known manifold, and to what a generator can draw: the searches behind precision and recall."""
