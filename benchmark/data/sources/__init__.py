"""Where the files of data sets come from, and how they are read: Debian's packages, images in a folder or an archive."""
