"""Margins, intervals against them, and the patients that would decide."""
