"""What the scores themselves are worth: their behaviour on images whose quality is known."""
