"""Sets of CSV files with fixed names and headings: how one part of a set is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from indicators.formats import flat
from indicators.formats.catalogue import is_never_taken
from indicators.formats.checks import (
    Check,
    Days,
    Filled,
    Kept,
    Lines,
    Referring,
    Rule,
    Ruled,
    Short,
    Unique,
)
from indicators.formats.containers import Folder
from indicators.formats.examine import (
    Answers,
    Examined,
    Watched,
    examine,
    place_of,
    refuse_missing,
)
from indicators.formats.flat import Sheet
from indicators.formats.headings import comparable
from indicators.formats.impossible import without_impossible
from indicators.formats.lines import Script
from indicators.formats.problems import FormatError, enumerated
from indicators.formats.report import OWN_NUMBERS, Report, Status, shown
from indicators.formats.value_checks import Damaged, Dated, Named, Unsure
from indicators.formats.values import DATE

_PEOPLE = frozenset({"users.csv", "Student.csv", "Client.csv"})
_NUMBERS_OF_PEOPLE = frozenset({"student.id", "tenant.member_id"})


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a part of a set.

    element: what it is read as; without one it only holds the set together, or is
    not used. is_needed: the column must be there. is_filled: each row has a value.
    refers: the file of which its values are keys. is_code: its values are of schools
    or courses, so that long numbers are no persons'. kind: "birth", "date", "name" or
    "quality".
    """

    name: str
    element: str = ""
    rule: Rule | None = None
    is_needed: bool = False
    is_filled: bool = False
    is_key: bool = False
    is_list: bool = False
    is_code: bool = False
    refers: str = ""
    kind: str = ""
    is_used: bool = True

    @property
    def joins(self) -> bool:
        """Whether it is a key, or refers to one."""
        return self.is_key or bool(self.refers)

    @property
    def is_shared(self) -> bool:
        """Whether its long numbers are no persons', such as keys of classes."""
        is_of_people = self.element in _NUMBERS_OF_PEOPLE or self.refers in _PEOPLE
        return self.is_code or (self.joins and not is_of_people)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a set."""

    file: str
    fields: tuple[Field, ...]
    is_needed: bool = False

    @property
    def key(self) -> str:
        """The name by which a folder knows it."""
        return self.file.casefold()


def key(name: str = "sourcedId", element: str = "", *, refers: str = "") -> Field:
    """Return the column whose values occur once and are referred to."""
    return Field(
        name, element, is_needed=True, is_filled=True, is_key=True, refers=refers
    )


def must(name: str, element: str = "", **other: object) -> Field:
    """Return a column that is there and has a value in each row."""
    return Field(name, element, is_needed=True, is_filled=True, **other)  # type: ignore[arg-type]


def unused(*names: str, are_codes: bool = False) -> tuple[Field, ...]:
    """Return columns that are known and not read; are_codes: see Field.is_code."""
    return tuple(Field(name, is_used=False, is_code=are_codes) for name in names)


Keeps = Callable[[Part, Field], bool]


@dataclass(slots=True)
class PartKept:
    """The columns of a part that are held on to, by the standard's names for them."""

    columns: dict[str, Watched]
    examined: Examined
    aside: list[Lines]


class Set:
    """The parts of one set as they are read, and what they refer to in each other.

    are_exact: headings are those of the standard, letter for letter, so that others
    are noted; otherwise only what they say counts. keeps: which columns are held on to;
    kept: these, by their file.
    """

    def __init__(
        self,
        folder: Folder,
        report: Report,
        answers: Answers,
        *,
        are_exact: bool,
        keeps: Keeps | None = None,
    ) -> None:
        self._keeps = keeps
        self.kept: dict[str, PartKept] = {}
        self._folder = folder
        self._report = report
        self._answers = answers
        self._are_exact = are_exact
        self._examined: dict[str, Examined] = {}
        self._of_people: list[str] = []
        self._removed: list[str] = []

    def read(self, part: Part) -> None:
        """Read one part, if it is there."""
        file = self._folder.names.get(part.key)
        if file is None:
            return
        if file != part.file:
            self._report.correct("file names in other capitals")
        script = Script(asked=self._answers.encoding, may_doubt=True)
        try:
            with self._folder.open(part.key) as stream:
                sheet = flat.read(stream, script=script, may_be_empty=True)
                self._examined[part.file] = self._examine(part, sheet)
        except FormatError as error:
            self._report.refuse_by(error, file=part.file)

    def finish(self, *, are_checked: bool = True) -> None:
        """Check what files refer to, and sum up.

        A file that is not in the set cannot be checked.
        """
        n_repeated = 0
        for examined in self._examined.values():
            n_repeated += examined.n_repeated
            for check in examined.referring if are_checked else ():
                if check.file in self._examined:
                    lines = check.resolve(self._examined[check.file].keys)
                    self._report.n_set_aside += len(lines)
                    if part := self.kept.get(check.place.file):
                        part.aside.append(lines)
        if self._keeps is not None:  # more may be set aside later
            return
        self._report.sum_up(n_repeated)
        for file in self._of_people:
            kept = self.kept[file]
            if n_rows := kept.examined.n_rows:
                n_aside = len(np.unique(np.concatenate(kept.aside)))
                self._report.require_some(n_rows - n_aside, of=f"row of `{file}`")

    def require_joined(self) -> None:
        """Raise FormatError where a column was removed that holds the set together."""
        if self._removed:
            raise FormatError(
                "Values that look like Social Security numbers stand in "
                f"{enumerated(self._removed)}. These columns were removed, and without "
                "them the set cannot be put together, so nothing was kept. Correct the "
                f"values and send the set again. {OWN_NUMBERS}",
                id="F12",
            )

    def has_read(self, file: str) -> bool:
        """Return whether a part was there and could be read."""
        return file in self._examined

    def _examine(self, part: Part, sheet: Sheet) -> Examined:
        by_name = {comparable(field.name): field for field in part.fields}
        found = [by_name.get(comparable(heading)) for heading in sheet.headings]
        self._compare_headings(part, sheet.headings, found)
        there = {field.name for field in found if field}
        missing = [f.name for f in part.fields if f.is_needed and f.name not in there]
        refuse_missing(missing, sheet.headings, self._report, file=part.file)
        columns = [
            self._watched(part, heading, field)
            for heading, field in zip(sheet.headings, found, strict=True)
        ]
        unknown = [c.name for c in columns if c.status is Status.NOT_RECOGNISED]
        if unknown:
            names = enumerated((f"“{shown(name)}”" for name in unknown), most=10)
            self._report.notice(
                "F11",
                f"{part.file}: columns outside the standard were not read: {names}.",
            )
        at = next((n for n, f in enumerate(found) if f and f.is_key), None)
        examined = without_impossible(
            examine(sheet, columns, self._report, file=part.file, key=at),
            columns,
            self._report,
            today=self._answers.today,
            file=part.file,
            has_staff=part.file == "demographics.csv",
        )
        self.kept[part.file] = PartKept(
            {
                field.name: column
                for field, column in zip(found, columns, strict=True)
                if field and column.kept and column.status is not Status.REFUSED
            },
            examined,
            [examined.aside],
        )
        self._removed += [
            f"“{field.name}” of `{part.file}`"
            for field, column in zip(found, columns, strict=True)
            if field and field.joins and field.is_needed
            if column.status is Status.REFUSED
        ]
        if any(field.kind in ("name", "birth") for field in part.fields):
            self._of_people.append(part.file)
        return examined

    def _compare_headings(
        self, part: Part, headings: Sequence[str], found: Sequence[Field | None]
    ) -> None:
        pairs = [(h, f.name) for h, f in zip(headings, found, strict=True) if f]
        if self._are_exact and any(heading != name for heading, name in pairs):
            self._report.correct("headings in another spelling")
        order = [field.name for field in part.fields]
        names = [name for _, name in pairs]
        if self._are_exact and names != [n for n in order if n in names]:
            self._report.correct("columns in another order")

    def _watched(self, part: Part, heading: str, field: Field | None) -> Watched:
        status = Status.READ
        if is_never_taken(heading):
            status = Status.REFUSED
        elif field is None:
            is_extra = heading.casefold().startswith("metadata.")
            is_known = is_extra or not self._are_exact
            status = Status.NOT_USED if is_known else Status.NOT_RECOGNISED
        elif not field.is_used:
            status = Status.NOT_USED
        checks = self._checks(part, heading, field) if field else []
        kept: Kept | Dated | None = None
        if field and status is Status.READ and self._keeps and self._keeps(part, field):
            kept = next((check for check in checks if isinstance(check, Dated)), None)
            if kept is None:
                kept = Kept()
                checks.append(kept)
        return Watched(
            name=heading,
            element=(field.element or None) if field else None,
            status=status,
            label=shown(heading),
            checks=checks,
            kept=kept,
            is_code=bool(field and field.is_shared),
        )

    def _checks(self, part: Part, heading: str, field: Field) -> list[Check]:
        place = place_of(self._report, heading, shown(heading), part.file)
        checks: list[Check] = []
        if not field.is_used:
            return checks
        if field.is_filled:
            checks.append(Filled(place))
        if field.is_key:
            checks += [Unique(place), Short(place)]
        if field.refers:
            checks.append(Referring(place, file=field.refers, is_list=field.is_list))
        if field.kind in ("birth", "date"):
            checks.append(
                Dated(
                    place,
                    today=self._answers.today,
                    is_birth=field.kind == "birth",
                    order=self._answers.order_of(heading),
                    is_exact=field.rule is DATE,
                )
            )
        elif field.rule:
            checks.append(Ruled(place, field.rule))
            if field.rule is DATE and field.element:
                checks.append(Days())
        if field.kind == "quality":
            checks.append(Unsure(place))
        if field.kind == "name":
            checks += [Named(place), Damaged(place)]
        return checks


def refuse_absent(
    parts: Sequence[Part], folder: Folder, report: Report, *, standard: str
) -> None:
    """Add an error for each file that a set cannot do without."""
    for part in parts:
        if part.is_needed and part.key not in folder.names:
            report.refuse(
                "F03",
                f"A {standard} set needs `{part.file}`, but it is not there. Ask the "
                "sender for a complete set.",
            )
