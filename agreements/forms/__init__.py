"""Forms of the first floor: they translate input, and never save."""
