"""Estimates that condition on as much as can be summed or integrated exactly, with confidence intervals."""
