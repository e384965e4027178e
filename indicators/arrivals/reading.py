"""The files of one delivery, whatever they are, as frames under an agreement."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import PurePath
from typing import BinaryIO

import pyarrow as pa

from agreements.rules.elements import ELEMENTS
from agreements.rules.scope import ALL, Scope
from indicators.arrivals.bounds import RULE, Bounds
from indicators.arrivals.calendars import roles_in, take_calendar
from indicators.arrivals.changes import PLACES, Changes, are_changes
from indicators.arrivals.children import children
from indicators.arrivals.contract import (
    STUDENT,
    TENANT,
    Answers,
    Arrival,
    ColumnStanding,
    Frames,
    Question,
    Standing,
)
from indicators.arrivals.interchanges import SESSIONS, Interchange, refused_elements
from indicators.arrivals.loose import named_files
from indicators.arrivals.rows import Taken
from indicators.arrivals.sets import standings_of_set, take_set
from indicators.arrivals.standing import LEFT, OF_FORM, Judge, Judged, removed
from indicators.arrivals.students import (
    CALENDAR,
    DAYS,
    DURATION,
    ENTRY,
    EVENT,
    EVENT_SCHOOL,
    EXIT,
    ID,
    SCHOOL,
    Students,
)
from indicators.arrivals.tables import take_table
from indicators.formats.containers import ZIP, Folder, too_large
from indicators.formats.edfi_examine import EdFiExaminer
from indicators.formats.examine import Answers as Told
from indicators.formats.flat import Sheet
from indicators.formats.headings import comparable
from indicators.formats.members import require_no_member
from indicators.formats.problems import FormatError
from indicators.formats.reading import MOST_IN_MEMORY, Reader, examine_records
from indicators.formats.report import (
    MOST_ROW_ERRORS,
    Rejected,
    Report,
    Status,
    shown,
)

FORMATS_OF_TABLES = frozenset({"csv", "excel", "hud50058"})
MOST_FILES = 50
# What attendance is told with, where nobody is named.
ATTENDANCE = frozenset(
    {ID, SCHOOL, ENTRY, EXIT, *EVENT, EVENT_SCHOOL, DURATION, *CALENDAR, *DAYS}
)
REPEATED = "The same stands in another place of the record, which is taken."


def read_arrival(
    files: Sequence[BinaryIO],
    *,
    listed: frozenset[str],
    side: str,
    answers: Answers,
    today: date,
    earlier: Frames | None = None,
    buildings: Sequence[str] = (),
    scope: Scope = ALL,
) -> Arrival:
    """Return what the files of one delivery hold, under the elements that are listed.

    side: "tenant" or "student". earlier: the frames of the sender's last delivery, on
    which a set of changes builds. buildings: addresses of the agency's buildings.
    scope: whose rows the agreement covers.
    Never raises FormatError: what is wrong with the files is in the arrival.
    """
    if len(files) > MOST_FILES:
        report = Report()
        report.refuse("F09", f"Send at most {MOST_FILES} files at a time.")
        return Arrival(errors=tuple(report.errors))
    told = Told(
        today=today,
        encoding=answers.encoding,
        orders={comparable(name): order for name, order in answers.orders.items()},
        header_row=answers.header_row,
    )
    try:
        named = named_files(files)
    except FormatError as error:
        report = Report()
        report.refuse_by(error)
        return Arrival(errors=tuple(report.errors))
    reading = _Reading(
        Judge(listed, side, answers), told, earlier=earlier, n_files=len(named)
    )
    for name, file in named:
        reading.take(file, name)
    bounds = Bounds(reading.report, today, scope, answers.untold)
    return reading.result(buildings, bounds)


def read_attendance(files: Sequence[BinaryIO], *, today: date) -> Frames:
    """Return `enrolment`, `attendance` and `calendar` of files that name nobody.

    Raises FormatError for files that cannot be read, or ask something.
    """
    judge = Judge(ATTENDANCE, STUDENT, Answers())
    reading = _Reading(judge, Told(today=today), earlier=None, n_files=len(files))
    for name, file in named_files(files):
        reading.take(file, name)
    return reading.attendance()


def _merged(rejected: Iterable[Rejected]) -> tuple[Rejected, ...]:
    """Return one entry for each row, with all that is wrong with it."""
    found: dict[tuple[str, int, str], Rejected] = {}
    for each in rejected:
        # Records of JSON have no line, and their words tell them apart.
        key = each.file, each.line, "" if each.line else each.reason.partition(":")[0]
        known = found.setdefault(key, each)
        if known is not each and each.reason not in known.reason:
            found[key] = each._replace(reason=f"{known.reason} {each.reason}")
    return tuple(sorted(found.values()))


class _Reading(Reader):
    """Reads one file after the other into one arrival."""

    def __init__(
        self, judge: Judge, told: Told, *, earlier: Frames | None, n_files: int
    ) -> None:
        self._earlier = earlier if earlier and PLACES in earlier else None
        follows_bulk = self._earlier is not None
        super().__init__(
            Report(), told, name="", format="auto", follows_bulk=follows_bulk
        )
        self._judge = judge
        self._are_named = n_files > 1
        self._file = ""
        self._formats: dict[str, str] = {}
        self._columns: list[ColumnStanding] = []
        self._taken: list[Taken] = []
        self._calendars: list[pa.Table] = []
        self._changes: list[Changes] = []
        self._interchange: tuple[Interchange, EdFiExaminer] | None = None

    def take(self, file: BinaryIO, name: str) -> None:
        """Read one file; what is wrong with it is in the report."""
        self._file, self.name = name, PurePath(name).stem
        self.report.format = self.report.version = None
        try:
            start = file.read(len(ZIP))
            file.seek(0)
            if start == ZIP:
                content = file.read(MOST_IN_MEMORY + 1)
                if len(content) > MOST_IN_MEMORY:
                    raise too_large()
                file = io.BytesIO(content)
            self.read_file(file)
        except FormatError as error:
            self.report.refuse_by(error, file=name if self._are_named else "")
        if kind := self.report.format:
            self._formats[kind] = self.report.version or self._formats.get(kind, "")

    def take_table(self, sheet: Sheet) -> None:
        """Take a table of any program's, or of a school calendar."""
        require_no_member(sheet.headings, name=self.name)
        if self._takes_calendar(sheet):
            return
        taken, judged = take_table(
            sheet,
            self._judge,
            self.report,
            self.answers,
            file=self._file,
            is_named=self._are_named,
        )
        self._taken.append(taken)
        if any(each.element in OF_FORM and each.why != LEFT for _, each in judged):
            self.report.format = "hud50058"
        for heading, each in judged:
            self._add_column(self._file, heading, each)

    def _takes_calendar(self, sheet: Sheet) -> bool:
        """Take a table that is a school calendar; return whether it is one."""
        judge = self._judge
        roles = roles_in(sheet.headings, judge.answers, file=self._file)
        if judge.side == TENANT or not roles:
            return False
        calendar, judged = take_calendar(
            sheet,
            roles,
            judge,
            self.report,
            self.answers,
            file=self._file,
            is_named=self._are_named,
        )
        if calendar is not None:
            self._calendars.append(calendar)
        for heading, each in judged:
            self._add_column(self._file, heading, each)
        return True

    def take_set(self, kind: str, folder: Folder) -> None:
        """Take a set of files that a standard names."""
        n_before = len(self.report.columns)
        try:
            roster = take_set(
                kind,
                folder,
                self._judge,
                self.report,
                self.answers,
                earlier=self._earlier,
            )
        finally:
            seen = self.report.columns[n_before:]
            for column, judged in standings_of_set(seen, self._judge):
                self._add_column(column.file, shown(column.heading), judged)
        self._taken += roster.tables
        if roster.changes:
            self._changes.append(roster.changes)

    def take_records(self, files: Iterable[tuple[BinaryIO, bytes, str, str]]) -> None:
        """Take files of XML and JSON, together with those of the whole delivery."""
        self.report.format = "edfi"
        if self._interchange is None:
            today = self.answers.today
            kept = Interchange(self._judge, self.report, self._file, today=today)
            examiner = EdFiExaminer(self.report, self.answers, keep=kept.keep)
            self._interchange = kept, examiner
        _, examiner = self._interchange
        for file, start, resource, name in files:
            called = name or (self._file if self._are_named else "")
            try:
                examine_records(examiner, file, start, resource=resource, called=called)
            except FormatError as error:
                if not name:
                    raise
                self.report.refuse_by(error, file=name)

    def attendance(self) -> Frames:
        """Return the frames without people, once every file was read."""
        calendar = self._finish_records()
        bounds = Bounds(self.report, self.answers.today)
        students = Students(self._judge, self.report, self._are_named, bounds)
        students.take(self._taken)
        frames = students.gathered(calendar)
        if self.report.errors:
            raise FormatError(self.report.errors[0].message)
        return frames

    def result(self, buildings: Sequence[str], bounds: Bounds) -> Arrival:
        """Return the arrival, once every file was read."""
        calendar = self._finish_records()
        frames: Frames = {}
        missing: tuple[str, ...] = ()
        elements: frozenset[str] = frozenset()
        report = self.report
        is_sound = not [e for e in report.errors if e.id != "F13"]
        if is_sound and self._judge.side == TENANT:
            table, missing = children(
                self._taken,
                self._judge,
                report,
                today=self.answers.today,
                are_named=self._are_named,
                buildings=buildings,
                bounds=bounds,
            )
            if not missing:
                frames["tenants"] = table.frame
                if table.stays is not None:
                    frames["tenancies"] = table.stays
                elements = table.elements
        elif is_sound:
            changed = self._earlier if are_changes(self._changes, report) else None
            students = Students(
                self._judge,
                report,
                self._are_named,
                bounds,
                earlier=changed,
                changes=self._changes,
            )
            students.take(self._taken)
            frames, missing = students.result(calendar)
            elements = students.elements
        bounds.finish()
        if self._is_empty(frames) and bounds.outside:
            report.refuse(
                RULE,
                f"No row is left that the agreement covers (rule {RULE}), so nothing "
                f"was kept: {bounds.told}. Send files of those whom it covers, or "
                "amend the agreement.",
            )
        elif self._is_empty(frames):
            report.refuse(
                "F06",
                "No row can be taken over, so nothing was kept. See what was set "
                "aside or not read, correct the files and send them again.",
            )
        if report.errors:
            frames, elements = {}, frozenset()
        report.finish()
        asked = [each.item for each in report.asked]
        return Arrival(
            format=" and ".join(self._formats),
            versions=tuple(self._formats.values()),
            encoding=report.encoding or "",
            columns=tuple(self._columns),
            missing=missing,
            questions=tuple(
                Question(
                    each.item.id,
                    each.item.column,
                    each.item.line,
                    each.words,
                    each.choices,
                    self._called(each.file),
                )
                for each in report.asked
            ),
            errors=tuple(e for e in report.errors if e not in asked),
            notices=tuple(report.notices),
            rejected=tuple(
                each
                for told in (report.rejected, report.others)
                for each in _merged(
                    each._replace(file=self._called(each.file)) for each in told
                )
            )[:MOST_ROW_ERRORS],
            n_rejected=report.n_set_aside,
            frames=frames,
            elements=elements,
            n_rows=report.rows,
            outside=tuple(bounds.outside.items()),
        )

    def _finish_records(self) -> pa.Table | None:
        """Put what came of Ed-Fi files with the rest; return the calendar of all."""
        found = self._finish_interchange()
        tables = [*self._calendars, *([] if found is None else [found])]
        return pa.concat_tables(tables, promote_options="default") if tables else None

    def _finish_interchange(self) -> pa.Table | None:
        if self._interchange is None:
            return None
        kept, examiner = self._interchange
        examiner.finish()
        seen = [column for column in self.report.columns if column.resource]
        once: set[tuple[str, str]] = set()
        for column in seen:
            judged = kept.judged(column)
            leaf = column.heading.rpartition("/")[2]
            if column.status is Status.REFUSED:
                judged = removed(leaf, column.element)
            if judged.standing is Standing.ALLOWED and judged.element:
                # Of a session several values of one element are stored.
                is_session = column.resource == SESSIONS
                key = column.resource, leaf.casefold() if is_session else judged.element
                if key in once:
                    judged = Judged(judged.element, Standing.REFUSED, REPEATED)
                once.add(key)
            self._add_column("", column.heading, judged)
        found = kept.result(refused_elements(self.report))
        self._taken += found.tables
        return found.calendar

    def _is_empty(self, frames: Frames) -> bool:
        people = frames.get("tenants", frames.get("student"))
        return people is not None and not people.num_rows

    def _called(self, file: str) -> str:
        """Return a file's name; of a delivery of one, that one's."""
        return file or ("" if self._are_named else self._file)

    def _add_column(self, file: str, heading: str, judged: Judged) -> None:
        element = judged.element if judged.element in ELEMENTS else None
        self._columns.append(
            ColumnStanding(
                *(self._called(file), heading, element, judged.standing, judged.why),
                is_read=judged.is_read,
            )
        )
