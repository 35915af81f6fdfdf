"""From a question to results: trials, the store that keeps them, the runner that trains what is missing."""
