"""The demo's files are invented, dirty, uneven and the same every time."""

import csv
from collections import Counter, defaultdict
from datetime import date
from functools import cache

import pyarrow as pa
import pytest

from agreements import presets
from indicators.arrivals.contract import Arrival
from indicators.demo.people import DATA, EDFI_FILES, DemoFiles, make
from indicators.measures.asked import listed_in, permitted_by
from indicators.measures.counted import Table, told
from indicators.measures.counting import count
from indicators.measures.declarations import Report
from indicators.measures.definitions import DEFINITIONS, choose
from indicators.measures.delivered import days_of
from indicators.measures.figures import State
from indicators.measures.keeping import kept_frames
from tests.support.arriving import EVENTS, ROSTER, TENANTS, arrive, said

TODAY = date(2022, 6, 1)


@cache
def demo() -> DemoFiles:
    return make()


@cache
def tenants() -> Arrival:
    return arrive({"tenants.csv": demo().tenants_csv}, TENANTS)


@cache
def records() -> Arrival:
    files = {path.name: path.read_bytes() for path in EDFI_FILES}
    sent = {**files, "enrolment.csv": demo().enrolment_csv}
    return arrive(sent, ROSTER | EVENTS)


def sample() -> dict[str, pa.Table]:
    return records().frames


@cache
def linked() -> pa.Table:
    """Rows of every tenant who is a student, as perfect linkage would find them."""
    listed = tenants().frames["tenants"].select(["member_id", "development"])
    pairs = pa.table(
        {"member_id": list(demo().truth), "student_id": list(demo().truth.values())}
    )
    homes = pairs.join(listed, "member_id").rename_columns({"development": "building"})
    return homes.join(days_of(sample()), "student_id", join_type="inner")


def test_same_seed_gives_the_same_bytes() -> None:
    assert make(7) == make(7)
    assert make(7).tenants_csv != make(8).tenants_csv


def test_every_row_of_both_files_is_accepted() -> None:
    assert (tenants().n_rows, tenants().n_rejected) == (450, 0)
    assert records().n_rejected == 0
    assert sample()["enrolment"].num_rows == 960


def test_every_student_with_events_is_a_tenant() -> None:
    with_events = set(sample()["attendance"]["id"].to_pylist())
    students = set(demo().truth.values())
    assert with_events <= students
    assert len(demo().truth) == len(students) == 327
    assert set(demo().truth) <= set(
        tenants().frames["tenants"]["member_id"].to_pylist()
    )


def test_students_are_enrolled_where_their_events_happened() -> None:
    schools = dict(
        zip(
            sample()["enrolment"]["id"].to_pylist(),
            sample()["enrolment"]["school"].to_pylist(),
            strict=True,
        )
    )
    for event in sample()["attendance"].to_pylist():
        assert schools[event["id"]] == event["school"]


def test_developments_are_the_ten_of_the_public_list() -> None:
    with (DATA / "developments.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    assert {row["LOCATION_QUALITY"] for row in listed} == {"R"}
    assert {row["PHA_CODE"] for row in listed} == {"WA001"}
    named = {row["DEVELOPMENT_ID"] for row in listed}
    assert named == set(tenants().frames["tenants"]["development"].to_pylist())
    assert len(named) == 10


def test_buildings_differ_in_size_and_one_is_small() -> None:
    sizes = sorted(Counter(linked()["building"].to_pylist()).values())
    assert sizes[0] < 10
    assert sizes[1] >= 15
    assert sizes[-1] <= 70


def test_buildings_differ_in_chronic_absence() -> None:
    counts: dict[str, list[bool]] = defaultdict(list)
    for row in linked().to_pylist():
        is_chronic = 10 * row["days_absent"] >= row["days_enrolled"]
        counts[row["building"]].append(is_chronic)
    assert sum(map(sum, counts.values())) == 44
    rates = sorted(sum(found) / len(found) for found in counts.values())
    assert rates[0] < 0.05
    assert rates[-1] > 0.3


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_equal_names_and_birth_dates_find_too_few(seed: int | None) -> None:
    files = demo() if seed is None else make(seed)
    arrival = arrive({"tenants.csv": files.tenants_csv}, TENANTS)
    rows = arrival.frames["tenants"].to_pylist()
    students = defaultdict(set)
    for row in sample()["student"].to_pylist():
        students[person(row)].add(row["id"])
    found = [(row["member_id"], s) for row in rows for s in students[person(row)]]
    right = sum(files.truth.get(member) == student for member, student in found)
    f1 = 2 * right / (len(found) + len(files.truth))
    assert 0.5 < f1 <= 0.65


def person(row: dict[str, object]) -> tuple[object, ...]:
    names = (str(row["first_name"]).lower(), str(row["last_name"]).lower())
    return (*names, row["birth_date"])


def test_some_birth_dates_are_missing_but_no_name_is() -> None:
    frame = tenants().frames["tenants"]
    assert 5 <= frame["birth_date"].null_count <= 45
    assert frame["last_name"].null_count == 0


def test_twins_of_students_go_to_school_elsewhere() -> None:
    students = {
        (row["last_name"].lower(), row["birth_date"])
        for row in sample()["student"].to_pylist()
    }
    elsewhere = [
        row
        for row in tenants().frames["tenants"].to_pylist()
        if row["member_id"] not in demo().truth
        and (row["last_name"].lower(), row["birth_date"]) in students
    ]
    assert len(elsewhere) >= 3


def test_invented_records_tell_all_eight_metrics_of_the_case_study() -> None:
    files = {path.name: path.read_bytes() for path in EDFI_FILES[:2]}
    codes = [code for each in presets.COUNTED_FROM.values() for code in each]
    arrival = arrive({**files, **demo().records}, ROSTER | EVENTS | {*codes})
    assert arrival.can_be_kept, said(arrival)
    assert arrival.n_rejected == 0
    # Nobody in the sample is of an earlier class, of which more graduated later.
    metrics = {code for code, each in DEFINITIONS.items() if each.is_case_study}
    eight = sorted(metrics - {"graduation_ever"})
    permitted = permitted_by([(code, ("building",)) for code in eight])
    truth = demo().truth
    held = kept_frames(
        pa.table({"housing_id": [*truth], "student_id": [*truth.values()]}),
        tenants().frames,
        arrival.frames,
        listed=listed_in(permitted),
    )
    report = Report(
        year=2022,
        first_on=date(2021, 8, 23),
        last_on=date(2022, 5, 27),
        census_on=date(2021, 10, 1),
        as_of=date(2022, 12, 1),
        next_census_on=date(2022, 10, 3),
    )
    measures = [choose(code) for code in permitted]
    found = count(report, held, measures=measures, tables=[Table(())])
    for measure in measures:
        at = {"grade": measure.grade} if measure.grade else {}
        assert told(found, measure, **at) is State.NUMBER, measure.definition.code
