"""Classes and actions of a delivery: who left, who graduated, and what is not known."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from indicators.measures.classes import classes_of
from indicators.measures.counted import Counted, Table
from indicators.measures.counting import count
from indicators.measures.declarations import Report
from indicators.measures.definitions import choose
from indicators.measures.keeping import Listed, kept_frames

N = 6
AUTUMN, SPRING = date(2021, 8, 23), date(2022, 6, 3)
REPORT = Report(
    year=2022,
    first_on=AUTUMN,
    last_on=SPRING,
    census_on=date(2021, 10, 1),
    as_of=date(2022, 10, 1),
)
IDS = [str(each) for each in range(N)]
TENANTS = pa.table(
    {
        "member_id": IDS,
        "last_name": IDS,
        "birth_date": [date(2004, 1, 1)] * N,
        "development": ["D"] * N,
    }
)
PAIRS = pa.table({"housing_id": IDS, "student_id": IDS})
STUDENTS = pa.table(
    {
        "id": IDS,
        "birth_date": [date(2004, 1, 1)] * N,
        "graduation_cohort": ["2022"] * N,
    }
)


def spell(student: int, left: date | None = None, **more: object) -> dict[str, Any]:
    row = {"id": str(student), "school": "7", "entry_date": AUTUMN, "exit_date": left}
    return row | {"grade": "12", "exit_type": None} | more


def moved(student: int, left: date, **more: object) -> dict[str, Any]:
    return spell(student, left, exit_type="transferred", exit_documented="yes", **more)


def school(*spells: dict[str, Any], **more: pa.Table) -> dict[str, pa.Table]:
    of = {row["id"]: spell(int(row["id"])) for row in spells}
    all_ = [*spells, *(spell(int(each)) for each in IDS if each not in of)]
    names = dict.fromkeys(name for row in all_ for name in row)
    columns = {name: [row.get(name) for row in all_] for name in names}
    columns["exit_date"] = pa.array(columns["exit_date"], pa.date32())
    columns["exit_type"] = pa.array(columns["exit_type"], pa.string())
    return {"student": STUDENTS, "enrolment": pa.table(columns), **more}


def diplomas(*students: int, on: date = date(2022, 6, 10)) -> pa.Table:
    return pa.table(
        {
            "id": [str(each) for each in students],
            "diploma": ["regular diploma"] * len(students),
            "diploma_on": pa.array([on] * len(students), pa.date32()),
        }
    )


def stranger(on: date) -> pa.Table:
    """Return the diploma of somebody whom no link names."""
    return diplomas(0, on=on).set_column(0, "id", pa.array(["x"]))


def told(
    code: str, sent: dict[str, pa.Table], **options: object
) -> tuple[int, int] | str:
    """Return numerator and denominator of everybody, or why there are none."""
    measure = choose(code, **options)
    frames = kept_frames(
        PAIRS, {"tenants": TENANTS}, sent, listed=Listed([code], ["development"])
    )
    found: Counted = count(REPORT, frames, measures=[measure], tables=[Table(())])
    (cell,) = found.cells
    if cell.untold:
        return str(cell.untold[measure.id].value)
    return cell.x[measure.id], cell.n


def test_a_graduate_who_went_to_college_stays_in_the_class() -> None:
    sent = school(*(moved(n, SPRING) for n in range(3)), diplomas=diplomas(0, 1, 4))
    assert told("on_time_graduation", sent) == (3, 5)  # 2 alone is out


def test_who_left_after_the_summer_was_in_the_class() -> None:
    late, early = date(2022, 9, 1), date(2022, 8, 31)
    sent = school(moved(0, late), moved(1, early), diplomas=diplomas(4))
    assert told("on_time_graduation", sent) == (1, 5)


@pytest.mark.parametrize("month", [6, 7])
def test_whoever_has_an_enrolment_that_goes_on_has_not_left(month: int) -> None:
    summer = moved(0, date(2022, 7, 30), entry_date=date(2022, month, 5))
    sent = school(spell(0), summer, moved(1, SPRING))
    rows = classes_of(sent, {"0": "a", "1": "b"})["classes"].to_pylist()
    assert [row["exit_on"] for row in rows] == [None, SPRING]


@pytest.mark.parametrize(("begun", "n_left"), [(date(2018, 8, 20), 1), (None, 0)])
def test_an_enrolment_of_an_earlier_year_without_an_end_does_not_go_on(
    begun: date | None, n_left: int
) -> None:
    stale = spell(0, entry_date=begun)
    for rows in ((stale, moved(0, SPRING)), (moved(0, SPRING), stale)):
        sent = school(*rows, diplomas=diplomas(4))
        assert told("on_time_graduation", sent) == (1, N - n_left)


def test_of_two_exits_on_one_day_no_order_of_rows_chooses() -> None:
    gone, other = (spell(n, SPRING, exit_type="dropped out") for n in (0, 2))
    for rows in ((gone, moved(0, SPRING)), (moved(0, SPRING), gone)):
        sent = school(*rows, other, moved(1, SPRING), diplomas=diplomas(4))
        assert told("on_time_graduation", sent) == (1, N - 1)
        assert told("dropout", sent, by="cohort") == (1, N - 1)


@pytest.mark.parametrize(("documented", "n_left"), [(None, 1), ("no", 0)])
def test_of_two_rows_of_one_exit_each_adds_what_the_other_lacks(
    documented: str | None, n_left: int
) -> None:
    one, other = moved(0, SPRING), moved(0, SPRING) | {"exit_documented": documented}
    for rows in ((one, other), (other, one), (one, other | {"exit_type": None})):
        sent = school(*rows, diplomas=diplomas(4))
        assert told("on_time_graduation", sent) == (1, N - n_left)


@pytest.mark.parametrize("awarded", [None, date(2021, 6, 10)])
def test_without_diplomas_of_its_year_nothing_is_known_of_a_class(
    awarded: date | None,
) -> None:
    of_others = {"diplomas": stranger(awarded)} if awarded else {}
    assert told("on_time_graduation", school(**of_others)) == "missing"


def test_diplomas_of_others_alone_are_a_zero() -> None:
    sent = school(diplomas=stranger(date(2022, 6, 10)))
    assert told("on_time_graduation", sent) == (0, N)


@pytest.mark.parametrize(
    ("code", "options"), [("on_time_graduation", {}), ("dropout", {"by": "cohort"})]
)
def test_where_no_file_tells_of_documents_the_class_is_not_known(
    code: str, options: dict[str, Any]
) -> None:
    gone = spell(0, SPRING, exit_type="transferred")
    assert told(code, school(gone, diplomas=diplomas(4)), **options) == "missing"
    gone = gone | {"exit_documented": None}
    assert told(code, school(gone, diplomas=diplomas(4)), **options) == "missing"
    sent = school(gone, moved(1, SPRING), diplomas=diplomas(4))
    assert told(code, sent, **options) == (int(code != "dropout"), N - 1)


def test_whoever_has_a_diploma_has_not_dropped_out() -> None:
    gone = [spell(n, SPRING, exit_type="dropped out") for n in (0, 1)]
    sent = school(*gone, diplomas=diplomas(0))
    assert told("dropout", sent, by="cohort") == (1, N)


def test_a_fifth_year_without_diplomas_of_its_own_is_missing() -> None:
    of_2021 = STUDENTS.set_column(2, "graduation_cohort", pa.array(["2021"] * N))
    first, later = diplomas(0, on=date(2021, 6, 10)), diplomas(1)
    sent = school(diplomas=first) | {"student": of_2021}
    assert told("graduation_ever", sent) == "missing"
    both = pa.concat_tables([first, later])
    assert told("graduation_ever", sent | {"diplomas": both}) == (2, N)


@pytest.mark.parametrize(
    ("student", "day", "expected"),
    [
        ("0", date(2021, 10, 4), (1, N)),
        ("x", date(2021, 10, 4), (0, N)),  # a child whom no link names
        ("0", date(2020, 10, 4), "missing"),
    ],
)
def test_a_year_without_any_action_is_missing_and_not_zero(
    student: str, day: date, expected: tuple[int, int] | str
) -> None:
    rows = pa.table({"id": [student], "date": [day], "action": ["expulsion"]})
    rows = rows.append_column("days_served", pa.array([2.0]))
    sent = school(discipline=rows)
    assert told("suspension", sent, action="suspension_or_expulsion") == expected
    assert told("suspension", school(discipline=rows.slice(1))) == "missing"
