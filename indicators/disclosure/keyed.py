"""A release as several releases that share no child: one for each of its keys."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from indicators.disclosure.release_file import Frame, ReleaseFile, Vector


def by_keys(
    release: ReleaseFile, earlier: Sequence[ReleaseFile]
) -> list[tuple[ReleaseFile, list[ReleaseFile]]]:
    """Return what is released of each key, with what earlier releases say of that key.

    Nothing is ever summed over keys, so what is told of one tells nothing of another.
    An earlier release with other names of keys stays whole beside each.
    """
    own = _parts(release)
    beside = [_parts(edition, like=release.frame) for edition in earlier]
    return [
        (part, [one for each in beside if (one := each.get(key, each.get(None)))])
        for key, part in own.items()
        if key is not None
    ]


def _parts(
    file: ReleaseFile, *, like: Frame | None = None
) -> dict[Vector | None, ReleaseFile]:
    """Return the parts by key, its values in the order of the other frame."""
    frame = file.frame
    names = frame.names[: frame.n_keys]
    wanted = names if like is None else like.names[: like.n_keys]
    if {*names} != {*wanted}:
        return {None: file}
    order = [names.index(name) for name in wanted]
    cells, known = defaultdict(list), defaultdict(list)
    for cell in file.cells:
        cells[tuple(cell.vector[at] for at in order)].append(cell)
    for figure in file.known:
        known[tuple(figure.vector[at] for at in order)].append(figure)
    return {
        key: replace(file, cells=tuple(of), known=tuple(known[key]))
        for key, of in cells.items()
    }
