"""Days of one row that cannot be so: told alike of a file alone and at the door."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.formats.cells import Mask
from indicators.formats.checks import Days, tell_rows
from indicators.formats.examine import Examined, Watched, place_of
from indicators.formats.report import Report, Status
from indicators.formats.value_checks import Dated

ID = "R07"
ENTRY, EXIT = "enrolment.entry_date", "enrolment.exit_date"
MOVED_IN, MOVED_OUT = "tenant.move_in_date", "tenant.move_out_date"
BORN = "student.birth_date"
# Far beyond school age, which ends at 22, so that such a birth date is a slip.
TOO_OLD = 30
# Where a list tells of actions, these say who lives there, and since when.
_ACTED = "tenant.action_date"

Day = TypeVar("Day")


@dataclass(frozen=True, slots=True)
class Order:
    """Two days of which the later must not come before the earlier.

    later, earlier: the element whose day it is, or a day. says: what is wrong else.
    """

    later: str | date
    earlier: str | date
    says: str

    @property
    def codes(self) -> tuple[str, ...]:
        """The elements whose days are compared."""
        return tuple(e for e in (self.later, self.earlier) if isinstance(e, str))

    def ends(self, days: Mapping[str, Day]) -> tuple[Day | date, Day | date]:
        """Return the later and the earlier day, or columns of them."""
        later, earlier = (
            days[each] if isinstance(each, str) else each
            for each in (self.later, self.earlier)
        )
        return later, earlier


def orders(codes: Collection[str], today: date) -> Iterator[Order]:
    """Yield what the days of these elements are held to."""
    for order in (
        Order(EXIT, ENTRY, "the exit date is before the entry date."),
        Order(ENTRY, BORN, "the entry date is before the birth date."),
        Order(
            BORN,
            date(today.year - TOO_OLD, 1, 1),
            f"the birth date is that of a person of {TOO_OLD} years or more.",
        ),
        Order(
            today,
            MOVED_IN,
            "the move-in date is in the future, so nobody lives there yet.",
        ),
        Order(MOVED_OUT, MOVED_IN, "the move-out date is before the move-in date."),
    ):
        if {*order.codes} <= {*codes} and not (
            _ACTED in codes and MOVED_IN in order.codes
        ):
            yield order


def are_wrong(order: Order, days: Mapping[str, pa.ChunkedArray]) -> Mask:
    """Return which rows break an order; one without a day breaks none."""
    wrong = pc.less(*order.ends(days)).fill_null(False)
    return np.asarray(wrong.to_numpy(), np.bool_)


def without_impossible(
    found: Examined,
    columns: Sequence[Watched],
    report: Report,
    *,
    today: date,
    file: str = "",
    has_staff: bool = False,
) -> Examined:
    """Return a table without the rows whose days cannot be so, after telling each.

    has_staff: its people are not all students, so that no birth date is a slip.
    """
    read: dict[str, tuple[Watched, Dated | Days]] = {}
    for column in columns:
        check = next((c for c in column.checks if isinstance(c, Dated | Days)), None)
        if has_staff and column.element == BORN:
            continue
        if check and column.element and column.status is Status.READ:
            read.setdefault(column.element, (column, check))
    days: dict[str, pa.ChunkedArray] = {}
    for order in orders(read, today):
        for code in order.codes:
            days.setdefault(code, read[code][1].column())
        left = are_wrong(order, days) & ~np.isin(found.lines, found.aside)
        if left.any():
            column = read[order.codes[0]][0]
            place = place_of(report, column.name, column.label, file)
            lines = tell_rows(place, ID, [found.lines[left]], order.says)
            report.n_set_aside += len(lines)
            found = replace(found, aside=np.union1d(found.aside, lines))
    return found
