"""Brands and the codes issued under them: authorisations, ceilings, ranges of codes (decision 0023)."""
