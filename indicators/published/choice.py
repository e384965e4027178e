"""What a reader chose of a document, and what it holds to choose from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from indicators.published.document import Document, PublishedCell, PublishedMeasure
from indicators.published.wording import ASSISTED, POPULATION, UPPER, many_of, one_of

YEAR, MEASURE, BREAKDOWN = "year", "measure", "by"
_FIRST = "chronic_absence"
_BREAKDOWNS = ("building", "development", "school", "level", "program", "grade")


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One way of dividing children. name: as people choose it; dim: whose values."""

    name: str
    dim: str

    @property
    def is_upper(self) -> bool:
        """Whether its values are those that lie above others."""
        return self.name != self.dim


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown. within: the values that narrow it, by dimension.

    notes: what was asked for and is not published, a sentence each.
    """

    period: str
    measure: PublishedMeasure
    breakdown: Breakdown | None
    within: Mapping[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the form, with what the document holds."""

    name: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Shelf:
    """A document with the ways in which it can be looked through."""

    document: Document

    @cached_property
    def own_dims(self) -> frozenset[str]:
        """The dimensions that tell whom a measure counts; nobody chooses by them."""
        return frozenset(each.population for each in self.document.measures) - {""}

    @cached_property
    def measures(self) -> tuple[PublishedMeasure, ...]:
        """The measures of which a rate stands somewhere."""
        found = {key for cell in self.document.cells for key in cell.rates}
        return tuple(each for each in self.document.measures if each.id in found)

    def asked_of(self, cell: PublishedCell) -> dict[str, str]:
        """Return the values of a cell that people choose by."""
        hidden = {*self.own_dims, POPULATION}
        return {dim: value for dim, value in cell.vector if dim not in hidden}

    def breakdown_of(self, dim: str, value: str) -> Breakdown:
        """Return the breakdown in which a value stands beside its like."""
        tree = self.document.hierarchies.get(dim, {})
        if dim in UPPER and value in set(tree.values()):
            return Breakdown(UPPER[dim], dim)
        return Breakdown(dim, dim)

    @cached_property
    def crossings(self) -> Mapping[tuple[str, str], frozenset[frozenset[str]]]:
        """The sets of breakdowns that stand, by school year and measure.

        A measure about a grade is not broken down by that one.
        """
        found: dict[tuple[str, str], set[frozenset[str]]] = {}
        for cell in self.document.cells:
            at = self.asked_of(cell)
            names = {one: self.breakdown_of(*one).name for one in at.items()}
            by = frozenset(names.values())
            for key in cell.rates:
                own = ("grade", self.document.measure(key).grade)
                without = by - {names.get(own)}
                found.setdefault((cell.period, key), set()).add(without)
        return {key: frozenset(sets) for key, sets in found.items()}

    @cached_property
    def breakdowns(self) -> Mapping[str, Breakdown]:
        """All breakdowns of the document by name, buildings and schools first."""
        names: dict[str, Breakdown] = {}
        for cell in self.document.cells:
            for one in self.asked_of(cell).items():
                each = self.breakdown_of(*one)
                names.setdefault(each.name, each)
        first = [name for name in _BREAKDOWNS if name in names]
        return {n: names[n] for n in [*first, *sorted(names.keys() - {*first})]}

    @cached_property
    def _values(self) -> Mapping[tuple[str, frozenset[tuple[str, str]], str], set[str]]:
        """The values of a dimension that stand beside exactly these other ones."""
        found: dict[tuple[str, frozenset[tuple[str, str]], str], set[str]] = {}
        for cell in self.document.cells:
            if dict(cell.vector).get(POPULATION, ASSISTED) == ASSISTED:
                at = self.asked_of(cell)
                for dim, value in at.items():
                    others = frozenset(at.items()) - {(dim, value)}
                    found.setdefault((cell.period, others, dim), set()).add(value)
        return found

    def values(
        self, breakdown: Breakdown, period: str, within: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Return the values of a breakdown within a group, in order of their names."""
        beside = frozenset(within.items())
        found = self._values.get((period, beside, breakdown.dim), set())
        doc = self.document
        return tuple(
            sorted(
                (v for v in found if self.breakdown_of(breakdown.dim, v) == breakdown),
                key=lambda v: (doc.label(breakdown.dim, v).casefold(), v),
            )
        )

    def crossed_with(
        self,
        breakdown: Breakdown,
        other: Breakdown,
        period: str,
        within: Mapping[str, str],
    ) -> list[str]:
        """Return the values of another breakdown that stand beside the first's."""
        found = {
            each
            for value in self.values(breakdown, period, within)
            for each in self.values(other, period, {**within, breakdown.dim: value})
        }
        label = self.document.label
        return sorted(found, key=lambda v: (label(other.dim, v).casefold(), v))

    def is_told(self, choice: Choice, *more: str) -> bool:
        """Return whether the measure stands by the chosen breakdown, and more."""
        names = {self.breakdown_of(*one).name for one in choice.within.items()} | {
            *more
        }
        if choice.breakdown is not None:
            names.add(choice.breakdown.name)
        return names in self.crossings.get((choice.period, choice.measure.id), ())


def choose(shelf: Shelf, asked: Mapping[str, str]) -> Choice | None:
    """Return what is shown for what was asked; None where nothing is published.

    What is not published is left out, and a note says so.
    """
    if not shelf.measures or not shelf.document.periods:
        return None
    measure = next(
        (each for each in shelf.measures if each.id == asked.get(MEASURE)),
        min(
            shelf.measures, key=lambda each: (each.code != _FIRST, not _is_first(each))
        ),
    )
    periods = [p for p in shelf.document.periods if (p, measure.id) in shelf.crossings]
    notes = []
    period = asked.get(YEAR) or periods[-1]
    if period not in periods:
        notes.append(
            f"{measure.label} is not published for {period:.20}. This is {periods[-1]}."
        )
        period = periods[-1]
    sets = shelf.crossings[period, measure.id]
    singles = [name for name in shelf.breakdowns if {name} in sets]
    name = asked.get(BREAKDOWN) or (singles[0] if singles else "")
    if name and name not in singles:
        notes.append(
            f"{measure.label} is not published by {one_of(name[:40])} for {period}."
        )
        name = singles[0] if singles else ""
    choice = Choice(period, measure, shelf.breakdowns.get(name), {})
    return _narrowed(shelf, choice, asked, notes)


def _is_first(measure: PublishedMeasure) -> bool:
    return measure.is_case_study


def _narrowed(
    shelf: Shelf, choice: Choice, asked: Mapping[str, str], notes: list[str]
) -> Choice:
    """Return the choice within the values asked for, as far as they are published."""
    own = choice.breakdown
    within: dict[str, str] = {}
    for name, each in shelf.breakdowns.items():
        value = asked.get(name, "")
        if not value or (own is not None and each.dim == own.dim):
            continue
        tried = {**within, each.dim: value}
        is_held = (
            bool(shelf.values(own, choice.period, tried))
            if own
            else value in shelf.values(each, choice.period, within)
        )
        if is_held and each.dim not in within:
            within = tried
        else:
            notes.append(
                f"Nothing is published by {many_of(own.name) if own else 'total'} "
                f"within this {one_of(name)}, so all are shown."
            )
    return Choice(choice.period, choice.measure, own, within, tuple(notes))


def filters(shelf: Shelf, choice: Choice) -> tuple[Filter, ...]:
    """Return the filters that the document has something to choose for."""
    doc = shelf.document
    found = [
        _filter(YEAR, "School year", [(p, p) for p in doc.periods[::-1]],
                choice.period),
        _filter(MEASURE, "Measure", [(m.id, m.label) for m in shelf.measures],
                choice.measure.id),
    ]  # fmt: skip
    sets = shelf.crossings[choice.period, choice.measure.id]
    singles = [name for name in shelf.breakdowns if {name} in sets]
    own = choice.breakdown
    if own is not None:
        by = [(name, one_of(name).capitalize()) for name in singles]
        found.append(_filter(BREAKDOWN, "Broken down by", by, own.name))
    for name, each in shelf.breakdowns.items():
        if own is None or each.dim == own.dim or {own.name, name} not in sets:
            continue
        values = shelf.crossed_with(own, each, choice.period, {})
        options = [("", f"All {many_of(name)}")]
        options += [(value, doc.label(each.dim, value)) for value in values]
        chosen = choice.within.get(each.dim, "")
        found.append(_filter(name, one_of(name).capitalize(), options, chosen))
    return tuple(found)


def _filter(
    name: str, label: str, options: list[tuple[str, str]], chosen: str
) -> Filter:
    return Filter(
        name,
        label,
        tuple(Option(value, text, value == chosen) for value, text in options),
    )
