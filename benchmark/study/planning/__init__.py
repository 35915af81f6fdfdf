"""Planning: from a study file to trials, and what they cost. Nothing is trained here."""
