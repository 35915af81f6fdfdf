"""From a question to results: studies and their trials, planned, run, stored and published."""
