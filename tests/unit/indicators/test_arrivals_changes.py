"""Sets of changes laid over a full set: who moved, who left, and what stays."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from indicators.arrivals.contract import Answers, Arrival
from tests.support.arriving import ROSTER, arrive, rows, said
from tests.support.rosters import ONEROSTER, ONEROSTER_2, packed

ORGS = "o1,,,School,school,1,\no2,,,Other,school,2,\nd,,,All,district,,\n"
DAY, CHANGED = date(2022, 1, 3), "2022-01-03T09:00:00.000Z"
BEGAN = date(2021, 8, 23)
USER = "{id},{status},true,{orgs},student,{name},,{name},Lopez,,{number},,,,,09\n"
ENROLMENTS = (
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,"
    "role,beginDate,endDate\n"
)
CLASSES = (
    "sourcedId,title,courseSourcedId,classType,schoolSourcedId,termSourcedIds\n"
    "c1,A,k,homeroom,o1,t1\nc2,B,k,homeroom,o2,t1\n"
)
ROLES = ONEROSTER_2["roles.csv"].splitlines(keepends=True)[0]
TEACHER = "t1,,,true,o1,teacher,bo,,Bo,Li,,,,,,,\n"
SEX = ROSTER | {"student.sex"}


def user(n: int, orgs: str = "o1", *, status: str = ",", name: str = "Ana") -> str:
    return USER.format(id=f"u{n}", status=status, orgs=orgs, name=name, number=70 + n)


def heading(file: str, of: Mapping[str, str] = ONEROSTER) -> str:
    return of[file].splitlines(keepends=True)[0]


def full(**more: str) -> dict[str, str]:
    manifest = ONEROSTER["manifest.csv"] + "file.classes,bulk\nfile.enrollments,bulk\n"
    told = {
        "orgs.csv": heading("orgs.csv") + ORGS,
        "users.csv": heading("users.csv")
        + "".join((user(1, '"o1,d"'), user(2), user(3, "o2"), TEACHER)),
        "demographics.csv": heading("demographics.csv")
        + "u1,,,2010-01-31,female\nu2,,,2011-02-28,male\nu3,,,,\n"
        + "t1,,,1980-01-01,male\n",
        "classes.csv": CLASSES,
        "enrollments.csv": ENROLMENTS
        + "e1,,,c1,o1,u1,student,2021-08-23,2022-06-10\n"
        + "e2,,,c1,o1,u2,student,2021-08-23,2022-06-10\n"
        + "e3,,,c2,o2,u3,student,2021-08-23,2022-06-10\n",
    }
    return {"manifest.csv": manifest, **told, **more}


def changes(**files: str) -> dict[str, str]:
    """Return a set in which only these files have changes."""
    stated = "".join(f"file.{name},delta\n" for name in files)
    manifest = ONEROSTER["manifest.csv"].partition("file.")[0]
    return {
        "manifest.csv": manifest + stated,
        **{
            f"{name}.csv": (
                ENROLMENTS if name == "enrollments" else heading(f"{name}.csv")
            )
            + text
            for name, text in files.items()
        },
    }


def laid(
    *sets: dict[str, str],
    on: dict[str, str] | None = None,
    listed: frozenset[str] = ROSTER,
    **options: Any,
) -> Arrival:
    arrival = arrive({"full.zip": packed(on or full())}, listed, **options)
    assert arrival.can_be_kept, said(arrival)
    sent = {f"c{n}.zip": packed(each) for n, each in enumerate(sets)}
    return arrive(sent, listed, earlier=arrival.frames, **options)


def spells(arrival: Arrival) -> list[tuple[Any, ...]]:
    assert arrival.can_be_kept, said(arrival)
    names = ("id", "school", "entry_date", "exit_date")
    found = arrival.frames["enrolment"].to_pylist()
    return sorted(
        (tuple(row[name] for name in names) for row in found), key=lambda row: row[:2]
    )


STAYED = ("u2", "o1", BEGAN, date(2022, 6, 10))
OTHER = ("u3", "o2", *STAYED[2:])


@pytest.mark.parametrize("is_moved_in_classes", [True, False])
def test_who_changes_school_is_at_one_at_a_time(is_moved_in_classes: bool) -> None:
    moved = {"users": user(1, '"o2,d"', status=f"active,{CHANGED}")}
    if is_moved_in_classes:
        moved["enrollments"] = (
            f"e1,tobedeleted,{CHANGED},c1,o1,u1,student,2021-08-23,2022-06-10\n"
            f"e9,active,{CHANGED},c2,o2,u1,student,2022-01-03,2022-06-10\n"
        )
    end = date(2022, 6, 10) if is_moved_in_classes else None
    arrival = laid(changes(**moved))
    assert spells(arrival) == [
        ("u1", "o1", BEGAN, DAY),
        ("u1", "o2", DAY, end),
        STAYED,
        OTHER,
    ]
    assert "the day of the change is taken" in said(arrival)


def test_an_enrolment_of_a_student_whose_user_did_not_change_counts() -> None:
    new = f"e9,active,{CHANGED},c2,o2,u1,student,2022-01-03,2022-06-10\n"
    arrival = laid(changes(enrollments=new))
    assert ("u1", "o2", DAY, date(2022, 6, 10)) in spells(arrival)
    unknown = new.replace(",u1,", ",u8,")
    arrival = laid(
        changes(enrollments=unknown, users=user(2, status=f"active,{CHANGED}"))
    )
    assert "1 row" in said(arrival) or "not in the list" in said(arrival)
    assert "u8" not in {row[0] for row in spells(arrival)}


def test_one_class_more_changes_no_day_of_the_enrolment() -> None:
    new = f"e9,active,{CHANGED},c1,o1,u1,student,2022-01-03,\n"
    users = user(1, '"o1,d"', status=f"active,{CHANGED}", name="Anna")
    for change in ({"enrollments": new}, {"users": users}):
        assert spells(laid(changes(**change)))[0] == ("u1", *STAYED[1:])


def test_demographics_of_a_student_whose_user_did_not_change_count() -> None:
    born = f"u1,active,{CHANGED},2010-03-31,\nt1,active,{CHANGED},1980-01-02,\n"
    arrival = laid(changes(demographics=born), listed=SEX)
    by_id = {row["id"]: row for row in rows(arrival, "student")}
    assert by_id["u1"]["birth_date"] == date(2010, 3, 31)
    assert (by_id["u1"]["first_name"], by_id["u1"]["sex"]) == ("Ana", "female")
    assert by_id["u2"]["birth_date"] == date(2011, 2, 28)


def test_deleted_demographics_tell_nothing() -> None:
    gone = f"u1,tobedeleted,{CHANGED},2010-03-31,female\n"
    users = user(1, status=f"active,{CHANGED}")
    arrival = laid(changes(demographics=gone, users=users))
    born = {row["id"]: row.get("birth_date") for row in rows(arrival, "student")}
    assert born["u1"] == date(2010, 1, 31)


def test_a_user_who_is_gone_is_not_brought_back_by_a_class() -> None:
    gone = user(1, status=f"tobedeleted,{CHANGED}")
    new = f"e9,active,{CHANGED},c2,o2,u1,student,2022-01-03,2022-06-10\n"
    assert spells(laid(changes(users=gone, enrollments=new))) == [STAYED, OTHER]


def test_changes_without_the_identifier_that_counts_are_told() -> None:
    answers = Answers(mapping={"users.identifier": "student.id"})
    new = f"e9,active,{CHANGED},c2,o2,u1,student,2022-01-03,2022-06-10\n"
    users = user(2, status=f"active,{CHANGED}")
    arrival = laid(changes(enrollments=new, users=users), answers=answers)
    assert [row[0] for row in spells(arrival)] == ["71", "72", "73"]
    assert "Changes of 1 person were not read" in said(arrival)


ROLE_1 = "r1,{},u1,primary,student,2021-08-23,,o1,\n"
ROLE_2 = "r2,{},u1,primary,student,2022-01-03,,o2,\n"


def of_roles() -> dict[str, str]:
    orgs = heading("orgs.csv") + ORGS
    return {**ONEROSTER_2, "orgs.csv": orgs, "roles.csv": ROLES + ROLE_1.format(",")}


def changed_roles(**files: str) -> dict[str, str]:
    stated = "".join(f"file.{name},delta\n" for name in files)
    manifest = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n"
    texts = {f"{n}.csv": heading(f"{n}.csv", ONEROSTER_2) + t for n, t in files.items()}
    return {"manifest.csv": manifest + stated, **texts}


def test_a_role_that_is_deleted_ends_the_enrolment() -> None:
    roles = ROLE_1.format(f"tobedeleted,{CHANGED}") + ROLE_2.format(f"active,{CHANGED}")
    arrival = laid(changed_roles(users="", roles=roles), on=of_roles())
    assert spells(arrival) == [("u1", "o1", BEGAN, DAY), ("u1", "o2", DAY, None)]


def test_a_new_name_counts_where_the_role_did_not_change() -> None:
    line = ONEROSTER_2["users.csv"].splitlines()[1]
    changed = line.replace("u1,,,", f"u1,active,{CHANGED},").replace("Lopez", "Diaz")
    teacher = changed.replace("u1", "t9")
    users = f"{changed}\n{teacher}\n"
    arrival = laid(changed_roles(users=users, roles=""), on=of_roles())
    assert [row["last_name"] for row in rows(arrival, "student")] == ["Diaz"]
    assert spells(arrival) == [("u1", "o1", BEGAN, None)]


def test_without_stored_exits_who_left_a_school_is_no_longer_there() -> None:
    listed = ROSTER - {"enrolment.exit_date", "enrolment.entry_date"}
    moved = changes(users=user(1, "o2", status=f"active,{CHANGED}"))
    arrival = laid(moved, listed=listed)
    assert [row[:2] for row in spells(arrival)] == [
        ("u1", "o2"),
        STAYED[:2],
        OTHER[:2],
    ]


def test_who_comes_to_a_school_that_is_not_known_is_told() -> None:
    moved = changes(users=user(1, '"o7,d"', status=f"active,{CHANGED}"))
    arrival = laid(moved)
    assert spells(arrival)[0] == ("u1", *STAYED[1:])
    assert "1 student is at no school that is known" in said(arrival)


@pytest.mark.parametrize(("second", "n_spells"), [("2022-01-10", 1), ("2022-03-01", 2)])
def test_classes_with_weeks_between_them_are_two_enrolments(
    second: str, n_spells: int
) -> None:
    lines = (
        "e1,,,c1,o1,u1,student,2021-08-23,2021-12-17\n"
        f"e2,,,c1,o1,u1,student,{second},2022-06-10\n"
        "e3,,,c1,o1,u2,student,2021-08-23,2022-06-10\n"
    )
    arrival = arrive({"f.zip": packed(full(**{"enrollments.csv": ENROLMENTS + lines}))})
    found = [row for row in spells(arrival) if row[0] == "u1"]
    assert len(found) == n_spells
    assert (found[0][2], found[-1][3]) == (BEGAN, date(2022, 6, 10))


def test_a_student_without_a_class_is_at_the_school_of_the_user() -> None:
    lines = "e1,,,c1,o1,u1,student,2021-08-23,2022-06-10\n"
    arrival = arrive({"f.zip": packed(full(**{"enrollments.csv": ENROLMENTS + lines}))})
    assert ("u2", "o1", None, None) in spells(arrival)
