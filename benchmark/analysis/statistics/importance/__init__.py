"""What matters in a search: the share of the variance that goes to each factor, and how far losses are apart."""
