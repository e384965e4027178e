"""From children to cells: what a release may be made of, before it is protected.

Counts are pooled: each cell adds up the children in it, so a rate is a sum over a sum
and never a mean of rates. Cells, dimensions and hierarchies are those of the `protect`
file (docs/protect.md): children who share all values are one group. A measure about
some of the children only (tested, enrolled long enough) is a dimension of its own, with
those who are counted and those who are not, for their difference is a group as well.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from accounts.acts import RuleBroken
from indicators.measures import attending, leaving, schooling
from indicators.measures.cells import COUNTED, OMITTED, OUTSIDE, Grid, grid_of
from indicators.measures.cohort import (
    Cohort,
    class_cohort,
    enrolled_cohort,
    resident_cohort,
)
from indicators.measures.counted import Cell, Counted, Table
from indicators.measures.declarations import Comparison, Report
from indicators.measures.definitions import Base, Measure, Unit
from indicators.measures.dimensions import (
    ASSISTED,
    BREAKDOWNS,
    ELSEWHERE,
    OF_HOUSING,
    PEERS,
    POPULATION,
)
from indicators.measures.facts import Facts, Sources, Standing
from indicators.measures.figures import State
from indicators.measures.grades import regraded, shown, values_in
from indicators.measures.households import Vector
from indicators.measures.inputs import Flags, Frames, shaped

_MAKERS: Mapping[str, Callable[[Measure, Sources], Facts]] = {
    "on_time_enrolment": attending.on_time_enrolment,
    "starting_on_time": attending.starting_on_time,
    "attendance_rate": attending.attendance_rate,
    "chronic_absence": attending.chronic_absence,
    "absences_by_kind": attending.absences_by_kind,
    "suspension": schooling.suspension,
    "reading_grade_3": schooling.proficiency,
    "reading_grade_8": schooling.proficiency,
    "math_grade_8": schooling.proficiency,
    "proficiency": schooling.proficiency,
    "growth": schooling.growth,
    "grade_point_average": schooling.grade_point_average,
    "core_courses_passed": schooling.core_courses_passed,
    "credits_on_target": schooling.credits_on_target,
    "on_time_graduation": leaving.graduation,
    "graduation_ever": leaving.graduation,
    "dropout": leaving.dropout,
    "link_rate": leaving.link_rate,
    "local": leaving.local,
}
# Which frames each base is made of.
_NEEDED = {
    Base.ENROLLED: ("people", "tenancies", "enrolment"),
    Base.CLASS: ("people", "tenancies", "enrolment", "classes"),
    Base.RESIDENTS: ("residents",),
}


def count(
    report: Report,
    frames: Frames,
    *,
    measures: Sequence[Measure],
    tables: Sequence[Table],
    threshold: int = 10,
) -> Counted:
    """Return the cells of these tables, with all their totals, for these measures.

    threshold: fewer children than that are hidden in any case, and what is hidden with
    them is not of few households either.
    Raises RuleBroken for a breakdown that is not known, frames that are missing and
    without which nobody could be counted, and what the frames contradict.
    """
    _check(report, measures, tables)
    sent = shaped(frames)
    if report.pending & {"people", "tenancies", "residents"}:
        raise RuleBroken(
            "The lists of people are still to come, so nobody can be counted yet."
        )
    made = [
        _OfBase(cohort, report, sent, of, tables, threshold).counted()
        for cohort, of in _bases(report, sent, measures)
    ]
    trees: dict[str, dict[str, str]] = {}
    for one in made:
        for name, tree in one.hierarchies.items():
            trees.setdefault(name, {}).update(tree)
    nonadditive = frozenset().union(*(one.nonadditive for one in made))
    for one in made:
        used = {name for cell in one.cells for name, _ in cell.vector}
        if mixed := sorted((used & nonadditive) - one.nonadditive):
            raise RuleBroken(
                f"By {mixed[0]}, the same report would count some children once and "
                "others several times. Count the link rate in a report of its own."
            )
    return Counted(
        measures=tuple(measures),
        cells=tuple(cell for one in made for cell in one.cells),
        nonadditive=nonadditive,
        hierarchies=trees,
    )


def _check(
    report: Report, measures: Sequence[Measure], tables: Sequence[Table]
) -> None:
    for table in tables:
        for name in table.breakdowns:
            if name not in BREAKDOWNS:
                raise RuleBroken(
                    f"Figures cannot be broken down by “{name:.60}”. Choose "
                    f"{', '.join(BREAKDOWNS)}."
                )
        dims = [BREAKDOWNS[name][0] for name in table.breakdowns]
        if len({*dims}) < len(dims):
            raise RuleBroken(
                f"A table by {' and by '.join(table.breakdowns)} names one thing "
                "twice: the one lies within the other. Leave one of them out."
            )
    ids = [measure.id for measure in measures]
    if len({*ids}) < len(ids):
        raise RuleBroken("A measure with the same options is listed twice.")
    for measure in measures:
        if measure.unit is Unit.DIFFERENCE:
            raise RuleBroken(
                "A gap is not counted: it is told from two rates once they are "
                "published. Leave it out of the measures to count."
            )


def _bases(
    report: Report, frames: Frames, measures: Sequence[Measure]
) -> Iterable[tuple[Cohort, list[Measure]]]:
    """Yield the children of each base that is asked for, and the measures on them."""
    groups: dict[tuple[Base, int], list[Measure]] = {}
    for measure in measures:
        years = measure.option("years") or 4
        class_of = report.year - (years - 4) if measure.base is Base.CLASS else 0
        groups.setdefault((measure.base, class_of), []).append(measure)
    for (base, class_of), of in groups.items():
        for name in _NEEDED[base]:
            if name not in frames:
                raise RuleBroken(
                    f"{of[0].definition.label} cannot be counted without “{name}”. "
                    "Send it, or leave the measure out."
                )
        if base is Base.CLASS:
            yield class_cohort(report, frames, class_of=class_of), of
        elif base is Base.RESIDENTS:
            yield resident_cohort(report, frames), of
        else:
            yield enrolled_cohort(report, frames), of


class _OfBase:
    """Counts the children of one base."""

    def __init__(
        self,
        cohort: Cohort,
        report: Report,
        frames: Frames,
        measures: Sequence[Measure],
        tables: Sequence[Table],
        threshold: int,
    ) -> None:
        self.threshold = threshold
        self.grades = frozenset(m.grade for m in measures if m.grade)
        if "grade" in cohort.dimensions:
            regrade = regraded(cohort.dimensions["grade"], self.grades)
            cohort = replace(cohort, dimensions={**cohort.dimensions, "grade": regrade})
        self.cohort, self.report = cohort, report
        self.measures, self.tables = measures, tables
        sources = Sources(report, frames, cohort)
        self.facts = {
            measure.id: _MAKERS[measure.definition.code](measure, sources)
            for measure in measures
            if measure.unit is not Unit.COUNT
        }
        self.cells: dict[Vector, Cell] = {}

    def counted(self) -> Counted:
        """Return all cells of the base, in order."""
        is_compared = (
            self.report.comparison is not Comparison.NOBODY
            and self.cohort.base is not Base.RESIDENTS
        )
        for table in self.tables:
            whole = grid_of(self.cohort, table.breakdowns, is_compared=is_compared)
            if whole is None:
                continue
            self._count(whole, table, [m for m in self.measures if not m.grade])
            self._add_empty(table, is_compared=is_compared)
            if self.grades:
                self._count_grades(whole, table, is_compared=is_compared)
        cohort, used = self.cohort, {name for v in self.cells for name, _ in v}
        dimensions = {n: d for n, d in cohort.dimensions.items() if n in used}
        return Counted(
            measures=tuple(self.measures),
            cells=tuple(self.cells[vector] for vector in sorted(self.cells)),
            nonadditive=frozenset(
                name for name, each in dimensions.items() if not each.is_additive
            ),
            hierarchies={
                name: tree
                for name, each in dimensions.items()
                if (tree := each.hierarchy())
            },
        )

    def _count_grades(self, whole: Grid, table: Table, *, is_compared: bool) -> None:
        """Add the measures that are about a grade, in the groups of that grade."""
        grades, graded = self.cohort.dimensions["grade"], whole
        if "grade" not in table.breakdowns:
            graded = (
                grid_of(
                    self.cohort,
                    table.breakdowns,
                    is_compared=is_compared,
                    grades=shown(grades, self.grades),
                )
                or whole
            )
            self._groups(graded, table, np.ones(self.cohort.size, bool), ())
        ungraded = whole.within("grade", {None})
        for grade in sorted(self.grades):
            values = values_in(grades, grade)
            of = [m for m in self.measures if m.grade == grade]
            self._count(graded.within("grade", values), table, of)
            is_other = np.ones(self.cohort.size, bool)
            is_other[grades.child[grades.under(grade)[grades.value]]] = False
            for name in {m.population for m in of if m.population and self._is_told(m)}:
                self._groups(ungraded, table, is_other, ((name, OUTSIDE),))
                if grade in grades.hierarchy():
                    # What lies above the grade is divided too, and so all beside it.
                    others = graded.within("grade", {*grades.values} - values)
                    self._groups(others, table, is_other, ((name, OUTSIDE),))

    def _add_empty(self, table: Table, *, is_compared: bool) -> None:
        """Add the places without a child: they are zero, and not missing."""
        if len(table.breakdowns) != 1:
            return
        dim, is_upper = BREAKDOWNS[table.breakdowns[0]]
        if dim not in ("building", "school"):
            return
        places = self.cohort.dimensions[dim]
        below = places.hierarchy()
        for value in places.values:
            if is_upper and value in below:
                continue
            at = [(dim, value)]
            if is_compared and dim in OF_HOUSING:
                at.append((POPULATION, PEERS if value == ELSEWHERE else ASSISTED))
            self._cell(table, tuple(sorted(at)), n=0, is_few_households=False)

    def _cell(
        self, table: Table, vector: Vector, *, n: int, is_few_households: bool
    ) -> Cell:
        cell = self.cells.setdefault(
            vector,
            Cell(
                period=self.report.period,
                base=self.cohort.name,
                table=" × ".join(table.breakdowns) or "all",
                vector=vector,
                n=n,
                weight=table.weight,
                is_few_households=is_few_households,
            ),
        )
        cell.weight = max(cell.weight, table.weight)
        return cell

    def _count(self, grid: Grid, table: Table, measures: Sequence[Measure]) -> None:
        """Add a grid's groups, and in them every measure."""
        everybody = np.ones(self.cohort.size, bool)
        whole = self._groups(grid, table, everybody, ())
        populations: dict[str, list[Measure]] = {}
        for measure in measures:
            name = measure.id
            if name not in self.facts:
                continue
            for vector, state in self._untold(grid, self.facts[name]):
                whole[vector].untold[name] = state
            populations.setdefault(measure.population, []).append(measure)
        for name, of in populations.items():
            told = [m for m in of if self._is_told(m)]
            if not told:
                continue
            is_in = self.facts[told[0].id].standing == Standing.COUNTED
            for other in told[1:]:
                if (is_in != (self.facts[other.id].standing == Standing.COUNTED)).any():
                    raise ValueError(f"{name}: {other.id} counts other children")
            found = whole
            if name:
                self._groups(grid, table, ~is_in, ((name, OMITTED),))
                found = self._groups(grid, table, is_in, ((name, COUNTED),))
            self._add(grid, is_in, told, found)

    def _is_told(self, measure: Measure) -> bool:
        return bool((self.facts[measure.id].standing == Standing.COUNTED).any())

    def _groups(
        self,
        grid: Grid,
        table: Table,
        is_in: Flags,
        population: Vector,
    ) -> dict[Vector, Cell]:
        """Return the groups of the children who are in, as cells that are kept."""
        found = {}
        households = self.cohort.household
        for group in grid.groups(is_in, households, threshold=self.threshold):
            vector = tuple(sorted((*group.vector, *population)))
            cell = self._cell(
                table, vector, n=group.n, is_few_households=group.is_few_households
            )
            found[group.vector] = cell
        return found

    def _add(
        self,
        grid: Grid,
        is_in: Flags,
        measures: Sequence[Measure],
        found: Mapping[Vector, Cell],
    ) -> None:
        for measure in measures:
            name, unit = measure.id, measure.unit
            facts = self.facts[name]
            if unit is Unit.MIDDLE:
                for vector, middle in grid.middles(is_in, facts.x):
                    found[vector].middles[name] = middle / facts.scale
                continue
            for vector, x, of in grid.sums(is_in, facts.x, facts.of):
                if unit is Unit.CHILDREN:
                    found[vector].x[name] = x
                else:
                    found[vector].sums[name] = (x, of)

    def _untold(self, grid: Grid, facts: Facts) -> Iterable[tuple[Vector, State]]:
        """Yield the groups in which nobody is counted, and why."""
        if (facts.standing == Standing.COUNTED).all():
            return
        counted = {v for v, *_ in grid.sums(facts.standing == Standing.COUNTED)}
        coming = {v for v, *_ in grid.sums(facts.standing == Standing.NOT_YET)}
        for vector, *_ in grid.sums(facts.standing >= Standing.OUTSIDE):
            if vector not in counted:
                yield vector, State.NOT_YET if vector in coming else State.MISSING
