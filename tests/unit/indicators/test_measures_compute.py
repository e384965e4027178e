import pyarrow as pa
import pytest

from accounts.acts import RuleBroken
from indicators.disclosure.table import Count, Unit
from indicators.measures.catalogue import BY_CODE, MEASURES
from indicators.measures.compute import tables

BUILDINGS = {"WA1": "Jackson Park", "WA2": "Cedarvale", "WA3": "Empty House"}
SCHOOLS = {"1": "Grand Bend Elementary"}


def linked(*rows):
    columns = ("building", "school", "days_enrolled", "days_absent")
    types = (pa.string(), pa.string(), pa.int32(), pa.int32())
    return pa.table(
        [pa.array([row[i] for row in rows], type) for i, type in enumerate(types)],
        names=columns,
    )


ROSTER = {"WA1": 8, "WA2": 5}


def compute(*rows, roster=ROSTER):
    return tables(
        linked(*rows),
        roster=roster,
        buildings=BUILDINGS,
        schools=SCHOOLS,
        school_year="2021-22",
    )


def test_days_and_children_are_counted_by_building_and_by_school():
    by_building, by_school = compute(
        ("WA1", "1", 180, 18), ("WA1", "1", 180, 17), ("WA2", "1", 90, 0)
    )

    assert [(g.label, g.n) for g in by_building.groups] == [
        ("Cedarvale", 1),
        ("Empty House", 0),
        ("Jackson Park", 2),
    ]
    assert by_building.groups[2].counts == (
        Count("attendance_rate", 325, 360),
        Count("chronic_absence", 1, 2),
    )
    assert (
        by_school.groups[0].counts
        == by_building.total.counts
        == (
            Count("attendance_rate", 415, 450),
            Count("chronic_absence", 1, 3),
        )
    )
    assert by_school.total == by_building.total


def test_groups_by_building_know_how_many_children_were_sent():
    by_building, by_school = compute(("WA1", "1", 180, 18))

    assert [group.known for group in by_building.groups] == [5, 0, 8]
    assert [group.known for group in by_school.groups] == [None]
    assert by_building.total.known == by_school.total.known == 13


def test_a_building_that_sent_no_children_cannot_have_linked_rows():
    with pytest.raises(ValueError, match="more children"):
        compute(("WA1", "1", 180, 18), roster={"WA2": 5})


def test_a_place_without_children_is_a_group_of_none():
    by_building, _ = compute(("WA1", "1", 180, 18))
    assert by_building.groups[1].n == 0
    assert by_building.groups[1].counts[0] == Count("attendance_rate", 0, 0)


@pytest.mark.parametrize(
    ("enrolled", "missed", "n_chronic"),
    [(180, 18, 1), (180, 17, 0), (95, 9, 0), (95, 10, 1)],
)
def test_chronic_absence_begins_at_ten_percent_of_days_enrolled(
    enrolled, missed, n_chronic
):
    by_building, _ = compute(("WA1", "1", enrolled, missed))
    assert by_building.total.counts[1].numerator == n_chronic


def test_children_enrolled_under_ten_days_are_in_no_measure():
    by_building, _ = compute(("WA1", "1", 10, 0), ("WA1", "1", 9, 9))

    assert by_building.total.n == 1
    assert by_building.total.counts[0] == Count("attendance_rate", 10, 10)


def test_no_linked_rows_give_tables_of_zeros():
    by_building, by_school = compute(roster={})
    assert (by_building.total.n, by_school.total.n) == (0, 0)


def test_a_place_that_is_not_listed_is_refused():
    with pytest.raises(RuleBroken, match="1 buildings that are not listed"):
        compute(("WA9", "1", 180, 0))


@pytest.mark.parametrize("days", [(180, 181), (180, -1), (None, 0), (180, None)])
def test_impossible_days_are_refused(days):
    with pytest.raises(RuleBroken, match="1 linked rows"):
        compute(("WA1", "1", *days), ("WA1", "1", 180, 0))


def test_tables_report_the_rates_of_the_catalogue():
    by_building, _ = compute(("WA1", "1", 180, 18))

    assert [rate.code for rate in by_building.rates] == [
        "attendance_rate",
        "chronic_absence",
    ]
    assert BY_CODE["enrolled"].unit is None
    assert BY_CODE["chronic_absence"].unit is Unit.CHILDREN
    assert BY_CODE["chronic_absence"].options == {
        "minimum_days": 10,
        "absent_percent": 10,
    }
    assert all(measure.source for measure in MEASURES)
