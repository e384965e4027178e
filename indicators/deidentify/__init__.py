"""Rows of people made into rows of nobody in particular, for research (pure)."""
