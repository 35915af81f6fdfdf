"""The tables on the pages of published studies."""
