"""Linked rows to count tables, one per dimension, over the same children."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from accounts.acts import RuleBroken
from indicators.disclosure.table import Count, Group, Rate, Table
from indicators.measures.catalogue import CHRONIC_PERCENT, MEASURES, MINIMUM_DAYS

_RATES = tuple(Rate(m.code, m.label, m.unit) for m in MEASURES if m.unit)


def tables(
    linked: pa.Table,
    *,
    roster: Mapping[str, int],
    buildings: Mapping[str, str],
    schools: Mapping[str, str],
    school_year: str,
) -> tuple[Table, ...]:
    """Return the tables by building and by school, unsuppressed, with one total.

    linked: one row per matched child; `building` and `school` are keys of the two
    mappings to labels, `days_enrolled` and `days_absent` are whole days.
    roster: by building, how many children its agency sent, 0 where it is not listed;
    since the agency knows this, so do the groups by building and the total.
    A building or school without a child is a group of 0. Groups are in order of label.
    Raises RuleBroken if a row names a place that is not listed, or if its days are
    missing or impossible; ValueError if a building has more rows than children sent.
    """
    population = _population(linked)
    total = _group(
        population, key="all", label="All matched children", known=sum(roster.values())
    )
    return tuple(
        Table(
            code=dimension,
            title=f"Children by {dimension}",
            dimension=dimension,
            school_year=school_year,
            rates=_RATES,
            groups=_groups(population, dimension=dimension, labels=labels, known=known),
            total=total,
        )
        for dimension, labels, known in (
            ("building", buildings, {code: roster.get(code, 0) for code in buildings}),
            ("school", schools, {}),
        )
    )


def _population(linked: pa.Table) -> pa.Table:
    enrolled, absent = linked["days_enrolled"], linked["days_absent"]
    if linked.num_rows and enrolled.null_count == linked.num_rows:
        raise RuleBroken(
            "The students came without attendance, so nothing can be counted yet. Load "
            "their days enrolled and absent, or their attendance and calendar, with "
            "the students, and link again."
        )
    possible = pc.and_(
        pc.greater_equal(absent, 0), pc.less_equal(absent, enrolled)
    ).fill_null(False)
    if impossible := linked.num_rows - (pc.sum(possible).as_py() or 0):
        raise RuleBroken(
            f"{impossible} linked rows have days that are missing, negative, or more "
            "days absent than enrolled. Correct the attendance file and link again."
        )
    chronic = pc.greater_equal(
        pc.multiply(absent, 100), pc.multiply(enrolled, CHRONIC_PERCENT)
    )
    return linked.append_column("chronic", chronic).filter(
        pc.greater_equal(enrolled, MINIMUM_DAYS)
    )


def _groups(
    population: pa.Table,
    *,
    dimension: str,
    labels: Mapping[str, str],
    known: Mapping[str, int],
) -> tuple[Group, ...]:
    column = population[dimension]
    unlisted = set(pc.unique(column).to_pylist()) - set(labels)
    if unlisted:
        raise RuleBroken(
            f"Linked rows name {len(unlisted)} {dimension}s that are not listed. "
            f"Add them to the list of {dimension}s, or correct the file and link again."
        )
    ordered = sorted(labels.items(), key=lambda place: (place[1].casefold(), place[0]))
    return tuple(
        _group(
            population.filter(pc.equal(column, code)),
            key=f"{dimension}:{code}",
            label=label,
            known=known.get(code),
        )
        for code, label in ordered
    )


def _group(children: pa.Table, *, key: str, label: str, known: int | None) -> Group:
    n = children.num_rows
    enrolled = pc.sum(children["days_enrolled"]).as_py() or 0
    absent = pc.sum(children["days_absent"]).as_py() or 0
    chronic = pc.sum(children["chronic"]).as_py() or 0
    return Group(
        key=key,
        label=label,
        n=n,
        counts=(
            Count("attendance_rate", enrolled - absent, enrolled),
            Count("chronic_absence", chronic, n),
        ),
        known=known,
    )
