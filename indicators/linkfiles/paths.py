"""Paths that lead to one file, so that no result is written over what it is made of."""

from pathlib import Path


def are_one(path: Path, other: Path) -> bool:
    """Return whether two paths lead to the same file."""
    try:
        return path.samefile(other)
    except OSError:
        return False
