"""The version of this package, written here alone: the build reads it from this file."""

__version__ = "1.0.0"
