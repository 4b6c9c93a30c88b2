"""Partial identification: what printed totals and percentages leave possible for the numbers that are not printed."""
