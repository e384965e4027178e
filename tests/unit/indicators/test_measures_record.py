"""What was counted, as a release that the engine protects: pooled and complete."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.acts import RuleBroken
from indicators.disclosure.linked import link
from indicators.disclosure.release import protect
from indicators.disclosure.release_file import counted as read
from indicators.measures.cells import COUNTED
from indicators.measures.counted import Counted, Table
from indicators.measures.counting import count
from indicators.measures.declarations import Comparison, Mobility, Residency
from indicators.measures.definitions import Measure, choose
from indicators.measures.record import release_record
from tests.support.small_town import (
    EARLIER,
    REPORT,
    absent,
    enrolled,
    frame,
    town,
)


def as_file(*found: Counted, threshold: int = 10):
    record = release_record("autumn", found, threshold=threshold)
    return read(json.dumps(record).encode())


def test_the_band_is_of_the_pooled_rate_and_not_of_the_mean_of_rates() -> None:
    """School 7: 102 of 340 chronically absent, 30.0 percent. School 8: 11 of 93, 11.8.

    The mean of the two is 20.9 percent; 113 of 433 are 26.1. Each in its own household.
    """
    pupils = [enrolled(f"A{n}", "7") for n in range(340)]
    pupils += [enrolled(f"B{n}", "8") for n in range(93)]
    events = [e for n in range(102) for e in absent(f"A{n}", 1, 2, school="7")]
    events += [e for n in range(11) for e in absent(f"B{n}", 1, 2, school="8")]
    frames = town(pupils, attendance=frame("attendance", *events))
    measure = choose("chronic_absence")
    found = count(
        REPORT, frames, measures=[measure], tables=[Table(()), Table(("school",))]
    )
    outcome = protect(as_file(found))
    assert not outcome.refusals
    frame_of = as_file(found).frame
    texts = {
        dict(zip(frame_of.names, c.vector, strict=True))["school"]: c.rate[measure.id]
        for c in outcome.cells
        if COUNTED in c.vector
    }
    assert round((102 / 340 + 11 / 93) / 2 * 100, 1) == 20.9
    assert round(113 / 433 * 100, 1) == 26.1
    assert texts[None] == "26"
    assert texts["7"] == "30"
    assert texts["8"] == "10–14"


def test_a_release_names_exactly_what_was_counted() -> None:
    measure = choose("suspension", action="expulsion")
    other = frame("discipline", {"date": date(2021, 10, 4), "action": "other"})
    frames = town([enrolled("A")], discipline=other)
    found = count(REPORT, frames, measures=[measure], tables=[Table((), weight=3)])
    record = release_record("autumn", [found], threshold=10)
    assert record["indicators"] == [measure.id]
    assert record["keys"] == ["period", "base"]
    assert record["cells"] == [
        {
            "table": "all",
            "period": "2021–22",
            "base": "enrolled",
            "n": 1,
            "x": {measure.id: 0},
            "primary": True,
            "weight": 3,
        }
    ]


def test_days_are_days_among_days_of_the_file() -> None:
    frames = town([enrolled("A")], attendance=frame("attendance", *absent("A", 1)))
    found = count(
        REPORT, frames, measures=[choose("attendance_rate")], tables=[Table(())]
    )
    record = release_record("autumn", [found], threshold=10)
    (name,) = record["indicators"]
    assert record["units"] == {name: "days"}
    (row,) = [row for row in record["cells"] if "of" in row]
    assert 0 < row["x"][name] < row["of"][name]
    assert any(cell.sums for cell in found.cells)


def test_years_by_different_rules_are_no_release() -> None:
    frames = town([enrolled("A")])
    tables, measures = [Table(("building",))], [choose("overlap")]
    one = count(REPORT, frames, measures=measures, tables=tables)
    other = replace(REPORT, residency=Residency.ANY_DAY)
    two = count(other, frames, measures=measures, tables=tables)
    with pytest.raises(RuleBroken, match="the same rules of residency"):
        release_record("autumn", [one, two], threshold=10)


MEASURES = [
    choose("chronic_absence"),
    choose("on_time_enrolment", arrivals="counted"),
    choose("starting_on_time"),
    choose("attendance_rate"),
    choose("reading_grade_3"),
    choose("reading_grade_3", among="enrolled"),
    choose("reading_grade_8"),
    choose("dropout", grades="Grades 7–12"),
    choose("credits_on_target"),
    choose("suspension"),
]
TABLES = [
    Table(()),
    Table(("building",)),
    Table(("school", "grade")),
    Table(("building", "school")),
    Table(("level", "race")),
]
GRADES = ("03", "04", "07", "08", "09", "12")
_DAY = st.dates(date(2021, 8, 20), date(2022, 7, 1))


@st.composite
def towns(draw: st.DrawFn) -> dict[str, pa.Table]:
    """Children who move about, are away, are tested; some of it is not told."""
    pupils, homes, tests, records, actions, people = [], [], [], [], [], []
    events: list[Any] = []
    for n in range(draw(st.integers(1, 9))):
        child = f"C{n}"
        people.append(
            {
                "id": child,
                "sex": draw(st.sampled_from(["F", "M", None])),
                "race": draw(st.sampled_from(["Asian", "White", None])),
                "household": draw(st.sampled_from(["H1", "H2", None])),
            }
        )
        grade = draw(st.sampled_from(GRADES))
        for entry in draw(st.lists(_DAY, min_size=1, max_size=3, unique=True)):
            school = draw(st.sampled_from("789"))
            left = draw(st.one_of(st.none(), _DAY))
            if left is None or left >= entry:
                pupils.append(
                    enrolled(
                        child, school, entry_date=entry, exit_date=left, grade=grade
                    )
                )
        if not any(row["id"] == child for row in pupils):
            pupils.append(enrolled(child, grade=grade))
        for building in draw(st.lists(st.sampled_from("UVWX"), max_size=2)):
            since = draw(st.one_of(st.just(EARLIER), _DAY))
            homes.append(
                {
                    "id": child,
                    "building": building,
                    "development": "North" if building in "UV" else "South",
                    "program": "PH",
                    "move_in_date": since,
                }
            )
        days = draw(st.lists(st.integers(1, 20), max_size=6, unique=True))
        events += absent(child, *days, school=draw(st.sampled_from("789")))
        if draw(st.booleans()):
            level = draw(st.sampled_from(["Proficient", "Basic", None]))
            tests.append(
                {"id": child, "year": 2022, "subject": "reading", "grade": grade}
                | {"test": "state", "level": level}
            )
        if draw(st.booleans()):
            earned = draw(st.floats(0, 30))
            records.append({"id": child, "year": 2022, "credits": earned})
        if draw(st.booleans()):
            actions.append(
                {"id": child, "action": "expulsion", "date": date(2021, 9, 9)}
            )
    # A pupil of the next year, so that dropping out can be told.
    pupils.append(enrolled("Z", entry_date=date(2022, 9, 1), grade="12"))
    return {
        **town([*pupils, *(enrolled("Y", s) for s in "789")], housed={}),
        "people": frame("people", *people),
        "tenancies": frame("tenancies", *homes),
        "attendance": frame("attendance", *events),
        "assessments": frame("assessments", *tests),
        "records": frame("records", *records),
        "discipline": frame("discipline", *actions),
        "schools": frame(
            "schools",
            *({"school": s, "level": "K8" if s < "9" else "High"} for s in "789"),
        ),
    }


_RULES = st.fixed_dictionaries(
    {
        "residency": st.sampled_from(Residency),
        "mobility": st.sampled_from(Mobility),
        "comparison": st.sampled_from(Comparison),
    }
)
_SLOW = settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@_SLOW
@given(towns(), _RULES)
def test_parts_add_up_to_the_whole_or_bound_it(
    frames: dict[str, pa.Table], rules: dict[str, Any]
) -> None:
    """The engine's own reading refuses a file whose totals do not fit together."""
    report = replace(REPORT, **rules)
    found = count(report, frames, measures=MEASURES, tables=TABLES)
    if found.cells:
        link(as_file(found), earlier=[])
    _check_sums(found)


def _check_sums(found: Counted) -> None:
    # Days are pooled too; the file leaves them out, so they are added up here.
    cells = {cell.vector: cell for cell in found.cells}
    dims = {name for vector in cells for name, _ in vector}
    for vector, whole in cells.items():
        for dim in dims - {name for name, _ in vector}:
            tree = found.hierarchies.get(dim, {})
            parts = [
                cell
                for other, cell in cells.items()
                if len(other) == len(vector) + 1
                and dict(other).get(dim) is not None
                and dict(other).get(dim) not in tree
                and {*other} > {*vector}
            ]
            if not parts:
                continue
            assert max(part.n for part in parts) <= whole.n
            for measure, (x, of) in whole.sums.items():
                told = [p.sums[measure] for p in parts if measure in p.sums]
                if told and dim not in found.nonadditive:
                    assert (x, of) == (sum(t[0] for t in told), sum(t[1] for t in told))


@_SLOW
@given(towns())
def test_options_move_the_figure_the_right_way(frames: dict[str, pa.Table]) -> None:
    def of(code: str, **options: object) -> tuple[int, int]:
        measure = choose(code, **options)
        found = count(REPORT, frames, measures=[measure], tables=[Table(())])
        return _whole(found, measure)

    assert of("chronic_absence", percent=5) >= of("chronic_absence", percent=10)
    least = [of("chronic_absence", minimum_days=n)[1] for n in (1, 5, 10, 20)]
    assert least == sorted(least, reverse=True)
    tested, everyone = of("reading_grade_3"), of("reading_grade_3", among="enrolled")
    if tested != (0, 0):
        assert tested[0] == everyone[0]
        assert tested[1] <= everyone[1]
    served = [
        of("chronic_absence", suspensions=rule)[0] for rule in ("left_out", "counted")
    ]
    assert served == sorted(served)
    days = [of("starting_on_time", within_days=n, by="entry")[0] for n in (1, 3, 10)]
    assert days == sorted(days)


def _whole(found: Counted, measure: Measure) -> tuple[int, int]:
    for cell in found.cells:
        names = {name for name, _ in cell.vector}
        if measure.id in cell.x and names <= {measure.population, "grade"}:
            return cell.x[measure.id], cell.n
    return 0, 0


@_SLOW
@given(towns(), _RULES)
def test_no_numerator_is_more_than_its_children(
    frames: dict[str, pa.Table], rules: dict[str, Any]
) -> None:
    found = count(replace(REPORT, **rules), frames, measures=MEASURES, tables=TABLES)
    for cell in found.cells:
        assert all(0 <= x <= cell.n for x in cell.x.values())
        assert all(0 <= x <= of for x, of in cell.sums.values())
