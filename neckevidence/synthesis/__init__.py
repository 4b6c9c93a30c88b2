"""Many trials become one answer: pairwise models in batches, sparse counts, Bayesian models, regression, sensitivity."""
