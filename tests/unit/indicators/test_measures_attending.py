"""Indicators 1 to 6 of law.md 8, with their options, in a town counted by hand."""

from datetime import date
from typing import Any

import pytest

from accounts.acts import RuleBroken
from indicators.measures.definitions import choose
from indicators.measures.figures import State
from tests.support.small_town import (
    DAYS,
    EARLIER,
    absent,
    counted,
    enrolled,
    figure,
    frame,
    state,
    town,
)

SEPTEMBER = {n: date(2021, 9, n) for n in range(1, 31)}


# Day 1 is 6 September. A entered before; B on day 1; C on day 3; D on day 3, from
# elsewhere; F on day 4; E after the census of 1 October, and so is in no denominator.
ENTRIES = [
    enrolled("A", entry_date=SEPTEMBER[1]),
    enrolled("B", entry_date=SEPTEMBER[6]),
    enrolled("C", entry_date=SEPTEMBER[8]),
    enrolled("D", entry_date=SEPTEMBER[8], from_elsewhere=True),
    enrolled("F", entry_date=SEPTEMBER[9], from_elsewhere=None),
    enrolled("E", entry_date=date(2021, 10, 4)),
]


@pytest.mark.parametrize(
    ("code", "options", "expected"),
    [
        ("on_time_enrolment", {}, (1, 4)),  # A of A, B, C, F
        ("on_time_enrolment", {"arrivals": "counted"}, (1, 5)),
        ("starting_on_time", {"by": "entry"}, (3, 4)),  # A, B, C
        ("starting_on_time", {"by": "entry", "arrivals": "counted"}, (4, 5)),
        ("starting_on_time", {"by": "entry", "within_days": 1}, (2, 4)),  # A, B
        ("starting_on_time", {"by": "entry", "within_days": 4}, (4, 4)),
        # By attendance A was away on days 1 to 3, and B on days 1 and 2 alone.
        ("starting_on_time", {}, (2, 4)),  # B, C
        ("starting_on_time", {"within_days": 4}, (4, 4)),
    ],
)
def test_enrolling_before_day_one_and_starting_by_day_three(
    code: str, options: dict[str, Any], expected: tuple[int, int]
) -> None:
    events = frame("attendance", *absent("A", 1, 2, 3), *absent("B", 1, 2))
    found = counted(choose(code, **options), town(ENTRIES, attendance=events))
    assert figure(found) == expected


def test_on_time_enrolment_and_starting_on_time_are_never_one() -> None:
    assert choose("on_time_enrolment").id != choose("starting_on_time").id
    assert choose("on_time_enrolment").digest != choose("starting_on_time").digest


def test_arrivals_that_nobody_tells_of_are_no_data_and_not_on_time() -> None:
    silent = [{**row, "from_elsewhere": None} for row in ENTRIES]
    assert state(counted("on_time_enrolment", town(silent))) is State.MISSING
    counts = choose("on_time_enrolment", arrivals="counted")
    assert figure(counted(counts, town(silent))) == (1, 5)


# A: twenty days, days 1 and 2 missed whole, .5 of day 3, .4 of day 4. B: nothing.
# C: from day 16 on, five days, fewer than ten. D: twenty days, one missed.
PRESENT = [
    enrolled("A"),
    enrolled("B"),
    enrolled("C", entry_date=DAYS[15]),
    enrolled("D"),
]
MISSED = frame(
    "attendance",
    *absent("A", 1, 2, category="Excused Absence"),
    *absent("A", 3, category="Partial", duration=0.5),
    *absent("A", 4, category="Partial", duration=0.4),
    *absent("A", 5, category="Tardy"),
    *absent("D", 6),
)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        # In half days: A misses 3 days of 20, D one; of sixty days 56 are left.
        ({}, (112, 120)),
        ({"absent_percent": 40}, (110, 120)),  # A misses day 4 as well
        ({"absent_percent": 60}, (114, 120)),  # and not day 3
        ({"day": "half"}, (113, 120)),  # half of day 3
        ({"minimum_days": 5}, (122, 130)),  # C counts, five days
    ],
)
def test_attendance_is_days_present_of_days_enrolled(
    options: dict[str, Any], expected: tuple[int, int]
) -> None:
    found = counted(
        choose("attendance_rate", **options), town(PRESENT, attendance=MISSED)
    )
    assert figure(found) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (1, 3)),  # A: 3 of 20 days; D: 1 of 20, which is 5 percent
        ({"percent": 15}, (1, 3)),
        ({"percent": 16}, (0, 3)),
        ({"percent": 5}, (2, 3)),
        ({"threshold": "days", "days": 3}, (1, 3)),
        ({"threshold": "days", "days": 4}, (0, 3)),
        ({"threshold": "days", "days": 4, "absent_percent": 40}, (1, 3)),
        ({"minimum_days": 5}, (1, 4)),
        ({"minimum_days": 21}, None),  # nobody was there so long
    ],
)
def test_chronic_absence_by_either_threshold(
    options: dict[str, Any], expected: tuple[int, int] | None
) -> None:
    measure = choose("chronic_absence", **options)
    found = counted(measure, town(PRESENT, attendance=MISSED))
    if expected is None:
        assert state(found) is State.MISSING
    else:
        assert figure(found) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    # B was suspended on days 8 and 9, of which the record has neither. D on day 6,
    # where it stands as an absence; so D has 1 day or none, and B none or 2.
    [("as_recorded", 2), ("counted", 3), ("left_out", 1)],
)
def test_suspensions_count_as_absence_if_so_chosen(rule: str, expected: int) -> None:
    discipline = frame(
        "discipline",
        {
            "id": "B",
            "date": DAYS[7],
            "action": "out_of_school_suspension",
            "days_served": 2.0,
        },
        {
            "id": "D",
            "date": DAYS[5],
            "action": "out_of_school_suspension",
            "days_served": 1.0,
        },
        {
            "id": "B",
            "date": DAYS[1],
            "action": "in_school_suspension",
            "days_served": 5.0,
        },
    )
    measure = choose("chronic_absence", percent=5, suspensions=rule)
    frames = town(PRESENT, attendance=MISSED, discipline=discipline)
    assert figure(counted(measure, frames))[0] == expected


def test_totals_of_days_count_as_the_sender_counted_them() -> None:
    days = frame(
        "days",
        {"id": "A", "school": "7", "days_enrolled": 100, "days_absent": 10},
        {"id": "A", "school": "8", "days_enrolled": 80, "days_absent": 8},
        {"id": "B", "school": "7", "days_enrolled": 180, "days_absent": 17.5},
        {"id": "C", "school": "7", "days_enrolled": 180, "days_absent": None},
    )
    frames = town(PRESENT, days=days)
    assert figure(counted("chronic_absence", frames)) == (1, 2)
    # 18 and 17.5 days of 360 missed: 324.5 present, in half days.
    assert figure(counted("attendance_rate", frames)) == (649, 720)
    with pytest.raises(RuleBroken, match="send attendance day by day"):
        counted(choose("chronic_absence", absent_percent=40), frames)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"kind": "excused"}, (1, 3)),  # A
        ({"kind": "unexcused"}, (1, 3)),  # D
        ({"kind": "excused", "statistic": "days"}, (2, 3)),
        ({"kind": "excused", "month": 9}, (1, 3)),
        ({"kind": "excused", "month": 10}, (0, 3)),
    ],
)
def test_absences_by_kind_and_month(
    options: dict[str, Any], expected: tuple[int, int]
) -> None:
    frames = town(PRESENT, attendance=MISSED)
    assert figure(counted(choose("absences_by_kind", **options), frames)) == expected


def action(child: str, incident: str, kind: str, served: float | None, **more: object):
    return {
        "id": child,
        "incident": incident,
        "action": kind,
        "date": DAYS[3],
        "days_served": served,
        "days_assigned": 4.0,
        **more,
    }


# A: two incidents, one with two actions. B: in school. C: half a day. D: expelled.
ACTIONS = frame(
    "discipline",
    action("A", "1", "out_of_school_suspension", 2.0),
    action("A", "1", "in_school_suspension", 1.0),
    action("A", "2", "out_of_school_suspension", 1.5),
    action("A", "3", "out_of_school_suspension", 9.0, date=EARLIER),
    action("B", "1", "in_school_suspension", 1.0),
    action("C", "4", "out_of_school_suspension", 0.5),
    action("D", "5", "expulsion", None),
    action("D", "6", "other", 3.0),
)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (3, 4)),  # A, B, D
        ({"at_least_a_day": "counted"}, (4, 4)),
        ({"action": "out_of_school_suspension"}, (1, 4)),
        ({"action": "in_school_suspension"}, (2, 4)),
        ({"action": "suspension"}, (2, 4)),
        ({"action": "expulsion"}, (1, 4)),
        ({"statistic": "incidents"}, (4, 4)),  # A twice, B, D
        ({"statistic": "incidents", "action": "suspension"}, (3, 4)),
        # In hundredths: A 2 and 1 and 1.5 days, B one.
        ({"statistic": "days", "action": "suspension"}, (550, 400)),
        (
            {"statistic": "days", "action": "suspension", "days": "assigned"},
            (2000, 400),  # five actions of four days, one of them C's
        ),
    ],
)
def test_suspensions_by_students_incidents_and_days(
    options: dict[str, Any], expected: tuple[int, int]
) -> None:
    frames = town(PRESENT, discipline=ACTIONS)
    assert figure(counted(choose("suspension", **options), frames)) == expected


def test_days_of_an_expulsion_without_a_length_cannot_be_counted() -> None:
    measure = choose("suspension", statistic="days", action="expulsion")
    with pytest.raises(RuleBroken, match="no number of days"):
        counted(measure, town(PRESENT, discipline=ACTIONS))
