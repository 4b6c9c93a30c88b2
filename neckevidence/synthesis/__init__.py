"""Many trials become one answer."""
