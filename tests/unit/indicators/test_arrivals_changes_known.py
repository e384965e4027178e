"""Sets of changes that say little: what was known of numbers, schools, years, roles."""

from datetime import date

import pytest

from agreements.rules.scope import Scope
from indicators.arrivals.contract import Answers
from tests.support.arriving import ROSTER, rows, said
from tests.support.changing import (
    ACTIVE,
    BEGAN,
    DAY,
    DELETED,
    END,
    HEADINGS,
    ORGS,
    changes,
    full,
    in_class,
    laid,
    manifest,
    spells,
    user,
)
from tests.support.rosters import ONEROSTER_2

BY_NUMBER = Answers(mapping={"users.identifier": "student.id"})
BY_SCHOOL = Answers(mapping={"orgs.identifier": "enrolment.school"})
DAYS = f"{BEGAN},{END}"
YEAR = ROSTER | {"calendar.school_year"}
TERM = "{},{},{},schoolYear,{},{},,{}\n"
THIS = TERM.format("t1", ",", "Now", BEGAN, END, 2022)
NEXT = TERM.format("t9", ACTIVE, "Next", "2022-08-22", "2023-06-09", 2023)
OTHERS = [("u2", "o1", BEGAN, END), ("u3", "o2", BEGAN, END)]


def test_a_row_that_was_deleted_needs_only_its_key() -> None:
    gone = "u1," + DELETED + "," * 14 + "\n"
    assert spells(laid(changes(users=gone))) == OTHERS
    removed = "e1," + DELETED + ",,,,,,\n"
    assert spells(laid(changes(enrollments=removed)))[0] == ("u1", "o1", None, None)


def test_two_users_of_one_number_are_gone_when_both_are() -> None:
    def again(status: str = ",") -> str:
        return user(4, status=status).replace(",74,", ",71,")

    twice = full(
        users=HEADINGS["users.csv"] + user(1) + user(2) + user(3, "o2") + again()
    )
    arrival = laid(changes(users=again(DELETED)), on=twice, answers=BY_NUMBER)
    assert [row[0] for row in spells(arrival)] == ["71", "72", "73"]
    assert len(rows(arrival, "student")) == 3


def test_a_student_with_a_new_number_is_the_same_student() -> None:
    new = user(1, status=ACTIVE).replace(",71,", ",99,")
    arrival = laid(changes(users=new), answers=BY_NUMBER)
    assert spells(arrival)[-1] == ("99", "o1", BEGAN, END)
    (ana,) = (row for row in rows(arrival, "student") if row["id"] == "99")
    assert ana["birth_date"] == date(2010, 1, 31)
    assert {row["id"] for row in rows(arrival, "student")} == {"72", "73", "99"}


def test_a_school_with_a_new_number_or_name_is_the_same_school() -> None:
    listed = ROSTER | {"school.name"}
    orgs = f"o1,{ACTIVE},Renamed,school,100,\n"
    arrival = laid(changes(orgs=orgs), answers=BY_SCHOOL, listed=listed)
    told = {(row["school"], row["school_name"]) for row in rows(arrival, "enrolment")}
    assert told == {("100", "Renamed"), ("2", "Other")}


def test_a_school_at_which_nobody_was_is_known_from_the_full_set() -> None:
    files = full(orgs=HEADINGS["orgs.csv"] + ORGS + "o3,,,Third,school,3,\n")
    for name in ("enrollments.csv", "classes.csv"):
        del files[name]
    stated = dict.fromkeys(("orgs", "users", "demographics"), "bulk")
    files["manifest.csv"] = manifest(stated)
    moved = user(1, '"o3,d"', status=ACTIVE) + user(2, '"o1,o8"', status=ACTIVE)
    arrival = laid(changes(users=moved), on=files)
    assert [row[:2] for row in spells(arrival)] == [
        *(("u1", "o3"), ("u2", "o1"), ("u3", "o2"))
    ]
    assert "1 row is of a school that is not known" in said(arrival)


def test_a_changed_class_is_of_the_year_that_it_was_of() -> None:
    on = full(academicSessions=HEADINGS["academicSessions.csv"] + THIS)
    delta = changes(
        academicSessions=NEXT, enrollments=in_class(1, 1, f"2021-09-13,{END}")
    )
    for scope in (Scope(), Scope(years=(2021, 2021))):
        arrival = laid(delta, on=on, listed=YEAR, scope=scope)
        ana = next(row for row in rows(arrival, "enrolment") if row["id"] == "u1")
        assert (ana["entry_date"], ana["school_year"]) == (date(2021, 9, 13), "2022")
    more = changes(enrollments=in_class(9, 1, f"2021-09-13,{END}"))
    arrival = laid(more, on=on, listed=YEAR)
    assert spells(arrival) == [("u1", "o1", BEGAN, END), *OTHERS]


def test_who_has_only_classes_outside_the_scope_is_left_out() -> None:
    lines = (
        in_class(1, 1, DAYS, status=",")
        + in_class(5, 2, DAYS, status=",")
        + in_class(2, 1, DAYS, of="u2", status=",")
    )
    on = full(enrollments=HEADINGS["enrollments.csv"] + lines)
    gone = changes(enrollments=in_class(1, 1, ",", status=DELETED))
    arrival = laid(gone, on=on, scope=Scope(places=("o1",)))
    assert spells(arrival) == [("u2", "o1", BEGAN, END)]
    assert [row["id"] for row in rows(arrival, "student")] == ["u2"]


def test_who_is_no_student_any_more_is_gone() -> None:
    now = user(1, status=ACTIVE).replace("student", "guardian")
    arrival = laid(changes(users=now))
    assert spells(arrival) == OTHERS
    assert "1 student is no longer in the set" in said(arrival)


@pytest.mark.parametrize(
    ("status", "role"), [(DELETED, "student"), (ACTIVE, "teacher")]
)
def test_who_has_no_role_as_a_student_any_more_is_gone(status: str, role: str) -> None:
    line = "r{0},{1},u{0},primary,{2},2021-08-23,,o1,\n"
    heads = {name: ONEROSTER_2[name].splitlines()[0] + "\n" for name in ONEROSTER_2}
    ana = ONEROSTER_2["users.csv"].splitlines()[1] + "\n"
    on = {
        **ONEROSTER_2,
        "users.csv": heads["users.csv"] + ana + ana.replace("u1", "u2"),
        "roles.csv": heads["roles.csv"]
        + "".join(line.format(n, ",", "student") for n in (1, 2)),
    }
    delta = {
        "manifest.csv": manifest({"roles": "delta"}, "1.2"),
        "roles.csv": heads["roles.csv"] + line.format(1, status, role),
    }
    arrival = laid(delta, on=on)
    assert [row[0] for row in spells(arrival)] == ["u2"]
    assert [row["id"] for row in rows(arrival, "student")] == ["u2"]


def test_what_a_changed_user_lacks_is_cleared_and_nothing_else() -> None:
    listed = ROSTER | {"student.email", "student.sex"}
    mail = user(1).replace(",,,,,09", ",a@b.org,,,,09")
    on = full(users=HEADINGS["users.csv"] + mail + user(2) + user(3, "o2"))
    arrival = laid(changes(users=user(1, status=ACTIVE)), on=on, listed=listed)
    ana = next(row for row in rows(arrival, "student") if row["id"] == "u1")
    assert "email" not in ana
    assert (ana["sex"], ana["birth_date"]) == ("female", date(2010, 1, 31))
    moved = changes(enrollments=in_class(9, 2, f"{DAY},{END}"))
    arrival = laid(moved, on=on, listed=listed)
    ana = next(row for row in rows(arrival, "student") if row["id"] == "u1")
    assert ana["email"] == "a@b.org"


LAST = TERM.format("t2", ",", "Last", "2020-08-24", "2021-06-11", 2021)
CLASS = "c{},{},{},k,homeroom,o{},{}\n"
CLASSES = "sourcedId,status,dateLastModified,title,courseSourcedId,classType,"
CLASSES += "schoolSourcedId,termSourcedIds\n"


def classes_at(*terms: str) -> str:
    """Return classes of the two schools, each in its term."""
    rows = (CLASS.format(n, ",", "A", n, t) for n, t in enumerate(terms, start=1))
    return CLASSES + "".join(rows)


MOVED = CLASS.format(2, ACTIVE, "A", 2, "t1")
LEFT = CLASS.format(1, ACTIVE, "A", 1, "t2")
OF_2023 = LAST.replace("2021\n", "2023\n")
NOW_2023 = OF_2023.replace("t2,,", f"t2,{ACTIVE}")


@pytest.mark.parametrize(
    ("changed_classes", "changed_sessions", "terms", "sessions", "scope"),
    [
        (MOVED, "", ("t1", "t1"), THIS + LAST, Scope()),
        (LEFT, "", ("t2", "t2"), THIS + LAST, Scope()),
        ("", NOW_2023, ("t1", "t2"), THIS + OF_2023, Scope()),
        ("", NOW_2023, ("t1", "t2"), THIS + OF_2023, Scope(years=(2020, 2021))),
        (MOVED, LAST.replace("t2,,", f"t2,{DELETED}"), ("t1", "t1"), THIS, Scope()),
    ],
)
def test_changed_classes_and_sessions_change_years_as_a_full_set_would(
    changed_classes: str,
    changed_sessions: str,
    terms: tuple[str, ...],
    sessions: str,
    scope: Scope,
) -> None:
    """No row of an enrolment is in the set."""
    heading = HEADINGS["academicSessions.csv"]
    delta = {
        "manifest.csv": manifest({"classes": "delta", "academicSessions": "delta"}),
        "classes.csv": CLASSES + changed_classes,
        "academicSessions.csv": heading + changed_sessions,
    }
    on, of_day = (
        full(academicSessions=heading + years, classes=classes_at(*each))
        for years, each in ((THIS + LAST, ("t1", "t2")), (sessions, terms))
    )
    arrival = laid(delta, on=on, listed=YEAR, scope=scope)
    expected = laid(on=of_day, listed=YEAR, scope=scope)
    for frame in ("student", "enrolment", "places"):
        assert sorted(map(str, arrival.frames[frame].to_pylist())) == sorted(
            map(str, expected.frames[frame].to_pylist())
        )
