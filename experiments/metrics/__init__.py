"""Tests how good the scores themselves are: their behaviour on images of known quality.

Imports within this folder are relative, because a wheel contains it inside the package.
"""
