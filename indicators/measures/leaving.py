"""Indicators 14 to 18 and 20: graduating, dropping out, being found, local counts."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.measures.cohort import (
    LEFT_THE_CLASS,
    REGULAR,
    have_graduated,
    left_in_time,
)
from indicators.measures.definitions import Measure
from indicators.measures.facts import Facts, Sources, Standing, one_of
from indicators.measures.inputs import (
    Flags,
    Whole,
    day_number,
    days_of,
    flags,
    numbers,
    places,
    summer_after,
)
from indicators.measures.spells import spells

DROPPED_OUT = "dropped out"
# Those who are gone for a reason that is not dropping out.
_ACCOUNTED_FOR = ("graduated", "transferred", "emigrated", "institution", "died")
EXITS = {*_ACCOUNTED_FOR, DROPPED_OUT, "other"}


def graduation(measure: Measure, sources: Sources) -> Facts:
    """Return who of the adjusted cohort graduated in time (indicators 14 and 15).

    Not yet known until the summer after the last year is over, and missing where no
    diplomas of that year or later came, nor whether leavers are documented. An
    equivalency certificate is no diploma. Source: 20 USC 7801(23) and (25).
    """
    if sources.report.as_of <= summer_after(sources.report.year):
        return sources.nobody(Standing.NOT_YET)
    classes, child = sources.of_frame("classes")
    if (
        _are_leavers_unknown(classes, sources)
        or not flags(classes["diploma"].is_valid()).any()
        or (numbers(classes["diplomas_to"]) < sources.report.year).any()
    ):
        return sources.nobody(Standing.MISSING)
    diplomas = [REGULAR, *measure.option("alternates")]
    counts = flags(
        pc.is_in(
            pc.utf8_lower(classes["diploma"]),
            value_set=pa.array([diploma.lower() for diploma in diplomas]),
        )
    )
    counts &= flags(classes["diploma_on"].is_valid())
    day = days_of(classes["diploma_on"], otherwise=sources.report.last_on)
    counts &= day <= day_number(summer_after(sources.report.year))
    everybody = np.ones(sources.cohort.size, bool)
    return sources.children(sources.any_of(child, counts), everybody)


def dropout(measure: Measure, sources: Sources) -> Facts:
    """Return who dropped out: between two censuses, or of the class (indicator 16)."""
    if measure.option("by") == "cohort":
        return _of_the_class(sources)
    report = sources.report
    after = report.next_census_on
    if after is None or report.as_of < after or "enrolment" in report.pending:
        return sources.nobody(Standing.NOT_YET)
    enrolment = sources.frames["enrolment"]
    _know_exits(enrolment)
    everyone = pc.unique(enrolment["id"])
    child = places(enrolment["id"], everyone)
    later = spells(child, enrolment["entry_date"], enrolment["exit_date"])
    entered = days_of(enrolment["entry_date"], otherwise=report.first_on)
    is_new = entered > day_number(report.last_on)
    if not is_new.any():
        # Nobody entered since: these are the records of one year alone.
        return sources.nobody(Standing.MISSING)
    there = later.within(after, after).row
    if _are_by_year(child, is_new, flags(enrolment["exit_date"].is_null())):
        there = there[is_new[there]]
    back = sources.cohort.at(everyone)[child[there]]
    is_back = np.zeros(sources.cohort.size, bool)
    is_back[back[back >= 0]] = True
    is_gone = ~is_back & ~_accounted_for(sources, after) & ~_graduates(sources, after)
    if is_gone.any() and not flags(enrolment["exit_type"].is_valid()).any():
        return sources.nobody(Standing.MISSING)
    return sources.children(is_gone, sources.in_grade(measure.grade))


def _are_by_year(child: Whole, is_new: Flags, is_open: Flags) -> bool:
    """Return whether enrolments begin anew each year, so that one without an end is of
    its own year alone: most children who have such a one have a newer one too."""
    have_open = np.unique(child[is_open & ~is_new])
    have_both = np.intersect1d(have_open, child[is_new])
    return 2 * len(have_both) > len(have_open)


def _graduates(sources: Sources, after: date) -> Flags:
    """Return who had a diploma by the census, whatever the exit is called."""
    if sources.lacks("classes") is not None:
        return np.zeros(sources.cohort.size, bool)
    classes, child = sources.of_frame("classes")
    return sources.any_of(child, have_graduated(classes, by=after))


def _accounted_for(sources: Sources, after: date) -> Flags:
    """Return whose last exit, from the first day of the year to the census, is no drop.

    A transfer says where a child went only until the child leaves again. Of two exits
    on one day the later enrolment's counts.
    """
    rows, child = sources.of_frame("enrolment")
    left = days_of(rows["exit_date"], otherwise=date.max)
    entered = days_of(rows["entry_date"], otherwise=date.min)
    listed = pa.array(_ACCOUNTED_FOR)
    is_accounted = flags(pc.is_in(rows["exit_type"], value_set=listed))
    is_exit = (left >= day_number(sources.report.first_on)) & (
        left <= day_number(after)
    )
    order = np.lexsort((is_accounted, entered, left, child))
    order = order[is_exit[order]]
    is_last = np.append(child[order][1:] != child[order][:-1], True)[: len(order)]
    lasts = order[is_last]
    return sources.any_of(child[lasts], is_accounted[lasts])


def _of_the_class(sources: Sources) -> Facts:
    if sources.report.as_of <= summer_after(sources.report.year):
        return sources.nobody(Standing.NOT_YET)
    classes, child = sources.of_frame("classes")
    _know_exits(classes)
    is_told = flags(classes["exit_type"].is_valid())
    is_untold = flags(classes["exit_on"].is_valid()).any() and not is_told.any()
    if is_untold or _are_leavers_unknown(classes, sources):
        return sources.nobody(Standing.MISSING)
    is_out = flags(pc.equal(classes["exit_type"], DROPPED_OUT))
    is_out &= left_in_time(classes, sources.report)
    is_out &= ~have_graduated(classes, by=summer_after(sources.report.year))
    everybody = np.ones(sources.cohort.size, bool)
    return sources.children(sources.any_of(child, is_out), everybody)


def _are_leavers_unknown(classes: pa.Table, sources: Sources) -> bool:
    """Return whether some left of whom nothing says if that is documented."""
    left = pc.is_in(classes["exit_type"], value_set=pa.array(LEFT_THE_CLASS))
    is_untold = flags(left) & flags(classes["is_documented"].is_null())
    return bool((is_untold & left_in_time(classes, sources.report)).any())


def _know_exits(table: pa.Table) -> None:
    for word in pc.unique(table["exit_type"]).drop_null().to_pylist():
        one_of(word, EXITS, "exit type")


def link_rate(measure: Measure, sources: Sources) -> Facts:
    """Return which residents were found, in all or in one way (indicator 18)."""
    residents, child = sources.of_frame("residents")
    for word in pc.unique(residents["found"]).drop_null().to_pylist():
        one_of(word, {"exact", "probabilistic"}, "way of finding")
    found = flags(residents["found"].is_valid())
    if (how := measure.option("found")) != "all":
        found &= flags(pc.equal(residents["found"], how))
    everybody = np.ones(sources.cohort.size, bool)
    return sources.children(sources.any_of(child, found), everybody)


def local(measure: Measure, sources: Sources) -> Facts:
    """Return what the parties declared, as the district counted it (indicator 20)."""
    if (lacking := sources.lacks("local")) is not None:
        return sources.nobody(lacking)
    table, child = sources.of_frame("local")
    is_own: Flags = flags(pc.equal(table["key"], measure.option("key")))
    if not is_own.any():
        return sources.nobody(Standing.MISSING)
    is_in = sources.any_of(child, is_own & flags(table["is_in"]))
    counts = sources.any_of(child, is_own & flags(table["counts"]))
    return sources.children(counts, is_in)
