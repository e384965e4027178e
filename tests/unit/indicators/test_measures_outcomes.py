"""Indicators 7 to 20 of law.md 8, with their options, in a town counted by hand."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from accounts.acts import RuleBroken
from indicators.measures.counted import Table, told
from indicators.measures.counting import count
from indicators.measures.definitions import choose
from indicators.measures.figures import State
from tests.support.small_town import (
    DAYS,
    REPORT,
    cell,
    counted,
    enrolled,
    figure,
    frame,
    state,
    town,
)

# A, B, D from the start of the year; C only since its sixteenth day.
PRESENT = [
    enrolled("A"),
    enrolled("B"),
    enrolled("C", entry_date=DAYS[15]),
    enrolled("D"),
]


def result(child: str, level: str | None, **more: object) -> dict[str, Any]:
    usual = {"year": 2022, "subject": "Reading", "grade": "03", "test": "state"}
    return {"id": child, "level": level, **usual, **more}


# Grade 3: A at the level, B below and then above it, C tested without a result, D not
# tested, E came in November. Grade 8: G now below, and in grade 7 above.
TESTED = [
    *(enrolled(child) for child in "ABCD"),
    enrolled("E", entry_date=date(2021, 11, 1)),
    enrolled("G", grade="08"),
    enrolled("H", grade="08"),
]
RESULTS = frame(
    "assessments",
    result("A", "Proficient"),
    result("B", "Basic"),
    result("B", "Advanced"),
    result("C", None),
    result("E", "Basic"),
    result("A", "Basic", test="local"),
    result("A", "Basic", subject="Math"),
    result("G", "Basic", grade="08"),
    result("H", "Basic", grade="08"),
    result("G", "Proficient", grade="07", year=2021),
)


@pytest.mark.parametrize(
    ("code", "options", "expected"),
    [
        ("reading_grade_3", {}, (2, 3)),  # A, B of A, B, E
        ("reading_grade_3", {"among": "enrolled"}, (2, 5)),
        ("reading_grade_3", {"full_year": "required"}, (2, 2)),
        ("reading_grade_3", {"among": "enrolled", "full_year": "required"}, (2, 4)),
        ("reading_grade_3", {"test": "local"}, (0, 1)),
        ("reading_grade_3", {"levels": ["Basic", "Proficient", "Advanced"]}, (3, 3)),
        ("reading_grade_8", {}, (0, 2)),
        ("reading_grade_8", {"by_grade": "best_to_date"}, (1, 2)),
        ("proficiency", {"subject": "math"}, (0, 1)),
        ("proficiency", {"subject": "reading"}, (2, 5)),
        ("proficiency", {"subject": "reading", "grade": "08"}, (0, 2)),
    ],
)
def test_proficiency_among_those_tested_or_all(
    code: str, options: dict[str, Any], expected: tuple[int, int]
) -> None:
    found = counted(choose(code, **options), town(TESTED, assessments=RESULTS))
    assert figure(found) == expected


def test_who_was_not_tested_is_a_group_of_its_own() -> None:
    found = counted("reading_grade_3", town(TESTED, assessments=RESULTS))
    (measure,) = found.measures
    n = {dict(c.vector).get(measure.population): c.n for c in found.cells}
    sizes = {dict(c.vector).get("grade"): c.n for c in found.cells if len(c.vector) < 2}
    assert n["counted"] + n["not counted"] == sizes["03"] == 5
    assert n["other grades"] == sizes["Other grades"] == 2


def test_math_results_that_are_still_to_come_are_not_zero() -> None:
    frames = town(TESTED, assessments=RESULTS)
    assert state(counted("math_grade_8", frames)) is State.MISSING
    coming = counted("math_grade_8", frames, pending=frozenset({"assessments"}))
    assert state(coming) is State.NOT_YET
    assert state(counted("reading_grade_8", frames)) is State.ZERO
    assert state(counted("reading_grade_3", frames)) is State.NUMBER


def test_without_tests_of_the_year_or_of_the_grade_nothing_is_known() -> None:
    before = frame(
        "assessments", *(result(child, "Basic", year=2021) for child in "GH")
    )
    best = choose("reading_grade_8", by_grade="best_to_date", among="enrolled")
    assert state(counted(best, town(TESTED, assessments=before))) is State.MISSING
    of_others = frame("assessments", result("A", "Basic", grade=None))
    eighth = choose("reading_grade_8", among="enrolled")
    assert state(counted(eighth, town(TESTED, assessments=of_others))) is State.MISSING


def test_growth_is_the_change_on_one_scale() -> None:
    def score(child: str, year: int, points: float, scale: str = "S") -> dict:
        return result(child, None, year=year, score=points, scale=scale)

    results = frame(
        "assessments",
        *(score("A", 2021, 200), score("A", 2022, 215), score("A", 2022, 212)),
        *(score("B", 2021, 230), score("B", 2022, 225)),
        *(score("C", 2021, 190, "old"), score("C", 2022, 990, "new")),
    )
    found = counted("growth", town(TESTED, assessments=results))
    # A gained 15, B lost 5: ten points among two, in thousandths.
    assert figure(found) == (10_000, 2_000)


RECORDS = frame(
    "records",
    {"id": "A", "year": 2022, "unweighted": 2.0, "weighted": 2.4, "credits": 6.0},
    {"id": "B", "year": 2022, "unweighted": 1.996, "weighted": 3.1, "credits": 11.5},
    {"id": "C", "year": 2022, "unweighted": 3.5},
    {"id": "D", "year": 2021, "unweighted": 4.0, "credits": 30.0},
)
HIGH_SCHOOL = [
    enrolled("A", grade="09"),
    enrolled("B", grade="10"),
    enrolled("C", grade="11"),
    enrolled("D", grade="12"),
    enrolled("E", grade="08"),
]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (2, 3)),  # A, C
        ({"hundredths": 199}, (3, 3)),
        ({"weighting": "weighted"}, (2, 2)),
        ({"statistic": "mean"}, (7496, 3000)),  # 2.0 + 1.996 + 3.5, in thousandths
    ],
)
def test_grade_point_average(
    options: dict[str, Any], expected: tuple[int, int]
) -> None:
    measure = choose("grade_point_average", **options)
    assert figure(counted(measure, town(HIGH_SCHOOL, records=RECORDS))) == expected


def test_median_of_grade_point_averages() -> None:
    for weighting, middle in (("unweighted", 2.0), ("weighted", 2.75)):
        measure = choose("grade_point_average", statistic="median", weighting=weighting)
        found = counted(measure, town(HIGH_SCHOOL, records=RECORDS))
        assert cell(found).middles == {measure.id: middle}


def test_credits_against_the_target_of_the_grade() -> None:
    frames = town(HIGH_SCHOOL, records=RECORDS)
    # A has the 6 of grade 9, B 11.5 of 12; C and D have no credits of this year.
    assert figure(counted("credits_on_target", frames)) == (1, 2)
    lower = choose("credits_on_target", targets=["5", "11", "16", "22"])
    assert figure(counted(lower, frames)) == (2, 2)
    with pytest.raises(RuleBroken, match="four numbers"):
        counted(choose("credits_on_target", targets=["5"]), frames)


def test_core_courses_all_passed() -> None:
    def course(child: str, subject: str, result: str, year: int = 2022) -> dict:
        return {"id": child, "subject": subject, "result": result, "year": year}

    courses = frame(
        "courses",
        *(course("A", "Math", "passed"), course("A", "English", "passed")),
        *(course("A", "Art", "not passed"), course("A", "Math", "not passed", 2021)),
        *(course("B", "Math", "passed"), course("B", "Science", "not passed")),
        *(course("C", "Math", "in progress"), course("C", "English", "passed")),
        *(course("D", "Math", "in progress"), course("D", "English", "not passed")),
    )
    frames = town(HIGH_SCHOOL, courses=courses)
    # A passed; B and D did not; C's year is not yet over; E takes none.
    assert figure(counted("core_courses_passed", frames)) == (1, 3)
    with_art = choose("core_courses_passed", subjects=["math", "art"])
    assert figure(counted(with_art, frames)) == (1, 2)  # B of A, B
    by_grade = counted("core_courses_passed", frames, ("grade",))
    assert state(by_grade, grade="11") is State.NOT_YET
    assert state(by_grade, grade="08") is State.MISSING
    assert state(by_grade, grade="10") is State.ZERO


# The class of 2022 by 20 USC 7801(25): A on time, B in August, C in October, D with a
# GED, E with an alternate diploma, F transferred with papers, G without, H dropped out.
LEFT_HOW: dict[str, dict[str, Any]] = {
    "A": {"diploma": "Regular diploma", "diploma_on": date(2022, 6, 10)},
    "B": {"diploma": "Regular diploma", "diploma_on": date(2022, 8, 31)},
    "C": {"diploma": "Regular diploma", "diploma_on": date(2022, 10, 1)},
    "D": {"diploma": "GED", "diploma_on": date(2022, 6, 10)},
    "E": {"diploma": "alternate diploma", "diploma_on": date(2022, 6, 10)},
    "F": {"exit_type": "transferred", "is_documented": True},
    "G": {"exit_type": "transferred", "is_documented": False},
    "H": {"exit_type": "dropped out"},
}
CLASS = frame(
    "classes",
    *({"id": child, "class_of": 2022, **more} for child, more in LEFT_HOW.items()),
    {
        "id": "K",
        "class_of": 2021,
        "diploma": "Regular diploma",
        "diploma_on": date(2022, 6, 10),
    },
    {"id": "L", "class_of": 2021, "exit_type": "other"},
    {"id": "M", "class_of": 2020, "exit_type": "died", "is_documented": True},
    {
        "id": "N",
        "class_of": 2020,
        "diploma": "Regular diploma",
        "diploma_on": date(2021, 6, 10),
    },
)
CLASSMATES = [enrolled(child, grade="12") for child in "ABCDEFGHKLMN"]


@pytest.mark.parametrize(
    ("code", "options", "expected"),
    [
        ("on_time_graduation", {}, (2, 7)),  # A, B; F is out of the class
        ("on_time_graduation", {"alternates": ["alternate diploma"]}, (3, 7)),
        ("graduation_ever", {}, (1, 2)),  # K of K, L
        ("graduation_ever", {"years": 6}, (1, 1)),  # N; M is out of the class
        ("dropout", {"by": "cohort"}, (1, 7)),  # H
    ],
)
def test_graduation_and_dropout_of_a_class(
    code: str, options: dict[str, Any], expected: tuple[int, int]
) -> None:
    found = counted(choose(code, **options), town(CLASSMATES, classes=CLASS))
    assert figure(found) == expected


def test_classes_and_pupils_of_one_report_stay_apart() -> None:
    measures = [
        choose("on_time_graduation"),
        choose("graduation_ever"),
        choose("suspension"),
    ]
    discipline = frame("discipline", {"id": "?", "date": DAYS[0], "action": "other"})
    frames = town(CLASSMATES, classes=CLASS, discipline=discipline)
    found = count(REPORT, frames, measures=measures, tables=[Table(())])
    assert [(c.base, c.n, [*c.x.values()]) for c in found.cells] == [
        ("class of 2022", 7, [2]),
        ("class of 2021", 2, [1]),
        ("enrolled", 12, [0]),
    ]
    assert [told(found, measure) for measure in measures] == [
        State.NUMBER,
        State.NUMBER,
        State.ZERO,
    ]


def test_a_class_is_not_yet_known_before_the_summer_is_over() -> None:
    frames = town(CLASSMATES, classes=CLASS)
    early = counted("on_time_graduation", frames, as_of=date(2022, 8, 31))
    assert state(early) is State.NOT_YET
    late = counted("on_time_graduation", frames, as_of=date(2022, 9, 1))
    assert state(late) is State.NUMBER


def test_overlap_counts_children_and_the_link_rate_residents() -> None:
    sent = frame(
        "residents",
        *(
            {"id": child, "building": "B", "birth_date": born, "found": found}
            for child, born, found in (
                ("A", date(2012, 1, 1), "exact"),
                ("B", date(2012, 1, 1), "probabilistic"),
                ("C", date(2012, 1, 1), None),
                ("D", date(2019, 1, 1), None),  # two years old
                ("E", date(2003, 9, 30), "exact"),  # eighteen
                ("F", None, None),
            )
        ),
    )
    frames = town([enrolled("A"), enrolled("B")], residents=sent)
    assert figure(counted("link_rate", frames)) == (2, 3)
    for how in ("exact", "probabilistic"):
        assert figure(counted(choose("link_rate", found=how), frames)) == (1, 3)
    assert cell(counted("overlap", frames)).n == 2


def test_local_indicator_is_what_the_district_counted() -> None:
    rows = frame(
        "local",
        {"key": "meals", "id": "A", "is_in": True, "counts": True},
        {"key": "meals", "id": "B", "is_in": True, "counts": False},
        {"key": "meals", "id": "C", "is_in": False, "counts": True},
        {"key": "other", "id": "D", "is_in": True, "counts": True},
    )
    measure = choose("local", key="meals", numerator="students who ate at school")
    assert figure(counted(measure, town(PRESENT, local=rows))) == (1, 2)
    assert measure.numerator == "students who ate at school"


def test_a_gap_is_not_counted() -> None:
    with pytest.raises(RuleBroken, match="told from two rates"):
        counted("gap", town(PRESENT))


@pytest.mark.parametrize(
    "code",
    [
        "attendance_rate",
        "chronic_absence",
        "absences_by_kind",
        "suspension",
        "reading_grade_3",
        "growth",
        "grade_point_average",
        "core_courses_passed",
        "credits_on_target",
        "local",
    ],
)
def test_what_was_not_sent_is_missing_or_not_yet_known_and_never_zero(
    code: str,
) -> None:
    frames = town([*PRESENT[:3], HIGH_SCHOOL[3]])
    at = {"grade": choose(code).grade} if choose(code).grade == "Grades 9–12" else {}
    assert state(counted(code, frames), **at) is State.MISSING
    names = {"attendance", "discipline", "assessments", "records", "courses", "local"}
    coming = counted(code, frames, pending=frozenset(names))
    assert state(coming, **at) is State.NOT_YET


@pytest.mark.parametrize(
    ("code", "name", "word"),
    [
        ("chronic_absence", "attendance", "Field trip"),
        ("suspension", "discipline", "Detention"),
        ("core_courses_passed", "courses", "B+"),
        ("link_rate", "residents", "guessed"),
    ],
)
def test_unknown_words_are_refused_and_not_guessed(
    code: str, name: str, word: str
) -> None:
    column = {"attendance": "category", "discipline": "action"}
    column |= {"courses": "result", "residents": "found"}
    row = {"id": "A", "school": "7", "date": DAYS[0], column[name]: word}
    row["birth_date"] = date(2012, 1, 1)
    frames: dict[str, pa.Table] = town(PRESENT, **{name: frame(name, row)})
    with pytest.raises(RuleBroken, match=f"“{word.replace('+', '.')}” is not known"):
        counted(code, frames)
