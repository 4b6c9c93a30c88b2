"""Claims, margins and verdicts."""
