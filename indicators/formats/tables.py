"""One table under any program's headings: CSV, an Excel sheet, Form HUD-50058."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from agreements.rules.elements import ELEMENTS, ValueKind
from indicators.formats import hud50058, values
from indicators.formats.catalogue import TENANT, Meaning, meaning_of, side_of
from indicators.formats.checks import (
    NO_LINES,
    Check,
    Filled,
    Lines,
    Place,
    Project,
    Ruled,
    Unique,
    words,
)
from indicators.formats.dates import Integers
from indicators.formats.day_counts import (
    ABSENT,
    ATTENDED,
    ENROLLED,
    checks_of_days,
    without_uncounted,
)
from indicators.formats.examine import (
    Answers,
    Watched,
    examine,
    place_of,
    refuse_missing,
)
from indicators.formats.flat import Sheet
from indicators.formats.headings import comparable, look_like_data, may_be_names
from indicators.formats.hidden_zeros import keep_counts, tell_zeros
from indicators.formats.impossible import without_impossible
from indicators.formats.problems import FormatError, enumerated
from indicators.formats.report import Report, Status, shown
from indicators.formats.value_checks import Damaged, Dated, Named, Numbered

CODES = ("school", "building", "district", "course", "section", "org", "project")
# What values may be of elements that a row may lack.
RULES = {
    "enrolment.grade": values.GRADE,
    "enrolment.exit_documented": values.YES_OR_NO,
    "student.graduation_cohort": values.YEAR,
    "student.sex": values.SEX,
    "tenant.sex": values.SEX,
    "student.zip": values.ZIP,
    "tenant.zip": values.ZIP,
}
# Where one of these is there, a person may have several rows.
_OF_MANY_ROWS = (
    *("tenant.action", "tenant.action_date", "enrolment.entry_date"),
    *("attendance.date", "discipline.date", "enrolment.exit_date"),
)


class Relations(Ruled):
    """Relations to the head of household by the codes of Form HUD-50058."""

    def __init__(self, place: Place) -> None:
        super().__init__(place, words(*hud50058.RELATIONS))
        self.n_children = self.n_others = 0
        self._line_of_50059 = 0

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Count children, and look for the codes of another form."""
        super().take(values, places, lines)
        upper = [value.upper() for value in values.to_pylist()]
        are_children = np.array([v in hud50058.CHILDREN for v in upper], bool)
        are_filled = np.array([bool(v) for v in upper], bool)
        n_children = int(are_children[places].sum())
        self.n_children += n_children
        self.n_others += int(are_filled[places].sum()) - n_children
        other = np.array([v in hud50058.OF_50059 for v in upper], bool)[places]
        if other.any() and not self._line_of_50059:
            self._line_of_50059 = int(lines[np.argmax(other)])

    def finish(self) -> Lines:
        """Refuse the file if its codes are those of Form HUD-50059."""
        if not self._line_of_50059:
            return super().finish()
        self.place.report.refuse(
            "R08",
            f"{self.place.label} has codes of Form HUD-50059, first on line "
            f"{self._line_of_50059}, and these mean something else on Form HUD-50058. "
            "Ask for an export of Form HUD-50058.",
            line=self._line_of_50059,
            column=self.place.column,
        )
        return NO_LINES


def read_table(
    sheet: Sheet,
    report: Report,
    answers: Answers,
    *,
    form: str = "",
    is_certain: bool = True,
) -> None:
    """Add to the report what a table holds.

    form: "hud50058" where the sender says so; otherwise its headings tell. is_certain:
    whether headings mean what they mean elsewhere; else that is proposed.
    """
    answers = replace(answers, day_zero=sheet.day_zero)
    side = TENANT if form == "hud50058" else side_of(sheet.headings)
    meanings = [meaning_of(heading, side) for heading in sheet.headings]
    if not is_certain:
        meanings = [_proposed(each) for each in meanings]
    require_headings(sheet, meanings)
    _ask_of_second(sheet, side, report)
    there = {meaning.element for meaning in meanings}
    # A list of households or of stays names nobody, and so is no family report.
    is_family = form == "hud50058" or (
        side == TENANT and any(code in there for code in hud50058.NEEDED)
    )
    if is_family:
        report.format = "hud50058"
    columns = [
        _watched(heading, meaning, there, report, answers)
        for heading, meaning in zip(sheet.headings, meanings, strict=True)
    ]
    _mark_doubled(columns)
    require_columns(sheet, columns)
    kept = keep_counts(columns)
    found = examine(sheet, columns, report)
    tell_zeros(kept, report)
    found = without_impossible(found, columns, report, today=answers.today)
    found = without_uncounted(found, columns, report)
    require_rows(sheet, columns, found.n_rows)
    if is_family:
        read = {c.element for c in columns if c.status is not Status.REFUSED}
        missing = [code for code in hud50058.NEEDED if code not in read]
        labels = [ELEMENTS[code].label.lower() for code in missing]
        refuse_missing(labels, sheet.headings, report)
    unknown = [c.name for c in columns if c.status is Status.NOT_RECOGNISED]
    if unknown:
        names = enumerated((f"“{shown(name)}”" for name in unknown), most=20)
        n = "1 column was" if len(unknown) == 1 else f"{len(unknown)} columns were"
        report.notice(
            "F11",
            f"{n} not recognised: {names}. Without an agreement that lists them they "
            "are not read.",
        )
    _sum_up(found.n_repeated, columns, report)
    report.require_some(report.rows - report.n_set_aside, of="row")


def _proposed(meaning: Meaning) -> Meaning:
    if meaning.status is not Status.READ:
        return meaning
    return replace(meaning, status=Status.TO_CONFIRM)


def require_headings(sheet: Sheet, meanings: Sequence[Meaning]) -> None:
    """Raise FormatError where the first line is likelier a person's row.

    Its texts are not repeated then.
    """
    if any(each.status in (Status.READ, Status.TO_CONFIRM) for each in meanings):
        return
    if look_like_data(sheet.headings) or sheet.n_above:
        raise no_headings(sheet.line)
    is_known = any(each.status is Status.REFUSED for each in meanings)
    if (
        len(sheet.headings) > 1
        and not is_known
        and may_be_names(sheet.headings, sheet.second)
    ):
        raise FormatError(
            "No heading is known, and the first line may be a person's row, so it is "
            "not repeated here, and nothing was read. Send the file again with one "
            "line that names its columns, such as “last name” and “birth date”.",
            line=sheet.line,
        )


def no_headings(line: int) -> FormatError:
    """Return the refusal of a table whose columns nothing names."""
    return FormatError(
        "This does not look like a table: no line of headings was found. Nothing "
        "was read. Send the file again with one line that names its columns.",
        line=line,
    )


def require_columns(sheet: Sheet, columns: Sequence[Watched]) -> None:
    """Raise FormatError for lines of text that nothing separates."""
    if len(columns) == 1 and columns[0].status is Status.NOT_RECOGNISED:
        raise FormatError(
            "This does not look like a table: it has one column, and its heading is "
            "not known. Nothing was read. If values stand beside each other, separate "
            "them by commas and send the file again.",
            line=sheet.line,
        )


def require_rows(sheet: Sheet, columns: Sequence[Watched], n_rows: int) -> None:
    """Raise FormatError where rows do not fit the headings: all, or most of a text."""
    n_odd = sheet.surplus.n_set_aside
    is_known = any(c.status is not Status.NOT_RECOGNISED for c in columns)
    if n_odd and n_odd >= n_rows and not (is_known and n_rows):
        raise FormatError(
            f"This does not look like a table: {n_odd:,} of {n_odd + n_rows:,} rows "
            "have more or fewer values than there are headings. A separator or a "
            "quotation mark may be wrong. Check the export and send it again."
        )


def _ask_of_second(sheet: Sheet, side: str, report: Report) -> None:
    """Ask whether the row after the headings is more of them."""
    if has_second_headings(sheet, side):
        report.refuse(
            "F06",
            f"Line {sheet.second_line} looks like a second line of headings. Is it? "
            "Keep one line of headings and send the file again.",
            line=sheet.second_line,
        )


def has_second_headings(sheet: Sheet, side: str) -> bool:
    """Return whether the row after the headings may be more of them."""
    texts = [cell for cell in sheet.second if cell.strip()]
    n_known = sum(meaning_of(text, side).status is Status.READ for text in texts)
    return n_known >= 2 and 2 * n_known >= len(texts)


def _watched(
    heading: str,
    meaning: Meaning,
    there: Iterable[str | None],
    report: Report,
    answers: Answers,
) -> Watched:
    element = ELEMENTS.get(meaning.element or "")
    place = place_of(report, heading, shown(heading))
    checks: list[Check] = []
    if meaning.status is not Status.REFUSED:
        checks = [Damaged(place)]
        if element is None or element.kind is ValueKind.NUMBER:
            checks.append(Numbered(place, is_certain=element is not None))
            if element and element.code in (ENROLLED, ABSENT, ATTENDED):
                checks += checks_of_days(place)
        else:
            checks += checks_of(element.code, place, there, answers)
    return Watched(
        name=heading,
        element=meaning.element,
        status=meaning.status,
        label=shown(heading),
        checks=checks,
        is_code=any(word in comparable(heading) for word in CODES),
    )


def checks_of(
    code: str,
    place: Place,
    there: Iterable[str | None],
    answers: Answers,
    *,
    may_lack: bool = False,
) -> list[Check]:
    """Return what is looked at in a column; may_lack: whether rows may lack its day."""
    if code.endswith(("birth_date", ".date", "_date")):
        is_birth = code.endswith("birth_date")
        return [
            Dated(
                place,
                today=answers.today,
                is_birth=is_birth,
                order=answers.order_of(place.column),
                day_zero=answers.day_zero,
                may_lack=may_lack,
            )
        ]
    if code.endswith((".first_name", ".last_name")):
        return [Filled(place), Named(place)]
    if code in RULES:
        return [Ruled(place, RULES[code])]
    if code == "tenant.development":
        return [Project(place)]
    if code == "tenant.relation_to_head":
        return [Relations(place)]
    are_people = any(str(each).endswith("last_name") for each in there)
    is_id = code in ("tenant.member_id", "student.id") and are_people
    if is_id and not any(each in _OF_MANY_ROWS for each in there):
        return [Filled(place), Unique(place)]
    return []


def _mark_doubled(columns: Sequence[Watched]) -> None:
    """Ask which of two columns is meant where both are taken for one element."""
    first: dict[str, Watched] = {}
    for column in columns:
        if column.element is None or column.status is not Status.READ:
            continue
        if not column.element.startswith(("tenant.", "student.")):
            continue
        if column.element in first:
            column.status = Status.TO_CONFIRM
        first.setdefault(column.element, column)


def _sum_up(n_repeated: int, columns: Sequence[Watched], report: Report) -> None:
    relations = [
        check for c in columns for check in c.checks if isinstance(check, Relations)
    ]
    words = ""
    if relations:
        n_children = sum(check.n_children for check in relations)
        n_others = sum(check.n_others for check in relations)
        words = ", 1 child" if n_children == 1 else f", {n_children:,} children"
        if n_others:
            report.notice(
                "R13",
                "Members of households that were not read, since their relation to the "
                f"head is not a child's: {n_others:,}.",
            )
    report.sum_up(n_repeated, more=words)
