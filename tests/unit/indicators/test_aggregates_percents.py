"""Percents that a district delivers: rounded, and never of a group that is hidden."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from accounts.acts import RuleBroken
from indicators.aggregates.longform import Zero
from indicators.disclosure.table import Mark
from tests.support import town
from tests.unit.indicators.test_aggregates_delivered import (
    CHRONIC,
    delivered,
    lines,
    published,
)
from tests.unit.indicators.test_aggregates_release_files import cell, file

CODES = list(town.BUILDINGS)
SCHOOLS = list(town.SCHOOLS)


def card(*rows: Sequence[object]) -> bytes:
    """Return a report card: breakdown, group, count, children, percent."""
    return lines(*(["2025-26", *row[:2], "Chronic absence", *row[2:]] for row in rows))


def test_whole_percents_that_add_up_but_for_rounding_are_taken() -> None:
    cells = published(
        card(
            ["All", "All", "", 1000, "25"],
            ["Building", CODES[0], "", 400, "25%"],
            ["Building", CODES[1], "", 300, "24.7"],
            ["Building", CODES[2], "", 150, "30"],
            ["Building", CODES[3], "", 150, "21"],
        )
    )
    printed = {code: str(each.rates[CHRONIC]) for code, each in cells.items()}
    assert printed == {
        "": "25",
        CODES[0]: "25",
        CODES[1]: "25–29",
        CODES[2]: "30–34",
        CODES[3]: "20–24",
    }


@given(
    st.lists(
        st.integers(1, 200).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([0, 1]),
    st.booleans(),
)
def test_rounded_percents_of_true_counts_always_add_up(
    groups: Sequence[tuple[int, int]], digits: int, is_cut: bool
) -> None:
    def percent(x: int, n: int) -> str:
        tenths = 10**digits
        above = x * 100 * tenths // n
        return f"{(above if is_cut else round(x * 100 * tenths / n)) / tenths}"

    n, x = (sum(each) for each in zip(*groups, strict=True))
    assume(n)
    rows = [
        ["Building", c, "", n, percent(x, n)]
        for c, (n, x) in zip(CODES, groups, strict=False)
    ]
    schools = [["School", SCHOOLS[0], x, n, ""]]
    read = delivered(card(["All", "All", "", n, percent(x, n)], *rows, *schools))
    total, *parts = (each["x"]["chronic_absence"] for each in read.record["cells"])
    assert total == sum(parts[:-1]) == parts[-1] == x
    assert all(0 <= part <= n for part, (n, _) in zip(parts, groups, strict=False))


def test_a_group_without_numbers_leaves_room_for_as_many_as_it_can_have() -> None:
    rows = [["All", "All", 40, 200, ""], ["Building", CODES[0], "", 100, "5"]]
    assert delivered(card(*rows, ["Building", CODES[1], "", "TBD", ""]))
    few = [["All", "All", 140, 200, ""], rows[1]]
    with pytest.raises(RuleBroken, match="Lines 2 and 3: Chronic absence of the"):
        delivered(card(*few, ["Building", CODES[1], "", "TBD", ""]))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            [
                ["All", "All", "", 1000, "25"],
                ["Building", CODES[0], "", 500, "25"],
                ["Building", CODES[1], "", 500, "30"],
            ],
            "Lines 2, 3 and 4: Chronic absence of the groups does not add up",
        ),
        (
            [
                ["All", "All", 100, 1000, ""],
                ["Building", CODES[0], 60, 500, ""],
                ["Building", CODES[1], 50, 500, ""],
            ],
            "Lines 2, 3 and 4: Chronic absence of the groups does not add up",
        ),
        (
            [["All", "All", "", 26, "14.1"]],
            "Line 2: no number of 26 children is 14.1 percent",
        ),
        (
            [
                ["All", "All", "", 26, "50"],
                ["Building", CODES[1], "", "26", "50"],
                ["Building", CODES[0], "", "0", "50"],
            ],
            "Line 4: no number of 0 children is 50 percent",
        ),
        (
            [
                ["All", "All", "", 26, "50"],
                ["Building", CODES[0], "", "30", "50"],
                ["Building", CODES[1], "", "TBD", ""],
            ],
            "The groups by building do not add up to all children",
        ),
        (
            [["All", "All", "*", 66, "*"], ["Building", CODES[1], "", "*", "45"]],
            "Line 3: this percent is of a group whose number of children is not given",
        ),
        (
            [["All", "All", "*", 66, "*"], ["Building", CODES[1], "", "n<10", "40-49"]],
            "Line 3: this percent is of a group whose number of children is not given",
        ),
        (
            [["All", "All", "*", 66, "*"], ["Building", CODES[1], "", "", "45"]],
            "Line 3: this percent is of a group whose number of children is not given",
        ),
    ],
)
def test_a_percent_that_cannot_be_is_refused_with_its_line(
    rows: Sequence[Sequence[object]], says: str
) -> None:
    with pytest.raises(RuleBroken, match=says) as refused:
        delivered(card(*rows))
    assert "chronic_absence" not in refused.value.message


def test_of_nobody_nobody_is_0_percent() -> None:
    cells = published(
        card(
            ["All", "All", "", 100, "10"],
            ["Building", CODES[0], "", 100, "10"],
            ["Building", CODES[1], "", 0, "0"],
        )
    )
    assert (cells[CODES[1]].n, str(cells[CODES[1]].rates[CHRONIC])) == (0, "No data")


def test_a_percent_of_0_is_hidden_where_0_stands_for_what_is_hidden() -> None:
    rows = card(
        ["All", "All", "*", 66, "*"],
        ["Building", CODES[0], "*", 26, "*"],
        ["Building", CODES[1], 0, 0, 0],
        ["Building", CODES[2], 0, 0, 0],
    )
    read = delivered(rows, zero=Zero.HIDDEN)
    told = [each for each in read.record["cells"] if each["building"] in CODES[1:]]
    assert [each["n"] for each in told] == [None, None]
    assert [each["rate"]["chronic_absence"] for each in told] == [None, None]


def test_a_release_file_prints_no_percent_of_a_hidden_group_either() -> None:
    hidden = cell(CODES[2], n=None, rate={"chronic_absence": "33"})
    record = file([cell("", n=66, rate={}), hidden])
    with pytest.raises(RuleBroken, match=f"prints a percent of {CODES[2]}, whose"):
        delivered(json.dumps(record).encode())


@pytest.mark.parametrize(
    ("n", "text", "printed"),
    [(50, "20–25", "20–29"), (400, "37", "37"), (12, "33", "≤49"), (100, "≤3", "≤5")],
)
def test_a_release_file_prints_no_finer_range_than_its_group_allows(
    n: int, text: str, printed: str
) -> None:
    record = file([cell("", n=n, rate={"chronic_absence": text})])
    assert str(published(json.dumps(record).encode())[""].rates[CHRONIC]) == printed


def test_ranges_that_cannot_all_be_true_are_called_so() -> None:
    rows = card(
        ["All", "All", "", 400, "25"],
        ["Building", CODES[0], "", 200, ">95%"],
        ["Building", CODES[1], "", 200, "*"],
    )
    with pytest.raises(RuleBroken, match="cannot all be true") as refused:
        published(rows)
    assert "give away" not in refused.value.message


def test_marks_stay_four_beside_percents() -> None:
    cells = published(
        card(
            ["All", "All", "", 400, "25"],
            ["Building", CODES[0], "", 200, "Suppressed"],
            ["Building", CODES[1], "", 120, "No data"],
            ["Building", CODES[2], "", 80, "TBD"],
        )
    )
    found = [cells[code].rates[CHRONIC] for code in CODES[:3]]
    assert found == [Mark.SUPPRESSED, Mark.NO_DATA, Mark.NOT_YET]
