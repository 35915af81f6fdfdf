"""Sources of data set files: Debian's packages, and image files in a folder or an archive."""
