"""The numbers and tables in the documents on published studies."""
