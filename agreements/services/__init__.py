"""The only writers of the first floor."""
