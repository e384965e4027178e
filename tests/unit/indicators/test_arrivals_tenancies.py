"""Where children on a list lived, and when: dated spells, one home at a time."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.arrivals.contract import Arrival
from indicators.measures.attendance import residents
from tests.support.arriving import TENANTS, arrive, rows, said

LISTED = TENANTS | {"tenant.move_out_date"}
HEADINGS = "member id,first name,last name,birth date,development,move in date"
EAST, WEST = "WA001000037", "WA001000038"
DAY = date(2022, 3, 31)


def row(member: str, place: str, since: str, *, name: str = "Lopez") -> str:
    return f"{member},Ana,{name},2010-01-31,{place},{since}"


def list_of(*lines: str, headings: str = HEADINGS, **options: Any) -> Arrival:
    content = "\n".join((headings, *lines))
    return arrive({"tenants.csv": content}, LISTED, **options)


def spells(arrival: Arrival) -> list[tuple[object, ...]]:
    return [tuple(each.values()) for each in arrival.frames["tenancies"].to_pylist()]


def homes(arrival: Arrival, on: date) -> dict[str, str]:
    held = residents(
        arrival.frames["tenants"], by=on, stays=arrival.frames["tenancies"]
    )
    return dict(
        zip(held["member_id"].to_pylist(), held["development"].to_pylist(), strict=True)
    )


def test_a_move_makes_one_child_with_two_spells() -> None:
    arrival = list_of(row("A1", EAST, "2020-05-01"), row("A1", WEST, "2022-05-10"))
    assert arrival.can_be_kept
    assert arrival.n_rejected == 0
    (child,) = rows(arrival, "tenants")
    assert child["development"] == WEST
    assert spells(arrival) == [
        ("A1", EAST, date(2020, 5, 1), date(2022, 5, 9)),
        ("A1", WEST, date(2022, 5, 10), None),
    ]
    assert homes(arrival, DAY) == {"A1": EAST}
    assert homes(arrival, date(2022, 5, 31)) == {"A1": WEST}
    assert homes(arrival, date(2020, 4, 30)) == {}


@pytest.mark.parametrize("step", [1, -1])
def test_of_two_rows_of_one_stay_the_one_with_an_end_counts(step: int) -> None:
    lines = [row("A1", EAST, f"2020-05-01{end}") for end in (",", ",2021-02-03")]
    arrival = list_of(*lines[::step], headings=f"{HEADINGS},move out date")
    assert spells(arrival) == [("A1", EAST, date(2020, 5, 1), date(2021, 2, 3))]
    assert arrival.n_rejected == 1


@pytest.mark.parametrize("step", [1, -1])
def test_of_two_ends_of_one_stay_the_last_counts(step: int) -> None:
    ends = (",2021-02-03", ",2022-02-03", ",")[::step]
    lines = [row("A1", EAST, f"2020-05-01{end}") for end in ends]
    arrival = list_of(*lines, headings=f"{HEADINGS},move out date")
    assert spells(arrival) == [("A1", EAST, date(2020, 5, 1), date(2022, 2, 3))]
    assert arrival.n_rejected == 2


@pytest.mark.parametrize("listed", [TENANTS, TENANTS - {"tenant.move_in_date"}])
def test_who_moved_out_is_left_out_though_the_day_is_not_listed(
    listed: frozenset[str],
) -> None:
    lines = (
        f"{row('A1', EAST, '2020-05-01')},2021-12-31",
        f"{row('B2', WEST, '2020-05-01')},",
        f"{row('C3', WEST, '2020-05-01')},2022-06-01",
        f"{row('D4', WEST, '2019-05-01')},2020-03-31",
        f"{row('D4', EAST, '2020-05-01')},",
    )
    text = "\n".join((f"{HEADINGS},move out date", *lines))
    arrival = arrive({"tenants.csv": text}, listed)
    assert [each["member_id"] for each in rows(arrival, "tenants")] == [
        "B2",
        "C3",
        "D4",
    ]
    assert [each["development"] for each in rows(arrival, "tenants")][2] == EAST
    assert "have moved out, and not read" in said(arrival)
    assert "2021" not in str(arrival.frames)


def test_who_moved_out_lives_nowhere_afterwards() -> None:
    arrival = list_of(
        f"{row('A1', EAST, '2020-05-01')},2021-12-31",
        f"{row('B2', WEST, '')},",
        headings=f"{HEADINGS},move out date",
    )
    assert homes(arrival, DAY) == {"B2": WEST}
    assert homes(arrival, date(2021, 12, 31)) == {"A1": EAST, "B2": WEST}


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (
            row("A1", WEST, "2022-05-10", name="Garcia"),
            "different values in “Last name”, “Development (HUD project number)” and "
            "“Move-in date”",
        ),
        (
            row("A1", WEST, "2020-05-01"),
            "different values in “Development (HUD project number)”",
        ),
        (row("A1", EAST, "2020-05-01"), "the same values"),
    ],
    ids=["another name", "another place on the day", "the same again"],
)
def test_what_is_no_move_is_set_aside(second: str, says: str) -> None:
    arrival = list_of(row("A1", EAST, "2020-05-01"), second)
    assert arrival.n_rejected == 1
    assert f"appears again (first on line 2) with {says}." in arrival.rejected[0].reason
    assert spells(arrival) == [("A1", EAST, date(2020, 5, 1), None)]


@pytest.mark.parametrize(
    ("since", "until", "reason"),
    [
        ("2199-05-01", "", "the move-in date is in the future"),
        ("2020-05-01", "2020-04-30", "the move-out date is before the move-in date"),
    ],
)
def test_days_that_cannot_be_so_are_set_aside(
    since: str, until: str, reason: str
) -> None:
    arrival = list_of(
        f"{row('A1', EAST, '2019-05-01')},",
        f"{row('A1', WEST, since)},{until}",
        headings=f"{HEADINGS},move out date",
    )
    assert reason in arrival.rejected[0].reason
    assert spells(arrival) == [("A1", EAST, date(2019, 5, 1), None)]


def test_without_listed_days_there_are_no_spells() -> None:
    content = "\n".join((HEADINGS, row("A1", EAST, ""), row("A1", WEST, "")))
    listed = TENANTS - {"tenant.move_in_date"}
    arrival = arrive({"tenants.csv": content}, listed)
    assert "tenancies" not in arrival.frames
    assert arrival.n_rejected == 1


ACTIONS = f"{HEADINGS},action type,effective date"


def test_actions_become_spells_where_their_days_are_listed() -> None:
    def action(place: str, code: str, on: str) -> str:
        return f"{row('A1', place, '2018-01-01')},{code},{on}"

    lines = [
        action(EAST, "2", "2021-03-01"),
        action(EAST, "2", "2022-03-01"),
        action(WEST, "7", "2022-05-15"),
        action(EAST, "15", "2022-05-20"),
    ]
    listed = LISTED | {"tenant.action", "tenant.action_date"}
    arrival = arrive({"tenants.csv": "\n".join((ACTIONS, *lines))}, listed)
    assert spells(arrival) == [
        ("A1", EAST, date(2018, 1, 1), date(2022, 5, 14)),
        ("A1", WEST, date(2022, 5, 15), None),
    ]
    unlisted = arrive({"tenants.csv": "\n".join((ACTIONS, *lines))}, LISTED)
    assert "tenancies" not in unlisted.frames


@pytest.mark.parametrize("step", [1, -1])
def test_actions_that_tell_when_the_present_unit_began_tell_of_the_one_before(
    step: int,
) -> None:
    lines = [
        f"{row('A1', EAST, '2022-03-01')},2,2021-11-01",
        f"{row('A1', WEST, '2022-03-01')},7,2022-03-01",
    ]
    listed = LISTED | {"tenant.action", "tenant.action_date"}
    content = "\n".join((ACTIONS, *lines[::step]))
    assert spells(arrive({"tenants.csv": content}, listed)) == [
        ("A1", EAST, date(2021, 11, 1), date(2022, 2, 28)),
        ("A1", WEST, date(2022, 3, 1), None),
    ]


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize(("code", "place"), [("1", EAST), ("4", EAST), ("7", WEST)])
def test_an_admission_counts_beside_another_action_of_its_day(
    code: str, place: str, step: int
) -> None:
    lines = [
        f"{row('A1', place, '2018-01-01')},{each},{ON}" for each in (code, "3", "2")
    ]
    listed = LISTED | {"tenant.action", "tenant.action_date"}
    arrival = arrive({"tenants.csv": "\n".join((ACTIONS, *lines[::step]))}, listed)
    assert spells(arrival) == [("A1", place, date(2022, 5, 15), None)]


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("after", ["8", "9", "10", "11", "12", "13"])
def test_only_an_admission_or_a_move_begins_a_stay_again(after: str, step: int) -> None:
    told = {
        "A1": (("1", "2019-05-01"), ("6", "2021-05-01"), (after, "2021-06-01")),
        "B2": (("6", "2021-05-01"), (after, "2021-06-01"), ("7", "2021-07-01")),
    }
    lines = [
        f"{row(member, EAST, '2019-05-01')},{code},{on}"
        for member, each in told.items()
        for code, on in each
    ]
    listed = LISTED | {"tenant.action", "tenant.action_date"}
    arrival = arrive({"tenants.csv": "\n".join((ACTIONS, *lines[::step]))}, listed)
    assert [each["member_id"] for each in rows(arrival, "tenants")] == ["B2"]
    assert spells(arrival) == [("B2", EAST, date(2021, 7, 1), None)]
    assert "2 of the actions come after the end of a stay" in said(arrival)


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize(
    ("end", "n_rejected", "says"),
    [
        (f"{row('A1', '', '')},6,2021-05-01", 0, "end a stay, so that these"),
        (f"{row('A1', 'WA1', '')},6,2021-05-01", 1, "counts nevertheless"),
        (f"{row('A1', EAST, 'x')},EOP,2021-05-01", 1, "counts nevertheless"),
        (f"{row('A1', EAST, '', name='')},6,2021-05-01", 1, "nevertheless"),
        (f"{row('A1', EAST, '')},6,", 0, "but not on which day"),
        (f"{row('A1', EAST, '')},6,2021-02-31", 1, "but not on which day"),
    ],
    ids=["no place", "wrong place", "move-in", "no name", "no day", "wrong day"],
)
def test_who_left_is_there_no_more_though_the_end_lacks_something(
    end: str, n_rejected: int, says: str, step: int
) -> None:
    lines = [
        f"{row('A1', EAST, '2019-05-01')},1,2019-05-01",
        f"{row('B2', EAST, '2019-05-01')},1,2019-05-01",
        end,
    ]
    listed = LISTED | {"tenant.action", "tenant.action_date"}
    for actions in (listed, LISTED):
        content = "\n".join((ACTIONS, *lines[::step]))
        arrival = arrive({"tenants.csv": content}, actions)
        assert [each["member_id"] for each in rows(arrival, "tenants")] == ["B2"]
        assert arrival.n_rejected == n_rejected, said(arrival)
        assert says in said(arrival)


def test_who_left_and_came_again_is_there_though_the_end_has_no_place() -> None:
    told = (("1", EAST, "2019-05-01"), ("6", "", "2021-05-01"), ("1", WEST, ON))
    lines = [f"{row('A1', place, '')},{code},{on}" for code, place, on in told]
    listed = LISTED | {"tenant.action", "tenant.action_date"}
    arrival = arrive({"tenants.csv": "\n".join((ACTIONS, *lines))}, listed)
    assert spells(arrival) == [
        ("A1", EAST, date(2019, 5, 1), date(2021, 4, 30)),
        ("A1", WEST, date(2022, 5, 15), None),
    ]


def test_an_action_without_a_development_is_set_aside_unless_it_ends_a_stay() -> None:
    lines = [f"{row(member, '', '')},2,2021-05-01" for member in ("A1", "B2")]
    arrival = list_of(*lines, f"{row('C3', EAST, '')},2,2021-05-01", headings=ACTIONS)
    assert [each.line for each in arrival.rejected] == [2, 3]
    assert "development is empty" in arrival.rejected[0].reason


def test_of_actions_without_days_an_end_leaves_nobody_there() -> None:
    lines = [f"{row(m, EAST, '')},{code}" for m, code in (("A1", 2), ("A1", 6))]
    other = f"{row('B2', EAST, '')},2"
    arrival = list_of(*lines, other, headings=f"{HEADINGS},action type")
    assert [each["member_id"] for each in rows(arrival, "tenants")] == ["B2"]


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("search", ["9", "10", "11"])
def test_to_search_on_the_day_of_leaving_is_no_contradiction(
    search: str, step: int
) -> None:
    told = (
        *(("1", EAST, "2019-05-01"), ("6", EAST, "2021-05-01")),
        *((search, WEST, "2021-05-01"), ("1", WEST, ON)),
    )
    lines = [f"{row('A1', place, '')},{code},{on}" for code, place, on in told]
    listed = LISTED | {"tenant.action", "tenant.action_date"}
    arrival = arrive({"tenants.csv": "\n".join((ACTIONS, *lines[::step]))}, listed)
    assert arrival.n_rejected == 0
    assert spells(arrival) == [
        ("A1", EAST, date(2019, 5, 1), date(2021, 4, 30)),
        ("A1", WEST, date(2022, 5, 15), None),
    ]


ON = "2022-05-15"


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize(
    ("told", "place"),
    [
        ([(EAST, "2", ON), (EAST, "3", ON)], EAST),
        ([(EAST, "6", ON), (WEST, "7", ON)], WEST),
        ([(EAST, "2", ON), (WEST, "7", ON)], None),
        ([(EAST, "2", ON), (EAST, "6", ON)], None),
        ([(EAST, "2", "2022-01-01"), (EAST, "2", ON), (WEST, "2", ON)], None),
        ([(EAST, "2", "2020-01-01"), (WEST, "2", "2020-01-01"), (EAST, "2", ON)], EAST),
    ],
)
def test_actions_of_one_day_count_where_they_tell_the_same(
    told: list[tuple[str, str, str]], place: str | None, step: int
) -> None:
    lines = [
        f"{row('A1', where, '2018-01-01')},{code},{on}" for where, code, on in told
    ]
    other = f"{row('B2', WEST, '2018-01-01')},2,{ON}"
    listed = LISTED | {"tenant.action", "tenant.action_date"}
    content = "\n".join((ACTIONS, *lines[::step], other))
    arrival = arrive({"tenants.csv": content}, listed)
    lives = {
        each["member_id"]: each["development"] for each in rows(arrival, "tenants")
    }
    assert lives == {"B2": WEST} | ({"A1": place} if place else {})
    assert {each[0] for each in spells(arrival)} == lives.keys()
    n_contradicting = sum("tells otherwise" in each.reason for each in arrival.rejected)
    assert n_contradicting == (0 if len(told) == 2 and place else 2)


@pytest.mark.parametrize("step", [1, -1])
def test_two_children_under_the_number_of_a_household_are_both_told(step: int) -> None:
    ana, ben = (f"{row('A1', EAST, '2018-01-01')},2,{ON}" for _ in range(2))
    lines = [ana, ben.replace(ben.split(",")[1], "Ben")][::step]
    listed = LISTED | {"tenant.action", "tenant.action_date"}
    arrival = arrive({"tenants.csv": "\n".join((ACTIONS, *lines))}, listed)
    assert [each.line for each in arrival.rejected] == [2, 3]
    assert "tells otherwise" in arrival.rejected[0].reason


MOVES = st.lists(
    st.tuples(
        st.sampled_from(("A1", "B2", "C3")),
        st.sampled_from((EAST, WEST)),
        st.integers(0, 12),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(moves=MOVES, chance=st.randoms(use_true_random=False))
def test_spells_never_overlap_and_do_not_depend_on_the_order_of_rows(
    moves: list[tuple[str, str, int]], chance: Any
) -> None:
    once = {(member, n): place for member, place, n in moves}
    lines = [
        row(member, place, str(date(2021, 1, 1) + timedelta(days=20 * n)))
        for (member, n), place in once.items()
    ]
    found = spells(list_of(*lines))
    chance.shuffle(lines)
    assert spells(list_of(*lines)) == found
    assert {each[0] for each in found} == {member for member, _ in once}
    for one, other in pairwise(found):
        if one[0] == other[0]:
            assert one[3] is not None
            assert one[2] < other[2]  # type: ignore[operator]
            assert one[3] < other[2]  # type: ignore[operator]
            assert one[1] != other[1]


def test_residents_without_spells_are_those_who_had_moved_in() -> None:
    tenants = pa.table(
        {
            "member_id": ["A1", "B2"],
            "development": [EAST, WEST],
            "move_in_date": pa.array([date(2023, 1, 1), None], pa.date32()),
        }
    )
    assert residents(tenants, by=DAY)["member_id"].to_pylist() == ["B2"]
