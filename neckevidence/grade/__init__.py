"""Risk of bias and certainty."""
