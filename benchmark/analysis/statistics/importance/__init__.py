"""What matters in a search: the share of the variance that each factor explains, and how far losses are apart."""
