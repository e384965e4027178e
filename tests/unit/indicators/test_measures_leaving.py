"""Who dropped out between two censuses, in a town counted by hand."""

from datetime import date
from typing import Any

import pytest

from indicators.measures.definitions import choose
from indicators.measures.figures import State
from tests.support.small_town import EARLIER, counted, enrolled, figure, state, town

LEAVERS = [
    enrolled("A", grade="09"),  # comes back
    enrolled("A", entry_date=date(2022, 9, 6), grade="10"),
    enrolled("B", grade="09", exit_date=date(2022, 3, 1), exit_type="dropped out"),
    enrolled("C", grade="12", exit_date=date(2022, 6, 17), exit_type="graduated"),
    enrolled("D", grade="10", exit_date=date(2022, 6, 17)),  # never seen again
    enrolled("E", grade="11", exit_date=date(2022, 1, 5), exit_type="transferred"),
    enrolled("F", grade="08", exit_date=date(2022, 3, 1), exit_type="dropped out"),
    # Left, and was back before the census.
    enrolled("G", grade="09", exit_date=date(2022, 2, 1), exit_type="dropped out"),
    enrolled("G", grade="09", entry_date=date(2022, 9, 20)),
]


def test_event_dropout_is_being_gone_at_the_next_census() -> None:
    frames = town(LEAVERS)
    assert figure(counted("dropout", frames)) == (2, 6)  # B, D
    wider = choose("dropout", grades="Grades 7–12")
    assert figure(counted(wider, frames)) == (3, 7)  # and F


def test_event_dropout_is_told_by_the_last_exit_alone() -> None:
    day, end = date(2022, 3, 1), date(2022, 5, 2)
    rows = [enrolled("A", entry_date=date(2022, 9, 6))]
    for child, first, how_first, last, how_last in (
        ("B", day, "transferred", end, "dropped out"),
        ("C", day, "dropped out", end, "graduated"),
        ("D", day, "transferred", day, "dropped out"),  # on the day of coming
        ("E", None, "transferred", end, "dropped out"),  # an exit without a day
    ):
        at: dict[str, Any] = {"grade": "10", "exit_date": last, "exit_type": how_last}
        was = at | {"exit_date": first, "exit_type": how_first}
        rows += enrolled(child, **was), enrolled(child, "T", entry_date=day, **at)
    for order in (rows, rows[::-1]):
        assert figure(counted("dropout", town(order))) == (3, 4)  # B, D, E


@pytest.mark.parametrize(("back", "expected"), [("ABC", (3, 6)), ("A", (1, 6))])
def test_where_enrolments_begin_each_year_an_open_one_is_of_its_year(
    back: str, expected: tuple[int, int]
) -> None:
    rows = [enrolled(child, grade="09") for child in "ABCDE"]
    rows += [enrolled(child, entry_date=date(2022, 9, 6), grade="10") for child in back]
    gone = enrolled("F", grade="09", exit_date=date(2022, 3, 1))
    told_of = counted("dropout", town([*rows, gone | {"exit_type": "dropped out"}]))
    assert figure(told_of) == expected
    untold = counted("dropout", town([*rows, gone]))
    assert state(untold, grade="Grades 9–12") is State.MISSING


def test_event_dropout_is_not_yet_known_before_the_next_census() -> None:
    frames = town(LEAVERS)
    early = counted("dropout", frames, as_of=date(2022, 10, 2))
    assert state(early, grade="Grades 9–12") is State.NOT_YET
    one_year = town([row for row in LEAVERS if row["entry_date"] == EARLIER])
    assert state(counted("dropout", one_year), grade="Grades 9–12") is State.MISSING
