"""One trial's numbers become an effect and its variance: arrays in, arrays out."""

from neckevidence.effects.measures import DIFFERENCES, MEASURES, RATIOS, effect_sizes

__all__ = ["DIFFERENCES", "MEASURES", "RATIOS", "effect_sizes"]
