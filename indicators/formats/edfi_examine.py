"""Ed-Fi files as they are told to a sender: every resource, in XML or in JSON.

What is linked is read by `edfi`, under an agreement; this says what a file holds.
"""

import re
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from indicators.formats.catalogue import is_named_like_ssn, is_never_taken
from indicators.formats.checks import MOST_TOLD, told_again
from indicators.formats.dates import EARLIEST_BIRTH_YEAR, read_iso
from indicators.formats.edfi_numbers import Seen, without_national_codes
from indicators.formats.edfi_parser import Found, Names
from indicators.formats.edfi_records import At, days, placed, share_of_day
from indicators.formats.edfi_resources import (
    BIRTH,
    COUNT,
    DATE,
    DURATION,
    Resource,
    Value,
    resource_of,
    resource_with,
)
from indicators.formats.examine import Answers
from indicators.formats.impossible import ID as IMPOSSIBLE
from indicators.formats.impossible import orders
from indicators.formats.problems import enumerated
from indicators.formats.report import (
    ColumnSeen,
    Report,
    Status,
    removed_for,
    shown,
)

_VERSION = re.compile(r"ed-fi\.org/(?:v)?([\d.]{1,12})", re.ASCII | re.IGNORECASE)
# Characters of records whose texts are looked at together.
_BATCH = 4_000_000
_NATIONAL = (
    "a Social Security number, or one like it, among its identification codes. It was "
    "removed and not stored."
)
Keep = Callable[[Resource, Mapping[Value, Sequence[str]], Found, At], None]
_PEOPLE = resource_of("students")
_OF_STAFF = re.compile(r"reportername|staff", re.IGNORECASE)


class _Keys:
    """Where each key of a resource stood first, and what its record said there.

    A million of them are held, so that each is some bytes: of what was said only marks.
    """

    def __init__(self) -> None:
        self._files: dict[str, int] = {}
        self._firsts: dict[str, bytes] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._firsts

    def __len__(self) -> int:
        return len(self._firsts)

    def repeated(
        self, key: str, at: At, said: Mapping[str, str]
    ) -> tuple[At, list[str]] | None:
        """Return where a key stood first and which paths differ; note it if it is new.

        said: each value of the record by its path, always all of them.
        """
        texts = [text.encode() for text in said.values()]
        marks = [zlib.crc32(text) for text in texts]
        file = self._files.setdefault(at.file, len(self._files))
        own = struct.pack(f"<{len(marks) + 3}I", file, at.line, at.number, *marks)
        first = self._firsts.setdefault(key, own)
        if first is own:
            return None
        of, line, number, *before = struct.unpack(f"<{len(first) // 4}I", first)
        differ = [p for p, a, b in zip(said, marks, before, strict=True) if a != b]
        return At([*self._files][of], line, number), differ


@dataclass(slots=True)
class _Kind:
    """One kind of record in the files; n_before: of those, in the files before."""

    resource: Resource | None
    n: int = 0
    n_before: int = 0
    n_aside: int = 0
    paths: dict[str, Seen] = field(default_factory=dict)
    keys: "_Keys" = field(default_factory=lambda: _Keys())


class EdFiExaminer:
    """Takes the records of a set of files, and tells what they hold.

    keep: told of each record that is not set aside, with the texts of its values;
    who keeps them looks himself after what refers to what.
    """

    def __init__(
        self, report: Report, answers: Answers, *, keep: Keep | None = None
    ) -> None:
        self._report = report
        self._keep = keep
        self._today = answers.today
        self._kinds: dict[str, _Kind] = {}
        self._referred: dict[str, dict[str, tuple[str, At]]] = {}
        self._told: Counter[tuple[str, str]] = Counter()
        self._names = Names()
        self._n_waiting = 0
        self._n_national = 0

    @property
    def names(self) -> Names:
        """The names over all files of the set, within their bounds."""
        return self._names

    def take(self, records: Iterable[Found], *, file: str = "") -> None:
        """Look at every record of one file; file: as messages call it, of several."""
        for known in self._kinds.values():
            known.n_before = known.n
        for found in records:
            if stated := _VERSION.search(found.namespace):
                self._report.version = stated[1]
            kind = self._kinds.get(found.name)
            if kind is None:
                self._names.add(found.name)
                resource = resource_of(found.name)
                if resource is None and not found.root:
                    resource = resource_with(found.values)
                kind = self._kinds[found.name] = _Kind(resource)
            kind.n += 1
            at = At(file, found.line, kind.n - kind.n_before)
            self._n_national += without_national_codes(found)
            self._note_paths(kind, found, at)
            if kind.resource is None:
                continue
            by_value = _by_value(kind, found)
            if self._is_wrong(kind, kind.resource, found, at, by_value):
                kind.n_aside += 1
            elif self._keep is not None:
                self._keep(kind.resource, by_value, found, at)

    def finish(self) -> None:
        """Add columns, missing values, references and totals to the report."""
        report = self._report
        self._look()
        read = {n: k for n, k in self._kinds.items() if k.resource is not None}
        if not read and (self._kinds or not report.errors):
            names = enumerated((f"“{shown(name)}”" for name in self._kinds), most=10)
            report.refuse(
                "F06",
                "The file holds no Ed-Fi resource that is read here"
                f"{f', only {names}' if names else ''}. Nothing was read. Check the "
                "export and send it again.",
            )
        if not read:
            return
        report.format = "edfi"
        for name, kind in self._kinds.items():
            report.rows += kind.n
            self._tell_columns(name, kind)
        if n := self._n_national:
            tell = "1 record tells" if n == 1 else f"{n:,} records tell"
            report.notice("F12", f"{tell} {_NATIONAL}")
        n_repeated = self._n_repeated()
        if self._keep is None:
            self._tell_references()
        report.n_set_aside += sum(kind.n_aside for kind in self._kinds.values())
        passed = [shown(name) for name in self._kinds if name not in read]
        if read and passed:
            report.notice(
                "F11",
                f"Resources that are not needed were not read: "
                f"{enumerated(passed, most=15)}.",
            )
        if self._keep is None:  # otherwise more may be set aside later
            report.sum_up(n_repeated, of="record")
            everything = [*read.values()]
            students = [kind for kind in everything if kind.resource is _PEOPLE]
            for of, kinds in ("record", everything), ("record of students", students):
                if kinds:
                    report.require_some(sum(k.n - k.n_aside for k in kinds), of=of)

    def _note_paths(self, kind: _Kind, found: Found, at: At) -> None:
        for path, texts in found.values.items():
            seen = kind.paths.get(path)
            if seen is None:
                self._names.add(f"{found.name}/{path}")
                value = _value_of(kind.resource, path) if kind.resource else None
                seen = kind.paths[path] = Seen.of(path, value)
            seen.take(texts, at)
        self._n_waiting += found.size
        if self._n_waiting > _BATCH:
            self._look()

    def _look(self) -> None:
        """Look for numbers that are never taken in all texts that wait."""
        self._n_waiting = 0
        for kind in self._kinds.values():
            for seen in kind.paths.values():
                seen.look()

    def _is_wrong(
        self,
        kind: _Kind,
        resource: Resource,
        found: Found,
        at: At,
        by_value: Mapping[Value, Sequence[str]],
    ) -> bool:
        """Return whether a record is set aside, after telling why."""
        wrong = list(self._faults(kind, resource, found, at, by_value))
        for id, path, says in wrong:
            self._tell(id, found, at, path, says)
        return bool(wrong)

    def _faults(
        self,
        kind: _Kind,
        resource: Resource,
        found: Found,
        at: At,
        by_value: Mapping[Value, Sequence[str]],
    ) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with a record: its rule, the path, and why."""
        dates: dict[str, date] = {}
        paths: dict[str, str] = {}
        for value in resource.values:
            text = by_value.get(value, ("",))[0]
            if not text:
                if value.is_needed:
                    yield "R01", value.path, f"{value.path} is empty."
                continue
            if fault := self._fault(value, text):
                id, says = fault
                yield id, value.path, f"{value.path} {says}"
            elif value.kind in (DATE, BIRTH) and (day := read_iso(text)):
                dates[value.element], paths[value.element] = day, value.path
            if value.path == resource.key:
                said = {v.path: by_value.get(v, ("",))[0] for v in resource.values}
                if repeated := kind.keys.repeated(text, at, said):
                    first, differ = repeated
                    says = told_again(value.path, first.within, differ)
                    yield "R02", value.path, says
            elif value.refers:
                known = self._referred.setdefault(value.refers, {})
                known.setdefault(text, (found.name, at))
        for order in orders(dates, self._today):
            later, earlier = order.ends(dates)
            if later < earlier:
                yield IMPOSSIBLE, paths[order.codes[0]], order.says

    def _fault(self, value: Value, text: str) -> tuple[str, str] | None:
        """Return what is wrong with one value, by its rule, or nothing."""
        if value.kind in (DATE, BIRTH):
            day = read_iso(text)
            if day is None:
                return "R04", "is not a date. Expected YYYY-MM-DD."
            is_possible = day.year >= EARLIEST_BIRTH_YEAR and day <= self._today
            if value.kind == BIRTH and not is_possible:
                return "R07", f"is before {EARLIEST_BIRTH_YEAR} or in the future."
        elif value.kind == DURATION and share_of_day(text) is None:
            return "R08", "is no part of a day from 0 to 1."
        elif value.kind == COUNT and days(text) is None:
            return "R08", "is no number of days."
        return None

    def _tell(self, id: str, found: Found, at: At, path: str, says: str) -> None:
        self._told[id, path] += 1
        if self._told[id, path] > MOST_TOLD:
            self._report.n_row_errors += 1
            return
        self._set_aside(id, found.name, at, says, column=path)

    def _set_aside(
        self, id: str, name: str, at: At, says: str, *, column: str | None = None
    ) -> None:
        self._report.set_row_aside(
            id,
            f"{shown(name)}, {at}: {says}",
            line=at.line or None,
            column=column,
            file=at.file,
        )

    def _tell_columns(self, name: str, kind: _Kind) -> None:
        report = self._report
        present = {seen.value for seen in kind.paths.values() if seen.value}
        for path, seen in kind.paths.items():
            column = f"{shown(name)}/{shown(path)}"
            status = Status.READ if seen.value else Status.NOT_USED
            leaf = path.rpartition("/")[2]
            n_found, first = seen.numbers.found()
            if first is not None or is_named_like_ssn(leaf):
                status = Status.REFUSED
                why = _why_removed(n_found, first)
                report.notice("F12", f"The column {column}{why}", column=column)
            elif is_never_taken(leaf):
                status = Status.REFUSED
            elif _OF_STAFF.search(path):
                status = Status.NOT_USED
            element = seen.value.element if seen.value else None
            of = kind.resource.name if kind.resource else name
            report.columns.append(
                ColumnSeen(column, element, status, heading=column, resource=of)
            )
        for value in kind.resource.values if kind.resource else ():
            if value.is_needed and value not in present:
                report.refuse(
                    "F13",
                    f"The column for {value.path} was not found in {shown(name)}. "
                    f"Columns in the file: "
                    f"{enumerated(map(shown, kind.paths), most=20)}.",
                    column=value.path,
                )

    def _n_repeated(self) -> int:
        return sum(n for (id, _), n in self._told.items() if id == "R02")

    def _tell_references(self) -> None:
        """Count references to what a resource of the same set does not hold."""
        for resource, referred in self._referred.items():
            kind = next(
                (k for k in self._kinds.values()
                 if k.resource and k.resource.name == resource and k.keys),
                None,
            )  # fmt: skip
            if kind is None:
                continue
            lost = [first for text, first in referred.items() if text not in kind.keys]
            if lost:
                name, at = lost[0]
                self._report.notice(
                    "R03",
                    f"Records refer to {resource} that are not in the files: "
                    f"{len(lost):,}, the first of them in {shown(name)}, {at}.",
                )


def _why_removed(n: int, first: At | None) -> str:
    """Return why a path was removed, to follow its name."""
    if first is not None:
        return f": {removed_for(n, first=first.within)}"
    return " looks like Social Security numbers. It was removed and not stored."


def _by_value(kind: _Kind, found: Found) -> dict[Value, list[str]]:
    """Return a record's texts by what they are; the first path of a value counts."""
    by_value: dict[Value, list[str]] = {}
    for path, texts in found.values.items():
        value = kind.paths[path].value
        if value is None:
            continue
        if any(texts) and value not in by_value:
            numbers = found.numbers.get(path)
            by_value[value] = placed(texts, numbers) if numbers else texts
    return by_value


def _value_of(resource: Resource, path: str) -> Value | None:
    """Return the value that a path ends with, the longest first."""
    spelled = f"/{path}".casefold()
    fitting = [v for v in resource.values if spelled.endswith(f"/{v.path}".casefold())]
    return max(fitting, key=lambda value: len(value.path), default=None)
