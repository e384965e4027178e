"""Released documents, attacked by a stranger who knows the roster and all editions."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.acts import RuleBroken
from indicators.disclosure.suppression import in_silence
from indicators.measures.asked import Permitted, permitted_by, require_permitted, usual
from indicators.measures.declarations import Report
from indicators.measures.definitions import choose
from indicators.published.document import Document
from indicators.published.making import Named
from indicators.published.releasing import Earlier, Made, released
from tests.support.document_reader import groups_by, learned

YEAR = (date(2021, 8, 23), date(2022, 6, 10))
SIZES = st.lists(st.integers(0, 30), min_size=2, max_size=5)
BOTH = permitted_by([("chronic_absence", ("building", "school"))])


def frames(
    sizes: Sequence[int], *, seed: int, unfound: Sequence[int] = ()
) -> dict[str, pa.Table]:
    """Return so many linked children of each building, and others who were not found.

    A child's lot is the same whatever the sizes; some were there for few days.
    """
    homes, enrolled, days = [], [], []
    for place, n in enumerate(sizes):
        for number in range(n + (unfound[place] if place < len(unfound) else 5)):
            child = f"{place}-{number}"
            lot = random.Random(f"{seed} {child}")
            homes.append({"id": child, "development": f"B{place}", "household": child})
            if number >= n:
                continue
            school = f"S{lot.randrange(2)}"
            enrolled.append({"id": child, "school": school, "entry_date": YEAR[0]})
            days.append(
                {
                    "id": child,
                    "school": school,
                    "days_enrolled": 5 if lot.random() < 0.03 else 100,
                    "days_absent": 20 if lot.random() < 0.3 else 0,
                }
            )
    people = [{"id": home["id"], "household": home["household"]} for home in homes]
    return {
        "people": pa.Table.from_pylist(people),
        "tenancies": pa.Table.from_pylist(homes),
        "enrolment": pa.Table.from_pylist(enrolled),
        "days": _capped(days),
    }


def _capped(days: list[dict[str, Any]]) -> pa.Table:
    for row in days:
        row["days_absent"] = min(row["days_absent"], row["days_enrolled"])
    return pa.Table.from_pylist(days)


def made(
    held: dict[str, pa.Table],
    earlier: Sequence[Document] = (),
    *,
    permitted: Permitted = BOTH,
    **options: object,
) -> Made:
    """Return what is usual, or chronic absence by these options, released."""
    asked = usual(permitted, census_on=YEAR[1])
    if options:
        asked = replace(asked, measures=(choose("chronic_absence", **options),))
    return released(
        held,
        Report(
            year=2022,
            first_on=YEAR[0],
            last_on=YEAR[1],
            census_on=YEAR[1],
            as_of=YEAR[1],
        ),
        asked=asked,
        permitted=permitted,
        named=Named(
            name="autumn",
            threshold=10,
            labels={
                "building": {f"B{n}": f"House {n}" for n in range(9)},
                "school": {"S0": "School 0", "S1": "School 1"},
            },
        ),
        earlier=[Earlier(f"REL-{n}", each) for n, each in enumerate(earlier)],
        seconds=300,
        progress=in_silence,
    )


def roster(held: dict[str, pa.Table]) -> list[dict[str, Any]]:
    """Return what the agency knows: the most children that can be in each building."""
    homes = held["tenancies"]["development"].to_pylist()
    at = {"period": "2021–22", "base": "enrolled"}
    known = []
    for place in sorted({*homes}):
        n = -(-homes.count(place) // 2)
        known.append({**at, "building": place, "n": n, "plus_minus": n})
    return known


@settings(max_examples=6, deadline=None)
@given(SIZES, st.integers(0, 5))
def test_nothing_follows_from_a_document(sizes: list[int], seed: int) -> None:
    held = frames([*sizes, 12], seed=seed)
    try:
        document = made(held).document
    except RuleBroken:
        return
    assert learned([document]) == []
    assert learned([document], known=roster(held)) == []


@pytest.mark.prove
@settings(max_examples=8, deadline=None)
@given(SIZES, st.integers(0, 4), st.integers(1, 14))
def test_nothing_follows_from_a_revision(
    sizes: list[int], place: int, more: int
) -> None:
    first = [*sizes, 24]
    after = [n + more * (at == place % len(first)) for at, n in enumerate(first)]
    try:
        before = made(frames(first, seed=1)).document
        now = made(frames(after, seed=1), [before]).document
    except RuleBroken:
        return
    assert learned([before, now]) == []


@pytest.mark.parametrize(("n_unfound", "printed"), [(0, "Suppressed"), (5, "12")])
def test_a_group_of_all_who_were_sent_is_hidden(n_unfound: int, printed: str) -> None:
    held = frames([12, 40, 30], seed=2, unfound=[n_unfound, 5, 5])
    groups = groups_by(made(held).document, "building")
    assert str(groups["House 0"].n) == printed


def test_a_place_where_nobody_was_found_is_hidden_wherever_it_stands() -> None:
    document = made(frames([30, 40, 0], seed=2)).document
    hidden = [c for c in document.cells if dict(c.vector).get("building") == "B2"]
    beside = [c for c in document.cells if dict(c.vector).get("building") == "B1"]
    assert len(hidden) == len(beside) > 2
    assert {str(c.n) for c in hidden} == {"Suppressed"}
    texts = {str(text) for cell in hidden for text in cell.rates.values()}
    assert texts == {"Suppressed"}


def test_a_building_of_one_resident_is_hidden_and_the_rest_is_published() -> None:
    """Nobody who knows that one child lives there is told whether it was found."""
    listed = []
    for n in (0, 1):
        held = frames([30, 40, 12, n], seed=2, unfound=[5, 5, 5, 1 - n])
        document = made(held).document
        hidden = [c for c in document.cells if dict(c.vector).get("building") == "B3"]
        texts = {str(each) for c in hidden for each in (c.n, *c.rates.values())}
        assert texts == {"Suppressed"}
        assert groups_by(document, "building")["House 0"].n == 30
        assert learned([document], known=roster(held)) == []
        listed.append([c.vector for c in hidden])
        assert document.cells == tuple(sorted(document.cells, key=lambda c: c.vector))
    assert listed[0] == listed[1]


def told(
    held: dict[str, pa.Table], **columns: dict[tuple[str, int], str]
) -> dict[str, pa.Table]:
    """Return the frames with programs and sexes, by building and whether found."""
    found = {*held["enrolment"]["id"].to_pylist()}
    homes = held["tenancies"].to_pylist()
    at = {row["id"]: (row["development"], int(row["id"] in found)) for row in homes}
    of = {"program": "tenancies", "sex": "people"}
    for name, values in columns.items():
        rows = held[of[name]].to_pylist()
        rows = [{**row, name: values.get(at[row["id"]])} for row in rows]
        held = {**held, of[name]: pa.Table.from_pylist(rows)}
    return held


def test_a_program_of_which_all_or_none_were_found_is_hidden() -> None:
    held = told(
        frames([30, 25, 15, 0], seed=2, unfound=[9, 6, 0, 12]),
        program={
            **{(f"B{n}", is_in): "public housing" for n in (0, 1) for is_in in (0, 1)},
            ("B2", 1): "voucher",
            ("B3", 0): "mod rehab",
        },
    )
    by_program = permitted_by([("chronic_absence", ("program", "school"))])
    release = made(held, permitted=by_program)
    groups = groups_by(release.document, "program")
    assert str(groups["voucher"].n) == str(groups["mod rehab"].n) == "Suppressed"
    assert learned([release.document]) == []


def test_sex_is_known_to_the_agency_only_where_its_list_tells_it() -> None:
    held = frames([30, 30], seed=2, unfound=[12, 12])
    by_sex = permitted_by([("chronic_absence", ("sex",))])
    found = {("B0", 1): "Female", ("B1", 1): "Male"}
    # The district told the sex of those who were found: no list has all of them.
    document = made(told(held, sex=found), permitted=by_sex).document
    assert groups_by(document, "sex")["Female"].n == 30
    listed = {**found, ("B0", 0): "Male", ("B1", 0): "Not binary"}
    document = made(told(held, sex=listed), permitted=by_sex).document
    groups = groups_by(document, "sex")
    assert {str(groups[each].n) for each in ("Female", "Not binary")} == {"Suppressed"}


def test_reviewers_read_where_few_of_all_who_were_sent_are_missing() -> None:
    audit = made(frames([30, 30], seed=2, unfound=[2, 1])).audit
    assert audit["unmatched"] == ["House 0", "House 1", "all residents together"]


def test_children_who_are_counted_never_stand_beside_a_link_rate() -> None:
    held = frames([30, 30], seed=2, unfound=[9, 20])
    found = {*held["enrolment"]["id"].to_pylist()}
    held["residents"] = pa.Table.from_pylist(
        [
            {
                **{name: row[name] for name in ("id", "development", "household")},
                "birth_date": date(2010, 1, 1),
                "found": "exact" if row["id"] in found else None,
            }
            for row in held["tenancies"].to_pylist()
        ]
    )
    rate_alone = permitted_by([("link_rate", ("building",))])
    rate = made(held, permitted=rate_alone)
    rates = groups_by(rate.document, "building")["House 0"].rates
    assert [str(each) for each in rates.values()] == ["70–79"]
    children = made(held)
    assert (rate.audit["roster"], children.audit["roster"]) == ("link rate", "found")
    for permitted, before in ((BOTH, rate), (rate_alone, children)):
        with pytest.raises(RuleBroken, match="REL-0 already tells of this school year"):
            made(held, [before.document], permitted=permitted)
    everything = {**BOTH, **rate_alone}
    assert "link_rate" not in {
        each.definition.code for each in usual(everything, census_on=YEAR[1]).measures
    }
    both = replace(
        usual(everything, census_on=YEAR[1]),
        measures=(choose("link_rate"), choose("chronic_absence")),
    )
    with pytest.raises(RuleBroken, match="link rate cannot stand beside"):
        require_permitted(both, everything)


def test_a_listed_place_of_which_nobody_was_sent_is_a_zero() -> None:
    document = made(frames([30, 30], seed=3)).document
    empty = groups_by(document, "building")["House 2"]
    assert empty.n == 0


def test_what_was_hidden_stays_hidden_and_what_differs_is_said() -> None:
    first = made(frames([26, 21, 15, 4], seed=4))
    again = made(frames([26, 21, 15, 4], seed=4), [first.document])
    assert again.document.cells == first.document.cells
    assert again.audit["earlier"] == [{"title": "REL-0", "tables": []}]
    with pytest.raises(RuleBroken, match="already published for this school year"):
        made(frames([24, 21, 15, 4], seed=4), [first.document])


def test_a_group_of_few_households_is_hidden() -> None:
    held = frames([30, 30, 12], seed=5)
    one_home = [
        {**row, "household": "one" if row["development"] == "B2" else row["household"]}
        for row in held["tenancies"].to_pylist()
    ]
    held["tenancies"] = pa.Table.from_pylist(one_home)
    groups = groups_by(made(held).document, "building")
    assert str(groups["House 2"].n) == "Suppressed"
    assert 12 in {cell.n for cell in made(frames([30, 30, 12], seed=5)).document.cells}


def test_a_release_does_not_count_part_of_those_whom_an_earlier_one_counts() -> None:
    held = frames([30, 30], seed=1)
    first = made(held).document
    with pytest.raises(RuleBroken, match="earlier release of this school year"):
        made(held, [first], minimum_days=30)
    other_year = replace(
        first, cells=tuple(replace(c, period="2020–21") for c in first.cells)
    )
    assert made(held, [other_year], minimum_days=30).audit["clean"]


def test_a_release_does_not_count_some_of_those_whom_an_earlier_rate_counts() -> None:
    held = frames([30, 30], seed=1)
    first = made(held).document
    with pytest.raises(RuleBroken, match="counts “Chronic absence” by other options"):
        made(held, [first], percent=20)


BY_BUILDING = permitted_by([("chronic_absence", ("building",))])


def of_households(
    held: dict[str, pa.Table], households: dict[str, str]
) -> dict[str, pa.Table]:
    """Return the frames with all children of some buildings from one household each."""
    homes = [
        {**row, "household": households.get(row["development"], row["household"])}
        for row in held["tenancies"].to_pylist()
    ]
    people = [{"id": row["id"], "household": row["household"]} for row in homes]
    kept = {name: pa.Table.from_pylist(rows) for name, rows in
            (("tenancies", homes), ("people", people))}  # fmt: skip
    return held | kept


@pytest.mark.parametrize("sizes", [[26, 21, 6, 6], [40, 30, 9, 9]])
def test_what_is_left_over_is_not_of_two_households(sizes: list[int]) -> None:
    """The two last buildings are a household each: a third building hides with them."""
    held = of_households(frames(sizes, seed=5), {"B2": "h2", "B3": "h3"})
    document = made(held, permitted=BY_BUILDING).document
    shown = [
        cell
        for cell in document.cells
        if str(cell.n).isdecimal() and {name for name, _ in cell.vector} == {"building"}
    ]
    assert [str(cell.n) for cell in shown if str(cell.n) != "0"] == [str(sizes[0])]


@pytest.mark.parametrize("seed", range(1, 5))
def test_the_rate_of_all_is_shown_though_few_are_not_counted(seed: int) -> None:
    """Of all children, and those who are counted, the number without a rate hides."""
    held = frames([60, 60, 60, 60], seed=seed)
    n_short = held["days"]["days_enrolled"].to_pylist().count(5)
    assert 0 < n_short < 10
    document = made(held, permitted=BY_BUILDING).document
    (of_all,) = [
        cell
        for cell in document.cells
        if cell.vector == (("enrolled at least 10 days", "counted"),)
    ]
    assert str(of_all.n) == str(240 - n_short)
    assert all("–" in str(rate) for rate in of_all.rates.values())
