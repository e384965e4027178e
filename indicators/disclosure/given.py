"""What a release and the files before it give to protect it by."""

from collections.abc import Sequence
from dataclasses import replace

from indicators.disclosure.crossings import crossings
from indicators.disclosure.relations import Line
from indicators.disclosure.release_file import (
    BadFile,
    Cell,
    Figure,
    Frame,
    ReleaseFile,
    Vector,
)


def distinct(release: ReleaseFile) -> dict[Vector, Cell]:
    """Return the cells by vector; a vector in two tables is one group."""
    cells: dict[Vector, Cell] = {}
    for cell in release.cells:
        same = cells.setdefault(cell.vector, cell)
        both = same.x.keys() & cell.x.keys()
        one, other = ([(c.x[i], c.of.get(i)) for i in both] for c in (same, cell))
        if same.n != cell.n or one != other:
            raise BadFile(
                f"the cell {release.frame.place(cell.vector)} is given twice, with "
                "unequal numbers"
            )
        if same is not cell:
            cells[cell.vector] = replace(
                same,
                x={**same.x, **cell.x},
                of={**same.of, **cell.of},
                primary=same.primary or cell.primary,
                weight=max(same.weight, cell.weight),
            )
    return cells


def figures(release: ReleaseFile, cells: Sequence[Cell]) -> list[Figure]:
    """Return the known figures; of those that only an earlier file told, the ones that
    the cells of files, of which the first counts, agree with.

    Raises BadFile if one of the release itself contradicts a count.
    """
    told: dict[tuple[Vector, str], int] = {}
    for cell in cells:
        counts = dict(cell.x) if cell.n is None else {"": cell.n, **cell.x}
        for code, n in counts.items():
            told.setdefault((cell.vector, code), n)
    found = []
    for figure in release.known:
        known, off = {"": figure.n, **figure.x}, figure.plus_minus
        wrong = [
            code
            for code, n in known.items()
            if abs(told.get((figure.vector, code), n) - n) > off
        ]
        if not wrong:
            found.append(figure)
            told |= {(figure.vector, code): n for code, n in known.items() if not off}
        elif not figure.is_earlier:
            of = repr(wrong[0]) if wrong[0] else "figure"
            raise BadFile(
                f"the known {of} for {release.frame.place(figure.vector)} "
                "contradicts the count"
            )
    return found


def below_tables(release: ReleaseFile, earlier: Sequence[ReleaseFile]) -> list[Line]:
    """Return what ties tables together below them, as far as a reader can tell."""
    listed: dict[Vector, bool] = {}
    complete = {cell.vector for cell in release.cells if release.frame.is_complete}
    for edition in earlier:
        for cell in edition.cells:
            vector = translated(cell.vector, edition.frame, release.frame)
            listed[vector] = listed.get(vector, False) or cell.n != 0
            if edition.frame.is_complete:
                complete.add(vector)
    for cell in release.cells:
        is_shown = release.zero_public and not cell.primary
        listed[cell.vector] = cell.n != 0 or not is_shown
    known = [figure.vector for figure in release.known]
    return crossings(release.frame, listed, known, complete=complete)


def translated(vector: Vector, of: Frame, to: Frame) -> Vector:
    """Return the vector of one file as another file names it.

    Raises BadFile if a dimension or key of the one is unknown to the other.
    """
    values = dict(zip(of.names, vector, strict=True))
    if set(of.names[: of.n_keys]) != set(to.names[: to.n_keys]):
        raise BadFile("the earlier release has other keys")
    for name, value in values.items():
        if value is not None and name not in to.names:
            raise BadFile(f"the earlier release has a dimension {name!r} more")
    return tuple(values.get(name) for name in to.names)
