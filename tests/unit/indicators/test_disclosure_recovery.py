from dataclasses import replace

import pytest

from indicators.disclosure import primary, secondary
from indicators.disclosure.audit import Audit, Finding, Kind
from indicators.disclosure.protect import protect
from indicators.disclosure.recovery import attack
from indicators.disclosure.table import (
    Band,
    Mark,
    ProtectedCell,
    ProtectedTable,
    Rate,
    Unit,
    cells_of,
    relations_of,
    to_record,
)
from tests.unit.indicators.outsider import (
    CHRONIC,
    NOBODY_KNOWS,
    counted,
    leaks,
    of_children,
)

HIDDEN = Mark.SUPPRESSED


def published(code, total, groups, *, unit=Unit.CHILDREN):
    """Return a table whose cells are (n, text of one rate)."""

    def cell(key, n, text):
        return ProtectedCell(key, key, n, {CHRONIC.code: text})

    rate = Rate(CHRONIC.code, CHRONIC.label, unit)
    cells = tuple(cell(f"{code}:{i}", *shown) for i, shown in enumerate(groups))
    return ProtectedTable(
        code, code, code, "2021-22", (rate,), cells, cell("all", *total)
    )


def counts(code, total, *groups):
    return published(code, (total, HIDDEN), [(n, HIDDEN) for n in groups])


def kinds(*tables, known=NOBODY_KNOWS):
    found = attack(tables, threshold=10, known=known).findings
    return {finding.kind for finding in found}


def test_a_single_hidden_group_is_found():
    audit = attack([counts("a", 53, HIDDEN, 20, 30)], threshold=10)

    assert Finding(Kind.COUNT, ("a:0",)) in audit.findings
    assert Finding(Kind.REMAINDER, ("a:0",)) in audit.findings
    assert audit.narrowest == 1


def test_a_remainder_below_the_threshold_is_found():
    audit = attack([counts("a", 57, HIDDEN, HIDDEN, 20, 30)], threshold=10)
    assert audit == Audit((Finding(Kind.REMAINDER, ("a:0", "a:1")),), narrowest=8)


def test_a_remainder_of_none_is_found():
    audit = attack([counts("a", 50, HIDDEN, HIDDEN, 20, 30)], threshold=10)
    assert Finding(Kind.REMAINDER, ("a:0", "a:1")) in audit.findings
    assert audit.narrowest == 1


@pytest.mark.parametrize("n", [0, 9])
def test_a_small_group_that_is_shown_is_found(n):
    assert (
        Finding(Kind.SHOWN, ("a:0",))
        in attack([counts("a", 40 + n, n, 40)], threshold=10).findings
    )


def test_a_group_of_every_child_on_the_roster_is_found_where_it_is_shown():
    table = counts("a", 70, 40, 30)

    assert kinds(table) == set()
    assert kinds(table, known={"a:0": 40, "a:1": 35}) == {Kind.SHOWN}


def test_groups_that_the_roster_fills_are_found():
    """Two hidden groups of 60 children, and 61 on the roster: one child is missing."""
    table = counts("a", 100, HIDDEN, HIDDEN, 40)

    assert kinds(table) == set()
    assert kinds(table, known={"a:0": 40, "a:1": 21}) == {Kind.COUNT}
    assert kinds(table, known={"a:0": 40, "a:1": 22}) == set()


def test_what_the_roster_tells_alone_is_no_finding():
    """Of no child, or of one, an agency knows nearly everything before."""
    table = counts("a", 100, HIDDEN, HIDDEN, HIDDEN, 40)
    known = {"a:0": 0, "a:1": 1, "a:2": 90, "a:3": 60}

    assert attack([table], threshold=10, known=known) == Audit((), None)


def test_a_roster_that_cannot_hold_the_children_is_reported():
    table = counts("a", 100, HIDDEN, HIDDEN, 40)
    assert kinds(table, known={"a:0": 10, "a:1": 10}) == {Kind.CONTRADICTION}


def test_a_hidden_group_known_to_be_large_is_no_finding():
    assert attack([counts("a", 70, HIDDEN, 50)], threshold=10) == Audit((), None)


def test_the_narrowest_range_is_a_width():
    assert attack([counts("a", 62, HIDDEN, HIDDEN, 50)], threshold=10).narrowest == 13


def test_two_tables_are_attacked_together():
    """Each table hides two groups; the groups that they share give the rest away."""
    first = counts("a", 60, HIDDEN, HIDDEN, 40)
    second = replace(
        first,
        groups=(first.groups[0], replace(first.groups[2], key="b:9", n=55)),
    )
    assert kinds(first) == set()
    assert Kind.COUNT in kinds(first, second)


def test_an_exact_percent_is_found():
    table = published("a", (63, HIDDEN), [(33, Band(30, 30)), (30, HIDDEN)])
    assert Kind.RATE in kinds(table)


@pytest.mark.parametrize("band", [Band(0, 1), Band(99, 100)])
def test_a_rate_of_none_or_all_is_found_however_it_is_written(band):
    table = published("a", (63, HIDDEN), [(33, band), (30, HIDDEN)])
    assert Kind.RATE in kinds(table)


def test_numerators_that_follow_from_siblings_and_total_are_found():
    """Five groups at most 17 of 61 each, and at least 84 together."""
    table = published("a", (305, Band(28, 28)), [(61, Band(25, 29))] * 5)
    assert Kind.RATE in kinds(table)


def test_a_remainder_in_which_nobody_has_the_outcome_is_found():
    table = published(
        "a", (640, Band(0, 1)), [(600, Band(2, 2)), (HIDDEN, HIDDEN), (HIDDEN, HIDDEN)]
    )
    found = attack([table], threshold=10).findings
    assert Finding(Kind.RATE, ("a:1", "a:2"), CHRONIC.code) in found


@pytest.mark.parametrize(("text", "is_found"), [((100, 100), True), ((95, 100), False)])
def test_days_without_any_absence_are_found(text, is_found):
    """Half a percent of the days of one child's year is one day at the most."""
    shown = Band(*text)
    table = published("a", (1, shown), [(1, shown)], unit=Unit.DAYS)
    assert (Kind.RATE in kinds(table)) is is_found


def test_figures_that_fit_no_children_are_reported():
    assert kinds(counts("a", 50, 30, 30)) == {Kind.CONTRADICTION}


def test_tables_that_were_protected_withstand_the_attack():
    tables = of_children("ab", [[30, 4, 0, 41], [60, 15]], seed=1)
    assert attack(protect(tables, threshold=10).tables, threshold=10).is_clean


def masked(tables, *, covered):
    """Return tables published with complementary suppression for `covered` alone."""
    hidden = primary.revealing(cells_of(tables), threshold=10)
    for table in covered:
        cells = cells_of([table])
        hidden |= secondary.complete(
            cells,
            relations_of([table]),
            protected=primary.revealing(cells, threshold=10),
            threshold=10,
        )

    def cell(group):
        n = HIDDEN if group.key in hidden else group.n
        return ProtectedCell(group.key, group.label, n, {})

    return [
        ProtectedTable(
            code=table.code,
            title=table.title,
            dimension=table.dimension,
            school_year=table.school_year,
            rates=(),
            groups=tuple(cell(group) for group in table.groups),
            total=cell(table.total),
        )
        for table in tables
    ]


def test_skipped_complementary_suppression_is_found():
    tables = [counted("a", [3, 20, 30]), counted("b", [25, 28])]

    assert kinds(*masked(tables, covered=tables)) == set()
    assert kinds(*masked(tables, covered=[])) == {Kind.COUNT, Kind.REMAINDER}


def test_a_forgotten_table_is_found():
    tables = [counted("a", [3, 20, 30]), counted("b", [4, 49])]

    assert kinds(*masked(tables, covered=tables)) == set()
    assert kinds(*masked(tables, covered=tables[:1])) == {Kind.COUNT, Kind.REMAINDER}


@pytest.mark.parametrize(
    ("sizes", "roster", "kind"),
    [
        ([40, 35, 50], [40, 45, 60], Kind.SHOWN),
        ([9, 20, 50, 60], [10, 20, 90, 90], Kind.COUNT),
    ],
)
def test_a_forgotten_roster_is_found(sizes, roster, kind):
    """Both the attack and the tests' own outsider find it; with the roster, neither."""
    known = {f"a:{i}": most for i, most in enumerate(roster)}
    forgotten = protect([counted("a", sizes)], threshold=10).tables
    heeded = protect([counted("a", sizes, known=roster)], threshold=10).tables

    assert kind in kinds(*forgotten, known=known)
    assert leaks(to_record(forgotten), threshold=10, known=known)
    assert attack(heeded, threshold=10, known=known).is_clean
    assert leaks(to_record(heeded), threshold=10, known=known) == []
