"""Tables to protect, and an outsider who reads only the published record.

The outsider counts possibilities one by one and uses nothing of `disclosure`. Tables of
one release share only their total, so trying every total is exhaustive. The outsider
may know the most children that can be in a group, as a housing agency knows its roster.
"""

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from indicators.disclosure.table import Count, Group, Rate, Table, Unit

CHRONIC = Rate("chronic_absence", "Chronic absence", Unit.CHILDREN)
ATTENDANCE = Rate("attendance_rate", "Attendance rate", Unit.DAYS)
# One child: days present, days enrolled, and 1 if chronically absent.
Child = tuple[int, int, int]


NOBODY_KNOWS: Mapping[str, int] = MappingProxyType({})


def counted(
    code: str,
    sizes: Sequence[int],
    *,
    year: str = "2021-22",
    known: Sequence[int | None] | None = None,
) -> Table:
    """Return a table of counts alone: groups code:0, code:1, … of these sizes."""
    groups = [
        Group(f"{code}:{i}", f"{code} {i}", size, known=most)
        for i, (size, most) in enumerate(
            zip(sizes, known or [None] * len(sizes), strict=True)
        )
    ]
    total = Group("all", "All", sum(sizes))
    return Table(code, f"By {code}", code, year, (), tuple(groups), total)


def absent(code: str, sizes: Sequence[tuple[int, int]]) -> Table:
    """Return a table of groups of (children, children chronically absent)."""

    def group(key: str, n: int, x: int) -> Group:
        return Group(key, key, n, (Count(CHRONIC.code, x, n),))

    groups = [group(f"{code}:{i}", n, x) for i, (n, x) in enumerate(sizes)]
    total = group("all", sum(n for n, _ in sizes), sum(x for _, x in sizes))
    return Table(code, code, code, "2021-22", (CHRONIC,), tuple(groups), total)


def of_children(
    codes: Iterable[str], sizes: Iterable[Sequence[int]], *, seed: int
) -> list[Table]:
    """Return one table per code over the same made-up children."""
    chance = random.Random(seed)
    rows = list(sizes)
    children = [_child(chance) for _ in range(sum(rows[0]))]
    return [
        _table(code, size, chance.sample(children, len(children)))
        for code, size in zip(codes, rows, strict=True)
    ]


def _child(chance: random.Random) -> Child:
    enrolled = chance.choice([180, 180, 180, 95, 12])
    missed = round(enrolled * chance.choice([0, 0.02, 0.05, 0.08, 0.15, 0.4]))
    return enrolled - missed, enrolled, int(10 * missed >= enrolled)


def _table(code: str, sizes: Sequence[int], children: Sequence[Child]) -> Table:
    def group(key: str, members: Sequence[Child]) -> Group:
        present, enrolled, chronic = (
            sum(child[part] for child in members) for part in range(3)
        )
        n = len(members)
        counts = (
            Count("attendance_rate", present, enrolled),
            Count("chronic_absence", chronic, n),
        )
        return Group(key, key, n, counts)

    left = iter(children)
    groups = [
        group(f"{code}:{i}", [next(left) for _ in range(size)])
        for i, size in enumerate(sizes)
    ]
    total = group("all", children)
    rates = ATTENDANCE, CHRONIC
    return Table(code, code, code, "2021-22", rates, tuple(groups), total)


def leaks(
    record: dict[str, Any],
    *,
    threshold: int,
    known: Mapping[str, int] = NOBODY_KNOWS,
) -> list[str]:
    """Return what an outsider can work out, in words."""
    found = []
    for table in record["tables"]:
        found += [
            f"{g['key']} is shown"
            for g in [*table["groups"], table["total"]]
            if g["n"] != "Suppressed"
            and (g["n"] < threshold or g["n"] == known.get(g["key"]))
        ]
        hidden = [g["key"] for g in table["groups"] if g["n"] == "Suppressed"]
        rest = _left_over(table)
        if hidden and rest < threshold:
            found.append(f"{table['code']} leaves {len(hidden)} groups over")
        most = [known.get(key, 10**6) for key in hidden]
        for i, key in enumerate(hidden):
            others = _sums((0, min(m, rest)) for m in most[:i] + most[i + 1 :])
            reach = range(min(most[i], rest) + 1)
            values = [v for v in reach if others >> (rest - v) & 1]
            is_telling = values[0] < threshold or values[-1] == most[i]
            if is_telling and len(values) < min(3, most[i] + 1):
                found.append(key)
        for rate in table["rates"]:
            if rate["unit"] == "children":
                found += _pinned(record, table, rate["code"])
    return found


def _pinned(record: dict[str, Any], table: dict[str, Any], code: str) -> Iterator[str]:
    n = table["total"]["n"]
    totals = _possible(table["total"], code)
    for other in record["tables"]:
        reached = _sums([(min(p), max(p)) for _, p in _parts(other, code)])
        totals &= {x for x in range(n + 1) if reached >> x & 1}
    if len(totals) < 3:
        yield "all"
    parts = _parts(table, code)
    for i, (key, possible) in enumerate(parts):
        others = _sums([(min(p), max(p)) for _, p in parts[:i] + parts[i + 1 :]])
        values = {
            x for x in possible if any(t >= x and others >> (t - x) & 1 for t in totals)
        }
        if len(values) < 3 and max(possible) > 0:
            yield f"{code} of {key}"


def _parts(table: dict[str, Any], code: str) -> list[tuple[str, set[int]]]:
    shown = [g for g in table["groups"] if g["n"] != "Suppressed"]
    rest = ("what is left over", set(range(_left_over(table) + 1)))
    return [*((g["key"], _possible(g, code)) for g in shown), rest]


def _possible(cell: dict[str, Any], code: str) -> set[int]:
    n, text = cell["n"], cell["rates"][code]
    if text in ("Suppressed", "No data"):
        return set(range(n + 1))
    low, high = (int(number) for number in (re.findall(r"\d+", text) * 2)[:2])
    low, high = (0 if "≤" in text else low), (100 if "≥" in text else high)
    return {x for x in range(n + 1) if low <= (200 * x + n) // (2 * n) <= high}


def _left_over(table: dict[str, Any]) -> int:
    shown = (g["n"] for g in table["groups"] if g["n"] != "Suppressed")
    return int(table["total"]["n"]) - sum(shown)


def _sums(ranges: Iterable[tuple[int, int]]) -> int:
    """Return the sums that are possible, as bits, of one number out of each range."""
    bits = 1
    for low, high in ranges:
        reach = 0
        for value in range(low, high + 1):
            reach |= bits << value
        bits = reach
    return bits
