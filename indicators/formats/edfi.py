"""Ed-Fi XML interchange files: students, attendance events and the calendar.

Elements are known by their local names, so that versions 3 to 5 of the standard read
alike. Only the elements that are asked for reach a row; every other one that is
present is named and left. Records are read one at a time and dropped.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

import pyarrow as pa
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from indicators.formats.edfi_records import INTERCHANGES, SCHEMAS, Record
from indicators.formats.problems import FormatError, SetAside, enumerated

DEEPEST = 30
BATCH_ROWS = 20_000


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
    reader = _Reader(listed)
    for file in files:
        for root, record in _records(file):
            reader.take(root, record)
    return reader.result()


def _records(file: BinaryIO) -> Iterator[tuple[str, Element]]:
    """Yield each record with the local name of its root, and then forget it."""
    open_elements: list[Element] = []
    try:
        for event, element in iterparse(file, ("start", "end"), forbid_dtd=True):
            if event == "start":
                open_elements.append(element)
                _check_place(open_elements)
                continue
            open_elements.pop()
            if len(open_elements) == 1:
                yield _local_name(open_elements[0]), element
                open_elements[0].clear()
    except DefusedXmlException:
        raise FormatError(
            "The file declares a document type or entities, which Ed-Fi files never "
            "need and which can be used for attacks, so nothing was read. Export it "
            "again without them."
        ) from None
    except ParseError as error:
        raise FormatError(
            f"The file is not well-formed XML: line {error.position[0]} cannot be "
            "read, so nothing was read. Export it again."
        ) from None
    except (LookupError, ValueError):
        raise FormatError(
            "The file names an encoding that is not known here. Export it again as "
            "UTF-8."
        ) from None


def _check_place(open_elements: Sequence[Element]) -> None:
    if len(open_elements) > DEEPEST:
        raise FormatError(
            f"The file nests elements more than {DEEPEST} deep, which no Ed-Fi file "
            "does, so nothing was read."
        )
    if len(open_elements) == 1 and _local_name(open_elements[0]) not in INTERCHANGES:
        raise FormatError(
            "This XML file is not an Ed-Fi interchange that is read here, so nothing "
            f"was read. Send {enumerated(sorted(INTERCHANGES))}."
        )


def _local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _leaves(element: Element, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path below the record and the text of every innermost element."""
    for child in element:
        place = f"{path}/{_local_name(child)}" if path else _local_name(child)
        if len(child):
            yield from _leaves(child, place)
        else:
            yield place, (child.text or "").strip()


class _Reader:
    """Rows and tallies over all files of one set."""

    def __init__(self, listed: frozenset[str]) -> None:
        self._listed = listed
        self._present: dict[str, None] = {}
        self._found: Counter[str] = Counter()
        self._records: dict[str, Record] = {}
        self._asides: dict[str, SetAside] = {}
        self._keys: set[tuple[str, object]] = set()
        self._waiting: dict[str, list[dict[str, object]]] = {}
        self._tables: dict[str, list[pa.Table]] = {}

    def take(self, root: str, element: Element) -> None:
        """Turn one XML element into a row, or into names of what was left."""
        name = _local_name(element)
        values: dict[str, list[str]] = {}
        for path, value in _leaves(element):
            values.setdefault(path, []).append(value)
            self._present.setdefault(f"{name}/{path}")
        record = INTERCHANGES[root].get(name)
        if record is not None and record.is_row(values):
            self._add(name, record, values)

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
            elements_left=tuple(path for path in self._present if path not in read),
            n_rows=self._found.total(),
            n_set_aside=sum(map(len, self._asides.values())),
            notices=tuple(n for a in self._asides.values() for n in a.notices()),
        )

    def _add(
        self, name: str, record: Record, values: Mapping[str, Sequence[str]]
    ) -> None:
        self._records.setdefault(name, record)
        self._found[name] += 1
        number = self._found[name]
        aside = self._asides.setdefault(name, SetAside(name))
        row = dict(record.constants)
        for wanted in record.fields:
            if wanted.element not in self._listed:
                continue
            value = values.get(wanted.path, [""])[0]
            row[wanted.column] = parsed = wanted.parse(value)
            if parsed is None and value:
                aside.add(number, f"{wanted.path} cannot be read")
            elif parsed is None and wanted.must_be_filled:
                aside.add(number, f"{wanted.path} is empty")
        key = (name, row.get(record.key))
        if record.key and key in self._keys:
            aside.add(number, "its identifier was there before")
        if number in aside:
            return
        self._keys.add(key)
        waiting = self._waiting.setdefault(record.frame, [])
        waiting.append(row)
        if len(waiting) == BATCH_ROWS:
            self._flush(record.frame)

    def _flush(self, frame: str) -> None:
        rows = self._waiting.pop(frame)
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
                own = [p for p in self._present if p.startswith(f"{name}/")]
                raise FormatError(
                    f"The element {name}/{wanted.path} for {wanted.element} was not "
                    f"found. Elements in the file: {enumerated(own, most=30)}."
                )
