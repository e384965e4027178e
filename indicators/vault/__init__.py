"""The vault: every holding encrypted under a key of its own, and destroyed by it."""
