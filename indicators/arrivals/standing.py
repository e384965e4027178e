"""What becomes of a column: what it is taken for, and whether the agreement lists it.

Answers come first, then what is never taken, then what the heading means.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agreements.rules.elements import ELEMENTS
from indicators.arrivals.contract import TENANT, Answers, Standing
from indicators.arrivals.record_kinds import OF_AVERAGES, OF_RECORDS, SHORT, TERM
from indicators.formats.catalogue import is_never_taken, meaning_of
from indicators.formats.headings import comparable
from indicators.formats.hud50058 import PROGRAM_LINES
from indicators.formats.report import OWN_NUMBERS, Report, Status, shown
from indicators.formats.spelling import form_line

MEMBER_NUMBER = "@member number"
RELATION_LETTER = "@relation"
IS_APPROXIMATE = "@approximate"
HELD = {
    "tenant": ("tenant.",),
    "student": ("student.", "enrolment.", "school."),
}
_OF_DAYS = frozenset(
    {
        *("calendar.days_in_session", "calendar.school_year"),
        *("attendance.days_absent", "attendance.days_attended"),
        *("attendance.date", "attendance.category"),
        *("attendance.duration", "attendance.school"),
    }
)
# Read to tell who is a child and who has left, whether or not they may be stored.
_SORTED_BY = frozenset(
    {
        "tenant.relation_to_head",
        "tenant.action",
        "tenant.action_date",
        "tenant.household_id",
        "tenant.move_out_date",
    }
)
# Only a family report has these.
OF_FORM = frozenset({*("tenant.relation_to_head", "tenant.action"), MEMBER_NUMBER})
_MEMBER_NUMBERS = frozenset(map(comparable, PROGRAM_LINES["member number"]))
_NAME, _GRADE = "student.first_name", "enrolment.grade"
NOT_LISTED = "The agreement does not list it."
LEFT = "You said to leave it."
NEVER = "It is never taken, whatever is agreed."
UNKNOWN = "Nothing says what it is. Say what it is, or leave it."
_TERMS = frozenset({"term", "termname", "semester", "trimester", "quarter"})
TELLS_LAST = "It is read to tell which averages of a year are the last, and not stored."
SORTS = "It is read to tell who is a child and lives there, and not stored."
UNUSED = "Nothing that is computed here needs it."
BY_VALUE = (
    "Values in it look like Social Security numbers, so the whole column was removed: "
    f"the notices say where. Correct them and send the files again. {OWN_NUMBERS}"
)
HOLDS_TOGETHER = "It joins the files of the set. At most a digest of it is stored."


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of one column; is_read: its values are looked at for a while."""

    element: str | None
    standing: Standing
    why: str
    is_read: bool = False


def listed_as(code: str, *others: str) -> Judged:
    """Return that a column is stored as what the agreement lists, of several as each.

    others: the elements that some of its values are.
    """
    labels = ", and ".join(ELEMENTS[each].label for each in (code, *others))
    return Judged(code, Standing.ALLOWED, f"The agreement lists it: {labels}.")


def removed(heading: str, element: str | None) -> Judged:
    """Return that a column was removed, for its name or else for its values."""
    if is_never_taken(heading):
        return Judged(None, Standing.NEVER, NEVER)
    return Judged(element, Standing.NEVER, BY_VALUE)


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides columns of one delivery."""

    listed: frozenset[str]
    side: str
    answers: Answers

    def is_stored(self, code: str | None) -> bool:
        """Return whether an element is listed, and has its place in a frame."""
        if code not in self.listed:
            return False
        return code.startswith(HELD[self.side]) or (
            self.side != TENANT and code in _OF_DAYS | OF_RECORDS
        )

    def of_element(self, code: str | None) -> Judged:
        """Return what becomes of a column that is known to hold this element."""
        if code is None or code not in ELEMENTS:
            return Judged(None, Standing.REFUSED, UNUSED)
        if self.is_stored(code):
            return listed_as(code)
        if code in _SORTED_BY:
            return Judged(code, Standing.REFUSED, SORTS, is_read=True)
        why = UNUSED if code in self.listed else NOT_LISTED
        return Judged(code, Standing.REFUSED, why)

    def of_headings(
        self, headings: Sequence[str], report: Report, *, file: str
    ) -> list[Judged]:
        """Return what becomes of each column of a flat file, and ask where in doubt."""
        found = [self._of_heading(heading, file) for heading in headings]
        self._settle_short(found, headings, file)
        self._settle_term(found, headings)
        self._settle_doubled(found, headings, report, file)
        for heading, judged in zip(headings, found, strict=True):
            if judged.standing is Standing.TO_CONFIRM and judged.element:
                label = ELEMENTS[judged.element].label
                self._ask(
                    report,
                    f"Is the column “{shown(heading)}” this: {label}?",
                    *(heading, judged.element, file),
                )
        return found

    def _of_heading(self, heading: str, file: str) -> Judged:
        if is_never_taken(heading):
            return Judged(None, Standing.NEVER, NEVER)
        is_answered, code = self.answers.element_of(file, shown(heading))
        if is_answered:
            if code is None:
                return Judged(None, Standing.REFUSED, LEFT)
            return self.of_element(code)
        meaning = meaning_of(heading, self.side)
        if meaning.status is Status.NOT_RECOGNISED and self._is_member_number(heading):
            return Judged(MEMBER_NUMBER, Standing.REFUSED, SORTS, is_read=True)
        if meaning.status is Status.NOT_RECOGNISED:
            return Judged(None, Standing.NOT_RECOGNISED, UNKNOWN)
        judged = self.of_element(meaning.element)
        if meaning.status is Status.TO_CONFIRM and judged.standing is Standing.ALLOWED:
            why = "It may be what the agreement lists. Say whether it is."
            return replace(judged, standing=Standing.TO_CONFIRM, why=why)
        return judged

    def _settle_short(
        self, found: list[Judged], headings: Sequence[str], file: str
    ) -> None:
        """Take headings such as “date” for what they mean in a table of one kind.

        A grade in a list of students is theirs, in which a test beside it was taken.
        """
        there = {judged.element for judged in found}
        short = [SHORT[code] for code in there & SHORT.keys() if code]
        if self.side == TENANT or len(short) != 1:
            return
        for place, heading in enumerate(headings):
            code = short[0].get(comparable(heading))
            is_answered, _ = self.answers.element_of(file, shown(heading))
            if _NAME in there and found[place].element == _GRADE:
                continue
            if self.is_stored(code) and not is_answered:
                found[place] = self.of_element(code)

    def _settle_term(self, found: list[Judged], headings: Sequence[str]) -> None:
        """Read the term of averages and credits, where nobody says what else it is."""
        if not {judged.element for judged in found} & {*OF_AVERAGES} & self.listed:
            return
        for place, heading in enumerate(headings):
            is_unknown = found[place].standing is Standing.NOT_RECOGNISED
            if is_unknown and comparable(heading) in _TERMS:
                found[place] = Judged(TERM, Standing.REFUSED, TELLS_LAST, is_read=True)

    def _is_member_number(self, heading: str) -> bool:
        if self.side != TENANT:
            return False
        return comparable(heading) in _MEMBER_NUMBERS or form_line(heading) == "3a"

    def _settle_doubled(
        self, found: list[Judged], headings: Sequence[str], report: Report, file: str
    ) -> None:
        """Ask which of two columns is meant; one that was answered is."""
        firsts: dict[str, int] = {}
        answered = [self.answers.element_of(file, shown(h))[1] for h in headings]
        for place, judged in enumerate(found):
            code = judged.element
            is_taken = judged.is_read or judged.standing is Standing.ALLOWED
            if code is None or not is_taken:
                continue
            first = firsts.setdefault(code, place)
            if first == place:
                continue
            if answered[place] == code and answered[first] != code:
                firsts[code], first, place = place, place, first
            other = f"“{shown(headings[first])}”"
            if answered[first] == code:
                why = f"You said that {other} holds it."
                found[place] = Judged(code, Standing.REFUSED, why)
                continue
            why = f"The column {other} may be the same. Say which one it is."
            found[place] = Judged(code, Standing.REFUSED, why)
            if judged.standing is Standing.ALLOWED:
                found[place] = Judged(code, Standing.TO_CONFIRM, why)

    def _ask(
        self, report: Report, words: str, heading: str, code: str, file: str
    ) -> None:
        report.ask("F11", words, choices=(code, ""), column=shown(heading), file=file)
