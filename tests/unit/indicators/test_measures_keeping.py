"""What linking keeps: the frames that listed measures read, under codes of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from accounts.acts import RuleBroken
from indicators.measures.asked import (
    Asked,
    from_record,
    listed_in,
    narrowed,
    permitted_by,
    require_permitted,
    tables_of,
    to_record,
    usual,
)
from indicators.measures.counting import count
from indicators.measures.declarations import Comparison, Report, Residency
from indicators.measures.definitions import choose
from indicators.measures.keeping import kept_frames
from indicators.measures.nesting import counted_within, require_apart

FIRST, LAST = date(2021, 9, 1), date(2021, 9, 10)
PAIRS = pa.table({"housing_id": ["T1", "T2"], "student_id": ["1", "2"]})
HOUSING = {
    "tenants": pa.table(
        {
            "member_id": ["T1", "T2", "T3"],
            "first_name": ["Ana", "Ben", "Cora"],
            "last_name": ["Bard", "Bard", "Delrt"],
            "birth_date": [date(2010, 1, 1)] * 3,
            "development": ["D1", "D1", "D2"],
            "move_in_date": [date(2015, 1, 1)] * 3,
            "program": ["Public housing", "Voucher", "Voucher"],
        }
    )
}
SCHOOL = {
    "student": pa.table(
        {
            "id": ["1", "2", "9"],
            "first_name": ["Ana", "Benny", "Elsa"],
            "last_name": ["BARD", "Bard", "Sewhere"],
            "birth_date": [date(2010, 1, 1)] * 3,
            "sex": ["Female", "Male", "Female"],
        }
    ),
    "enrolment": pa.table(
        {
            "id": ["1", "2", "9"],
            "school": ["S1"] * 3,
            "grade": ["06"] * 3,
            "entry_date": [FIRST] * 3,
            "exit_date": pa.array([None] * 3, pa.date32()),
        }
    ),
    "attendance": pa.table(
        {
            "id": ["1", "9"],
            "school": ["S1", "S1"],
            "date": [FIRST, FIRST],
            "category": ["Unexcused Absence"] * 2,
            "duration": pa.array([None, None], pa.float64()),
        }
    ),
    "calendar": pa.table(
        {
            "school": ["S1"] * 3,
            "session": ["Autumn", None, None],
            "date": [FIRST, FIRST, LAST],
            "end_date": [LAST, None, None],
            "n_days": pa.array([2, None, None], pa.int32()),
        }
    ),
}


def kept(
    analyses: Sequence[tuple[str, tuple[str, ...]]], *, has_others: bool = False
) -> dict[str, pa.Table]:
    listed = listed_in(permitted_by(analyses))
    return kept_frames(PAIRS, HOUSING, SCHOOL, listed=listed, has_others=has_others)


def test_only_what_is_listed_is_kept() -> None:
    few = kept([("enrolled", ("building",))])
    assert {*few} == {"people", "tenancies", "enrolment"}
    assert few["people"].column_names == ["id", "household"]
    assert "grade" not in few["enrolment"].column_names
    assert "program" not in few["tenancies"].column_names
    more = kept([("chronic_absence", ("sex", "grade", "age", "program"))])
    assert {*more} >= {"attendance", "calendar"}
    assert {"birth_date", "sex"} <= {*more["people"].column_names}
    assert "grade" in more["enrolment"].column_names
    assert "program" in more["tenancies"].column_names


def test_a_class_and_arrivals_are_told_where_they_are_listed() -> None:
    told = {
        "entry_type": ["from elsewhere", "from this district", None],
        "exit_type": ["transferred", "other", None],
        "exit_documented": ["Yes", None, None],
    }
    spells = SCHOOL["enrolment"].drop_columns("exit_date")
    for name, values in {"exit_date": [LAST, None, None], **told}.items():
        spells = spells.append_column(name, pa.array(values))
    cohort = pa.array(["2022", "2022", None])
    school = {
        **SCHOOL,
        "student": SCHOOL["student"].append_column("graduation_cohort", cohort),
        "enrolment": spells,
        "diplomas": pa.table(
            {"id": ["2"], "diploma": ["regular diploma"], "diploma_on": [LAST]}
        ),
    }
    measures = ["on_time_graduation", "starting_on_time"]
    listed = listed_in(permitted_by([(each, ("building",)) for each in measures]))
    found = kept_frames(PAIRS, HOUSING, school, listed=listed)
    assert found["enrolment"]["from_elsewhere"].to_pylist() == [True, False]
    assert "exit_type" not in found["enrolment"].column_names
    told_of = [
        {k: v for k, v in row.items() if k not in ("id", "diplomas_to") and v}
        for row in found["classes"].to_pylist()
    ]
    assert told_of == [
        {"class_of": 2022, "exit_type": "transferred", "exit_on": LAST}
        | {"is_documented": True, "diploma": "none"},
        {"class_of": 2022, "diploma": "regular diploma", "diploma_on": LAST},
    ]
    few = kept_frames(
        PAIRS,
        HOUSING,
        school,
        listed=listed_in(permitted_by([("enrolled", ("building",))])),
    )
    assert {*few} == {"people", "tenancies", "enrolment"}
    assert "from_elsewhere" not in few["enrolment"].column_names


def test_nobodys_number_or_name_is_kept_and_codes_join_the_frames() -> None:
    found = kept(
        [("chronic_absence", ("building", "sex")), ("link_rate", ("building",))]
    )
    said = {
        value
        for frame in found.values()
        for column in frame.itercolumns()
        for value in column.to_pylist()
    }
    assert not said & {"1", "2", "9", "T1", "T2", "T3", "Ana", "Bard", "BARD", "Benny"}
    linked = {*found["enrolment"]["id"].to_pylist()}
    assert len(linked) == 2
    assert linked < {*found["tenancies"]["id"].to_pylist()}
    assert found["attendance"].num_rows == 1
    how = found["residents"]["found"].to_pylist()
    assert sorted(map(str, how)) == ["None", "exact", "probabilistic"]
    homes = found["people"]["household"].to_pylist()
    assert len({*homes}) == 2


def test_others_are_there_for_a_comparison_alone() -> None:
    analyses = [("chronic_absence", ("school",))]
    assert kept(analyses)["enrolment"].num_rows == 2
    assert kept(analyses, has_others=True)["enrolment"].num_rows == 3


def test_days_are_counted_at_once_where_no_dates_are_listed() -> None:
    calendar = SCHOOL["calendar"].slice(0, 1)
    listed = listed_in(permitted_by([("chronic_absence", ("school",))]))
    found = kept_frames(PAIRS, HOUSING, SCHOOL | {"calendar": calendar}, listed=listed)
    assert "attendance" not in found
    rows = found["days"].to_pylist()
    assert sorted((r["days_enrolled"], r["days_absent"]) for r in rows) == [
        (2, 0),
        (2, 1),
    ]


def test_a_measure_stands_only_where_it_is_listed() -> None:
    permitted = permitted_by(
        [("chronic_absence", ("school",)), ("enrolled", ("building", "school"))]
    )
    asked = usual(permitted, census_on=LAST)
    report = Report(year=2021, first_on=FIRST, last_on=LAST, census_on=LAST, as_of=LAST)
    held = kept([("chronic_absence", ("building", "school"))])
    found = narrowed(
        count(report, held, measures=asked.measures, tables=asked.counted_tables()),
        permitted,
    )
    told = {
        frozenset(name for name, _ in cell.vector) & {"building", "school"}
        for cell in found.cells
        if cell.x or cell.untold
    }
    assert told == {frozenset(), frozenset({"school"})}


def test_choices_are_kept_and_read_again() -> None:
    asked = Asked(
        measures=(choose("chronic_absence", threshold="days", days=12),),
        tables=(("building",), ("building", "school")),
        census_on=LAST,
        residency=Residency.DAYS,
        comparison=Comparison.SAME_SCHOOLS,
        programs=("Voucher",),
    )
    assert from_record(to_record(asked)) == asked


def test_tables_cross_two_different_things() -> None:
    assert tables_of(["school", "level", "building"]) == (
        ("building",),
        ("school",),
        ("level",),
        ("building", "school"),
        ("building", "level"),
    )
    permitted = permitted_by([("chronic_absence", ("building", "school", "sex"))])
    asked = usual(permitted, census_on=LAST)
    require_permitted(asked, permitted)
    with pytest.raises(RuleBroken, match="crosses at most two"):
        require_permitted(
            Asked(
                measures=asked.measures,
                tables=(("building", "school", "sex"),),
                census_on=LAST,
            ),
            permitted,
        )


@pytest.mark.parametrize(
    ("one", "other", "is_refused"),
    [
        ("enrolled at least 10 days", "enrolled at least 30 days", True),
        ("enrolled at least 10 days", "enrolled at least 10 days", False),
        ("enrolled at least 10 days", "tested in math (state)", False),
        (
            "enrolled by the census date, arrivals left out",
            "enrolled by the census date, arrivals counted",
            True,
        ),
        ("tested in math (state)", "tested in reading (state)", False),
        (
            "tested in math (state)",
            "tested in math (state), enrolled the full year",
            True,
        ),
        (
            "enrolled the full year",
            "tested in math (state), enrolled the full year",
            True,
        ),
        ("grade 03: tested in reading (state)", "tested in reading (state)", True),
        (
            "grade 03: tested in reading (state)",
            "grade 08: tested in reading (state)",
            False,
        ),
        (
            "taking a core course (english, math)",
            "taking a core course (math, science, english)",
            True,
        ),
    ],
)
def test_measures_that_count_some_of_those_whom_another_counts_stand_apart(
    one: str, other: str, is_refused: bool
) -> None:
    for chosen, published in (((one, other), ()), ((other,), (one,))):
        if is_refused:
            with pytest.raises(RuleBroken, match="in one group alone"):
                require_apart(chosen, published)
        else:
            require_apart(chosen, published)


def test_an_author_cannot_ask_for_two_least_days_of_enrolment() -> None:
    permitted = permitted_by(
        [("chronic_absence", ("building",)), ("attendance_rate", ("building",))]
    )
    asked = usual(permitted, census_on=LAST)
    require_permitted(asked, permitted)
    longer = choose("chronic_absence", minimum_days=30)
    both = replace(asked, measures=(longer, choose("attendance_rate")))
    with pytest.raises(RuleBroken, match="at least 30 days” and “enrolled at least 10"):
        require_permitted(both, permitted)


@pytest.mark.parametrize(
    ("code", "few", "many"),
    [
        ("chronic_absence", {"percent": 20}, {}),
        (
            "chronic_absence",
            {"threshold": "days", "days": 20},
            {"threshold": "days", "suspensions": "counted"},
        ),
        ("suspension", {"action": "in_school_suspension"}, {"action": "suspension"}),
        ("suspension", {}, {"at_least_a_day": "counted"}),
        ("absences_by_kind", {"month": 10}, {}),
        ("starting_on_time", {"within_days": 1}, {"by": "entry"}),
        ("grade_point_average", {"hundredths": 300}, {}),
    ],
)
def test_of_some_measures_another_counts_every_child_too(
    code: str, few: dict[str, object], many: dict[str, object]
) -> None:
    one, other = choose(code, **few), choose(code, **many)
    assert counted_within([other, one]) == {one.id: [other.id]}


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("chronic_absence", {}, {"threshold": "days"}),
        ("chronic_absence", {"percent": 20}, {"minimum_days": 30}),
        ("chronic_absence", {"percent": 20}, {"suspensions": "left_out"}),
        ("absences_by_kind", {"kind": "excused"}, {}),
        ("absences_by_kind", {"month": 9}, {"month": 10}),
        ("suspension", {"action": "expulsion"}, {"action": "suspension"}),
    ],
)
def test_other_measures_tell_nothing_of_each_other(
    code: str, one: dict[str, object], other: dict[str, object]
) -> None:
    assert counted_within([choose(code, **one), choose(code, **other)]) == {}
