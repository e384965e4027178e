"""Exports of homeless services at the door: a list of the children in them."""

from datetime import date

import pytest

from indicators.arrivals.contract import Standing
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
    ("q", date(2020, 1, 1), None),
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
