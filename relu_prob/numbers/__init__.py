"""Numbers and their guarantees: rationals, closed forms, certified balls, estimates; chains of binomial counts."""
