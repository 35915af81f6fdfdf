"""Records: how trials ended and how they were scored later; they are checked when read, and copied from other folders."""
