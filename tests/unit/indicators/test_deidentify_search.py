"""The form that loses least: against trying every one, and against a check by hand."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.acts import RuleBroken
from indicators.deidentify import hierarchies as h
from indicators.deidentify.codes import in_random_order, with_codes
from indicators.deidentify.extract import smallest_over_time
from indicators.deidentify.hierarchies import Hierarchy
from indicators.deidentify.known import as_rows as known_rows
from indicators.deidentify.known import figures, from_rows, known_cells
from indicators.deidentify.population import Demands, Outcome, Population
from indicators.deidentify.recoding import Recoder, Recoding
from indicators.deidentify.search import least_lossy

DEMANDS = Demands(k=4, households=2, holders=2, most_touched=1.0)
LEVELS = {"a": "ab", "b": "ab", "c": "cd", "d": "cd"}


def column(name: str, values: list[str]) -> Hierarchy:
    return h.hierarchy(
        name, f"x.{name}", name, values, (("one", str), ("two", LEVELS.__getitem__))
    )


@st.composite
def populations(draw: Any) -> Population:
    """Return a few children with two or three columns, and some known from before."""
    n = draw(st.integers(8, 30))

    def numbers(most: int) -> Any:
        return np.array(
            draw(st.lists(st.integers(0, most), min_size=n, max_size=n)), np.int64
        )

    n_columns = draw(st.integers(2, 3))
    raw = tuple(["abcd"[at] for at in numbers(3)] for _ in range(n_columns))
    return Population(
        households=numbers(n // 2),
        columns=tuple(column(f"c{at}", values) for at, values in enumerate(raw)),
        raw=raw,
        outcomes=(Outcome("late", numbers(2)),),
        history=numbers(draw(st.integers(0, 1))),
        is_here=np.ones(n, bool),
    )


def every(population: Population, demands: Demands) -> Recoding | None:
    """Return the best of all nodes, each tried."""
    recoder = Recoder(population, demands)
    found = []
    for node in product(*(range(top + 1) for top in recoder.tops)):
        tried = recoder.recode(node, recoder.unsound(node))
        if tried.kept.any():
            found.append(tried)
    ranked = sorted(found, key=lambda each: (each.loss, sum(each.levels), each.levels))
    return ranked[0] if ranked else None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(populations())
def test_the_search_finds_what_trying_every_node_finds(population: Population) -> None:
    best = every(population, DEMANDS)
    if best is None:
        with pytest.raises(RuleBroken, match="no file to send"):
            least_lossy(population, DEMANDS)
        return
    found = least_lossy(population, DEMANDS)
    assert (found.loss, found.levels) == (best.loss, best.levels)
    assert (found.cells == best.cells).all()


def shown(population: Population, recoding: Recoding, row: int) -> tuple[str, ...]:
    """Return what a row says, with what is known of the child from before."""
    return (
        str(population.history[row]),
        *(
            "*" if recoding.starred[row, at] else hierarchy.maps[level][raw[row]]
            for at, (hierarchy, raw, level) in enumerate(
                zip(population.columns, population.raw, recoding.levels, strict=True)
            )
        ),
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(populations())
def test_every_class_is_large_of_many_homes_and_tells_no_outcome(
    population: Population,
) -> None:
    try:
        found = least_lossy(population, DEMANDS)
    except RuleBroken:
        return
    classes: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row in np.flatnonzero(found.kept).tolist():
        classes[shown(population, found, row)].append(row)
    for rows in classes.values():
        homes = {int(population.households[row]) for row in rows}
        assert len(rows) >= DEMANDS.k
        assert len(homes) >= DEMANDS.households
        held: dict[int, set[int]] = defaultdict(set)
        for row in rows:
            held[int(population.outcomes[0].values[row])].add(
                int(population.households[row])
            )
        assert sum(len(each) >= DEMANDS.holders for each in held.values()) >= 2
    n_out = population.size - int(found.kept.sum())
    assert n_out == 0 or n_out >= DEMANDS.k


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(populations())
def test_losses_rise_with_every_level_and_bound_what_is_found(
    population: Population,
) -> None:
    recoder = Recoder(population, DEMANDS)
    for losses in recoder.losses:
        assert losses == sorted(losses)
        assert losses[0] == 0
        assert losses[-1] in (0, 1)
    for node in product(*(range(top + 1) for top in recoder.tops)):
        short = recoder.unsound(node)
        found = recoder.recode(node, short)
        assert recoder.least_loss(node, int(short.sum())) <= found.loss + 1e-9
        assert 0 <= found.loss <= 1


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(populations())
def test_what_falls_short_on_two_columns_does_so_on_more(
    population: Population,
) -> None:
    recoder = Recoder(population, DEMANDS)
    for node in product(*(range(top + 1) for top in recoder.tops)):
        fewer = recoder.unsound(node, [0, 1])
        assert not (fewer & ~recoder.unsound(node)).any()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(populations())
def test_what_a_file_tells_of_numbers_holds_the_true_ones(
    population: Population,
) -> None:
    try:
        found = least_lossy(population, DEMANDS)
    except RuleBroken:
        return
    known = known_cells(population, found, step=DEMANDS.k)
    assert from_rows(known.columns, known_rows(known)) == known
    dims = {f"dim {name}": name for name in known.columns}
    for figure in figures(known, dims):
        n_true = sum(
            all(
                figure[f"dim {column.column}"] in (None, column.maps[level][raw[row]])
                for column, raw, level in zip(
                    population.columns, population.raw, found.levels, strict=True
                )
                if column.column in known.columns
            )
            for row in range(population.size)
        )
        assert figure["n"] <= n_true <= figure["n"] + figure["plus_minus"]
        assert figure["plus_minus"] % DEMANDS.k == 0


def test_a_column_that_tells_nothing_costs_nothing_until_it_is_left_out() -> None:
    same = h.as_stated("sex", "student.sex", "Sex", ["Female"] * 20)
    assert same.levels == ("as stated", "left out")
    ages = h.ages("student.age_band", ["6", "7", "8", "12", "17"])
    assert ages.levels[0] == "age in years"
    bands = dict(
        zip(("6", "7", "8", "12", "17"), ["6–9"] * 3 + ["10–13", "14–17"], strict=True)
    )
    assert ages.maps[2] == bands


@pytest.mark.parametrize(
    ("born", "age"),
    [(date(2010, 6, 10), "12"), (date(2010, 6, 11), "11"), (None, "Not stated")],
)
def test_ages_are_whole_years_on_the_day(born: date | None, age: str) -> None:
    assert h.age_on(born, date(2022, 6, 10)) == age


@given(st.lists(st.integers(0, 29).map(str), min_size=1))
def test_bands_of_ages_never_cut_each_other(values: list[str]) -> None:
    h.ages("student.age_band", values)


def test_a_level_that_cuts_a_finer_one_is_refused() -> None:
    with pytest.raises(ValueError, match="cut by a level"):
        h.Hierarchy(
            "a",
            "x.a",
            "A",
            ("one", "two", "left out"),
            ({"1": "x", "2": "x"}, {"1": "x", "2": "y"}, {"1": "", "2": ""}),
        )


def test_small_groups_are_merged_until_they_are_enough() -> None:
    values = ["A"] * 50 + ["B"] * 12 + ["C"] * 3 + ["D"] * 2
    merged = h.races("student.race", values, least=10).maps[0]
    assert merged == {"A": "A", **dict.fromkeys("BCD", h.OTHER)}
    assert Counter(map(merged.__getitem__, values)) == {"A": 50, h.OTHER: 17}


def test_grades_and_dates_become_bands_and_school_years() -> None:
    listed = ["KG", "1", "4", "7", "11", "Not stated"]
    grades = h.grades("enrolment.grade", listed)
    bands = ["KG–2", "KG–2", "3–5", "6–8", "9–12", "Not stated"]
    assert [grades.maps[1][each] for each in listed] == bands
    assert grades.maps[1]["4"] == "3–5"
    assert grades.maps[2]["7"] == "6–12"
    assert h.school_year_of(date(2021, 8, 23)) == "2021–22"
    assert h.school_year_of(date(2022, 6, 10)) == "2021–22"
    years = h.school_years(
        "moved_in",
        "tenant.move_in_date",
        "Moved in",
        ["2019–20", "2021–22", "2018–19"],
        now="2021–22",
    )
    assert years.maps[1]["2019–20"] == "before 2021–22"


def test_buildings_become_developments_and_two_of_one_name_stay_two() -> None:
    shown = h.buildings(
        "tenant.building_number",
        ["B1", "B2", "B3"],
        {"B1": "Oak", "B2": "Oak", "B3": "Elm"},
        {"B1": "North", "B2": "North", "B3": "South"},
    )
    assert shown.maps[0] == {"B1": "Oak (B1)", "B2": "Oak (B2)", "B3": "Elm"}
    assert shown.maps[1] == {"B1": "North", "B2": "North", "B3": "South"}


def test_children_keep_their_codes_and_nobody_gets_one_twice() -> None:
    drawn = iter(["x1", "x1", "x2", "x3"])
    codes = with_codes(["b", "a", "c"], {"a": "x1"}, draw=lambda: next(drawn))
    assert codes == {"b": "x2", "a": "x1", "c": "x3"}
    with pytest.raises(RuntimeError, match="repeats itself"):
        with_codes(["b"], {"a": "x1"}, draw=lambda: "x1")


@given(st.integers(0, 200), st.binary(min_size=16), st.text())
def test_the_order_is_one_of_the_rows_and_the_secrets_own(
    n: int, secret: bytes, name: str
) -> None:
    order = in_random_order(n, secret=secret, name=name)
    assert sorted(order) == list(range(n))
    assert order == in_random_order(n, secret=secret, name=name)


def test_trails_over_files_are_counted_from_their_bytes() -> None:
    def file(rows: Mapping[str, str]) -> bytes:
        lines = [f"{code},{age}" for code, age in rows.items()]
        return "\r\n".join(["record_code,age", *lines, ""]).encode()

    first = file({f"{n}": "6–9" for n in range(12)})
    same = file({f"{n}": "10–13" for n in range(12)})
    fewer = file({f"{n}": "10–13" for n in range(11)})
    assert smallest_over_time([first, same], [["age"], ["age"]]) == 12
    assert smallest_over_time([first, fewer], [["age"], ["age"]]) == 1
