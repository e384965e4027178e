"""Social Security numbers as keys of people in sets of files at the door."""

import re
from collections.abc import Mapping

import pytest

from indicators.arrivals.contract import Answers, Arrival
from indicators.arrivals.words import obstacle_of
from tests.support import rosters
from tests.support.arriving import ROSTER, TENANTS, arrive, rows, said
from tests.support.changing import BEGAN, END, HEADINGS, changes, full, laid, user

N = 10
CLIENTS = "PersonalID,FirstName,LastName,DOB\n"
STAYS = "EnrollmentID,PersonalID,ProjectID,EntryDate,RelationshipToHoH\n"


def bare(n: int) -> str:
    return str(219098101 + n)


def own(n: int) -> str:
    return f"S{bare(n)}"


def oneroster(key: str = "{}", other: str = "S{}") -> Arrival:
    """Return a set whose users have these keys, and its terms and classes others."""
    days = f"{BEGAN},{END}"
    keys = [key.format(bare(n)) for n in range(N)]
    users = "".join(user(1).replace("u1,", f"{each},") for each in keys)
    school, a_class = other.format(bare(70)), other.format(bare(80))
    files = full(
        orgs=HEADINGS["orgs.csv"] + f"{school},,,School,school,1,\n",
        users=HEADINGS["users.csv"] + users.replace(",o1,", f",{school},"),
        demographics=HEADINGS["demographics.csv"]
        + "".join(f"{each},,,2010-01-31,female\n" for each in keys),
        classes="sourcedId,title,courseSourcedId,classType,schoolSourcedId,"
        f"termSourcedIds\n{a_class},A,k,homeroom,{school},t1\n",
        enrollments=HEADINGS["enrollments.csv"]
        + "".join(
            f"{other.format(bare(90 + n))},,,{a_class},{school},{each},student,{days}\n"
            for n, each in enumerate(keys)
        ),
    )
    return arrive({"set.zip": rosters.packed(files)}, ROSTER)


def hmis(key: str, other: str) -> Arrival:
    keys = [key.format(bare(n)) for n in range(N)]
    stays = (
        f"{other.format(bare(70 + n))},{each},{other.format(bare(90))},2020-01-01,2\n"
        for n, each in enumerate(keys)
    )
    files = {
        "Export.csv": rosters.HMIS["Export.csv"],
        "Project.csv": "ProjectID,ProjectName,ProjectType\n"
        f"{other.format(bare(90))},House,3\n",
        "Client.csv": CLIENTS
        + "".join(f"{each},Ana,Lopez,2010-01-31\n" for each in keys),
        "Enrollment.csv": STAYS + "".join(stays),
    }
    return arrive({"set.zip": rosters.packed(files)}, TENANTS)


def sds(files: Mapping[str, str], at: str, key: str) -> Arrival:
    """Return a set of School Data Sync whose one student's key is another."""
    number = key.format(bare(1))
    changed = {
        name: text.replace(f"\n{at},", f"\n{number},")
        if name in ("users.csv", "roles.csv", "Student.csv")
        else text
        for name, text in files.items()
    }
    return arrive({"set.zip": rosters.packed(changed)}, ROSTER)


SDS_1 = {
    "School.csv": "SIS ID,Name\n7,School\n",
    "Student.csv": "SIS ID,School SIS ID,First Name,Last Name,Birthdate\n"
    "1,7,Ana,Lopez,2010-01-31\n",
}


def refused(arrival: Arrival, *columns: str) -> None:
    """Expect that a set of students was refused in sentences that help."""
    assert not arrival.can_be_kept
    assert not arrival.frames
    assert arrival.missing == ("student.id",), said(arrival)
    for column in columns:
        looks = "(1 value looks like a|10 values look like) Social Security"
        assert re.search(f"The column {column}: {looks}", said(arrival))
    obstacle = obstacle_of(arrival)
    assert "Social Security numbers are not accepted" in obstacle
    assert "need a letter before them" in obstacle
    assert bare(1) not in said(arrival) + obstacle


@pytest.mark.parametrize("other", ["S{}", "{}"])
@pytest.mark.parametrize("key", ["{}", "#{}", "{}-01"])
def test_keys_of_students_are_no_social_security_numbers(key: str, other: str) -> None:
    refused(
        oneroster(key, other),
        "“sourcedId” in users.csv",
        "“sourcedId” in demographics.csv",
        "“userSourcedId” in enrollments.csv",
    )


def test_keys_of_schools_and_classes_may_have_nine_digits() -> None:
    arrival = oneroster("S{}", "{}")
    assert arrival.can_be_kept, said(arrival)
    assert [row["id"] for row in rows(arrival, "student")] == [*map(own, range(N))]
    assert {row["school"] for row in rows(arrival, "enrolment")} == {bare(70)}
    assert "Social Security" not in said(arrival)


def test_keys_of_students_in_changes_are_none() -> None:
    changed = changes(users=user(1, status="active,2022-01-03T09:00:00.000Z"))
    changed["users.csv"] = changed["users.csv"].replace("u1,", f"{bare(1)},")
    refused(laid(changed))


def test_an_identifier_that_was_said_to_be_the_number_is_none() -> None:
    users = "".join(
        user(1).replace("u1,", f"u{n},").replace(",71,", f",{bare(n)},")
        for n in range(1, N)
    )
    answers = Answers(mapping={"users.identifier": "student.id"})
    files = {"f.zip": rosters.packed(full(users=HEADINGS["users.csv"] + users))}
    arrival = arrive(files, ROSTER, answers=answers)
    assert "“identifier” in users.csv: 9 values look like Social" in said(arrival)
    assert bare(1) not in said(arrival)
    assert "appears again" not in said(arrival)
    assert arrival.missing == ("student.id",), said(arrival)
    assert not arrival.frames


def test_an_identifier_that_a_change_tells_is_none() -> None:
    answers = Answers(mapping={"users.identifier": "student.id"})
    active = user(1, status="active,2022-01-03T09:00:00.000Z")
    changed = changes(users=active.replace(",71,", f",{bare(1)},"))
    refused(laid(changed, answers=answers), "“identifier” in users.csv")


@pytest.mark.parametrize("other", ["S{}", "{}"])
def test_keys_of_clients_are_no_social_security_numbers(other: str) -> None:
    arrival = hmis("{}", other)
    assert not arrival.frames
    (error,) = arrival.errors
    named = "“PersonalID” of `Client.csv` and “PersonalID” of `Enrollment.csv`"
    assert named in error.message
    assert "need a letter before them" in obstacle_of(arrival)


def test_keys_of_projects_and_stays_may_have_nine_digits() -> None:
    arrival = hmis("S{}", "{}")
    assert arrival.can_be_kept, said(arrival)
    kept = [row["member_id"] for row in rows(arrival, "tenants")]
    assert kept == [*map(own, range(N))]


@pytest.mark.parametrize("files", [SDS_1, rosters.SDS_2])
def test_keys_of_school_data_sync_are_none(files: dict[str, str]) -> None:
    refused(sds(files, "1", "{}"))
    assert sds(files, "1", "S{}").errors == ()
