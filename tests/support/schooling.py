"""What the town's district knows of its students besides where and when they were.

A child's records follow from the child's number, so that a test can count them.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from agreements import presets
from agreements.models import Agreement
from agreements.services import sections
from tests.support import town
from tests.support.town import Child

READING, SUSPENDED = "reading_grade_3", "suspension"
GRADUATED, DROPPED_OUT = "on_time_graduation", "dropout"
AVERAGE, CREDITS, COURSES = (
    "grade_point_average",
    "credits_on_target",
    "core_courses_passed",
)
MEASURES = (READING, SUSPENDED, GRADUATED, DROPPED_OUT, AVERAGE, CREDITS, COURSES)


def listing(draft: Agreement) -> None:
    """Add measures to a draft, and to its schedule what they are counted from."""
    sections.save_section(
        agreement=draft,
        section="purpose",
        values={"measures": [*presets.MEASURES, *MEASURES]},
        actor=draft.drafted_by,
    )
    flow = draft.flows.get(key=presets.STUDENT_RECORDS)
    sections.list_needed(flow=flow, actor=draft.drafted_by)


def students(of: Iterable[Child]) -> list[Child]:
    """Return the children who go to the town's schools."""
    return [child for child in of if child.school]


def is_in_high_school(child: Child) -> bool:
    """Return whether a child is in grade 9, and of the class of the year; else in 3."""
    return child.number % 2 == 1


def is_proficient(child: Child) -> bool:
    """Return whether a child reads on grade level."""
    return child.number % 3 == 0


def is_suspended(child: Child) -> bool:
    """Return whether a child was sent home."""
    return child.number % 4 == 0


def has_graduated(child: Child) -> bool:
    """Return whether a child of the class has a regular diploma."""
    return child.number % 3 > 0 and not has_dropped_out(child)


def has_dropped_out(child: Child) -> bool:
    """Return whether a child left school and did not come back."""
    return child.number % 7 == 1


def has_passed(child: Child) -> bool:
    """Return whether a child's average, credits and courses are good enough."""
    return child.number % 5 > 0


def files(of: Iterable[Child]) -> dict[str, bytes]:
    """Return what the district sends, in tables under its own headings and words."""
    own = students(of)
    older = [child for child in own if is_in_high_school(child)]
    kept = town.student_files(of).items()
    return {
        **{name: content for name, content in kept if name.endswith(".xml")},
        "enrolment.csv": _enrolments(own),
        "tests.csv": table(
            "Student ID,Test,Subject,Date,Grade,Achievement Level",
            [
                (c.number, "STAAR", "ELA", "2022-04-05", 3, _level(c))
                for c in own
                if not is_in_high_school(c)
            ],
        ),
        "discipline.csv": table(
            "Student ID,Date,Action,Days",
            [
                (c.number, "2021-10-04", "OSS" if is_suspended(c) else "Detention", 2)
                for c in own
                if not is_in_high_school(c)
            ],
        ),
        "graduates.csv": table(
            "Student ID,Class of,Diploma Type,Graduation Date",
            [
                (c.number, 2022, *(("Regular", "2022-06-10") * has_graduated(c)))
                for c in older
            ],
        ),
        "transcripts.csv": table(
            "Student ID,School Year,GPA,Credits Earned",
            [
                (c.number, "2021-22", *((3.1, 6) if has_passed(c) else (1.9, 5.5)))
                for c in older
            ],
        ),
        "courses.csv": table(
            "Student ID,School Year,Subject,Course Result",
            [
                (c.number, "2021-22", subject, "Pass" if has_passed(c) else "Fail")
                for c in older
                for subject in ("Mathematics", "Art")
            ],
        ),
    }


def n_results(of: Iterable[Child]) -> int:
    """Return how many results of tests the district sends."""
    return sum(not is_in_high_school(child) for child in students(of))


def _level(child: Child) -> str:
    return "Meets" if is_proficient(child) else "Approaches"


def _enrolments(own: Iterable[Child]) -> bytes:
    """Return enrolments of the year, and of the next for those who came back."""
    rows: list[Sequence[object]] = []
    for c in own:
        first, is_gone = "9" if is_in_high_school(c) else "3", has_dropped_out(c)
        how = "W99" if is_gone else "End of year"
        rows.append((c.number, c.school, first, "2021-08-23", "2022-06-10", how))
        if not is_gone:
            rows.append((c.number, c.school, int(first) + 1, "2022-08-22", "", ""))
    return table("student_id,school,grade,entry_date,exit_date,exit_type", rows)


# What the district's own words mean, by the words with which a page asks.
WORDS = {
    "test “STAAR”": "state",
    "performance level “Meets”": "Proficient",
    "performance level “Approaches”": "Basic",
    "exit type “W99”": "dropped out",
    "subject of a course “Art”": "other",
}


def table(headings: str, rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file; rows may end before the headings do."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    names = headings.split(",")
    writer.writerow(names)
    writer.writerows([*row, *[""] * (len(names) - len(row))] for row in rows)
    return text.getvalue().encode()
