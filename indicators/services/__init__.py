"""The only writers of the top floor."""
