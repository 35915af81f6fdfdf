"""What the scores themselves are worth: their behaviour on images whose quality is known.

Imports within this folder are relative: in a wheel it lies in the package.
"""
