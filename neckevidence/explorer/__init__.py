"""Turn the knobs of a comparison in a notebook, and see every combination of choices at once."""
