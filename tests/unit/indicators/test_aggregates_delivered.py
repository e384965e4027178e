"""What a district delivers: read, laid at its places, and made publishable or not."""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.acts import RuleBroken
from indicators.aggregates.delivered import (
    Delivered,
    at_places,
    from_content,
    read_counts,
)
from indicators.aggregates.longform import Zero
from indicators.aggregates.outcome import document_of_counts
from indicators.disclosure.table import Mark
from indicators.measures.definitions import choose
from indicators.published.document import (
    Document,
    PublishedCell,
    from_record,
    to_record,
)
from indicators.published.making import Named
from tests.support import addresses, town
from tests.support.document_reader import learned

CODES = list(town.BUILDINGS)
PLACES = {"building": town.BUILDINGS, "school": town.SCHOOLS}
CHRONIC = choose("chronic_absence").id
HEADINGS = addresses.COUNT_HEADINGS


def delivered(content: bytes, *, zero: Zero | None = Zero.NOBODY) -> Delivered:
    read = read_counts(io.BytesIO(content), threshold=10, zero=zero)
    return from_content(at_places(read, PLACES).content())


def document(
    counts: Delivered,
    earlier: Sequence[Document] = (),
    labels: Mapping[str, Mapping[str, str]] = PLACES,
) -> Document:
    made, _ = document_of_counts(
        counts,
        earlier=earlier,
        named=Named(name="Counts", threshold=10, labels=labels),
        whom="Children",
        by="Grand Bend",
        as_of=date(2026, 7, 1),
    )
    return from_record(json.loads(json.dumps(to_record(made))))


def published(
    content: bytes, earlier: Sequence[Document] = ()
) -> Mapping[str, PublishedCell]:
    """Return what is published of a file, by the code of the building; "" is all."""
    made = document(delivered(content), earlier)
    return {dict(cell.vector).get("building", ""): cell for cell in made.cells}


def lines(*rows: Sequence[object]) -> bytes:
    return addresses.export_csv(rows, HEADINGS)


def test_unprotected_counts_are_protected() -> None:
    cells = published(addresses.counts_csv())
    assert cells[""].n == 66
    assert cells[CODES[3]].n is Mark.SUPPRESSED  # four children
    hidden = [cell for cell in cells.values() if cell.n is Mark.SUPPRESSED]
    assert len(hidden) >= 2
    assert all(set(c.rates.values()) == {Mark.SUPPRESSED} for c in hidden)


def test_missing_zero_suppressed_and_not_yet_known_stay_four() -> None:
    content = lines(
        ["2025-26", "All", "All", "Chronic absence", "", "300", "20-24%"],
        ["2025-26", "Building", CODES[0], "Chronic absence", "", "0", ""],
        [
            "2025-26",
            "Building",
            CODES[1],
            "Chronic absence",
            "n<10",
            "Data suppressed",
            "*",
        ],
        ["2025-26", "Building", CODES[2], "Chronic absence", "", "", ""],
        ["2025-26", "Building", CODES[3], "Chronic absence", "", "Pending", "Pending"],
    )
    cells = published(content)
    assert [cells[code].n for code in CODES] == [
        0,
        Mark.SUPPRESSED,
        Mark.NO_DATA,
        Mark.NOT_YET,
    ]
    rates = [str(cells[code].rates[CHRONIC]) for code in CODES]
    assert rates == ["No data", "Suppressed", "No data", "Not yet known"]


@pytest.mark.parametrize(
    ("percent", "printed"),
    [
        (">95%", "≥90"),
        ("<=10%", "≤10"),
        ("40-49%", "40–49"),
        ("20-25", "20–29"),
        ("25-31%", "20–39"),
        ("<4.5%", "≤10"),
        ("0-100", "Suppressed"),
        ("-4", "Suppressed"),
    ],
)
def test_a_range_is_as_wide_as_its_group_asks_for(percent: str, printed: str) -> None:
    content = lines(
        ["2025-26", "All", "All", "Chronic absence", "*", "120", "*"],
        ["2025-26", "Building", CODES[0], "Chronic absence", "", "60", percent],
        ["2025-26", "Building", CODES[1], "Chronic absence", "", "60", "*"],
    )
    assert str(published(content)[CODES[0]].rates[CHRONIC]) == printed


def test_a_count_beside_hidden_ones_is_coded_as_a_range() -> None:
    content = lines(
        ["2025-26", "All", "All", "Chronic absence", "30", "120", ""],
        ["2025-26", "Building", CODES[0], "Chronic absence", "15", "60", ""],
        ["2025-26", "Building", CODES[1], "Chronic absence", "*", "*", ""],
        ["2025-26", "Building", CODES[2], "Chronic absence", "*", "*", ""],
    )
    assert str(published(content)[CODES[0]].rates[CHRONIC]) == "20–29"


def test_a_file_that_gives_a_cell_away_is_refused_and_names_it() -> None:
    content = lines(
        ["2025-26", "All", "All", "Chronic absence", "*", "66", "*"],
        ["2025-26", "Building", CODES[0], "Chronic absence", "*", "26", "*"],
        ["2025-26", "Building", CODES[1], "Chronic absence", "*", "21", "*"],
        ["2025-26", "Building", CODES[2], "Chronic absence", "*", "15", "*"],
        ["2025-26", "Building", CODES[3], "Chronic absence", "*", "n<10", "*"],
    )
    with pytest.raises(RuleBroken) as refused:
        published(content)
    assert "would give away" in refused.value.message
    assert "Cedarvale Village" in refused.value.message
    assert "group below the threshold" in refused.value.message
    assert " 4 " not in refused.value.message


def test_a_small_group_that_is_shown_is_refused() -> None:
    content = lines(
        ["2025-26", "All", "All", "Chronic absence", "*", "66", "*"],
        ["2025-26", "Building", CODES[0], "Chronic absence", "*", "62", "*"],
        ["2025-26", "Building", CODES[3], "Chronic absence", "*", "4", "*"],
    )
    with pytest.raises(RuleBroken, match="is shown"):
        published(content)


def test_an_exact_percent_that_tells_the_count_is_made_a_range() -> None:
    content = lines(
        ["2025-26", "All", "All", "Chronic absence", "*", "66", "*"],
        ["2025-26", "Building", CODES[0], "Chronic absence", "", "26", "11.5%"],
        ["2025-26", "Building", CODES[1], "Chronic absence", "*", "40", "*"],
    )
    assert str(published(content)[CODES[0]].rates[CHRONIC]) == "≤20"


def test_what_was_published_before_is_attacked_together() -> None:
    first = document(delivered(addresses.counts_csv()))
    assert published(addresses.counts_csv(), [first])[""].n == 66
    fewer = addresses.counts_csv(instead={CODES[0]: ("3", "25", "")}).replace(
        b",66,", b",65,"
    )
    with pytest.raises(RuleBroken, match="fewer than the threshold"):
        published(fewer, [first])
    another_year = addresses.counts_csv("2026-27").replace(b",66,", b",66,")
    assert published(another_year, [first])[""].n == 66


def test_a_group_not_yet_known_may_be_known_in_the_next_edition() -> None:
    rows = [
        ["2025-26", "All", "All", "Chronic absence", "60", "300", ""],
        ["2025-26", "Building", CODES[0], "Chronic absence", "30", "150", ""],
    ]
    later = ["2025-26", "Building", CODES[1], "Chronic absence", "TBD", "TBD", ""]
    first = document(delivered(lines(*rows, later)))
    known = ["2025-26", "Building", CODES[1], "Chronic absence", "30", "150", ""]
    assert published(lines(*rows, known), [first])[CODES[1]].n == 150


@pytest.mark.parametrize("zero", [Zero.NOBODY, Zero.HIDDEN])
def test_a_zero_is_what_the_sender_says_it_is(zero: Zero) -> None:
    instead = {CODES[3]: ("0", "0", ""), "": ("12", "62", "")}
    content = addresses.counts_csv(instead=instead)
    found = delivered(content, zero=zero)
    assert found.is_counted == (zero is Zero.NOBODY)


def rows_with(**change: str) -> bytes:
    row = {
        "year": "2025-26",
        "by": "Building",
        "group": CODES[0],
        "measure": "Chronic absence",
        "count": "3",
        "children": "26",
        "percent": "",
    } | change
    total = ["2025-26", "All", "All", "Chronic absence", "14", "66", ""]
    other = ["2025-26", "Building", CODES[1], "Chronic absence", "11", "40", ""]
    return lines(total, other, [*row.values()])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (rows_with(year="soon"), "is no school year"),
        (rows_with(year="2024-25"), "more than one school year"),
        (rows_with(by="Grade"), "no breakdown that is read"),
        (rows_with(group="Elsewhere House"), "Elsewhere House"),
        (rows_with(measure="Attendance rate"), "cannot be taken"),
        (rows_with(count="several"), "neither a number nor a mark"),
        (rows_with(count="12.5"), "a count must be a whole number"),
        (rows_with(count="-"), "some senders write “-” where a number is hidden"),
        (rows_with(count="-9"), "some senders write “-9” where a number is hidden"),
        (rows_with(children="-2"), "some senders write “-2” where a number is hidden"),
        (rows_with(count="-3"), "Line 4: “-3” cannot be read"),
        (rows_with(percent="40"), "Line 4: 3 of 26 children are 11.5 percent"),
        (rows_with(percent="11.4"), "percent in that line says otherwise"),
        (rows_with(percent=">95%"), "percent in that line says otherwise"),
        (rows_with(count="27"), "more children are counted"),
        (rows_with(by="All", group="All"), "on an earlier line"),
        (rows_with(children="25"), "do not add up to all children"),
        (
            lines(["2025-26", "Building", CODES[0], "Enrolled", "3", "26", ""]),
            "all children",
        ),
        (b"a,b,c\n1,2,3\n", "No column was found"),
        (addresses.counts_csv(instead={CODES[0]: ("0", "26", "")}), "true zeros"),
        (b"{", "is not JSON"),
        (b"[1]", "not a table"),
        (b'{"format": 2}', "'release' is missing"),
    ],
)
def test_what_cannot_be_taken_is_said_in_a_sentence(content: bytes, says: str) -> None:
    with pytest.raises(RuleBroken, match=says):
        delivered(content, zero=None)


@pytest.mark.parametrize("percent", ["11.5", "11.54", "11.53", "12", "11", "<15%"])
def test_a_percent_may_be_rounded(percent: str) -> None:
    assert delivered(rows_with(percent=percent))


def release_file(**change: Any) -> bytes:
    cell = {"table": "all", "period": "2025–26", "n": 66, "x": {}}
    return json.dumps(
        {
            "format": 2,
            "release": "Ours",
            "keys": ["period"],
            "dims": ["building", "school"],
            "threshold": 10,
            "cells": [cell],
        }
        | change
    ).encode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"keys": [], "dims": ["period"]}, "one key"),
        ({"dims": ["grade"]}, "grade"),
        ({"indicators": ["grade_point"]}, "grade_point"),
        ({"cells": [{"table": "t", "period": "1", "n": 66}]}, "one school year"),
        (
            {"cells": [{"table": "t", "period": "2025-26", "building": "A", "n": 6}]},
            "count of all children",
        ),
        (
            {
                "cells": [
                    {"table": "t", "period": "2025-26", "n": 66},
                    {
                        "table": "t",
                        "period": "2025-26",
                        "building": CODES[0],
                        "school": "255901001",
                        "n": 20,
                    },
                ]
            },
            "finer than an agreement lists",
        ),
        (
            {
                "threshold": 5,
                "cells": [{"table": "t", "period": "2025-26", "n": 66, "rate": {}}],
            },
            "--threshold 10",
        ),
    ],
)
def test_a_release_file_of_another_shape_is_refused(
    change: dict[str, Any], says: str
) -> None:
    with pytest.raises(RuleBroken, match=says):
        delivered(release_file(**change))


def test_a_place_by_code_and_by_name_is_one_place() -> None:
    name = town.BUILDINGS[CODES[0]]
    content = lines(
        ["2025-26", "All", "All", "Enrolled", "", "52", ""],
        ["2025-26", "Building", CODES[0], "Enrolled", "", "26", ""],
        ["2025-26", "Building", name, "Enrolled", "", "26", ""],
    )
    with pytest.raises(RuleBroken, match="counted twice"):
        delivered(content)


def test_a_name_that_two_places_have_is_a_question() -> None:
    content = lines(
        ["2025-26", "All", "All", "Enrolled", "", "26", ""],
        ["2025-26", "School", "Lincoln", "Enrolled", "", "26", ""],
    )
    read = read_counts(io.BytesIO(content), threshold=10, zero=None)
    with pytest.raises(RuleBroken, match="More than one school is called"):
        at_places(read, {"school": {"1": "Lincoln", "2": "Lincoln"}})


def test_the_table_of_the_documentation_is_published() -> None:
    page = Path("docs/own-counts.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith(("| School year", "| 2025-26"))
    ]
    content = addresses.export_csv(rows[1:], rows[0])
    read = read_counts(io.BytesIO(content), threshold=10, zero=None)
    named = {row[2]: row[2] for row in rows[2:]}
    found = document(at_places(read, {"building": named}), labels={})
    groups = [cell for cell in found.cells if cell.vector]
    shown = {dict(cell.vector)["building"]: str(cell.n) for cell in groups}
    assert shown == {
        "Elm Row": "Not yet known",
        "Hill House": "150",
        "PA001000002": "Suppressed",
    }


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.integers(0, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
        min_size=2,
        max_size=6,
    )
)
def test_the_other_attacker_finds_nothing_either(
    sizes: Sequence[tuple[int, int]],
) -> None:
    whole = [sum(n for n, _ in sizes), sum(x for _, x in sizes)]
    content = lines(
        ["2025-26", "All", "All", "Chronic absence", whole[1], whole[0], ""],
        *(
            ["2025-26", "Building", f"B{i}", "Chronic absence", x, n, ""]
            for i, (n, x) in enumerate(sizes)
        ),
    )
    named = {f"B{i}": f"House {i}" for i in range(len(sizes))}
    read = read_counts(io.BytesIO(content), threshold=10, zero=Zero.NOBODY)
    try:
        found = document(
            at_places(read, {"building": named}), labels={"building": named}
        )
    except RuleBroken:
        return
    assert learned([found]) == []
    for cell in found.cells:
        assert isinstance(cell.n, Mark) or cell.n == 0 or cell.n >= 10
