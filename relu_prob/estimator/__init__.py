"""Estimates with confidence intervals that sum or integrate exactly whatever they can."""
