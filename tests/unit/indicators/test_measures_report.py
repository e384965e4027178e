"""What a report declares decides who is counted, where, and against whom."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from accounts.acts import RuleBroken
from indicators.measures.counted import Counted, Table
from indicators.measures.counting import count
from indicators.measures.declarations import Comparison, Mobility, Residency
from indicators.measures.definitions import choose
from tests.support.small_town import (
    DAYS,
    REPORT,
    absent,
    counted,
    enrolled,
    frame,
    town,
)


def sizes(found: Counted, *names: str) -> dict[tuple[str, ...], int]:
    """Return the children of the groups that differ in these dimensions alone."""
    return {
        tuple(dict(c.vector)[name] for name in names): c.n
        for c in found.cells
        if {name for name, _ in c.vector} == {*names}
    }


def home(
    child: str,
    building: str,
    since: date | None = None,
    until: date | None = None,
    **more: str,
) -> dict[str, Any]:
    return {
        "id": child,
        "building": building,
        "move_in_date": since,
        "move_out_date": until,
        "program": "PH",
        **more,
    }


# A lives in B1 all year. B moves from B1 to B2 on 1 November. C leaves B1 in September,
# before the census. D comes to B2 in May, for 48 days. E's home was given up in 2020.
HOMES = frame(
    "tenancies",
    home("A", "B1"),
    home("B", "B1", until=date(2021, 10, 31)),
    home("B", "B2", date(2021, 11, 1)),
    home("C", "B1", until=date(2021, 9, 20)),
    home("D", "B2", date(2022, 5, 1), program="HCV"),
    home("E", "B2", until=date(2020, 1, 1)),
)
PUPILS = [enrolled(child) for child in "ABCDE"]


@pytest.mark.parametrize(
    ("rule", "days", "expected", "total"),
    [
        (Residency.CENSUS_DATE, 90, {"B1": 2}, 2),
        (Residency.ANY_DAY, 90, {"B1": 3, "B2": 2}, 4),
        (Residency.DAYS, 90, {"B1": 1, "B2": 1}, 2),  # B lived longest in B2
        (Residency.DAYS, 40, {"B1": 1, "B2": 2}, 3),
        (Residency.DAYS, 10, {"B1": 2, "B2": 2}, 4),
    ],
)
def test_rule_of_residency(
    rule: Residency, days: int, expected: Mapping[str, int], total: int
) -> None:
    found = counted(
        "overlap",
        town(PUPILS, tenancies=HOMES),
        ["building"],
        residency=rule,
        residency_days=days,
    )
    shown = {k[0]: n for k, n in sizes(found, "building").items() if n}
    assert shown == expected
    assert sizes(found) == {(): total}
    # Several buildings for one child: parts do not add up, and the file says so.
    assert found.nonadditive == ({"building"} if rule is Residency.ANY_DAY else set())


def test_programs_that_are_not_listed_are_no_residents() -> None:
    frames = town(PUPILS, tenancies=HOMES)
    rules: dict[str, Any] = {"residency": Residency.ANY_DAY, "programs": ("HCV",)}
    assert sizes(counted("overlap", frames, **rules)) == {(): 1}
    both = counted("overlap", frames, ["program"], residency=Residency.ANY_DAY)
    assert sizes(both, "program") == {("HCV",): 1, ("PH",): 3}


def test_a_child_of_two_buildings_of_one_development_is_in_it_once() -> None:
    homes = frame(
        "tenancies",
        home("A", "B1", until=date(2021, 10, 31), development="D"),
        home("A", "B2", date(2021, 11, 1), development="D"),
        home("B", "B3", development="E"),
    )
    found = counted(
        "overlap",
        town([enrolled("A"), enrolled("B")], tenancies=homes),
        ["building"],
        residency=Residency.ANY_DAY,
    )
    assert sizes(found, "building") == {
        ("B1",): 1,
        ("B2",): 1,
        ("B3",): 1,
        ("D",): 1,
        ("E",): 1,
    }
    assert found.hierarchies["building"] == {"B1": "D", "B2": "D", "B3": "E"}
    upper = counted(
        "overlap",
        town([enrolled("A"), enrolled("B")], tenancies=homes),
        ["development"],
    )
    assert sizes(upper, "building") == {("D",): 1, ("E",): 1}


MOVED = [
    enrolled("A", "7", exit_date=date(2022, 1, 10)),
    enrolled("A", "8", entry_date=date(2022, 1, 11), grade="04"),
    enrolled("B", "7"),
    enrolled("C", "9"),
    enrolled("D", "8"),
]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Mobility.LAST_SCHOOL, {"7": 1, "8": 2, "9": 1}),
        (Mobility.ANY_SCHOOL, {"7": 2, "8": 2, "9": 1}),
    ],
)
def test_rule_of_mobility(rule: Mobility, expected: Mapping[str, int]) -> None:
    found = counted("overlap", town(MOVED), ["school"], ["grade"], mobility=rule)
    assert {k[0]: n for k, n in sizes(found, "school").items()} == expected
    assert sizes(found) == {(): 4}
    assert sizes(found, "grade") == {("03",): 3, ("04",): 1}
    assert found.nonadditive == (
        {"school"} if rule is Mobility.ANY_SCHOOL else frozenset()
    )


def test_levels_lie_above_schools() -> None:
    schools = frame(
        "schools",
        *({"school": s, "level": "Elementary"} for s in ("7", "8")),
        {"school": "10", "level": "High"},
    )
    found = counted("overlap", town(MOVED, schools=schools), ["school"])
    assert sizes(found, "school") == {
        ("7",): 1,
        ("8",): 2,
        ("9",): 1,
        ("10",): 0,
        ("Elementary",): 3,
        ("Level not stated",): 1,
        ("High",): 0,
    }
    upper = counted("overlap", town(MOVED, schools=schools), ["level"])
    assert sizes(upper, "school")[("Elementary",)] == 3


@pytest.mark.parametrize(
    ("comparison", "mobility", "expected"),
    [
        (Comparison.ALL_OTHERS, Mobility.LAST_SCHOOL, 3),
        # A, the resident, ended at school 8, where D is; B was at school 7 with A.
        (Comparison.SAME_SCHOOLS, Mobility.LAST_SCHOOL, 1),
        (Comparison.SAME_SCHOOLS, Mobility.ANY_SCHOOL, 2),
    ],
)
def test_comparison_group(
    comparison: Comparison, mobility: Mobility, expected: int
) -> None:
    found = counted(
        "overlap",
        town(MOVED, housed={"A": "B1"}),
        ["building"],
        comparison=comparison,
        mobility=mobility,
    )
    assert sizes(found, "population") == {("assisted",): 1, ("peers",): expected}
    assert sizes(found) == {(): 1 + expected}
    # Whom residents are compared with has no building of theirs.
    assert sizes(found, "building", "population") == {
        ("B1", "assisted"): 1,
        ("Elsewhere", "peers"): expected,
    }


def test_ages_sexes_and_races() -> None:
    people = pa.table(
        {
            "id": ["A", "B", "C", "D"],
            # On 1 October 2021: ten, eleven, and seventeen years old; unknown.
            "birth_date": [
                date(2010, 10, 2),
                date(2010, 10, 1),
                date(2003, 10, 2),
                None,
            ],
            "sex": ["F", "F", None, "M"],
            "race": [["Asian", "White"], ["White"], [], None],
        }
    )
    frames = {**town(MOVED), "people": people}
    found = counted("overlap", frames, ["age"], ["sex"], ["race"])
    assert sizes(found, "age") == {
        ("5 to 10",): 1,
        ("11 to 13",): 1,
        ("14 to 17",): 1,
        ("Age not stated",): 1,
    }
    assert sizes(found, "sex") == {("Female",): 2, ("Male",): 1, ("Sex not stated",): 1}
    assert sizes(found, "race") == {
        ("Asian",): 1,
        ("White",): 2,
        ("Race not stated",): 2,
    }
    assert found.nonadditive == {"race"}
    single = counted("overlap", frames, ["age"], age_from=())
    assert sizes(single, "age")[("Age 10",)] == 1


@pytest.mark.parametrize(
    ("households", "is_few"),
    [
        ("abcde", False),
        ("abcdd", False),  # four households: see below
        ("aabcdef", False),
        ("aaabcdef", True),  # three of eight is over a third
        ("aabbccdd", True),
    ],
)
def test_a_group_of_few_households_is_marked(households: str, is_few: bool) -> None:
    ids = [f"C{n}" for n in range(len(households))]
    homes = frame(
        "tenancies",
        *(
            home(child, "B1", household=household)
            for child, household in zip(ids, households, strict=True)
        ),
    )
    frames = town([enrolled(child) for child in ids], tenancies=homes)
    (whole,) = counted("overlap", frames).cells
    assert whole.is_few_households == (is_few or len({*households}) < 5)


def test_order_of_rows_is_of_no_concern() -> None:
    events = frame("attendance", *absent("A", 1, 2, 3), *absent("B", 5))
    frames = town(MOVED, attendance=events, tenancies=HOMES)
    measures = [choose("chronic_absence"), choose("attendance_rate")]
    tables = [Table(("building", "school")), Table(("grade",))]
    backward = {
        name: table.take(list(range(table.num_rows))[::-1])
        for name, table in frames.items()
    }
    rules = replace(REPORT, residency=Residency.ANY_DAY)
    one = count(rules, frames, measures=measures, tables=tables)
    assert one.cells == count(rules, backward, measures=measures, tables=tables).cells


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        ({"census_on": date(2022, 8, 1)}, "census date is not between"),
        ({"year": 2023}, "not those of the school year"),
        ({"residency_days": 0}, "from 1 to 366"),
        ({"next_census_on": date(2022, 6, 1)}, "not after the school year"),
        ({"age_from": (5, 5)}, "must rise"),
    ],
)
def test_declarations_that_contradict_each_other_are_refused(
    declared: dict[str, Any], why: str
) -> None:
    with pytest.raises(RuleBroken, match=why):
        replace(REPORT, **declared)


def test_declarations_are_told_in_sentences() -> None:
    said = " ".join(replace(REPORT, programs=("PH",)).sentences())
    assert "School year 2021–22, from records of December 1, 2022." in said
    assert "lived in assisted housing on the census date, October 1, 2021." in said
    long = replace(REPORT, residency=Residency.DAYS, residency_days=60)
    assert "on at least 60 days of the year" in " ".join(long.sentences())


@pytest.mark.parametrize(
    ("tables", "frames", "why"),
    [
        ([["income"]], {}, "cannot be broken down by “income”"),
        ([["building", "development"]], {}, "names one thing twice"),
        ([], {"tenancies": None}, "without “tenancies”"),
        ([], {"grades": frame("schools")}, "No measure is counted from “grades”"),
        ([], {"calendar": frame("calendar")}, "no instructional dates for school 7"),
    ],
)
def test_what_cannot_be_counted_is_refused(
    tables: list[list[str]], frames: dict[str, pa.Table | None], why: str
) -> None:
    given = {**town(PUPILS, attendance=frame("attendance")), **frames}
    with pytest.raises(RuleBroken, match=why):
        counted(
            "chronic_absence",
            {k: v for k, v in given.items() if v is not None},
            *tables,
        )


def test_link_rate_and_any_day_are_reports_of_their_own() -> None:
    sent = frame(
        "residents",
        {"id": "A", "building": "B1", "birth_date": DAYS[0].replace(year=2012)},
    )
    frames = town(PUPILS, tenancies=HOMES, residents=sent)
    with pytest.raises(RuleBroken, match="report of its own"):
        count(
            replace(REPORT, residency=Residency.ANY_DAY),
            frames,
            measures=[choose("overlap"), choose("link_rate")],
            tables=[Table(("building",))],
        )
