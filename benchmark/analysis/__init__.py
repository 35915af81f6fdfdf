"""From the table of trials to what a reader sees. Pandas in, pandas or a figure out; no torch."""
