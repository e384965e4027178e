"""Two spellings of one value would be two groups: what one hides, the other shows."""

from collections import defaultdict
from collections.abc import Iterable

from indicators.disclosure.json_file import BadFile
from indicators.disclosure.release_file import ReleaseFile
from indicators.disclosure.values import seen


def require_one_spelling(files: Iterable[ReleaseFile]) -> None:
    """Raise BadFile if two values look alike, in one of the files or in several."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in files:
        rows = [cell.vector for cell in file.cells]
        rows += [figure.vector for figure in file.known]
        for row in rows:
            for name, value in zip(file.frame.names, row, strict=True):
                if value is not None:
                    found[name].add(value)
        for name, parents in file.frame.hierarchies.items():
            found[name].update(parents, parents.values())
    for name, values in found.items():
        spelled: dict[str, str] = {}
        for value in sorted(values):
            same = spelled.setdefault(seen(value), value)
            if same != value:
                raise BadFile(
                    f"{name}: {same!r} and {value!r} look like one value; write it in "
                    "one way in all files"
                )
