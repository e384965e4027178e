"""Records that are one person: who stays, and what becomes of homes, schools, days."""

import datetime as dt
from collections import Counter
from itertools import zip_longest
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from indicators.arrivals.persons import joined, persons
from indicators.arrivals.repeats import REPEATS, groups_of, with_repeats
from indicators.arrivals.schemas import SCHEMAS, shaped
from indicators.measures.attendance import residents, student_days
from indicators.measures.delivered import days_of

BORN = dt.date(2012, 5, 17)
Frames = dict[str, pa.Table]


def frame(name: str, *rows: dict[str, Any]) -> pa.Table:
    extra = {key: pa.string() for row in rows for key in row}
    schema = pa.schema(extra | {each.name: each.type for each in SCHEMAS[name]})
    return shaped(name, pa.Table.from_pylist(list(rows), schema=schema))


def tenant(number: str, **changes: Any) -> dict[str, Any]:
    row = {"member_id": number, "first_name": "Ana", "last_name": "Lopez"}
    return row | {"birth_date": BORN, "development": "D1"} | changes


def student(number: str, **changes: Any) -> dict[str, Any]:
    row = {"id": number, "first_name": "Ana", "last_name": "Lopez"}
    return row | {"birth_date": BORN} | changes


def enrolled(number: str, school: str, first: dt.date, last: Any = None) -> Any:
    return {"id": number, "school": school, "entry_date": first, "exit_date": last}


def one(frames: Frames) -> Frames:
    """Return the frames once every pair was called one person."""
    held = with_repeats(frames)
    return joined(held, persons(held, set(held[REPEATS]["code"].to_pylist())))


def day(month: int, number: int, year: int = 2022) -> dt.date:
    return dt.date(year, month, number)


def test_latest_home_is_the_one_that_stays_and_both_are_kept() -> None:
    made = one(
        {
            "tenants": frame(
                "tenants",
                tenant("T1", move_in_date=day(7, 1), development="New"),
                tenant("T2", move_in_date=day(1, 1, 2020), development="Old"),
                tenant("T3", first_name="Eva", development="Old"),
            ),
        }
    )
    assert made["tenants"]["member_id"].to_pylist() == ["T3", "T1"]
    assert REPEATS not in made

    def home(by: dt.date) -> dict[str, str]:
        rows = residents(made["tenants"], by=by, stays=made["tenancies"]).to_pylist()
        return {row["member_id"]: row["development"] for row in rows}

    assert home(day(6, 10)) == {"T1": "Old", "T3": "Old"}
    assert home(day(12, 1)) == {"T1": "New", "T3": "Old"}


def test_without_days_the_greatest_number_stays() -> None:
    rows = [tenant("T2", development="B"), tenant("T1", development="A")]
    for order in (rows, rows[::-1]):
        made = one({"tenants": frame("tenants", *order)})
        assert made["tenants"]["member_id"].to_pylist() == ["T2"]
        (spell,) = made["tenancies"].to_pylist()
        assert spell["development"] == "B"


def test_identity_is_the_latest_with_the_other_names_beside_it() -> None:
    made = one(
        {
            "student": frame(
                "student",
                student("1", first_name="Mary Ann", middle_name="J", sex=None),
                student("2", first_name="Maryann", preferred_first_name="Annie"),
            ),
            "enrolment": frame(
                "enrolment",
                enrolled("1", "S1", day(9, 1)),
                enrolled("2", "S2", day(1, 1)),
            ),
        }
    )
    (row,) = made["student"].to_pylist()
    assert (row["id"], row["first_name"], row["middle_name"]) == ("1", "Mary Ann", "J")
    assert row["preferred_first_name"] == "Annie\nMaryann"
    assert row["preferred_last_name"] is None
    assert made["enrolment"]["id"].to_pylist() == ["1", "1"]


def test_housing_list_gets_a_column_of_other_names_only_if_it_needs_one() -> None:
    plain = one({"tenants": frame("tenants", tenant("1"), tenant("2"))})
    assert "preferred_first_name" not in plain["tenants"].column_names
    spelled = one(
        {
            "tenants": frame(
                "tenants",
                tenant("1", last_name="Garcia Lopez"),
                tenant("2", last_name="GarciaLopez"),
                tenant("3", first_name="Eva"),
            )
        }
    )
    assert spelled["tenants"]["preferred_last_name"].to_pylist() == [
        None,
        "Garcia Lopez",
    ]


def test_day_of_two_numbers_counts_once() -> None:
    first, last = day(9, 1), day(9, 30)
    events = [
        {"id": number, "school": "S1", "date": day(9, 5), "category": "Partial"}
        | {"duration": 0.3}
        for number in ("1", "2")
    ]
    made = one(
        {
            "student": frame("student", student("1"), student("2")),
            "enrolment": frame(
                "enrolment",
                enrolled("1", "S1", first),
                enrolled("2", "S1", first),
            ),
            "attendance": frame("attendance", *events),
        }
    )
    calendar = frame(
        "calendar",
        {"school": "S1", "session": "A", "date": first, "end_date": last, "n_days": 20},
    )
    (row,) = student_days(made["enrolment"], made["attendance"], calendar).to_pylist()
    assert row == {
        "student_id": "2",
        "school": "S1",
        "days_enrolled": 20,
        "days_absent": 0,
    }


def test_parts_of_one_day_under_one_number_still_add_up() -> None:
    events = [
        {"id": "1", "school": "S1", "date": day(9, 5), "category": "Partial"}
        | {"duration": 0.3}
    ]
    made = one(
        {
            "student": frame("student", student("1"), student("2")),
            "enrolment": frame("enrolment", enrolled("1", "S1", day(9, 1))),
            "attendance": frame("attendance", *events, *events),
        }
    )
    assert made["attendance"].num_rows == 2


def test_counted_days_of_one_school_count_once_and_of_two_add_up() -> None:
    def counted(number: str, school: str, n: int) -> dict[str, Any]:
        row = {"id": number, "school": school}
        return row | {"days_enrolled": n, "days_absent": n // 10}

    made = one(
        {
            "student": frame("student", student("1"), student("2")),
            "enrolment": frame(
                "enrolment",
                enrolled("1", "S1", day(9, 1)),
                enrolled("2", "S2", day(10, 1)),
            ),
            "days": frame(
                "days",
                counted("1", "S1", 100),
                counted("2", "S1", 40),
                counted("2", "S2", 50),
            ),
        }
    )
    (row,) = days_of(made).to_pylist()
    assert (row["student_id"], row["days_enrolled"], row["days_absent"]) == (
        "2",
        150,
        15,
    )


def test_who_is_not_joined_stays_as_it_is() -> None:
    frames = {"tenants": frame("tenants", tenant("T1"), tenant("T2"))}
    held = with_repeats(frames)
    assert joined(held, persons(held, set())) == frames


# Any list


@st.composite
def lists(draw: Any) -> tuple[Frames, set[str]]:
    """Return a housing list with spells of each member, and pairs that are one."""
    numbers = draw(
        st.lists(st.integers(0, 99).map(str), unique=True, min_size=1, max_size=6)
    )
    names = {number: draw(st.sampled_from(("Ana", "Eva"))) for number in numbers}
    spells = []
    for number in numbers:
        starts = sorted(draw(st.sets(st.dates(day(1, 1), day(12, 31)), max_size=3)))
        is_dated = draw(st.booleans())
        spells += [
            {
                "member_id": number,
                "development": draw(st.sampled_from("XYZ")),
                "move_in_date": start if at or is_dated else None,
                "move_out_date": end - dt.timedelta(days=1) if end else None,
            }
            for at, (start, end) in enumerate(zip_longest(starts, starts[1:]))
        ]
    held = with_repeats(
        {
            "tenants": frame(
                "tenants",
                *(tenant(n, first_name=names[n], move_in_date=None) for n in numbers),
            ),
            "tenancies": frame("tenancies", *spells),
        }
    )
    codes = held[REPEATS]["code"].to_pylist()
    chosen = draw(st.sets(st.sampled_from(codes))) if codes else set()
    return held, chosen


@given(lists())
def test_every_row_is_in_exactly_one_person(drawn: tuple[Frames, set[str]]) -> None:
    held, same = drawn
    gone = persons(held, same)
    made = joined(held, gone)
    numbers = held["tenants"]["member_id"].to_pylist()
    stays = made["tenants"]["member_id"].to_pylist()
    assert Counter(stays + gone["id"].to_pylist()) == Counter(numbers)
    assert set(gone["person"].to_pylist()) <= set(stays)
    n_groups = len(groups_of(held[REPEATS], same))
    assert len(set(gone["person"].to_pylist())) == n_groups


@given(lists())
def test_spells_of_a_person_never_overlap(drawn: tuple[Frames, set[str]]) -> None:
    held, same = drawn
    rows = joined(held, persons(held, same))["tenancies"].to_pylist()
    before: dict[str, dt.date | None] = {}
    for row in rows:
        if row["member_id"] in before:
            ended = before[row["member_id"]]
            assert ended is not None
            assert ended < row["move_in_date"]
        before[row["member_id"]] = row["move_out_date"]


@given(lists(), st.randoms())
def test_order_of_rows_does_not_matter(
    drawn: tuple[Frames, set[str]], chance: Any
) -> None:
    held, same = drawn
    made = joined(held, persons(held, same))
    mixed = {}
    for name, table in held.items():
        order = list(range(table.num_rows))
        chance.shuffle(order)
        mixed[name] = table.take(pa.array(order, pa.int64()))
    again = joined(mixed, persons(mixed, same))
    for name, table in made.items():
        rows, others = (
            sorted(map(repr, each.to_pylist())) for each in (table, again[name])
        )
        assert rows == others, name
