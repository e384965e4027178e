"""What counting costs: invented children, twelve measures, five school years.

Twelve crossings of breakdowns with all their totals, from dated spells and attendance
day by day. A yardstick runs beside it: the same calendar and events, one measure, by
plain GROUP BY in DuckDB.

    python -m benchmarks.measures [CHILDREN] [YEARS]
"""

import resource
import sys
import time
from datetime import date, timedelta

import duckdb
import numpy as np
import pyarrow as pa

from indicators.measures.counted import Counted, Table
from indicators.measures.counting import count
from indicators.measures.declarations import Comparison, Report
from indicators.measures.definitions import choose
from indicators.measures.record import release_record

SCHOOLS, BUILDINGS, SEED = 60, 80, 7
MEASURES = (
    choose("on_time_enrolment"),
    choose("starting_on_time"),
    choose("attendance_rate"),
    choose("chronic_absence"),
    choose("chronic_absence", threshold="days", days=15),
    choose("absences_by_kind"),
    choose("suspension"),
    choose("suspension", statistic="days", action="suspension"),
    choose("reading_grade_3"),
    choose("math_grade_8", among="enrolled"),
    choose("grade_point_average"),
    choose("credits_on_target"),
)
TABLES = (
    Table(()),
    Table(("building",)),
    Table(("school",)),
    Table(("grade",)),
    Table(("age",)),
    Table(("sex",)),
    Table(("race",)),
    Table(("program",)),
    Table(("building", "grade")),
    Table(("building", "school")),
    Table(("school", "grade")),
    Table(("building", "race")),
)


def frames(n: int, *, year: int) -> dict[str, pa.Table]:
    """Return a district's frames for a school year; a third of the children move."""
    chance = np.random.default_rng(SEED + year)
    ids = np.array([f"S{number:07}" for number in range(n)])
    first = date(year - 1, 9, 6)
    days = [first + timedelta(days=k) for k in range(280)]
    days = [day for day in days if day.weekday() < 5][:180]
    school = chance.integers(0, SCHOOLS, n)
    grade = chance.integers(1, 13, n)
    building = chance.integers(0, BUILDINGS, n // 3)
    moved = np.flatnonzero(chance.random(n) < 1 / 3)
    on = np.array([first + timedelta(days=int(k)) for k in chance.integers(40, 200, n)])
    away = chance.poisson(chance.gamma(2.0, 4.5, n))
    events = np.repeat(np.arange(n), np.minimum(away, 90))
    of_day = chance.integers(0, len(days), len(events))
    at = np.array(days)[of_day]
    has_moved = np.zeros(n, bool)
    has_moved[moved] = True
    later = has_moved[events] & (at >= on[events])
    schools = np.array([f"{s:03}" for s in range(SCHOOLS)])
    second = (school + 1) % SCHOOLS
    kinds = np.array(["Excused Absence", "Unexcused Absence", "Tardy"])
    named = np.array([f"{g:02}" for g in range(13)])
    start = [first - timedelta(days=30)] * n
    acted = chance.integers(0, n, n // 12)
    tests = np.flatnonzero((grade == 3) | (grade == 8))
    return {
        "people": pa.table(
            {
                "id": ids,
                "birth_date": [date(year - 6 - int(g), 3, 1) for g in grade],
                "sex": np.array(["F", "M"])[chance.integers(0, 2, n)],
                "race": np.array(list("ABCDE"))[chance.integers(0, 5, n)],
            }
        ),
        "tenancies": pa.table(
            {
                "id": ids[: n // 3],
                "building": np.array([f"B{b:03}" for b in building]),
                "development": np.array([f"D{b // 8:02}" for b in building]),
                "program": np.array(["PH", "HCV"])[building % 2],
                "move_in_date": [date(year - 3, 1, 1)] * (n // 3),
                "household": np.array([f"H{k // 2}" for k in range(n // 3)]),
            }
        ),
        "enrolment": pa.table(
            {
                "id": np.concatenate([ids, ids[moved]]),
                "school": schools[np.concatenate([school, second[moved]])],
                "grade": named[np.concatenate([grade, grade[moved]])],
                "entry_date": [*start, *on[moved]],
                "from_elsewhere": np.zeros(n + len(moved), bool),
            }
        ),
        "schools": pa.table(
            {"school": schools, "level": np.array(["E", "M", "H"])[np.arange(60) % 3]}
        ),
        "calendar": pa.table(
            {
                "school": np.repeat(schools, len(days)),
                "session": pa.nulls(SCHOOLS * len(days), pa.string()),
                "date": days * SCHOOLS,
            }
        ),
        "attendance": pa.table(
            {
                "id": ids[events],
                "school": schools[np.where(later, second[events], school[events])],
                "date": at,
                "category": kinds[chance.integers(0, 3, len(events))],
                "duration": np.ones(len(events)),
            }
        ),
        "discipline": pa.table(
            {
                "id": ids[acted],
                "incident": [f"{k}" for k in range(len(acted))],
                "date": np.array(days)[chance.integers(0, len(days), len(acted))],
                "action": ["out_of_school_suspension"] * len(acted),
                "days_served": chance.integers(1, 6, len(acted)).astype(float),
            }
        ),
        "assessments": pa.table(
            {
                "id": np.concatenate([ids[tests]] * 2),
                "year": [year] * (2 * len(tests)),
                "subject": ["reading"] * len(tests) + ["math"] * len(tests),
                "grade": named[np.concatenate([grade[tests]] * 2)],
                "test": ["state"] * (2 * len(tests)),
                "level": np.array(["Basic", "Proficient"])[
                    chance.integers(0, 2, 2 * len(tests))
                ],
            }
        ),
        "records": pa.table(
            {
                "id": ids,
                "year": [year] * n,
                "credits": 6.0 * (grade - 8) + chance.normal(0, 2, n),
                "unweighted": chance.uniform(0, 4, n),
            }
        ),
    }


def counted(year: int, sent: dict[str, pa.Table]) -> Counted:
    """Return what is counted of one school year."""
    report = Report(
        year=year,
        first_on=date(year - 1, 9, 6),
        last_on=date(year, 6, 17),
        census_on=date(year - 1, 10, 1),
        as_of=date(year, 9, 1),
        comparison=Comparison.ALL_OTHERS,
    )
    return count(report, sent, measures=MEASURES, tables=TABLES)


def yardstick(sent: dict[str, pa.Table]) -> float:
    """Return the seconds of DuckDB for days absent by child and by school."""
    with duckdb.connect() as memory:
        memory.register("attendance", sent["attendance"])
        memory.register("enrolment", sent["enrolment"])
        started = time.process_time()
        memory.execute(
            "select e.school, e.grade, count(distinct e.id), sum(a.n) from enrolment e"
            " join (select id, count(distinct date) as n from attendance group by id) a"
            " on a.id = e.id group by rollup (e.school, e.grade)"
        ).fetchall()
        return time.process_time() - started


def main() -> None:
    """Print seconds, cells and memory, in all and for each school year."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    years = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    found, seconds, beside = [], 0.0, 0.0
    for year in range(2022, 2022 + years):
        sent = frames(n, year=year)
        started = time.process_time()
        found.append(counted(year, sent))
        spent = time.process_time() - started
        beside += yardstick(sent)
        seconds += spent
        print(f"{year}: {spent:.1f} s, {len(found[-1].cells):,} cells", flush=True)
    cells = len(release_record("benchmark", found, threshold=10)["cells"])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{n:,} children × {len(MEASURES)} measures × {years} years: {seconds:.1f} s "
        f"of processor, {cells:,} cells, {memory:,} MB; one measure in DuckDB "
        f"{beside:.1f} s"
    )


if __name__ == "__main__":
    main()
