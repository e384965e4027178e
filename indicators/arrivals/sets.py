"""A set of files that a standard names, under an agreement."""

from collections.abc import Iterable, Iterator

from indicators.arrivals.contract import TENANT, Frames, Standing
from indicators.arrivals.oneroster import oneroster
from indicators.arrivals.rosters import Reading, Roster, sds
from indicators.arrivals.shelters import hmis
from indicators.arrivals.standing import (
    HOLDS_TOGETHER,
    SORTS,
    UNKNOWN,
    UNUSED,
    Judge,
    Judged,
    removed,
)
from indicators.formats import hmis as hmis_files
from indicators.formats import oneroster as oneroster_files
from indicators.formats import sds as sds_files
from indicators.formats.containers import Folder
from indicators.formats.examine import Answers
from indicators.formats.oneroster_parts import PARTS
from indicators.formats.problems import FormatError
from indicators.formats.reading import sds_version
from indicators.formats.report import ColumnSeen, Report, Status
from indicators.formats.sets import Field, Part

# Columns without an element that tell which rows count, and for what.
_TELLING = frozenset(
    {
        *("role", "status", "type", "termSourcedIds"),
        *("NameDataQuality", "DOBDataQuality"),
        *("EntryDate", "RelationshipToHoH", "ExitDate"),
        *(hmis_files.DELETED, hmis_files.PROJECT_TYPE),
        *(hmis_files.HOUSEHOLD, hmis_files.MOVED_IN),
    }
)
_NUMBERS = {"users.csv": "student.id", "orgs.csv": "enrolment.school"}
_BY_SOURCE = (
    "The sourcedId is taken as the number. If this is the number that other files go "
    "by, say so."
)


def take_set(
    kind: str,
    folder: Folder,
    judge: Judge,
    report: Report,
    answers: Answers,
    *,
    earlier: Frames | None,
) -> Roster:
    """Return what a set holds; kind: "oneroster", "sds" or "hmis".

    earlier: the frames of the sender's full set, on which a set of changes builds.
    """
    if (kind == "hmis") != (judge.side == TENANT):
        raise FormatError(
            "This is an export of a homeless-services system, and a list of students "
            "is due here. Send it under the agreement's other list."
            if kind == "hmis"
            else "This is a set of students, and a list of tenants is due here. Send "
            "it under the agreement's other list."
        )

    def keeps(part: Part, field: Field) -> bool:
        return _is_kept(part, field, judge)

    if kind == "oneroster":
        read, modes = oneroster_files.read_set(
            folder, report, answers, follows_bulk=earlier is not None, keeps=keeps
        )
        version = report.version if report.version in PARTS else "1.1"
        parts = {part.file: part for part in PARTS[version or "1.1"]}
        reading = Reading(parts, read.kept, judge, report)
        is_delta = oneroster_files.DELTA in modes.values()
        whole = [f for f in parts if modes.get(f.casefold()) == oneroster_files.BULK]
        return oneroster(reading, earlier=earlier if is_delta else None, whole=whole)
    if kind == "sds":
        version = sds_version(folder)
        read = sds_files.read_set(folder, report, answers, version=version, keeps=keeps)
        listed = sds_files.VERSION_1 if version == "1" else sds_files.VERSION_2
        return sds(Reading({p.file: p for p in listed}, read.kept, judge, report))
    read = hmis_files.read_set(folder, report, answers, keeps=keeps)
    reading = Reading({p.file: p for p in hmis_files.PARTS}, read.kept, judge, report)
    return Roster([hmis(reading, today=answers.today)])


def _is_kept(part: Part, field: Field, judge: Judge) -> bool:
    if field.name == "identifier":
        code = _NUMBERS.get(part.file, "")
        return judge.answers.element_of(part.file, "identifier")[1] == code
    is_joining = field.is_key or bool(field.refers) or field.name in _TELLING
    return is_joining or judge.is_stored(field.element)


def standings_of_set(
    seen: Iterable[ColumnSeen], judge: Judge
) -> Iterator[tuple[ColumnSeen, Judged]]:
    """Yield each column of a set with what becomes of it."""
    for column in seen:
        yield column, _judged(column, judge)


def _judged(column: ColumnSeen, judge: Judge) -> Judged:
    if column.status is Status.REFUSED:
        return removed(column.heading, column.element)
    if column.status is Status.NOT_RECOGNISED:
        return Judged(None, Standing.NOT_RECOGNISED, UNKNOWN)
    if column.status is Status.NOT_USED:
        return Judged(column.element, Standing.REFUSED, UNUSED)
    if column.heading == "identifier" and column.file in _NUMBERS:
        code = _NUMBERS[column.file]
        if judge.answers.element_of(column.file, "identifier")[1] == code:
            return judge.of_element(code)
        return Judged(code, Standing.REFUSED, _BY_SOURCE)
    if column.element is None:
        return Judged(None, Standing.REFUSED, HOLDS_TOGETHER)
    judged = judge.of_element(column.element)
    if judged.why == SORTS:
        return Judged(column.element, Standing.REFUSED, HOLDS_TOGETHER)
    return judged
