"""What is counted of a list before it is loaded, against counting one by one."""

import datetime as dt
from collections import Counter

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators.arrival_quality import counts

TODAY = dt.date(2026, 11, 22)
NAMES = st.sampled_from(["Ana", "ANA", "Ben", None])
BORN = st.sampled_from(
    [
        None,
        dt.date(2004, 9, 1),  # 22 on the first day of September
        dt.date(2004, 9, 2),
        dt.date(2022, 9, 1),  # 4 on that day
        dt.date(2022, 9, 2),
    ]
)
OUTSIDE = {dt.date(2004, 9, 1), dt.date(2022, 9, 2)}
Row = tuple[str | None, str, dt.date | None, str]
ROWS = st.lists(
    st.tuples(NAMES, st.sampled_from(["Lopez", "Ray"]), BORN, st.sampled_from("AB")),
    max_size=12,
)


def frame_of(rows: list[Row]) -> pa.Table:
    first, last, born, places = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table(
        {
            "first_name": pa.array(first, pa.string()),
            "last_name": pa.array(last, pa.string()),
            "birth_date": pa.array(born, pa.date32()),
            "development": pa.array(places, pa.string()),
        }
    )


@given(ROWS)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_counts_are_those_of_counting_one_by_one(
    rows: list[Row],
) -> None:
    found = dict(
        counts({"tenants": frame_of(rows)}, today=TODAY, places=frozenset("A"))
    )
    known = [
        (first.upper(), last, born)
        for first, last, born, _ in rows
        if first is not None and born is not None
    ]
    same = Counter(known)
    families = Counter((last, born) for _, last, born in set(known))
    born_on = [born for _, _, born, _ in rows if born is not None]
    assert list(found.values()) == [
        sum(born is None for _, _, born, _ in rows),
        sum(n for n in same.values() if n > 1),
        sum(n for n in families.values() if n > 1),
        sum(born in OUTSIDE for born in born_on),
        sum(place == "B" for _, _, _, place in rows),
    ]


def test_a_list_without_places_on_record_is_not_compared_with_any() -> None:
    rows: list[Row] = [("Ana", "Lopez", None, "A")]
    found = dict(counts({"tenants": frame_of(rows)}, today=TODAY, places=frozenset()))
    assert not [words for words in found if "list of buildings" in words]


def test_school_age_is_that_of_the_year_of_the_enrolments() -> None:
    students = pa.table({"birth_date": pa.array([dt.date(1990, 1, 1)], pa.date32())})
    enrolment = pa.table({"entry_date": pa.array([dt.date(2005, 9, 5)], pa.date32())})
    frames = {"student": students, "enrolment": enrolment}
    (_, n_blank), (_, n_outside) = counts(frames, today=TODAY, places=frozenset())
    assert (n_blank, n_outside) == (0, 0)


def test_counts_of_no_list_are_none() -> None:
    assert counts({}, today=TODAY, places=frozenset("A")) == ()
