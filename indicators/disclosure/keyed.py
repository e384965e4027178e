"""A release as several releases that share no child: one for each of its keys."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from indicators.disclosure.release_file import (
    BadFile,
    Figure,
    Frame,
    ReleaseFile,
    Vector,
)


def by_keys(
    release: ReleaseFile, earlier: Sequence[ReleaseFile]
) -> list[tuple[ReleaseFile, list[ReleaseFile]]]:
    """Return what is released of each key, with what earlier releases say of that key.

    Nothing is ever summed over keys, so what is told of one tells nothing of another.
    An earlier release with other names of keys stays whole beside each. What a value is
    part of, and where a child can have several, is taken from all of them: whoever has
    read one of them knows. Raises BadFile where they contradict each other.
    """
    release = _as_read_before(release, earlier)
    own = _parts(release)
    beside = [_parts(edition, like=release.frame) for edition in earlier]
    return [
        (part, [one for each in beside if (one := each.get(key, each.get(None)))])
        for key, part in own.items()
        if key is not None
    ]


def _as_read_before(
    release: ReleaseFile, earlier: Sequence[ReleaseFile]
) -> ReleaseFile:
    """Return the release with what earlier files tell of trees, overlaps, figures."""
    frame = release.frame
    trees = {dim: dict(tree) for dim, tree in frame.hierarchies.items()}
    for edition in earlier:
        for dim, tree in edition.frame.hierarchies.items():
            own = trees.setdefault(dim, {})
            for value, above in tree.items():
                if own.setdefault(value, above) != above or _is_in_itself(own, value):
                    raise BadFile(
                        f"an earlier file has {value!r} of {dim!r} in another group"
                    )
    overlapping = frame.nonadditive.union(*(e.frame.nonadditive for e in earlier))
    within = {pair for each in (release, *earlier) for pair in each.within}
    told = sorted(pair for pair in within if {*pair} <= {*release.indicators})
    return replace(
        release,
        frame=replace(
            frame,
            hierarchies={d: tree for d, tree in trees.items() if d in frame.names},
            nonadditive=overlapping & {*frame.names},
        ),
        within=tuple(dict.fromkeys((*release.within, *told))),
        known=(*release.known, *_known_before(release, earlier)),
    )


def _known_before(
    release: ReleaseFile, earlier: Sequence[ReleaseFile]
) -> Iterator[Figure]:
    """Yield what earlier files tell of groups of which this one tells no figure."""
    names = release.frame.names
    own = {figure.vector for figure in release.known}
    for edition in earlier:
        for figure in edition.known:
            told = dict(zip(edition.frame.names, figure.vector, strict=True))
            vector = tuple(told.pop(name, None) for name in names)
            if vector not in own and not any(told.values()):
                x = {c: n for c, n in figure.x.items() if c in release.indicators}
                yield replace(figure, vector=vector, x=x, is_earlier=True)


def _is_in_itself(tree: Mapping[str, str], value: str) -> bool:
    seen = {value}
    above = tree.get(value)
    while above is not None and above not in seen:
        seen.add(above)
        above = tree.get(above)
    return above is not None


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
