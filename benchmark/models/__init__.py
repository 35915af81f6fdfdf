"""The fixed architecture that every loss trains."""
