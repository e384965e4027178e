"""Ed-Fi XML interchange files: students, attendance events and the calendar.

Elements are known by their local names, so that versions 3 to 5 of the standard read
alike. Only the elements that are asked for reach a row; every other one that is
present is named and left.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import pyarrow as pa

from indicators.formats.edfi_parser import Found, Names, records
from indicators.formats.edfi_records import INTERCHANGES, SCHEMAS, Record
from indicators.formats.problems import FormatError, SetAside, enumerated

# Over all files of a set; the largest district has about a million.
MOST_STUDENTS = 1_200_000
BATCH_ROWS = 20_000
BATCH_CHARACTERS = 4_000_000
# As much of a path as is told to people; the longest of the standard has 110.
SHOWN_CHARACTERS = 150


@dataclass(frozen=True, slots=True)
class EdFiRead:
    """What was read from a set of interchange files.

    frames, by kind:
    "student": one row per student; id, first_name, middle_name, last_name,
    preferred_first_name, preferred_last_name, birth_date.
    "attendance": one row per event; id (the student), school, date, category (the
    text after #), duration (days, 0 to 1, or null).
    "calendar": one row per session (session, date and end_date, n_days of
    instruction), and one per instructional date (session null, end_date = date,
    n_days = 1); school in both.
    A column that was not listed is there, and null throughout.

    elements_read, elements_left: XML elements present, as "Student/Name/FirstName".
    n_rows: records found; n_set_aside: those not taken over, which notices explain.
    """

    frames: Mapping[str, pa.Table] = field(repr=False)
    elements_read: tuple[str, ...]
    elements_left: tuple[str, ...]
    n_rows: int
    n_set_aside: int
    notices: tuple[str, ...]


def read(files: Sequence[BinaryIO], *, listed: frozenset[str]) -> EdFiRead:
    """Return the rows of a set of interchange files, in any order.

    listed: codes of the elements that the agreement lists ("student.first_name").
    Raises FormatError for anything that is not one of these interchange files, is
    not well formed, declares entities or a document type, or lacks an element that
    its records need.
    """
    reader, names = _Reader(listed), Names()
    for file in files:
        for found in records(file, names):
            reader.take(found)
    return reader.result()


class _Reader:
    """Rows and tallies over all files of one set."""

    def __init__(self, listed: frozenset[str]) -> None:
        self._listed = listed
        self._present: dict[str, None] = {}
        self._found: Counter[str] = Counter()
        self._records: dict[str, Record] = {}
        self._asides: dict[str, SetAside] = {}
        self._keys: dict[str, set[bytes]] = {}
        self._n_waiting: Counter[str] = Counter()
        self._waiting: dict[str, list[dict[str, object]]] = {}
        self._tables: dict[str, list[pa.Table]] = {}

    def take(self, found: Found) -> None:
        """Turn one record of a file into a row, or into names of what was left."""
        for path in found.values:
            self._present.setdefault(f"{found.name}/{path}")
        record = INTERCHANGES[found.root].get(found.name)
        if record is not None and record.is_row(found.values):
            self._add(record, found)

    def result(self) -> EdFiRead:
        """Return everything taken so far."""
        read: dict[str, None] = {}
        for name, record in self._records.items():
            self._check_columns(name, record)
            paths = record.paths(self._listed)
            read |= dict.fromkeys(f"{name}/{path}" for path in paths)
            if len(self._asides[name]) == self._found[name]:
                raise FormatError(
                    f"No {name} could be taken over. "
                    f"{' '.join(self._asides[name].notices())} Correct the export and "
                    "send it again."
                )
        if not self._records:
            raise FormatError(
                "The files hold no students, attendance events or calendar. Check the "
                "export and send it again."
            )
        for frame in list(self._waiting):
            self._flush(frame)
        return EdFiRead(
            frames={name: pa.concat_tables(t) for name, t in self._tables.items()},
            elements_read=tuple(path for path in self._present if path in read),
            elements_left=_shown(path for path in self._present if path not in read),
            n_rows=self._found.total(),
            n_set_aside=sum(map(len, self._asides.values())),
            notices=tuple(n for a in self._asides.values() for n in a.notices()),
        )

    def _add(self, record: Record, found: Found) -> None:
        name = found.name
        self._records.setdefault(name, record)
        self._found[name] += 1
        if record.frame == "student" and self._found[name] > MOST_STUDENTS:
            raise FormatError(
                f"The files hold more than {MOST_STUDENTS:,} students, which is more "
                "than can be linked here, so nothing was read. Check that each student "
                "is there once, and send the files again; if they are that many, ask "
                "who runs this site."
            )
        row = dict(record.constants)
        wrong = ""
        for wanted in record.fields:
            if wanted.element not in self._listed:
                continue
            value = found.values.get(wanted.path, [""])[0]
            row[wanted.column] = parsed = wanted.parse(value)
            if parsed is None and value:
                wrong = wrong or f"{wanted.path} cannot be read"
            elif parsed is None and wanted.must_be_filled:
                wrong = wrong or f"{wanted.path} is empty"
        key = _digest(row.get(record.key)) if record.key else b""
        keys = self._keys.setdefault(name, set())
        if key and key in keys:
            wrong = wrong or "its identifier was there before"
        aside = self._asides.setdefault(name, SetAside(name))
        if wrong:
            aside.add([self._found[name]], wrong)
            return
        if key:
            keys.add(key)
        waiting = self._waiting.setdefault(record.frame, [])
        waiting.append(row)
        self._n_waiting[record.frame] += found.size
        is_full = self._n_waiting[record.frame] > BATCH_CHARACTERS
        if is_full or len(waiting) == BATCH_ROWS:
            self._flush(record.frame)

    def _flush(self, frame: str) -> None:
        rows = self._waiting.pop(frame)
        self._n_waiting[frame] = 0
        table = pa.Table.from_pylist(rows, schema=SCHEMAS[frame])
        self._tables.setdefault(frame, []).append(table)

    def _check_columns(self, name: str, record: Record) -> None:
        for wanted in record.fields:
            if wanted.must_be_filled and wanted.element not in self._listed:
                raise FormatError(
                    f"The agreement does not list {wanted.element}, without which a "
                    f"{name} means nothing. Amend the agreement."
                )
            is_present = f"{name}/{wanted.path}" in self._present
            is_asked = wanted.is_required and wanted.element in self._listed
            if is_asked and not is_present:
                own = _shown(p for p in self._present if p.startswith(f"{name}/"))
                raise FormatError(
                    f"The element {name}/{wanted.path} for {wanted.element} was not "
                    f"found. Elements in the file: {enumerated(own, most=30)}."
                )


def _shown(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths as people are told them: the long ones cut, each once."""
    return tuple(dict.fromkeys(f"{path:.{SHOWN_CHARACTERS}}" for path in paths))


def _digest(identifier: object) -> bytes:
    """Return sixteen bytes for an identifier, however long it is."""
    return hashlib.blake2b(str(identifier).encode(), digest_size=16).digest()
