"""An agency's own counts of children, and what of its tables would show (pure)."""
