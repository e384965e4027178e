"""What linking keeps for measures: frames without names, under codes of its own.

Of each frame only the columns stay that a listed measure or breakdown reads. A child
who was linked has one code in all frames; the numbers of the agency and of the district
are gone.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from indicators.measures.attendance import student_days
from indicators.measures.classes import classes_of
from indicators.measures.definitions import DEFINITIONS
from indicators.measures.delivered import FIRST_MONTH
from indicators.measures.inputs import SCHEMAS, Frames

_CODE_BYTES = 8
FROM_ELSEWHERE = "from elsewhere"
# The frames that hold what elements speak of, by how their codes begin.
_FRAMES_OF = {
    "calendar.": ("calendar",),
    "attendance.": ("attendance", "days"),
    "discipline.": ("discipline",),
    "assessment.": ("assessments",),
    "course.": ("courses",),
    "transcript.credits": ("records",),
    "transcript.diploma": ("classes",),
    "transcript.grade_point_average": ("records",),
    "student.graduation_cohort": ("classes",),
    "tenant.": ("residents",),
}
_OF_GRADES = ("enrolment.grade",)
_NAMES = ("first_name", "last_name", "birth_date")


@dataclass(frozen=True, slots=True)
class Listed:
    """What the agreement lists: codes of measures, and breakdowns."""

    measures: Collection[str]
    breakdowns: Collection[str]

    @property
    def elements(self) -> frozenset[str]:
        """Codes of the elements from which the measures are counted."""
        return frozenset(
            element for code in self.measures for element in DEFINITIONS[code].elements
        )

    @property
    def frames(self) -> frozenset[str]:
        """The frames that the measures read besides people, homes and enrolments."""
        return frames_for(self.elements)

    def left_out(self) -> frozenset[tuple[str, str]]:
        """Return the frames and columns that nothing listed reads."""
        is_aged = "age" in self.breakdowns
        has_grades = "grade" in self.breakdowns or any(
            DEFINITIONS[code].grade for code in self.measures
        )
        has_grades |= bool({*_OF_GRADES} & self.elements)
        unread = {
            ("people", "birth_date"): not is_aged,
            ("people", "sex"): "sex" not in self.breakdowns,
            ("people", "race"): "race" not in self.breakdowns,
            ("enrolment", "grade"): not has_grades,
            ("enrolment", "exit_type"): "dropout" not in self.measures,
            ("enrolment", "from_elsewhere"): "enrolment.entry_type"
            not in self.elements,
            ("records", "credits"): "credits_on_target" not in self.measures,
            ("records", "unweighted"): "grade_point_average" not in self.measures,
            ("records", "weighted"): "grade_point_average" not in self.measures,
            ("tenancies", "program"): "program" not in self.breakdowns,
            ("tenancies", "building"): "development" not in self.breakdowns,
        }
        return frozenset(column for column, is_unread in unread.items() if is_unread)


def frames_for(elements: Collection[str]) -> frozenset[str]:
    """Return the frames that hold what these elements speak of."""
    return frozenset(
        name
        for begin, names in _FRAMES_OF.items()
        if any(code.startswith(begin) for code in elements)
        for name in names
    )


def kept_frames(
    pairs: pa.Table,
    housing: Mapping[str, pa.Table],
    school: Mapping[str, pa.Table],
    *,
    listed: Listed,
    has_others: bool = False,
) -> dict[str, pa.Table]:
    """Return the frames that measures are counted from, of the children on the list.

    pairs: housing_id and student_id of the links that are accepted. housing, school:
    the frames of both deliveries. has_others: with the students whom no link names, for
    a comparison; these frames are never kept.
    """
    both = dict(
        zip(
            pairs["student_id"].to_pylist(),
            pairs["housing_id"].to_pylist(),
            strict=True,
        )
    )
    tenants = housing["tenants"]
    member_code = {member: _code() for member in tenants["member_id"].to_pylist()}
    student_code = {
        student: member_code[member]
        for student, member in both.items()
        if member in member_code
    }
    if has_others:
        for student in school["student"]["id"].to_pylist():
            student_code.setdefault(student, _code())
    homes = _households(tenants)
    found = {
        "people": _people(tenants, school["student"], member_code, student_code, homes),
        "tenancies": _tenancies(tenants, housing.get("tenancies"), member_code, homes),
        "enrolment": _coded(_with_arrivals(school["enrolment"]), student_code),
    }
    if (
        "level" in listed.breakdowns
        and "school_level" in school["enrolment"].schema.names
    ):
        found["schools"] = _schools(school["enrolment"])
    if "residents" in listed.frames and "link_rate" in listed.measures:
        found["residents"] = _residents(tenants, school, both, member_code, homes)
    if "classes" in listed.frames:
        found |= classes_of(school, student_code)
    found |= _days(school, student_code, wanted=listed.frames)
    for name in sorted(listed.frames & school.keys() - found.keys() - {"calendar"}):
        if name not in ("attendance", "days"):
            found[name] = _coded(school[name], student_code)
    if "discipline" in found:
        found["discipline"] = _with_years(found["discipline"], school["discipline"])
    return {name: _narrowed(name, each, listed) for name, each in found.items()}


def _code() -> str:
    return secrets.token_hex(_CODE_BYTES)


def _narrowed(name: str, table: pa.Table, listed: Listed) -> pa.Table:
    """Return the columns of a frame that some listed measure or breakdown reads."""
    unread = {column for frame, column in listed.left_out() if frame == name}
    wanted = [
        field.name
        for field in SCHEMAS[name]
        if field.name in table.column_names and field.name not in unread
    ]
    return table.select(wanted)


def _coded(table: pa.Table, codes: Mapping[str, str], key: str = "id") -> pa.Table:
    """Return the rows of children with a code, under it."""
    known = pa.array(codes, pa.string())
    own = pa.array(codes.values(), pa.string())
    coded = own.take(pc.index_in(table[key].combine_chunks(), value_set=known))
    at = table.column_names.index(key)
    return table.set_column(at, "id", coded).filter(pc.is_valid(coded))


def _with_arrivals(enrolment: pa.Table) -> pa.Table:
    """Return enrolments with whether each was from elsewhere, where that is told."""
    if "entry_type" not in enrolment.column_names:
        return enrolment
    is_so = pc.equal(enrolment["entry_type"], FROM_ELSEWHERE)
    return enrolment.append_column("from_elsewhere", is_so)


def _with_years(own: pa.Table, actions: pa.Table) -> pa.Table:
    """Return actions with one of nobody for each school year of which any came.

    So that a year without actions of these children is told from one not sent.
    """
    days = actions["date"].drop_null()
    is_early = pc.less(pc.month(days), FIRST_MONTH).cast(pa.int64())
    years = pc.unique(pc.subtract(pc.year(days), is_early)).to_pylist()
    rows = [{"date": date(year, FIRST_MONTH, 1), "action": "other"} for year in years]
    return pa.concat_tables([own, pa.Table.from_pylist(rows, schema=own.schema)])


def _households(tenants: pa.Table) -> dict[str, str]:
    """Return a code for the home of each member.

    Without a number of the household, that is who shares a surname and a building.
    """
    homes: dict[tuple[str, ...], str] = {}
    found = {}
    for row in tenants.to_pylist():
        home = (str(row["household_id"]),) if row.get("household_id") else (
            str(row.get("development") or ""),
            str(row.get("building_number") or ""),
            " ".join(str(row.get("last_name") or row["member_id"]).casefold().split()),
        )  # fmt: skip
        found[row["member_id"]] = homes.setdefault(home, _code())
    return found


def _people(
    tenants: pa.Table,
    students: pa.Table,
    member_code: Mapping[str, str],
    student_code: Mapping[str, str],
    homes: Mapping[str, str],
) -> pa.Table:
    """Return what is known of each child; the district's word goes first."""
    told: dict[str, dict[str, object]] = {}
    for row in tenants.to_pylist():
        member = row["member_id"]
        told[member_code[member]] = {"household": homes[member]} | _about(row)
    for row in students.to_pylist():
        if code := student_code.get(row["id"]):
            told.setdefault(code, {}).update(_about(row))
    rows = [{"id": code, **about} for code, about in told.items()]
    # Races may come as lists, and then they stay lists.
    lists = any(isinstance(row.get("race"), list) for row in rows)
    race = pa.list_(pa.string()) if lists else pa.string()
    schema = pa.schema(
        [pa.field(f.name, race) if f.name == "race" else f for f in SCHEMAS["people"]]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _about(row: Mapping[str, object]) -> dict[str, object]:
    return {name: row[name] for name in ("birth_date", "sex", "race") if row.get(name)}


def _tenancies(
    tenants: pa.Table,
    stays: pa.Table | None,
    codes: Mapping[str, str],
    homes: Mapping[str, str],
) -> pa.Table:
    """Return dated homes; without dated spells, one home for each child."""
    listed = {row["member_id"]: row for row in tenants.to_pylist()}
    rows = []
    for row in listed.values() if stays is None else stays.to_pylist():
        member = row["member_id"]
        if member in codes:
            of = listed[member]
            rows.append(
                {
                    "id": codes[member],
                    "building": None if stays is not None else _building(of),
                    "development": row["development"],
                    "program": of.get("program"),
                    "move_in_date": row.get("move_in_date"),
                    "move_out_date": row.get("move_out_date"),
                    "household": homes[member],
                }
            )
    return pa.Table.from_pylist(rows, schema=SCHEMAS["tenancies"])


def _building(row: Mapping[str, object]) -> str | None:
    """Return a building's name; its number says nothing without the development."""
    number = row.get("building_number")
    return f"{row['development']}, building {number}" if number else None


def _schools(enrolment: pa.Table) -> pa.Table:
    levels = dict(
        zip(
            enrolment["school"].to_pylist(),
            enrolment["school_level"].to_pylist(),
            strict=True,
        )
    )
    rows = [{"school": name, "level": level} for name, level in levels.items() if name]
    return pa.Table.from_pylist(rows, schema=SCHEMAS["schools"])


def _residents(
    tenants: pa.Table,
    school: Mapping[str, pa.Table],
    both: Mapping[str, str],
    codes: Mapping[str, str],
    homes: Mapping[str, str],
) -> pa.Table:
    """Return whom the agency sent, and how each was found."""
    students = {row["id"]: row for row in school["student"].to_pylist()}
    found = {member: students.get(student) for student, member in both.items()}
    rows = []
    for row in tenants.to_pylist():
        other = found.get(row["member_id"])
        rows.append(
            {
                "id": codes[row["member_id"]],
                "building": _building(row),
                "development": row["development"],
                "program": row.get("program"),
                "birth_date": row["birth_date"],
                "household": homes[row["member_id"]],
                "found": _how(row, other) if other else None,
            }
        )
    return pa.Table.from_pylist(rows, schema=SCHEMAS["residents"])


def _how(one: Mapping[str, object], other: Mapping[str, object]) -> str:
    same = all(_plain(one.get(name)) == _plain(other.get(name)) for name in _NAMES)
    return "exact" if same else "probabilistic"


def _plain(value: object) -> str:
    return " ".join(str(value or "").casefold().split())


def _days(
    school: Frames, codes: Mapping[str, str], *, wanted: Collection[str]
) -> dict[str, pa.Table]:
    """Return attendance with its calendar, or days in all.

    Where the calendar lists sessions without their dates, days are counted here.
    """
    found = {}
    is_dated = "calendar" in school and _is_dated(
        school["calendar"], school["enrolment"]
    )
    if "calendar" in wanted and is_dated:
        found["calendar"] = school["calendar"]
    if "attendance" not in wanted:
        return found
    if "attendance" in school and is_dated:
        return found | {"attendance": _coded(school["attendance"], codes)}
    days = school.get("days")
    if "attendance" in school:
        days = student_days(
            _coded(school["enrolment"], codes),
            _coded(school["attendance"], codes),
            school["calendar"],
        )
        return found | {"days": days.rename_columns({"student_id": "id"})}
    return found | ({"days": _coded(days, codes)} if days is not None else {})


def _is_dated(calendar: pa.Table, enrolment: pa.Table) -> bool:
    """Return whether every school's instructional dates are listed, as many as are
    counted."""
    listed: dict[str, int] = {}
    counted: dict[str, int] = {}
    for row in calendar.to_pylist():
        at = listed if row["session"] is None else counted
        at[row["school"]] = at.get(row["school"], 0) + (
            1 if row["session"] is None else row["n_days"] or 0
        )
    taught: Iterable[str] = filter(None, pc.unique(enrolment["school"]).to_pylist())
    return all(listed.get(one, 0) >= max(counted.get(one, 0), 1) for one in taught)
