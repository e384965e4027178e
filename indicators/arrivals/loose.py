"""Files of one standard's set that were sent side by side, and not in an archive."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import PurePath
from typing import BinaryIO

from indicators.formats import oneroster
from indicators.formats.containers import too_large
from indicators.formats.members import NAMES
from indicators.formats.reading import MOST_IN_MEMORY
from indicators.formats.report import shown

# Names that only stand together in a set; one of them may be anybody's.
_TOGETHER = (
    frozenset({oneroster.MANIFEST}),
    frozenset({"users.csv", "orgs.csv"}),
    frozenset({"student.csv", "school.csv"}),
    frozenset({"client.csv", "enrollment.csv"}),
)
SET_NAME = "set of files"


def named_files(files: Sequence[BinaryIO]) -> list[tuple[str, BinaryIO]]:
    """Return files with what to call them; those of one set as the archive of them.

    Raises FormatError for a set that is too large to be held.
    """
    named = [(_name_of(file, number), file) for number, file in enumerate(files, 1)]
    loose = {name.casefold(): file for name, file in named if name.casefold() in NAMES}
    if len(loose) < 2 or not any(names <= loose.keys() for names in _TOGETHER):
        return named
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        n_left = MOST_IN_MEMORY
        for name, file in named:
            if loose.get(name.casefold()) is file:
                content = file.read(n_left + 1)
                n_left -= len(content)
                if n_left < 0:
                    raise too_large()
                archive.writestr(name, content)
    packed.seek(0)
    others = [each for each in named if loose.get(each[0].casefold()) is not each[1]]
    return [(SET_NAME, packed), *others]


def _name_of(file: BinaryIO, number: int) -> str:
    name = getattr(file, "name", None)
    if not isinstance(name, str) or not name:
        return f"file {number}"
    return shown(PurePath(name.replace("\\", "/")).name) or f"file {number}"
