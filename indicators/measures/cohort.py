"""Whom a report is about: the children of one base, with where they live and learn.

Source of the rules: `law.md` 8, "Declare once per report".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from accounts.acts import RuleBroken
from indicators.measures.declarations import Comparison, Mobility, Report, Residency
from indicators.measures.definitions import Base
from indicators.measures.dimensions import (
    ASSISTED,
    PEERS,
    POPULATION,
    Dimension,
    placed,
)
from indicators.measures.inputs import (
    Flags,
    Frames,
    Whole,
    coded,
    day_number,
    days_of,
    flags,
    places,
    summer_after,
)
from indicators.measures.people import age, people_dimensions
from indicators.measures.spells import Spells, spells
from indicators.measures.whereabouts import homes_of, learning_of, programs_of

# Who left the class for good, where it is documented. Source: 20 USC 7801(25)(B).
LEFT_THE_CLASS = ("transferred", "emigrated", "institution", "died")
REGULAR, ALTERNATE = "regular diploma", "alternate diploma"
_LONG_AGO = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Cohort:
    """The children of one base, residents and those they are compared with.

    name: what names the base in releases. ids: in order. household: a place for each
    child; one whose household is not known stands for itself.
    school: the last spell of each child, by place; -1 where there is none.
    """

    base: Base
    name: str
    ids: pa.Array
    is_assisted: Flags
    household: Whole
    dimensions: Mapping[str, Dimension]
    enrolled: Spells

    @property
    def size(self) -> int:
        """The number of children."""
        return len(self.ids)

    def at(self, column: pa.Array) -> Whole:
        """Return the place of each child, or -1 for a child of no concern."""
        return places(column, self.ids)


def enrolled_cohort(report: Report, frames: Frames) -> Cohort:
    """Return the children enrolled in the year who are residents, or compared.

    Residents are those by the report's rule, in its programs.
    """
    enrolment, year = frames["enrolment"], (report.first_on, report.last_on)
    ids = _distinct(enrolment["id"])
    spells_in = _spells(enrolment, ids, "entry_date", "exit_date").within(*year)
    ids, spells_in = _only(ids, spells_in, np.unique(spells_in.child))
    return _cohort(Base.ENROLLED, "enrolled", report, frames, ids, spells_in)


def class_cohort(report: Report, frames: Frames, *, class_of: int) -> Cohort:
    """Return the adjusted cohort of a class: leavers who are documented are out of it.

    Residents are those of the report's year. Undocumented leavers stay, and so does
    who left after the summer of that year, or graduated by then whatever followed.
    Source: 20 USC 7801(25).
    """
    classes = frames["classes"]
    left = pc.is_in(classes["exit_type"], value_set=pa.array(LEFT_THE_CLASS))
    is_out = flags(left) & flags(classes["is_documented"])
    is_out &= left_in_time(classes, report)
    is_out &= ~have_graduated(classes, by=summer_after(report.year))
    is_in = flags(pc.equal(classes["class_of"], class_of)) & ~is_out
    ids = _distinct(classes["id"].filter(pa.array(is_in)))
    enrolment = frames["enrolment"]
    spells_in = _spells(enrolment, ids, "entry_date", "exit_date")
    years = spells_in.within(_LONG_AGO, report.last_on)
    return _cohort(Base.CLASS, f"class of {class_of}", report, frames, ids, years)


def left_in_time(classes: pa.Table, report: Report) -> Flags:
    """Return which exits were by the summer after the report's year."""
    day = days_of(classes["exit_on"], otherwise=report.first_on)
    in_time: Flags = day <= day_number(summer_after(report.year))
    return in_time


def have_graduated(classes: pa.Table, *, by: date) -> Flags:
    """Return the rows of those who by then had a diploma, a state's alternate too."""
    diploma = pc.utf8_lower(classes["diploma"])
    is_one = pc.is_in(diploma, value_set=pa.array([REGULAR, ALTERNATE]))
    day = days_of(classes["diploma_on"], otherwise=date.max)
    in_time = flags(is_one) & (day <= day_number(by))
    graduates = classes["id"].filter(pa.array(in_time))
    return flags(pc.is_in(classes["id"], value_set=graduates))


def resident_cohort(report: Report, frames: Frames) -> Cohort:
    """Return the residents of school age whom the agency sent, found or not."""
    sent = frames["residents"]
    ages = age(sent["birth_date"], on=report.census_on)
    low, high = report.school_ages
    kept = (ages >= low) & (ages <= high)
    if report.programs:
        kept &= flags(pc.is_in(sent["program"], value_set=pa.array(report.programs)))
    sent = sent.filter(pa.array(kept))
    ids = _distinct(sent["id"])
    if len(ids) < sent.num_rows:
        raise RuleBroken(
            "The list of residents names a child twice, so it would count twice. Send "
            "each child once."
        )
    sent = sent.take(pc.sort_indices(sent["id"]))
    child = np.arange(len(ids))
    none = np.zeros(0, np.int64)
    return Cohort(
        base=Base.RESIDENTS,
        name="residents",
        ids=ids,
        is_assisted=np.ones(len(ids), bool),
        household=_households(len(ids), child, sent["household"]),
        dimensions={
            "building": homes_of(sent, child, child, none, is_additive=True),
            "program": programs_of(sent, child, child, none, is_additive=True),
            **people_dimensions(sent, child, report, only=("age",)),
        },
        enrolled=Spells(none, none, none, none),
    )


def roster_cohort(report: Report, frames: Frames) -> Cohort:
    """Return the residents by the report's rule as their agency lists them, found or
    not, with what its list tells of each.

    Age, sex and race count as listed where they are told of anybody who is not
    enrolled: of the others, the district may have told them.
    """
    homes, people = frames["tenancies"], frames["people"]
    ids = _distinct(homes["id"])
    lived = lived_by(report, homes, ids)
    ids, lived = _only(ids, lived, np.unique(lived.child))
    person, child = places(ids, people["id"]), np.arange(len(ids))
    is_taught = flags(pc.is_in(ids, value_set=pc.unique(frames["enrolment"]["id"])))
    alone = people.take(pa.array(person[~is_taught & (person >= 0)]))
    columns = {"age": "birth_date", "sex": "sex", "race": "race"}
    told = [n for n, c in columns.items() if alone[c].null_count < alone.num_rows]
    is_once = report.residency is not Residency.ANY_DAY
    at_home = lived.child, lived.row, np.zeros(0, np.int64)
    return Cohort(
        base=Base.RESIDENTS,
        name="roster",
        ids=ids,
        is_assisted=np.ones(len(ids), bool),
        household=child,
        dimensions={
            "building": homes_of(homes, *at_home, is_additive=is_once),
            "program": programs_of(homes, *at_home, is_additive=is_once),
            **people_dimensions(people, person, report, only=told),
        },
        enrolled=Spells(*(np.zeros(0, np.int64),) * 4),
    )


def _distinct(column: pa.Array) -> pa.Array:
    found = pc.unique(column).drop_null()
    return found.take(pc.sort_indices(found))


def _spells(table: pa.Table, ids: pa.Array, first: str, last: str) -> Spells:
    return spells(places(table["id"], ids), table[first], table[last])


def _only(ids: pa.Array, found: Spells, kept: Whole) -> tuple[pa.Array, Spells]:
    """Return the ids that are kept, and their spells under their new places."""
    place = np.full(len(ids), -1)
    place[kept] = np.arange(len(kept))
    is_kept = place[found.child] >= 0
    return ids.take(pa.array(kept)), Spells(
        place[found.child][is_kept],
        found.first[is_kept],
        found.last[is_kept],
        found.row[is_kept],
    )


def _cohort(
    base: Base,
    name: str,
    report: Report,
    frames: Frames,
    ids: pa.Array,
    enrolled: Spells,
) -> Cohort:
    homes = frames["tenancies"]
    lived = lived_by(report, homes, ids)
    is_assisted = np.zeros(len(ids), bool)
    is_assisted[lived.child] = True
    kept = np.flatnonzero(
        is_assisted | _compared(report, frames, enrolled, is_assisted)
    )
    all_ids = ids
    ids, enrolled = _only(all_ids, enrolled, kept)
    _, lived = _only(all_ids, lived, kept)
    is_assisted = is_assisted[kept]
    people = frames["people"]
    person = places(ids, people["id"])
    is_once = report.residency is not Residency.ANY_DAY
    at_home = lived.child, lived.row, np.flatnonzero(~is_assisted)
    dimensions = {
        "building": homes_of(homes, *at_home, is_additive=is_once),
        "program": programs_of(homes, *at_home, is_additive=is_once),
        **learning_of(report, frames, enrolled, len(ids)),
        **people_dimensions(people, person, report, only=("age", "sex", "race")),
    }
    if report.comparison is not Comparison.NOBODY:
        dimensions[POPULATION] = placed(
            POPULATION,
            child=np.arange(len(ids)),
            leaf=np.where(is_assisted, 0, 1),
            values=(ASSISTED, PEERS),
        )
    return Cohort(
        base=base,
        name=name,
        ids=ids,
        is_assisted=is_assisted,
        household=_households_of(people, person, homes, lived, len(ids)),
        dimensions=dimensions,
        enrolled=enrolled,
    )


def lived_by(report: Report, homes: pa.Table, ids: pa.Array) -> Spells:
    """Return the spells of living in assisted housing that count by the rule.

    One for each child, but for the rule of any day.
    """
    if report.programs:
        listed = pc.is_in(homes["program"], value_set=pa.array(report.programs))
        child = np.where(flags(listed), places(homes["id"], ids), -1)
    else:
        child = places(homes["id"], ids)
    found = spells(child, homes["move_in_date"], homes["move_out_date"])
    if report.residency is Residency.CENSUS_DATE:
        return found.within(report.census_on, report.census_on)
    found = found.within(report.first_on, report.last_on)
    if report.residency is Residency.ANY_DAY:
        return found
    return _longest(found, homes, n_children=len(ids), least=report.residency_days)


def _longest(found: Spells, homes: pa.Table, *, n_children: int, least: int) -> Spells:
    """Return, of children with so many days in all, the home of most, or the later."""
    total = np.bincount(found.child, found.n_days, minlength=n_children)
    _, (building, development) = coded(homes["building"], homes["development"])
    home = np.where(building >= 0, building, development)[found.row]
    key = found.child * (home.max(initial=0) + 2) + home + 1
    _, same = np.unique(key, return_inverse=True)
    days = np.bincount(same, found.n_days).astype(np.int64)[same]
    order = np.lexsort((found.first, days, found.child))
    child = found.child[order]
    is_last = np.append(child[1:] != child[:-1], True)[: len(order)]
    best = order[is_last]
    best = best[total[found.child[best]] >= least]
    return Spells(
        found.child[best], found.first[best], found.last[best], found.row[best]
    )


def _compared(
    report: Report, frames: Frames, enrolled: Spells, is_assisted: Flags
) -> Flags:
    if report.comparison is Comparison.NOBODY:
        return np.zeros(len(is_assisted), bool)
    if report.comparison is Comparison.ALL_OTHERS:
        return ~is_assisted
    names, (school,) = coded(frames["enrolment"]["school"])
    at = enrolled.lasts()
    if report.mobility is Mobility.ANY_SCHOOL:
        at = np.arange(len(enrolled.child))
    child, school = enrolled.child[at], school[enrolled.row[at]]
    theirs = np.zeros(len(names) + 1, bool)
    theirs[school[is_assisted[child]]] = True
    found = np.zeros(len(is_assisted), bool)
    found[child[theirs[school]]] = True
    return found & ~is_assisted


def _households(n: int, child: Whole, column: pa.Array) -> Whole:
    """Return a household for each child; without one it stands for itself."""
    names, (place,) = coded(column)
    found = np.arange(n) + len(names)
    is_known = place >= 0
    found[child[is_known]] = place[is_known]
    return found


def _households_of(
    people: pa.Table, person: Whole, homes: pa.Table, lived: Spells, n: int
) -> Whole:
    names, (of_people, of_homes) = coded(people["household"], homes["household"])
    found = np.arange(n) + len(names)
    is_listed = person >= 0
    told = np.full(n, -1)
    told[is_listed] = of_people[person[is_listed]]
    found = np.where(told >= 0, told, found)
    home = of_homes[lived.row]
    found[lived.child[home >= 0]] = home[home >= 0]
    return found
