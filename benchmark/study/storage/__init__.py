"""Storage: the files that hold what trials gave, who works on which, and the table made of them."""
