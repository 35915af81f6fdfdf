"""Storage: the files of results, the leases that show who works on which trials, and the table of results."""
