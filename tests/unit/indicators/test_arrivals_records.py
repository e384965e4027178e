"""Tests, discipline, diplomas, averages and courses at the door, in any form."""

from datetime import date

import pytest

from agreements.rules.scope import Scope
from indicators.arrivals.codes import MOST_WORDS, asked_as
from indicators.arrivals.contract import Answers, Arrival, Standing
from indicators.arrivals.record_kinds import OF_RECORDS
from tests.support.arriving import ROSTER, arrive, rows, said, standings

PEOPLE = (
    "student id,first name,last name,dob,school,entry date,grade\n"
    "1,Ana,Lopez,2013-01-31,7,2021-08-23,3\n2,Bo,Li,2013-02-28,7,2021-08-23,3\n"
)
LISTED = ROSTER | OF_RECORDS | {"calendar.school_year", "enrolment.grade"}
TESTS = "student id,test,subject,date,grade,performance level\n"
ACTIONS = "student id,date,action,days\n"


def sent(
    listed: frozenset[str] = LISTED, *, answers: Answers | None = None, **files: str
) -> Arrival:
    named = {f"{name}.csv": text for name, text in files.items()}
    return arrive({"people.csv": PEOPLE, **named}, listed, answers=answers)


def test_results_and_actions_come_in_tables_of_their_own() -> None:
    arrival = sent(
        tests=TESTS + "1,state,Mathematics,2022-04-01,3,Proficient\n"
        "1,state,ELA,2021-04-01,2,advanced\n2,State test,Art,2022-04-01,3,\n",
        actions=ACTIONS
        + '2,2021-10-04,"ISS; OSS",1.5\n2,2021-11-04,Detention,*\n'
        + "1,2021-10-04,OSS,2\n1,2021-10-04,OSS,2\n",
    )
    assert arrival.can_be_kept, said(arrival)
    assert rows(arrival, "assessments") == [
        {"id": "1", "year": 2022, "subject": "math", "grade": "03", "test": "state"}
        | {"level": "Proficient", "date": date(2022, 4, 1)},
        {"id": "1", "year": 2021, "subject": "reading", "grade": "02", "test": "state"}
        | {"level": "Advanced", "date": date(2021, 4, 1)},
    ]
    assert "tell no performance level, and count as not tested: 1." in said(arrival)
    kinds = [(r["action"], r.get("days_served")) for r in rows(arrival, "discipline")]
    assert kinds == [
        ("in_school_suspension", None),  # the days are of both
        ("out_of_school_suspension", None),
        ("other", None),
        ("out_of_school_suspension", 2.0),
    ]
    assert "Disciplinary actions that an earlier row tells, too: 1." in said(arrival)
    assert len(rows(arrival, "enrolment")) == 2


def test_a_row_of_attendance_may_tell_an_action_too() -> None:
    days = {"attendance.date", "attendance.category", "calendar.session"}
    arrival = sent(
        LISTED | days,
        events="student id,attendance date,attendance category,discipline action,"
        "discipline date\n1,2021-10-04,Unexcused Absence,OSS,2021-10-04\n"
        "2,2021-10-05,Excused Absence,ISS,\n",
    )
    assert arrival.rejected[0].reason == (
        "events.csv, line 3: “Date of an incident” is empty or cannot be read."
    )
    assert "calendar.date" in arrival.missing  # and so nothing is kept


def test_nothing_is_stored_that_the_agreement_does_not_list() -> None:
    text = "student id,test,subject,date,performance level,score\n"
    arrival = sent(ROSTER, tests=text + "1,state,ELA,2022-04-01,Proficient,431\n")
    assert arrival.can_be_kept, said(arrival)
    assert {*arrival.frames} == {"student", "enrolment"}
    assert standings(arrival)["performance level"] is Standing.REFUSED
    listed = sent(tests=text + "1,state,ELA,2022-04-01,Proficient,431\n")
    assert standings(listed)["score"] is Standing.REFUSED
    assert "score" not in listed.frames["assessments"].column_names


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,state,,2022-04-01,3,Proficient", "“Test subject” is empty"),
        ("1,state,ELA,,3,Proficient", "neither a day nor a school year is told"),
        ("9,state,ELA,2022-04-01,3,Proficient", "not in the list of students"),
    ],
)
def test_a_result_that_tells_too_little_is_set_aside(row: str, reason: str) -> None:
    arrival = sent(tests=f"{TESTS}1,state,ELA,2022-04-01,3,Basic\n{row}\n")
    assert arrival.can_be_kept, said(arrival)
    assert [(each.file, each.line) for each in arrival.rejected] == [("tests.csv", 3)]
    assert reason in arrival.rejected[0].reason
    assert arrival.frames["assessments"].num_rows == 1


@pytest.mark.parametrize(
    ("day", "is_of_year"),
    [("2022-04-01", True), ("2022-07-20", True), ("2019-04-01", False)],
)
def test_a_day_outside_the_school_year_of_its_row_is_set_aside(
    day: str, is_of_year: bool
) -> None:
    text = "student id,school year,test,subject,date,performance level\n"
    lines = f"1,2021-22,state,ELA,2021-10-01,Basic\n2,2021-22,state,ELA,{day},Basic\n"
    arrival = sent(tests=text + lines)
    reasons = [each.reason.partition(": ")[2] for each in arrival.rejected]
    words = "the day is not in the school year that is told."
    assert reasons == ([] if is_of_year else [words])
    assert arrival.frames["assessments"].num_rows == 1 + is_of_year


def test_days_of_an_action_are_a_number_or_untold() -> None:
    arrival = sent(actions=f"{ACTIONS}1,2021-10-04,OSS,many\n1,2021-10-05,OSS,N/A\n")
    assert "“Days suspended” is no number" in arrival.rejected[0].reason
    assert arrival.frames["discipline"].num_rows == 1


def test_what_results_mean_nothing_without_is_missing() -> None:
    text = "student id,subject,performance level\n1,ELA,Basic\n"
    assert {*sent(tests=text).missing} == {"assessment.test", "assessment.date"}


def test_unknown_words_are_asked_about_each_in_its_own_column() -> None:
    tests = f"{TESTS}1,STAAR,ELA,2022-04-01,3,P\n"
    courses = "student id,school year,subject,course result\n1,2021-22,Art,Pass\n"
    arrival = sent(tests=tests, courses=courses)
    asked = {question.column: question.choices for question in arrival.questions}
    assert asked.keys() == {
        "assessment.test: STAAR",
        "assessment.performance_level: P",
        "course.subject: Art",
    }
    assert not arrival.frames
    answers = Answers(categories={column: said[0] for column, said in asked.items()})
    again = sent(answers=answers, tests=tests, courses=courses)
    assert again.can_be_kept, said(again)
    assert rows(again, "assessments")[0]["level"] == "Advanced"
    assert rows(again, "courses") == [
        {"id": "1", "year": 2022, "subject": "english", "result": "passed"}
    ]


def test_a_column_of_too_many_words_is_no_column_of_kinds() -> None:
    n = MOST_WORDS + 1
    lines = [f"1,state,ELA,2022-04-01,3,Level {each}" for each in range(n)]
    arrival = sent(tests=TESTS + "\n".join(lines))
    assert f"holds {n} different words" in said(arrival)
    assert not arrival.questions
    assert not arrival.frames


def test_values_like_social_security_numbers_are_never_taken() -> None:
    arrival = sent(tests=f"{TESTS}1,state,ELA,2022-04-01,3,123-45-6789\n")
    assert standings(arrival)["performance level"] is Standing.NEVER
    assert "123-45" not in said(arrival)
    assert "assessments" not in arrival.frames


def test_records_are_held_to_the_years_that_the_agreement_covers() -> None:
    text = f"{TESTS}1,state,ELA,2021-04-01,2,Basic\n1,state,ELA,2022-04-01,3,Basic\n"
    files = {"people.csv": PEOPLE, "tests.csv": text}
    arrival = arrive(files, LISTED, scope=Scope(years=(2021, 2021)))
    assert [row["year"] for row in rows(arrival, "assessments")] == [2022]
    assert "a day that the agreement does not cover" in arrival.rejected[0].reason


def test_diplomas_cohorts_and_ends_come_in_the_words_of_the_measures() -> None:
    listed = LISTED | {"student.graduation_cohort", "enrolment.exit_type"}
    text = "student id,class of,diploma type,graduation date\n"
    arrival = arrive(
        {
            "people.csv": PEOPLE.replace(",grade", ",grade,exit type").replace(
                ",3\n", ",3,Transferred to another state\n"
            ),
            "graduates.csv": f"{text}1,2022,Regular,2022-06-10\n2,2022,,\n",
        },
        listed,
    )
    assert arrival.can_be_kept, said(arrival)
    earned = {"id": "1", "diploma": "regular diploma", "diploma_on": date(2022, 6, 10)}
    assert rows(arrival, "diplomas") == [earned]
    assert [row["graduation_cohort"] for row in rows(arrival, "student")] == [
        "2022"
    ] * 2
    assert {row["exit_type"] for row in rows(arrival, "enrolment")} == {"transferred"}


OF_ALL = (
    "student id,first name,last name,dob,school,entry date,grade,"
    "discipline action,discipline date,days suspended,test,subject,test date,"
    "performance level\n"
    "1,Ana,Lopez,2013-01-31,7,2021-08-23,3,OSS,{},2,state,ELA,{},Basic\n"
    "2,Bo,Li,2013-02-28,7,2021-08-23,3,OSS,2021-10-04,2,state,ELA,2022-04-01,Basic\n"
)


@pytest.mark.parametrize("scope", [Scope(), Scope(years=(2021, 2021))])
def test_a_day_that_cannot_be_read_sets_aside_the_row_whose_record_it_is(
    scope: Scope,
) -> None:
    for acted, tested in (("soon", "2022-04-01"), ("2021-10-04", "soon")):
        files = {"all.csv": OF_ALL.format(acted, tested)}
        arrival = arrive(files, LISTED, scope=scope)
        assert arrival.can_be_kept, said(arrival)
        assert [each.line for each in arrival.rejected] == [2]
        assert "cannot be read." in arrival.rejected[0].reason
        for frame in ("student", "enrolment", "discipline", "assessments"):
            assert [row["id"] for row in rows(arrival, frame)] == ["2"]
        which = "discipline date" if acted == "soon" else "test date"
        told = f"1 value of {which} cannot be read, first on line 2, and taken as"
        assert told in said(arrival)
    none = OF_ALL.format("soon", "2022-04-01").replace("OSS,soon,2", ",soon,")
    assert arrive({"all.csv": none}, LISTED, scope=scope).n_rejected == 0
    of_year = OF_ALL.replace("grade,", "grade,school year,").replace(
        ",3,", ",3,2021-22,"
    )
    arrival = arrive({"all.csv": of_year.format("2021-10-04", "soon")}, LISTED)
    assert [row.get("date") for row in rows(arrival, "assessments")] == [
        None,
        date(2022, 4, 1),
    ]


def test_a_row_of_records_alone_is_set_aside_for_a_day_that_cannot_be_read() -> None:
    text = f"{ACTIONS}1,soon,OSS,2\n2,2021-10-04,OSS,2\n"
    arrival = sent(actions=text)
    assert [(each.file, each.line) for each in arrival.rejected] == [("actions.csv", 2)]
    assert "is not a date" in arrival.rejected[0].reason


def test_days_of_records_are_held_to_the_scope_and_what_is_outside_is_told() -> None:
    heads = PEOPLE.splitlines()[0] + ",test,subject,test date,performance level\n"
    wide = heads + (
        "1,Ana,Lopez,2013-01-31,7,2015-08-23,3,,,,\n"
        "2,Bo,Li,2013-01-31,7,2021-08-23,3,state,ELA,2022-04-01,Basic\n"
        "3,Cy,Li,2013-01-31,7,2021-08-23,3,state,ELA,2020-04-01,Basic\n"
    ).replace("7,2015-08-23", "7,2022-08-23")
    diplomas = "student id,diploma type,graduation date\n2,Regular,2012-06-01\n"
    arrival = arrive(
        {"people.csv": wide, "graduates.csv": diplomas},
        LISTED,
        scope=Scope(years=(2021, 2021)),
    )
    assert [row["id"] for row in rows(arrival, "student")] == ["2", "3"]
    assert [row["grade"] for row in rows(arrival, "enrolment")] == ["03", "03"]
    assert [row["id"] for row in rows(arrival, "assessments")] == ["2"]
    assert not rows(arrival, "diplomas")
    what = "that the agreement does not cover"
    assert arrival.outside == (
        (f"an enrolment at a time {what}", 1),
        (f"a day {what}", 2),
    )


def test_the_grade_of_a_test_is_kept_only_where_it_is_listed() -> None:
    tests = f"{TESTS}1,state,ELA,2022-04-01,4,Basic\n"
    arrival = sent(LISTED - {"assessment.grade"}, tests=tests)
    assert "grade" not in rows(arrival, "assessments")[0]


def test_long_words_that_begin_alike_are_asked_about_apart() -> None:
    begin = "Passed with a note that the teacher wrote at the end of the year"
    text = "student id,school year,subject,course result\n"
    ends = (f"1,2021-22,math,{begin}: {each}\n" for each in ("one", "two"))
    columns = [each.column for each in sent(courses=text + "".join(ends)).questions]
    assert [column[-3:] for column in columns if column] == ["one", "two"]
    assert len({*columns}) == 2


def test_records_of_which_none_can_be_used_are_no_zero() -> None:
    arrival = sent(actions=f"{ACTIONS}X1,2021-10-04,OSS,2\n")
    assert not arrival.can_be_kept
    assert "Disciplinary actions were sent, and none of them can be used" in said(
        arrival
    )
    blank = sent(people2=f"{ACTIONS}1,,,\n")
    assert blank.can_be_kept, said(blank)


def test_the_class_of_a_student_is_told_by_any_of_several_files() -> None:
    listed = LISTED | {"student.graduation_cohort"}
    text = "student id,class of,diploma type,graduation date\n"
    files = {
        "people.csv": PEOPLE,
        "graduates.csv": f"{text}1,2022,Regular,2022-06-10\n2,2024,,\n",
        "leavers.csv": "student id,class of\n2,2022\n1,2022\n",
    }
    arrival = arrive(files, listed)
    of = {row["id"]: row.get("graduation_cohort") for row in rows(arrival, "student")}
    assert of == {"1": "2022", "2": None}
    files["graduates.csv"] = f"{text}1,2022,Regular,2022-06-10\n"
    arrival = arrive(files, listed)
    assert [r["graduation_cohort"] for r in rows(arrival, "student")] == ["2022"] * 2


TOLD = frozenset({"student.sex", "student.race", "student.graduation_cohort"})
OF_TWO_SCHOOLS = (
    "student id,first name,last name,dob,sex,race,class of,school,entry date\n"
    "1,Ana,Lopez,2013-01-31,F,White,,7,2021-08-23\n"
    "1,Ana,Lopez,,female,{race},2031,8,2022-01-10\n"
)


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"a.csv": OF_TWO_SCHOOLS.format(race="Asian")}, "line 3"),
        (
            {
                "a.csv": OF_TWO_SCHOOLS.format(race=""),
                "b.csv": "student id,race\n1,white\n1,Asian\n1,White\n",
            },
            "line 3 of b.csv",
        ),
    ],
)
def test_what_rows_tell_of_a_student_adds_up_and_is_not_known_where_it_contradicts(
    files: dict[str, str], place: str
) -> None:
    arrival = arrive(files, ROSTER | TOLD)
    assert arrival.can_be_kept, said(arrival)
    (student,) = rows(arrival, "student")
    assert (student["sex"], student["graduation_cohort"]) == ("F", "2031")
    assert student["birth_date"] == date(2013, 1, 31)
    assert "race" not in student
    assert [row["school"] for row in rows(arrival, "enrolment")] == ["7", "8"]
    told = (
        f"1 row tells another “Race” of a student than a row before, first on {place}."
    )
    assert told in said(arrival)


def test_a_cell_that_may_be_missing_does_not_cost_the_child() -> None:
    listed = LISTED | TOLD | {"enrolment.exit_documented"}
    header, *lines = PEOPLE.splitlines()
    cells = ("on file,2021-22,Girl", "yes,2022,F")
    told = [f"{each},{more}" for each, more in zip(lines, cells, strict=True)]
    text = "\n".join([f"{header},exit documented,class of,sex", *told])
    arrival = arrive({"people.csv": text}, listed)
    assert arrival.can_be_kept, said(arrival)
    assert (arrival.n_rejected, len(rows(arrival, "student"))) == (0, 2)
    assert "graduation_cohort" not in rows(arrival, "student")[0]
    assert rows(arrival, "enrolment")[1]["exit_documented"] == "yes"
    assert "1 value of exit documented cannot be read, first on line 2" in said(arrival)
    assert "1 value of class of cannot be read" in said(arrival)


NAMES_OF_PEOPLE = ("Ana Li", "Bo Li", "Cy Li", "Di Li", "Ed Li", "Flo Li")


@pytest.mark.parametrize(
    "words",
    [
        ("Mary Smith 555 123 4567", "passed"),
        ("12 Oak Tree Lane", "passed"),
        (*NAMES_OF_PEOPLE, "passed"),
        (*NAMES_OF_PEOPLE, *NAMES_OF_PEOPLE, "passed"),  # in several rows of a student
    ],
)
def test_a_column_of_people_is_refused_and_not_shown(words: tuple[str, ...]) -> None:
    text = "student id,school year,subject,course result\n"
    lines = "".join(f"1,{2001 + n},math,{word}\n" for n, word in enumerate(words))
    arrival = sent(courses=text + lines)
    assert "Check which column it is" in said(arrival)
    assert not arrival.questions
    assert words[0] not in said(arrival)


@pytest.mark.parametrize(
    "words",
    [
        *("Transferred to GED program", "Transferred to adult education"),
        *("Transferred to college", "Transferred to another school"),
        "Transferred to a public school in the same local education agency",
    ],
)
def test_exits_that_may_be_none_are_asked_about(words: str) -> None:
    header, *lines = PEOPLE.splitlines()
    told = "\n".join([f"{header},exit type", *(f"{each},{words}" for each in lines)])
    arrival = arrive({"people.csv": told}, LISTED | {"enrolment.exit_type"})
    assert [q.column for q in arrival.questions] == [
        asked_as("enrolment.exit_type", words)
    ]
