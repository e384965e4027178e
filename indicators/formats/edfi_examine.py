"""Ed-Fi files as they are told to a sender: every resource, in XML or in JSON.

What is linked is read by `edfi`, under an agreement; this says what a file holds.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from indicators.formats.catalogue import is_named_like_ssn, is_never_taken
from indicators.formats.checks import MOST_TOLD
from indicators.formats.dates import EARLIEST_BIRTH_YEAR, read_iso
from indicators.formats.edfi_parser import Found, Names
from indicators.formats.edfi_records import days, share_of_day
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
from indicators.formats.problems import enumerated
from indicators.formats.report import (
    ColumnSeen,
    Report,
    Status,
    removed_for,
    shown,
)

_VERSION = re.compile(r"ed-fi\.org/(?:v)?([\d.]{1,12})", re.ASCII | re.IGNORECASE)
_SSN = re.compile(r"(?<!\d)(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?!\d)")
Keep = Callable[[Resource, Mapping[Value, Sequence[str]], int, Found], None]
_OF_STAFF = re.compile(r"reportername|staff", re.IGNORECASE)


@dataclass(slots=True)
class _Seen:
    """One path of a resource over all of its records."""

    value: Value | None
    n: int = 0
    ssn_record: int = 0
    n_ssns: int = 0


@dataclass(slots=True)
class _Kind:
    """One kind of record in the files."""

    resource: Resource | None
    n: int = 0
    n_aside: int = 0
    paths: dict[str, _Seen] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)


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
        self._referred: dict[str, dict[str, tuple[str, int, int | None]]] = {}
        self._told: Counter[tuple[str, str]] = Counter()
        self._names = Names()

    @property
    def names(self) -> Names:
        """The names over all files of the set, within their bounds."""
        return self._names

    def take(self, records: Iterable[Found]) -> None:
        """Look at every record of one file."""
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
            self._note_paths(kind, found)
            if kind.resource is None:
                continue
            by_value = _by_value(kind, found)
            if self._is_wrong(kind, kind.resource, found, by_value):
                kind.n_aside += 1
            elif self._keep is not None:
                self._keep(kind.resource, by_value, kind.n, found)

    def finish(self) -> None:
        """Add columns, missing values, references and totals to the report."""
        report = self._report
        read = {n: k for n, k in self._kinds.items() if k.resource is not None}
        if not read:
            names = enumerated((f"“{shown(name)}”" for name in self._kinds), most=10)
            report.refuse(
                "F06",
                "The file holds no Ed-Fi resource that is read here"
                f"{f', only {names}' if names else ''}. Nothing was read. Check the "
                "export and send it again.",
            )
            return
        report.format = "edfi"
        for name, kind in self._kinds.items():
            report.rows += kind.n
            self._tell_columns(name, kind)
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
            report.notice(
                "R17",
                f"{report.rows:,} records read, {report.n_set_aside:,} set aside, "
                f"{n_repeated:,} duplicates.",
            )

    def _note_paths(self, kind: _Kind, found: Found) -> None:
        for path, texts in found.values.items():
            seen = kind.paths.get(path)
            if seen is None:
                self._names.add(f"{found.name}/{path}")
                value = _value_of(kind.resource, path) if kind.resource else None
                seen = kind.paths[path] = _Seen(value)
            seen.n += 1
            if any(map(_SSN.search, texts)):
                seen.ssn_record = seen.ssn_record or kind.n
                seen.n_ssns += sum(bool(_SSN.search(text)) for text in texts)

    def _is_wrong(
        self,
        kind: _Kind,
        resource: Resource,
        found: Found,
        by_value: Mapping[Value, Sequence[str]],
    ) -> bool:
        """Return whether a record is set aside, after telling why."""
        n_before = self._report.n_row_errors
        for value in resource.values:
            text = by_value.get(value, ("",))[0]
            if not text:
                if value.is_needed:
                    self._tell("R01", kind, found, value, "is empty.")
                continue
            self._judge(kind, found, value, text)
            if value.path == resource.key:
                self._note_key(kind, found, value, text)
            elif value.refers:
                known = self._referred.setdefault(value.refers, {})
                where = (found.name, kind.n, found.line or None)
                known.setdefault(text, where)
        return self._report.n_row_errors > n_before

    def _note_key(self, kind: _Kind, found: Found, value: Value, text: str) -> None:
        first = kind.keys.setdefault(text, kind.n)
        if first != kind.n:
            says = f"appears again (first in record {first})."
            self._tell("R02", kind, found, value, says)

    def _judge(self, kind: _Kind, found: Found, value: Value, text: str) -> None:
        if value.kind in (DATE, BIRTH):
            day = read_iso(text)
            if day is None:
                self._tell("R04", kind, found, value, "is not a date. Expected "
                           "YYYY-MM-DD.")  # fmt: skip
            elif value.kind == BIRTH and not (
                day.year >= EARLIEST_BIRTH_YEAR and day <= self._today
            ):
                self._tell("R07", kind, found, value, f"is before "
                           f"{EARLIEST_BIRTH_YEAR} or in the future.")  # fmt: skip
        elif value.kind == DURATION and share_of_day(text) is None:
            self._tell("R08", kind, found, value, "is no part of a day from 0 to 1.")
        elif value.kind == COUNT and days(text) is None:
            self._tell("R08", kind, found, value, "is no number of days.")

    def _tell(
        self, id: str, kind: _Kind, found: Found, value: Value, says: str
    ) -> None:
        self._told[id, value.path] += 1
        if self._told[id, value.path] > MOST_TOLD:
            self._report.n_row_errors += 1
            return
        where = f"line {found.line}" if found.line else f"record {kind.n}"
        self._report.set_row_aside(
            id,
            f"{shown(found.name)}, {where}: {value.path} {says}",
            line=found.line or None,
            column=value.path,
        )

    def _tell_columns(self, name: str, kind: _Kind) -> None:
        report = self._report
        present = {seen.value for seen in kind.paths.values() if seen.value}
        for path, seen in kind.paths.items():
            column = f"{shown(name)}/{shown(path)}"
            status = Status.READ if seen.value else Status.NOT_USED
            leaf = path.rpartition("/")[2]
            if seen.n_ssns or is_named_like_ssn(leaf):
                status = Status.REFUSED
                report.notice(
                    "F12", f"The column {column}{_why_removed(seen)}", column=column
                )
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
        """Tell of references to what a resource of the same set does not hold."""
        for resource, referred in self._referred.items():
            kind = next(
                (k for k in self._kinds.values()
                 if k.resource and k.resource.name == resource and k.keys),
                None,
            )  # fmt: skip
            for text, (name, number, line) in referred.items() if kind else ():
                if kind and text not in kind.keys:
                    where = f"line {line}" if line else f"record {number}"
                    self._report.set_row_aside(
                        "R03",
                        f"{shown(name)}, {where}: refers to something that is not in "
                        f"{resource}.",
                        line=line,
                        column=None,
                    )


def _why_removed(seen: _Seen) -> str:
    """Return why a path was removed, to follow its name."""
    if seen.n_ssns:
        why = removed_for(seen.n_ssns, first=f"in record {seen.ssn_record}")
        return f": {why}"
    return " looks like Social Security numbers. It was removed and not stored."


def _by_value(kind: _Kind, found: Found) -> dict[Value, list[str]]:
    """Return a record's texts by what they are; the first path of a value counts."""
    by_value: dict[Value, list[str]] = {}
    for path, texts in found.values.items():
        value = kind.paths[path].value
        if value is not None and texts[0]:
            by_value.setdefault(value, texts)
    return by_value


def _value_of(resource: Resource, path: str) -> Value | None:
    """Return the value that a path ends with, the longest first."""
    spelled = f"/{path}".casefold()
    fitting = [v for v in resource.values if spelled.endswith(f"/{v.path}".casefold())]
    return max(fitting, key=lambda value: len(value.path), default=None)
