"""An agency's own counts: what is read and refused, and what of them would show."""

import csv
import io
import json
from collections import Counter
from itertools import product

import pytest

from accounts.acts import RuleBroken
from indicators.disclosure.release import protect
from indicators.disclosure.release_file import counted
from indicators.headcounts import telling
from indicators.headcounts.reading import as_table, read_headcounts, template_of
from indicators.headcounts.trying import tried

BANDS = ("K–5", "6–8", "9–12")


def table(*rows: tuple[object, ...], heads: str = "building,children") -> str:
    return "\n".join([heads, *(",".join(map(str, row)) for row in rows)])


def by_band(numbers: list[tuple[int, int, int]]) -> str:
    return table(
        *(
            (f"Building {k}", band, n)
            for k, row in enumerate(numbers)
            for band, n in zip(BANDS, row, strict=True)
        ),
        heads="Building,Grade band,Number of children",
    )


def test_counts_are_read_as_people_write_them_and_written_as_they_are_read() -> None:
    text = 'Sex\tchildren\tSite\nF\t12\tHigh  Point\nM\t"1,204"\thigh point\nM\t0\tEnd'
    read = read_headcounts(text)
    assert read.breakdowns == ("building", "sex")
    assert read.groups == (
        (("High Point", "F"), 12),
        (("High Point", "M"), 1204),
        (("End", "M"), 0),
    )
    assert read_headcounts(as_table(read)) == read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "There is no table"),
        (",,\n", "all its cells are empty"),
        (table(("A", "9" * 5_000)), "On line 2, the number"),
        (table(("A", '"3,5"')), "On line 2, the number"),
        (table(("A", '"1,2,3"')), "On line 2, the number"),
        (table(("A", ""), ("B", 13)), "Line 2 does not say how many children"),
        (table(("Total children", 25), ("B", 13)), "Line 2 reads like a total"),
        (table(("Null", 12)), "stands for hidden numbers"),
        (table(("A", 12), ("Suppressed", 9)), "On line 3, the building is a word"),
        (table(), "no group with a child"),
        (table(("A", 1), heads="place,children"), "Column 1 is not one"),
        (
            table(("A", 1, "x"), heads="building,children,last name"),
            "no list of people",
        ),
        (
            table(("A", 1, "x"), heads="building,children,birth date"),
            "no list of people",
        ),
        (table(("A",), heads="building"), "no column “children”"),
        (table(("A", 1), ("a", 2)), "Line 3 is about the same group as line 2"),
        (table(("A", "some")), "On line 2, the number"),
        (table(("A", -4)), "On line 2, the number"),
        (table(("A", "1.5")), "On line 2, the number"),
        (table(("Total", 9)), "Line 2 reads like a total"),
        (table(("", 9)), "Line 2 does not say the building"),
        (table(("A", 9, 9)), "Line 2 has more values"),
        (table(("A" * 61, 9)), "longer than 60"),
        (table(("A", 9, 8), heads="building,children,n"), "Two columns are about"),
        (
            table(("A", 9, 1, 2, 3), heads="building,children,age,sex,race"),
            "at most 2 columns",
        ),
        (table(*((k, 1) for k in range(2_001))), "more than 2,000 groups"),
    ],
)
def test_what_is_no_table_of_counts_is_refused_whole_without_its_values(
    text: str, why: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        read_headcounts(text)
    assert why in refused.value.message
    assert "some" not in refused.value.message.split()


@pytest.mark.parametrize(
    "words",
    [
        *("Overall", "Everyone", "Combined", "All buildings combined", "All (12)"),
        *("All.", "PHA-wide", "Sum of all", "Both", "both sexes", "*"),
        *("Total", "Grand total:", "Sub-total", "Totals for all sites", "Total 2026"),
        *("Building total", "Subtotal Maple", "Total (all children)", "(Total)"),
        *("Total for A", "Total: A", "A total", "A (total)", "Sum of A", "A subtotal"),
        *("(All buildings)", "Total Public Housing", "Total K-12", "District total"),
    ],
)
def test_totals_in_other_words_are_refused(words: str) -> None:
    for row in ((words, "F", 21), ("A", words, 21)):
        text = table(("A", "F", 12), row, heads="building,sex,children")
        with pytest.raises(RuleBroken) as refused:
            read_headcounts(text)
        assert "Line 3 reads like a total" in refused.value.message


def test_buildings_whose_names_hold_the_word_of_a_total_are_read() -> None:
    names = (
        *("Overall Creek", "Allen Park", "All Saints Court", "12 Total Heights"),
        *("The Total Terrace", "Maple Combined", "Summit", "World-wide", "The Grand"),
    )
    counts = read_headcounts(table(*((name, 12) for name in names)))
    assert [values[0] for values, _ in counts.groups] == [*names]
    with pytest.raises(RuleBroken, match="put its code or another word before"):
        read_headcounts(table(("Total Heights", 12)))


def test_the_result_is_what_the_engine_shows_of_the_same_tables() -> None:
    numbers = [(12, 4, 11), (20, 15, 3), (31, 12, 10), (14, 9, 22), (11, 11, 11)]
    read = read_headcounts(by_band(numbers))
    found = tried(read, read.breakdowns, threshold=10)
    assert found is not None

    rows = list(csv.DictReader(io.StringIO(by_band(numbers))))
    cells = []
    for by in ((), ("building",), ("grade",), ("building", "grade")):
        sums: dict[tuple[str, ...], int] = {}
        for row in rows:
            said = {"building": row["Building"], "grade": row["Grade band"]}
            at = tuple(said[name] for name in by)
            sums[at] = sums.get(at, 0) + int(row["Number of children"])
        weight = {0: 8, 1: 4, 2: 1}[len(by)]
        cells += [
            {"table": str(by), **dict(zip(by, at, strict=True)), "n": n, "x": {},
             "weight": weight}
            for at, n in sums.items()
        ]  # fmt: skip
    file = {
        "format": 2,
        "release": "own",
        "dims": ["building", "grade"],
        "threshold": 10,
        "cells": cells,
    }
    outcome = protect(counted(json.dumps(file).encode()))
    for each in found:
        printed = [cell for cell in outcome.cells if cell.table == str(each.table)]
        assert each.n_groups == len(printed)
        assert each.n_shown == sum(cell.n is not None for cell in printed)
    crossed = found[-1]
    assert crossed.n_values == (5, 3)
    # Three groups are small, and more is hidden so that none of them follows.
    assert crossed.n_shown < crossed.n_groups - 3


def test_wider_groups_show_more_and_a_higher_threshold_less() -> None:
    numbers = [(a, b, c) for a, b, c in product((4, 12, 18), (9, 14), (11,))]
    read = read_headcounts(by_band(numbers))
    crossed, stricter, alone = (
        tried(read, by, threshold=t)
        for by, t in (
            (read.breakdowns, 10),
            (read.breakdowns, 15),
            (("building",), 10),
        )
    )
    assert crossed and stricter and alone
    assert stricter[-1].n_shown < crossed[-1].n_shown < crossed[-1].n_groups
    assert telling.summed(alone) == (6, 6)


def test_groups_without_a_child_are_kept_and_change_nothing_that_would_show() -> None:
    rows = [(f"Building {k}", 8 + k) for k in range(9)]
    with_none = read_headcounts(table(*rows, ("Closed", 0), ("Empty", 0)))
    alone = read_headcounts(table(*rows))
    found = [tried(e, ("building",), threshold=10) for e in (with_none, alone)]
    assert found[0] == found[1]
    assert with_none.groups[-1] == (("Empty",), 0)


def test_names_that_a_spreadsheet_takes_for_formulas_stay_as_they_are() -> None:
    assert template_of(["-12 Elm"]).splitlines()[1] == "-12 Elm,"
    named = read_headcounts(table(("=Oak", 12), ("'+Elm", 11), ("'t Hof", 13)))
    names = [name for (name,), _ in named.groups]
    assert names == ["=Oak", "+Elm", "'t Hof"]
    assert [line.split(",")[0] for line in as_table(named).splitlines()[1:]] == names


def test_others_read_shares_to_the_nearest_ten_percent_and_none_of_few_groups() -> None:
    assert telling.share(19, 30) == "About 60 percent"
    assert telling.share(20, 20) == "Too few groups to say"
    for n in range(telling.FEWEST_FOR_OTHERS, 60):
        said = Counter(telling.share(k, n) for k in range(n + 1))
        assert min(said.values()) > 1, n
    shown = (telling.Shown(("building", "grade"), (10, 3), 30, 19),)
    assert telling.rows_for_agency(shown) == [("10 buildings × 3 grades", "30", "19")]
    assert telling.rows_for_others(shown) == [
        ("By building and grade", "About 60 percent")
    ]


def test_what_was_found_is_read_back_as_it_was_written() -> None:
    found = {
        ("building",): (telling.Shown(("building",), (2,), 2, 1),),
        ("building", "sex"): None,
    }
    record = json.loads(json.dumps(telling.to_record(found)))
    assert telling.from_record(record) == found
    assert telling.sets_of(("building", "sex")) == (
        ("building",),
        ("sex",),
        ("building", "sex"),
    )
