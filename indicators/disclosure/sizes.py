"""How many children a release may tell of: no total may be too large to be attacked."""

from collections import defaultdict
from collections.abc import Iterable

from indicators.disclosure.json_file import BadFile
from indicators.disclosure.release_file import (
    MOST_CHILDREN,
    Frame,
    ReleaseFile,
    Vector,
)


def require_no_crowd(files: Iterable[ReleaseFile]) -> None:
    """Raise BadFile if groups without a child in common are too many together.

    Their total may be listed nowhere, and is attacked all the same.
    """
    for file in files:
        counts = {cell.vector: cell.n for cell in file.cells if cell.n is not None}
        together: dict[Vector, int] = defaultdict(int)
        for vector, n in counts.items():
            together[_beside(vector, file.frame)] += n
        if file.frame.is_complete and max(together.values(), default=0) > MOST_CHILDREN:
            raise BadFile(
                f"groups that share no child have more than {MOST_CHILDREN:,} children "
                "together; protect fewer of them in one file"
            )


def _beside(vector: Vector, frame: Frame) -> Vector:
    """Return what groups have alike that share no child, and lie in one total."""
    found: list[str | None] = []
    for at, (name, value) in enumerate(zip(frame.names, vector, strict=True)):
        if at < frame.n_keys or name in frame.nonadditive or value is None:
            found.append(value)
            continue
        tree, depth = frame.hierarchies.get(name, {}), 0
        while (value := tree.get(value)) is not None:
            depth += 1
        found.append(str(depth))
    return tuple(found)
