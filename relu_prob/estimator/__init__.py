"""Estimates of death probabilities with confidence intervals, by integrating out what can be integrated out."""
