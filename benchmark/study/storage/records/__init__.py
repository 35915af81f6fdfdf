"""Records: how trials ended and were scored later, checked as they are read, and taken from elsewhere."""
