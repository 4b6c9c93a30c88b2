"""Network meta-analysis: many treatments, direct and indirect evidence in one model."""
