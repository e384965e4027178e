"""Why an arrival cannot be kept, in one paragraph, where nobody is there to answer."""

from agreements.rules.elements import ELEMENTS
from indicators.arrivals.contract import Arrival, ColumnStanding, Standing
from indicators.arrivals.standing import LEFT
from indicators.formats.catalogue import is_named_like_ssn
from indicators.formats.problems import enumerated
from indicators.formats.report import OWN_NUMBERS

MOST_NAMED = 20
# One of so many rows may be set aside without anybody to see it.
_FEW = 20
_NOTHING = "Nothing was kept."


def obstacle_of(arrival: Arrival) -> str:
    """Return what keeps an arrival out, or nothing.

    Without anybody to confirm what is left out, a table with a column that the
    agreement does not list stays out whole (rule R-057).
    """
    if arrival.errors:
        return " ".join(item.message for item in arrival.errors)
    left = [column for column in arrival.columns if _stays_out(column, arrival)]
    removed = [c for c in arrival.columns if c.standing is Standing.NEVER]
    if never := [c for c in removed if c in left or c.element in arrival.missing]:
        is_ssn = any(is_named_like_ssn(column.heading) for column in never)
        is_ssn = is_ssn or any("Social Security" in column.why for column in never)
        what = "Social Security numbers are" if is_ssn else "What it holds is"
        return (
            f"{what} not accepted (rule R-045): {_named(never)}. {_NOTHING} Remove "
            "these columns, or correct the values that look so, and send the file "
            f"again: children are matched on names and birth dates. {OWN_NUMBERS}"
        )
    if arrival.questions:
        return " ".join(question.words for question in arrival.questions)
    if arrival.outside:
        n = sum(n for _, n in arrival.outside)
        rows = "1 row is" if n == 1 else f"{n:,} rows are"
        return (
            f"{rows} outside what the agreement covers (rule R-057): "
            f"{'; '.join(f'{n:,} of {why}' for why, n in arrival.outside)}. {_NOTHING} "
            "Send the files without them, or have somebody look at them."
        )
    if arrival.missing:
        words = (f"“{ELEMENTS[code].label}”" for code in arrival.missing)
        return (
            f"No column was found for {enumerated(words, most=MOST_NAMED)}, or the "
            f"agreement does not list it. {_NOTHING} Choose all the files together "
            "and load them again."
        )
    n = arrival.n_rejected
    if n * _FEW > arrival.n_rows:
        first = "".join(f" {each.reason}" for each in arrival.rejected[:1])
        return (
            f"Too many of the {arrival.n_rows:,} rows cannot be used: {n:,}.{first} "
            f"{_NOTHING} Correct them and send the files again, or have somebody look "
            "at them and say that they are to be left out."
        )
    if left:
        return (
            f"The agreement does not list {_named(left)}. A file may hold only what "
            f"its agreement lists (rule R-057), so nothing was kept. Amend the "
            "agreement, or remove these columns and send the file again."
        )
    return ""


def set_aside_of(arrival: Arrival) -> tuple[str, ...]:
    """Return which rows were set aside, and why: the first, and how many more."""
    told = [f"Set aside: {each.reason}" for each in arrival.rejected[:MOST_NAMED]]
    if more := arrival.n_rejected - len(told):
        told.append(f"More rows that were set aside: {more:,}.")
    return tuple(told)


def _named(columns: list[ColumnStanding]) -> str:
    return enumerated((f"“{each.heading}”" for each in columns), most=MOST_NAMED)


def _stays_out(column: ColumnStanding, arrival: Arrival) -> bool:
    """Return whether a column of a flat file is not stored, and nobody said so.

    A standard's own files hold more than any agreement lists; and what only tells how
    others are to be read is nothing that one could list.
    """
    is_of_standard = not column.file or ("." in column.file and _is_of_set(arrival))
    is_settled = column.why == LEFT or (column.is_read and column.element is None)
    is_stored = column.standing is Standing.ALLOWED
    return not (is_stored or is_of_standard or is_settled)


def _is_of_set(arrival: Arrival) -> bool:
    return bool({"oneroster", "sds", "hmis"} & set(arrival.format.split(" and ")))
