"""Exports of homeless services at the door: a list of the children in them."""

from datetime import date

import pytest

from indicators.arrivals.contract import Arrival, Standing
from indicators.linkage import standardise
from indicators.services.linked import named
from tests.support import rosters
from tests.support.arriving import TENANTS, arrive, rows, said, standings

PROJECT = {
    "Project.csv": "ProjectID,ProjectName\np,House\n",
    "Enrollment.csv": "EnrollmentID,PersonalID,ProjectID,EntryDate,RelationshipToHoH\n"
    "e1,p1,p,2019-01-01,2\ne2,p1,q,2020-01-01,2\ne3,p2,p,2020-01-01,1\n",
    "Client.csv": "PersonalID,FirstName,LastName,SSN,NameDataQuality,DOB,"
    "DOBDataQuality\np1,Ana,Lopez,123456789,1,2010-01-31,1\n"
    "p2,Eva,Lopez,,1,1980-01-31,1\np3,,,,99,2010-01-31,1\n",
}


def test_export_of_homeless_services_is_a_list_of_children() -> None:
    files = {**rosters.HMIS, **PROJECT}
    files["Project.csv"] += "q,Home\n"
    arrival = arrive({"hmis.zip": rosters.packed(files)}, TENANTS)
    assert arrival.can_be_kept, said(arrival)
    assert rows(arrival, "tenants") == [
        {
            "member_id": "p1",
            "first_name": "Ana",
            "last_name": "Lopez",
            "birth_date": date(2010, 1, 31),
            "development": "q",
            "move_in_date": date(2020, 1, 1),
        }
    ]
    assert standings(arrival)["SSN"] is Standing.NEVER
    assert arrival.rejected[0][:2] == ("Client.csv", 4)


def test_birth_date_of_unknown_quality_is_not_taken() -> None:
    files = {**rosters.HMIS, **PROJECT}
    files["Project.csv"] += "q,Home\n"
    files["Client.csv"] = files["Client.csv"].replace("2010-01-31,1", "2010-01-31,9")
    arrival = arrive({"hmis.zip": rosters.packed(files)}, TENANTS)
    assert "birth_date" not in rows(arrival, "tenants")[0]


def test_approximate_birth_dates_are_counted_in_a_sentence() -> None:
    files = {**rosters.HMIS, **PROJECT}
    files["Project.csv"] += "q,Home\n"
    exact = arrive({"hmis.zip": rosters.packed(files)}, TENANTS)
    assert "approximate" not in said(exact)
    files["Client.csv"] = files["Client.csv"].replace("2010-01-31,1", "2010-01-31,2")
    arrival = arrive({"hmis.zip": rosters.packed(files)}, TENANTS)
    assert "2 values of DOBDataQuality are 2, first on line 2" in said(arrival)
    assert "of such a birth date linking reads the year alone" in said(arrival)
    child = rows(arrival, "tenants")[0]
    assert child["birth_date"] == date(2010, 1, 31)
    compared = standardise.frame(named(arrival.frames["tenants"], "member_id"))
    assert compared["birth_date"].to_pylist() == [None]
    assert compared["birth_year"].to_pylist() == [2010]


def test_hashed_names_are_refused() -> None:
    export = rosters.HMIS["Export.csv"].replace(",1\n", ",2\n")
    files = {**rosters.HMIS, **PROJECT, "Export.csv": export}
    arrival = arrive({"hmis.zip": rosters.packed(files)}, TENANTS)
    assert "hashed" in said(arrival)
    assert not arrival.frames


@pytest.mark.parametrize(
    ("file", "deleted", "left"),
    [
        ("Client.csv", 1, []),
        ("Enrollment.csv", 2, ["p"]),
        ("Enrollment.csv", 1, ["q"]),
    ],
)
def test_what_was_deleted_at_its_source_is_not_read(
    file: str, deleted: int, left: list[str]
) -> None:
    files = {**rosters.HMIS, **PROJECT}
    files["Project.csv"] += "q,Home\n"
    lines = files[file].splitlines()
    days = ["DateDeleted", *("" for _ in lines[1:])]
    days[deleted] = "2021-02-03 04:05:06"
    told = [f"{line},{day}" for line, day in zip(lines, days, strict=True)]
    files[file] = "\n".join(told)
    arrival = arrive({"hmis.zip": rosters.packed(files)}, TENANTS)
    assert f"{file}: 1 record was deleted at the source" in said(arrival)
    kept = rows(arrival, "tenants") if "tenants" in arrival.frames else []
    assert [row["development"] for row in kept] == left


STAYS = (
    "e1,p1,p,2019-01-01,2\n",
    "e2,p1,q,2020-01-01,2\n",
    "e4,p1,r,2020-01-01,2\n",
    "e3,p2,p,2020-01-01,1\n",
)
EXITS = ("x1,e1,2019-06-30\n", "x2,e1,2019-05-01\n", "x3,e4,2020-03-01\n")
HOMES = [
    ("p", date(2019, 1, 1), date(2019, 6, 30)),
    ("r", date(2020, 1, 1), date(2020, 3, 1)),
    ("q", date(2020, 3, 2), None),
]


@pytest.mark.parametrize("step", [1, -1])
def test_all_stays_count_whatever_order_their_rows_have(step: int) -> None:
    files = {**rosters.HMIS, **PROJECT}
    files["Project.csv"] += "q,Home\nr,Inn\n"
    heading = files["Enrollment.csv"].splitlines(keepends=True)[0]
    files["Enrollment.csv"] = heading + "".join(STAYS[::step])
    files["Exit.csv"] = "ExitID,EnrollmentID,ExitDate\n" + "".join(EXITS[::step])
    listed = TENANTS | {"tenant.move_out_date"}
    arrival = arrive({"hmis.zip": rosters.packed(files)}, listed)
    assert arrival.can_be_kept, said(arrival)
    stays = [
        (row["development"], row["move_in_date"], row.get("move_out_date"))
        for row in rows(arrival, "tenancies")
    ]
    assert stays == HOMES
    assert [row["development"] for row in rows(arrival, "tenants")] == ["q"]
    alone = arrive({"h.zip": rosters.packed(files)}, TENANTS - {"tenant.move_in_date"})
    assert [row["development"] for row in rows(alone, "tenants")] == ["q"]
    assert "tenancies" not in alone.frames


@pytest.mark.parametrize(("code", "sex"), [("0", "F"), ("1", "M"), ("99", None)])
def test_codes_of_sex_are_those_of_homeless_services(code: str, sex: str) -> None:
    files = {**rosters.HMIS, **PROJECT}
    files["Project.csv"] += "q,Home\n"
    head, *lines = files["Client.csv"].splitlines()
    files["Client.csv"] = "\n".join([f"{head},Sex", *(f"{e},{code}" for e in lines)])
    arrival = arrive({"hmis.zip": rosters.packed(files)}, TENANTS | {"tenant.sex"})
    assert [row.get("sex") for row in rows(arrival, "tenants")] == [sex]


OPEN = "e1,p1,es,2021-10-01,2\n"
FALL = date(2021, 10, 1)


def homeless(
    enrolments: str,
    exits: str = "",
    listed: frozenset[str] = TENANTS | {"tenant.move_out_date"},
    types: str = "",
) -> Arrival:
    """Return an export of two shelters, one of which may be of another type."""
    es, other = types.split() if types else ("", "")
    files = {
        **rosters.HMIS,
        "Project.csv": f"ProjectID,ProjectName,ProjectType\nes,A,{es}\nce,B,{other}\n",
        "Enrollment.csv": "EnrollmentID,PersonalID,ProjectID,EntryDate,"
        f"RelationshipToHoH\n{enrolments}",
        "Exit.csv": f"ExitID,EnrollmentID,ExitDate\n{exits}",
    }
    return arrive({"hmis.zip": rosters.packed(files)}, listed)


def lived(arrival: Arrival) -> list[tuple[str, date, date | None]]:
    """Return each place with the first and the last day there."""
    return [
        (row["development"], row["move_in_date"], row.get("move_out_date"))
        for row in rows(arrival, "tenancies")
    ]


@pytest.mark.parametrize(
    ("other", "left", "stays"),
    [
        (
            "e2,p1,ce,2021-11-01,2\n",
            "x,e2,2021-11-02\n",
            [
                ("es", FALL, date(2021, 10, 31)),
                ("ce", date(2021, 11, 1), date(2021, 11, 2)),
                ("es", date(2021, 11, 3), None),
            ],
        ),
        (
            "e2,p1,ce,2021-10-01,2\n",
            "x,e1,2022-03-01\n",
            [("es", FALL, date(2022, 3, 1)), ("ce", date(2022, 3, 2), None)],
        ),
        (
            "e2,p1,ce,2021-11-01,2\n",
            "x,e1,2021-12-01\ny,e2,2022-03-01\n",
            [
                ("es", FALL, date(2021, 10, 31)),
                ("ce", date(2021, 11, 1), date(2022, 3, 1)),
            ],
        ),
        (
            "e2,p1,ce,2021-11-01,2\n",
            "x,e2,2022-07-01\n",
            [
                ("es", FALL, date(2021, 10, 31)),
                ("ce", date(2021, 11, 1), date(2022, 7, 1)),
            ],
        ),
    ],
)
def test_of_stays_that_overlap_the_one_that_lasts_goes_on(
    other: str, left: str, stays: list[tuple[str, date, date | None]]
) -> None:
    for enrolments in (OPEN + other, other + OPEN):
        arrival = homeless(enrolments, left)
        assert lived(arrival) == stays, said(arrival)


@pytest.mark.parametrize(
    ("type", "is_home"), [("14", False), ("4", False), ("3", True)]
)
def test_only_projects_in_which_people_live_tell_where(
    type: str, is_home: bool
) -> None:
    arrival = homeless(OPEN + "e2,p1,ce,2021-11-01,2\n", types=f"0 {type}")
    assert len(rows(arrival, "tenancies")) == 1 + is_home
    assert ("1 enrollment is in projects in which nobody lives" in said(arrival)) is (
        not is_home
    )


def test_who_is_enrolled_only_where_nobody_lives_is_left_out() -> None:
    arrival = homeless(OPEN + "e2,p1,ce,2021-11-01,2\n", types="14 14")
    assert not arrival.frames
    assert "2 enrollments are in projects" in said(arrival)
    assert "development is empty" not in said(arrival)


@pytest.mark.parametrize("left", ["2021-11-02", "2022-06-01"])
def test_who_left_is_on_no_list_even_where_the_day_is_not_listed(left: str) -> None:
    arrival = homeless(OPEN, f"x,e1,{left}\n", TENANTS)
    is_there = left == "2022-06-01"
    assert bool(arrival.frames and rows(arrival, "tenants")) is is_there
    assert ("1 row is of people who have moved out" in said(arrival)) is not is_there
    assert left not in str(arrival.frames)


SHELTERED = "e1,p1,es,2021-10-01,2,h1,\n"
HOMED = date(2022, 4, 1)
THEN_HOMED = [("es", FALL, date(2022, 3, 31)), ("ph", HOMED, None)]


def housed(enrolments: str, exits: str = "", type: str = "13") -> Arrival:
    """Return an export of a shelter and of permanent housing."""
    files = {
        **rosters.HMIS,
        "Project.csv": f"ProjectID,ProjectName,ProjectType\nes,A,0\nph,B,{type}\n",
        "Client.csv": rosters.HMIS["Client.csv"]
        + "p2,Eva,Lopez,,1980-01-31,1\np3,Leo,Lopez,,2011-01-31,1\n",
        "Enrollment.csv": "EnrollmentID,PersonalID,ProjectID,EntryDate,"
        f"RelationshipToHoH,HouseholdID,MoveInDate\n{SHELTERED}{enrolments}",
        "Exit.csv": f"ExitID,EnrollmentID,ExitDate\n{exits}",
    }
    listed = TENANTS | {"tenant.move_out_date"}
    return arrive({"hmis.zip": rosters.packed(files)}, listed)


@pytest.mark.parametrize("type", ["3", "9", "10", "13"])
@pytest.mark.parametrize(
    ("enrolments", "exits", "stays"),
    [
        ("e2,p1,ph,2022-01-10,2,h2,2022-04-01\n", "", THEN_HOMED),
        (
            "e2,p1,ph,2022-01-10,2,h2,\ne3,p2,ph,2022-01-10,1,h2,2022-04-01\n",
            "",
            THEN_HOMED,
        ),
        (
            "e2,p1,ph,2022-04-01,2,h2,\ne3,p2,ph,2021-01-10,1,h2,2021-03-01\n",
            "",
            THEN_HOMED,
        ),
        ("e2,p1,ph,2022-01-10,2,h2,\n", "", [("es", FALL, None)]),
        ("e2,p1,ph,2022-01-10,2,h2,2022-07-01\n", "", [("es", FALL, None)]),
        (
            "e2,p1,ph,2022-01-10,2,h2,\ne3,p2,ph,2022-01-10,1,h2,2022-04-01\n",
            "x,e2,2022-03-01\n",
            [("es", FALL, None)],
        ),
        (
            "e2,p1,ph,2022-01-10,2,h2,\ne3,p2,ph,2022-01-10,1,h9,2022-04-01\n",
            "",
            [("es", FALL, None)],
        ),
    ],
    ids=["own", "of the head", "later", "none", "to come", "left before", "other's"],
)
def test_a_stay_in_permanent_housing_begins_with_moving_in(
    enrolments: str, exits: str, stays: list[tuple[str, date, date | None]], type: str
) -> None:
    arrival = housed(enrolments, exits, type)
    assert lived(arrival) == stays, said(arrival)
    assert standings(arrival)["MoveInDate"] is Standing.ALLOWED
    assert ("permanent housing into which nobody has moved" in said(arrival)) is (
        len(stays) == 1
    )


def test_a_day_of_moving_in_counts_in_permanent_housing_alone() -> None:
    arrival = housed("e2,p1,ph,2022-01-10,2,h2,2022-04-01\n", type="2")
    assert lived(arrival)[1] == ("ph", date(2022, 1, 10), None)


def test_who_has_not_moved_into_permanent_housing_is_on_no_list() -> None:
    arrival = housed("e2,p3,ph,2022-01-10,2,h2,\n")
    assert [row["member_id"] for row in rows(arrival, "tenants")] == ["p1"]
    assert "development is empty" not in said(arrival)


def test_permanent_housing_without_a_column_of_moving_in_is_told() -> None:
    arrival = homeless(OPEN, types="3 0")
    assert lived(arrival) == [("es", FALL, None)]
    assert "Enrollment.csv has no `MoveInDate`" in said(arrival)
