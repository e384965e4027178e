"""A school calendar as a plain table: sessions with their days, or one line a day.

Each line is of a school. A session has a first and a last day and so many days of
instruction; of a table of single days, each line is one of them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.contract import Answers as Said
from indicators.arrivals.contract import Standing
from indicators.arrivals.rows import Rows, Taken, as_mask
from indicators.arrivals.standing import (
    LEFT,
    NEVER,
    UNKNOWN,
    Judge,
    Judged,
    listed_as,
)
from indicators.formats.catalogue import STUDENT, is_never_taken, meaning_of
from indicators.formats.cells import Mask
from indicators.formats.checks import Check, Filled, Kept
from indicators.formats.examine import Answers, Watched, examine, place_of
from indicators.formats.flat import Sheet
from indicators.formats.headings import comparable
from indicators.formats.report import Report, Status, shown
from indicators.formats.tables import require_rows
from indicators.formats.value_checks import Damaged, Dated, Numbered

SCHOOL, SESSION, FIRST, LAST = "@school", "@session", "@first", "@last"
N_DAYS, EVENT = "@days of instruction", "@event"
LISTED = frozenset({"calendar.date", "calendar.school", "calendar.session"})
MOST_DAYS = 366
_SPELLINGS = {
    SCHOOL: ("calendar school", "calendar.school", "school", "school id"),
    SESSION: (
        "calendar session",
        "calendar.session",
        "session",
        "session name",
        "term",
    ),
    FIRST: (
        *("date", "calendar date", "calendar.date", "school day", "begin date"),
        *("start date", "first day", "session begin date", "session start date"),
    ),
    LAST: ("end date", "last day", "session end date"),
    N_DAYS: (
        *("n days", "days", "instructional days", "total instructional days"),
        *("days of instruction", "number of days", "days in session"),
    ),
    EVENT: ("calendar event", "event", "day type", "type of day"),
}
_MEANT = {comparable(s): role for role, words in _SPELLINGS.items() for s in words}
_SCHOOLS = frozenset({"enrolment.school", "attendance.school", "calendar.school"})
# What each role is called in an agreement: days are counted from the session.
_ELEMENT = {
    SCHOOL: "calendar.school",
    FIRST: "calendar.date",
    LAST: "calendar.date",
    SESSION: "calendar.session",
    N_DAYS: "calendar.session",
    EVENT: "calendar.session",
}
_INSTRUCTION = frozenset(
    map(comparable, ("Instructional day", "Make-up day", "School day"))
)


def roles_in(headings: Sequence[str], said: Said, *, file: str) -> list[str]:
    """Return what each column of a calendar is ("" for others); nothing if it is none.

    A table with anything of a student is no calendar.
    """
    roles: list[str] = []
    for heading in headings:
        is_answered, code = said.element_of(file, shown(heading))
        meant = code if is_answered else meaning_of(heading, STUDENT).element
        if str(meant or "").startswith("student."):
            return []
        role = _MEANT.get(comparable(heading), "")
        if not role and meant in _SCHOOLS:
            role = SCHOOL
        if not role and str(meant or "").startswith("attendance."):
            return []  # a table of attendance by school
        is_left = is_answered and code is None
        roles.append("" if is_left or role in roles else role)
    has_days = {SCHOOL, FIRST} <= {*roles}
    is_of_sessions = {SESSION, LAST, N_DAYS} <= {*roles}
    is_of_days = not {LAST, N_DAYS} & {*roles}
    return roles if has_days and (is_of_sessions or is_of_days) else []


def take_calendar(
    sheet: Sheet,
    roles: Sequence[str],
    judge: Judge,
    report: Report,
    answers: Answers,
    *,
    file: str,
    is_named: bool,
) -> tuple[pa.Table | None, list[tuple[str, Judged]]]:
    """Return a table's sessions and days, and each heading with what becomes of it.

    None where the agreement does not list a calendar. Columns as of the frame.
    """
    answers = replace(answers, day_zero=sheet.day_zero)
    is_listed = judge.listed >= LISTED
    judged = [
        _judged(heading, role, judge, file=file, is_listed=is_listed)
        for heading, role in zip(sheet.headings, roles, strict=True)
    ]
    label = file if is_named else ""
    columns = [
        _watched(heading, role if is_listed else "", each, report, answers, file=label)
        for heading, role, each in zip(sheet.headings, roles, judged, strict=True)
    ]
    found = examine(sheet, columns, report, file=label)
    require_rows(sheet, columns, found.n_rows)
    names = [shown(heading) for heading in sheet.headings]
    if not is_listed:
        return None, list(zip(names, judged, strict=True))
    kept = pa.array(~np.isin(found.lines, found.aside))
    frame = {
        str(column.element): column.kept.column().filter(kept)
        for column in columns
        if column.kept is not None
    }
    lines = found.lines[kept.to_numpy(zero_copy_only=False)]
    rows = Rows([Taken(file, pa.table(frame), lines)], report, are_named=is_named)
    table = _sessions(rows) if rows.has(LAST) else _single_days(rows)
    return table, list(zip(names, judged, strict=True))


def _judged(
    heading: str, role: str, judge: Judge, *, file: str, is_listed: bool
) -> Judged:
    if is_never_taken(heading):
        return Judged(None, Standing.NEVER, NEVER)
    if role:
        element = _ELEMENT[role]
        return listed_as(element) if is_listed else judge.of_element(element)
    if judge.answers.element_of(file, shown(heading))[0]:
        return Judged(None, Standing.REFUSED, LEFT)
    return Judged(None, Standing.NOT_RECOGNISED, UNKNOWN)


def _watched(
    heading: str,
    role: str,
    judged: Judged,
    report: Report,
    answers: Answers,
    *,
    file: str,
) -> Watched:
    place = place_of(report, heading, shown(heading), file)
    checks: list[Check] = []
    kept: Kept | Dated | None = None
    if judged.standing is Standing.NEVER:
        role = ""
    if role in (FIRST, LAST):
        order = answers.order_of(place.column)
        kept = Dated(
            place,
            today=answers.today,
            is_birth=False,
            order=order,
            day_zero=answers.day_zero,
        )
        checks = [Damaged(place), Filled(place), kept]
    elif role:
        kept = Kept()
        filled = [] if role == EVENT else [Filled(place)]
        numbered = [Numbered(place)] if role == N_DAYS else []
        checks = [Damaged(place), *filled, *numbered, kept]
    status = Status.REFUSED if judged.standing is Standing.NEVER else Status.NOT_USED
    return Watched(
        name=heading,
        element=role or None,
        status=Status.READ if role else status,
        label=shown(heading),
        checks=checks,
        is_code=True,  # numbers of schools are nobody's
        kept=kept,
    )


def _sessions(rows: Rows) -> pa.Table:
    """Return sessions; one whose days are no number of them is set aside."""
    texts = pc.utf8_trim_whitespace(rows.texts(N_DAYS))
    are_numbers = as_mask(pc.match_substring_regex(texts, r"^[0-9]{1,3}(?:\.0+)?$"))
    rows.reject(~are_numbers, "R08", "the days of instruction are no whole number.")
    is_asked = rows.values(FIRST).null_count == len(rows) > 0  # the order of day, month
    if not is_asked:
        rows.reject(_are_impossible(rows), "R08", "it cannot have so many school days.")
    return pa.table(
        {
            "school": rows.texts(SCHOOL),
            "session": rows.texts(SESSION),
            "date": rows.values(FIRST).cast(pa.date32()),
            "end_date": rows.values(LAST).cast(pa.date32()),
            "n_days": _n_days(rows),
        }
    )


def _are_impossible(rows: Rows) -> Mask:
    """Return which sessions are too short for their days of instruction."""
    first, last = (rows.values(each).cast(pa.int32()) for each in (FIRST, LAST))
    n, span = _n_days(rows), pc.add(pc.subtract(last, first), 1)
    fits = pc.and_(pc.less_equal(n, span), pc.less_equal(n, MOST_DAYS))
    return ~as_mask(pc.and_(fits, pc.greater(n, 0)))


def _n_days(rows: Rows) -> pa.ChunkedArray:
    texts = pc.utf8_trim_whitespace(rows.texts(N_DAYS))
    return texts.cast(pa.float64()).cast(pa.int32())


def _single_days(rows: Rows) -> pa.Table:
    """Return days of instruction, and the session that those of each school make."""
    if rows.has(EVENT):
        words = [comparable(each) for each in rows.texts(EVENT).to_pylist()]
        other = ~np.isin(np.array(words, object), sorted(_INSTRUCTION))
        if n := rows.drop(np.asarray(other, np.bool_)):
            rows.notice(
                "R17",
                f"Days without instruction in the calendar, left unread: {n:,}.",
            )
    days = pa.table(
        {
            "school": rows.texts(SCHOOL),
            "session": rows.texts(SESSION),
            "date": rows.values(FIRST).cast(pa.date32()),
        }
    )
    days = days.group_by(days.column_names, use_threads=False).aggregate([])
    sessions = days.group_by(["school", "session"], use_threads=False).aggregate(
        [("date", "min"), ("date", "max"), ("date", "count")]
    )
    n = days.num_rows
    single = {
        "school": days["school"],
        "session": pa.chunked_array([pa.nulls(n, pa.string())]),
        "date": days["date"],
        "end_date": days["date"],
        "n_days": pa.chunked_array([pa.array(np.ones(n, np.int32))]),
    }
    whole = {
        "school": sessions["school"],
        "session": sessions["session"],
        "date": sessions["date_min"],
        "end_date": sessions["date_max"],
        "n_days": sessions["date_count"].cast(pa.int32()),
    }
    return pa.concat_tables([pa.table(whole), pa.table(single)])
