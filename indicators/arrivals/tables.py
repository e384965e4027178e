"""One flat table under an agreement: its columns judged, and its rows taken."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from agreements.rules.elements import ELEMENTS, ValueKind
from indicators.arrivals import actions
from indicators.arrivals.bounds import GRADE
from indicators.arrivals.contract import TENANT, Standing
from indicators.arrivals.record_kinds import DAYS_OF_RECORDS, OF_MORE
from indicators.arrivals.rows import Taken
from indicators.arrivals.standing import Judge, Judged
from indicators.arrivals.tenancies import ACTION, PLACE
from indicators.formats.catalogue import Meaning
from indicators.formats.checks import Check, Filled, Kept, KeptAsRuled
from indicators.formats.examine import (
    Answers,
    Examined,
    Watched,
    examine,
    place_of,
)
from indicators.formats.flat import MOST_LINES, Sheet
from indicators.formats.headings import comparable, look_like_data
from indicators.formats.report import Report, Status, removed_for, shown
from indicators.formats.tables import (
    CODES,
    RULES,
    checks_of,
    has_second_headings,
    no_headings,
    require_columns,
    require_headings,
    require_rows,
)
from indicators.formats.value_checks import Damaged, Dated, KeptProjects, Numbered

# The largest agency houses half a million people.
MOST_PEOPLE = 600_000
# What a row means nothing without.
FILLED = frozenset(
    {
        *("tenant.member_id", "tenant.development", "student.id"),
        *("enrolment.school", "enrolment.entry_date"),
        *("attendance.date", "attendance.category", "attendance.school"),
    }
)
STATUS = {
    Standing.ALLOWED: Status.READ,
    Standing.REFUSED: Status.NOT_USED,
    Standing.NEVER: Status.REFUSED,
    Standing.NOT_RECOGNISED: Status.NOT_RECOGNISED,
    Standing.TO_CONFIRM: Status.TO_CONFIRM,
}


def take_table(
    sheet: Sheet,
    judge: Judge,
    report: Report,
    answers: Answers,
    *,
    file: str,
    is_named: bool,
) -> tuple[Taken, list[tuple[str, Judged]]]:
    """Return the rows of a table, and each heading with what becomes of it.

    is_named: whether messages name the file. Raises FormatError for what is no table.
    """
    answers = replace(answers, day_zero=sheet.day_zero)
    judged = judge.of_headings(sheet.headings, report, file=file)
    as_meant = [Meaning(each.element, STATUS[each.standing]) for each in judged]
    _require_headings(sheet, as_meant)
    if not answers.header_row and has_second_headings(sheet, judge.side):
        report.ask(
            "F08",
            f"Line {sheet.second_line} looks like a second line of headings. Which "
            "line names the columns?",
            choices=(str(sheet.line), str(sheet.second_line)),
            line=sheet.second_line,
            file=file,
        )
    stored = {j.element for j in judged if j.standing is Standing.ALLOWED}
    # Where a row tells more than records, their day is judged only if it tells one.
    lacking = frozenset(DAYS_OF_RECORDS if stored & OF_MORE else ())
    tells_actions = any(j.element == ACTION for j in judged)
    filled = FILLED - {PLACE} if tells_actions else FILLED  # an end is of no place
    columns = [
        _watched(
            *(heading, each, report, answers),
            filled=filled,
            lacking=lacking,
            file=file if is_named else "",
        )
        for heading, each in zip(sheet.headings, judged, strict=True)
    ]
    require_columns(sheet, columns)
    most = MOST_PEOPLE if judge.side == TENANT else MOST_LINES
    found = examine(sheet, columns, report, file=file if is_named else "", most=most)
    require_rows(sheet, columns, found.n_rows)
    names = [shown(heading) for heading in sheet.headings]
    final = [
        _by_value(each, column) for each, column in zip(judged, columns, strict=True)
    ]
    taken = _taken(columns, found, judge, report, file=file)
    return taken, list(zip(names, final, strict=True))


def _require_headings(sheet: Sheet, meanings: Sequence[Meaning]) -> None:
    """Raise FormatError where a line is likelier a person's row, and not repeated."""
    require_headings(sheet, meanings)
    n_known = sum(each.status is not Status.NOT_RECOGNISED for each in meanings)
    is_doubtful = look_like_data(sheet.headings) or sheet.n_above
    if is_doubtful and 2 * n_known < len(meanings):
        raise no_headings(sheet.line)


def _by_value(judged: Judged, column: Watched) -> Judged:
    """Return what becomes of a column whose values were looked at."""
    if column.status is Status.REFUSED and judged.standing is not Standing.NEVER:
        n, line = column.numbers.found()
        why = removed_for(n, first=f"on line {line}")
        return Judged(judged.element, Standing.NEVER, why)
    return judged


def _taken(
    columns: Sequence[Watched],
    found: Examined,
    judge: Judge,
    report: Report,
    *,
    file: str,
) -> Taken:
    """Return the rows that no check set aside, with the columns that were kept.

    An end of a stay counts even where something else in its row is wrong.
    """
    frame = {
        column.element or column.name: column.kept.column()
        for column in columns
        if column.kept is not None and column.status is not Status.REFUSED
    }
    nothing = pa.nulls(len(found.lines), pa.string())
    table = pa.table(frame or {"@none": nothing})
    are_aside = np.isin(found.lines, found.aside)
    if not are_aside.any():
        return Taken(file, table, found.lines)
    table, ends = actions.ends_alone(table, are_aside, judge, report)
    kept = ~are_aside | ends
    return Taken(file, table.filter(pa.array(kept)), found.lines[kept])


def _watched(
    heading: str,
    judged: Judged,
    report: Report,
    answers: Answers,
    *,
    filled: frozenset[str],
    lacking: frozenset[str],
    file: str,
) -> Watched:
    """Return a column as it is watched; only what is taken is checked and kept.

    filled: elements without which a row is none. lacking: those whose day a row may
    lack, so that an unreadable one is none.
    """
    name = shown(heading)
    checks: list[Check] = []
    kept: Kept | Dated | None = None
    if judged.element and (judged.is_read or judged.standing is Standing.ALLOWED):
        place = place_of(report, heading, name, file)
        element = ELEMENTS.get(judged.element)
        checks = [Damaged(place)]
        if element and element.kind is ValueKind.NUMBER:
            checks.append(Numbered(place, is_certain=True))
        # What an unreadable grade leaves open is no blank: whether the row is covered.
        elif element and element.code != GRADE and (rule := RULES.get(element.code)):
            kept = KeptAsRuled(place, rule)
            checks.append(kept)
        elif element:
            may_lack = element.code in lacking
            checks += checks_of(element.code, place, (), answers, may_lack=may_lack)
        if judged.element in filled and judged.standing is Standing.ALLOWED:
            checks.append(Filled(place))
        dated = (check for check in checks if isinstance(check, Dated))
        kept = kept or next(dated, None)
        if kept is None:
            kept = KeptProjects() if judged.element == PLACE else Kept()
            checks.append(kept)
    return Watched(
        name=heading,
        element=judged.element,
        status=STATUS[judged.standing],
        label=name,
        checks=checks,
        is_code=any(word in comparable(heading) for word in CODES),
        kept=kept,
    )
