"""Rows of any table as the records of students that they hold."""

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agreements.rules.elements import ELEMENTS, ValueKind
from indicators.arrivals.codes import CODE_LISTS, meant
from indicators.arrivals.covered import as_grades, school_year_begins
from indicators.arrivals.days import are_numbers, numbers
from indicators.arrivals.record_kinds import OF_MORE, TERM, YEAR, Kind
from indicators.arrivals.rows import Rows, are_repeats, as_mask
from indicators.arrivals.standing import Judge
from indicators.formats.cells import Mask
from indicators.formats.report import Report
from indicators.measures.delivered import FIRST_MONTH

_SEVERAL = "; "
_AUTUMN = 9  # the month in which summers are over
# The most points that scales to 4 give; weights add some.
MOST = {
    "transcript.grade_point_average": 5.0,
    "transcript.weighted_grade_point_average": 6.0,
}
# The order of terms in a school year, by words of theirs. Of a summer nothing says
# whether it is that before or after.
_ORDER = {
    **dict.fromkeys(("fall", "autumn", "first", "1"), 1),
    **dict.fromkeys(("winter", "second", "2"), 2),
    **dict.fromkeys(("spring", "third", "3"), 3),
    **dict.fromkeys(("fourth", "4"), 4),
    **dict.fromkeys(("year", "final"), 5),
}
_SEASONS = frozenset({"fall", "autumn", "winter", "spring"})
_OF_NUMBERS = frozenset({"st", "nd", "rd", "th"})
_YEARS = re.compile(r"[0-9]{2,4}\s*[/-]\s*[0-9]{2,4}", re.ASCII)
# A term among all of its sort, such as “1/2”, “2nd of 4”, and “01/02”, which may be a
# year, too.
_AMONG = re.compile(
    r"(?<![0-9/-])0?(?P<n>[1-4])(?:st|nd|rd|th)?\s*(?:/|of)\s*0?(?P<of>[1-4])"
    r"(?![0-9/-])",
    re.ASCII,
)
# What terms are called of which there are so many in a year.
_CALLED = {"2": "semester", "3": "trimester", "4": "quarter"}
# More than one of so many numbers that are too great are no slips, but another scale.
_MANY = 20


def is_of(kind: Kind, names: list[str]) -> bool:
    """Return whether a table with these columns can hold records of a kind."""
    return bool({*kind.told_by} & {*names})


def tells(kind: Kind, table: pa.Table) -> bool:
    """Return whether some row of a table tells of such a record, usable or not."""
    texts = (
        table[c].cast(pa.string()) for c in kind.told_by if c in table.column_names
    )
    return any(not _are_empty(each.fill_null("")).all() for each in texts)


def set_unusable_aside(kind: Kind, rows: Rows, report: Report) -> None:
    """Set aside rows that tell a record of a kind which cannot be used.

    So is a row that also says who a child is, when enrolled or when absent: without
    its record the child would count as one who has none.
    """
    for wrong, id, says in _unusable(kind, rows, report, are_left_out=False):
        rows.reject(wrong, id, says)


def records(kind: Kind, rows: Rows, judge: Judge, report: Report) -> pa.Table:
    """Return the records of a kind in some rows, in a frame's words and numbers.

    A row without what tells such a record holds none. Rows that had to be were set
    aside before; of others only what cannot be used is left out.
    """
    are_left = np.zeros(len(rows), np.bool_)
    for wrong, id, says in _unusable(kind, rows, report, are_left_out=True):
        if n := int((wrong & ~are_left).sum()):
            rows.notice(id, f"{kind.called} that are left out: {n:,}, since {says}")
            are_left |= wrong
    are_told = _tell(kind, rows) & ~are_left
    if kind.blank and (n := int((~are_told & ~are_left).sum())):
        rows.notice("R01", f"Rows that tell {kind.blank}: {n:,}.")
    columns = {"id": rows.values("student.id")}
    for name, code in kind.columns.items():
        columns[name] = _column(code, rows, judge)
    if kind.has_year:
        columns["year"] = _years(kind, rows)
    if kind.frame == "records" and rows.has(TERM):
        columns["term"] = rows.texts(TERM)
    table = _one_each(kind, pa.table(columns).filter(pa.array(are_told)))
    table = _once(kind, table, rows)
    for name, code in kind.columns.items():
        if code in CODE_LISTS:
            at = table.column_names.index(name)
            texts = table[name].fill_null("")
            said = meant(code, texts, table["id"], judge, report)
            table = table.set_column(at, name, said)
    return table


def _unusable(
    kind: Kind, rows: Rows, report: Report, *, are_left_out: bool
) -> Iterator[tuple[Mask, str, str]]:
    """Yield which rows tell an unusable record, with a message's number and words.

    are_left_out: whether those are meant whose record alone is left out, for the row
    tells more; else those that are set aside. Each is looked for in the rows that
    there are when it is asked for.
    """
    tells_more = any(map(rows.has, OF_MORE))
    if are_left_out == (tells_more and kind.may_lack):
        yield from _incomplete(kind, rows, report)
    if are_left_out == tells_more and kind.has_year:
        wrong = _tell(kind, rows) & _are_of_another_year(kind, rows)
        yield wrong, "R08", "the day is not in the school year that is told."


def _incomplete(
    kind: Kind, rows: Rows, report: Report
) -> Iterator[tuple[Mask, str, str]]:
    """Yield which records lack what they need, or tell no number where one stands."""
    for code in kind.required:
        if rows.has(code):
            wrong = _tell(kind, rows) & _are_empty(rows.texts(code))
            is_day = ELEMENTS[code].kind is ValueKind.DATE
            unread = " or cannot be read" if is_day else ""
            yield wrong, "R01", f"“{ELEMENTS[code].label}” is empty{unread}."
    for code in kind.columns.values():
        if ELEMENTS[code].kind is ValueKind.NUMBER and rows.has(code):
            wrong = _tell(kind, rows) & ~are_numbers(rows.texts(code))
            yield wrong, "R08", f"“{ELEMENTS[code].label}” is no number."
        if (most := MOST.get(code)) and rows.has(code):
            wrong = _tell(kind, rows) & _are_above(rows.texts(code), most, code, report)
            label = ELEMENTS[code].label
            yield wrong, "R08", f"“{label}” is above {most:g}, the most there is."
    if kind.has_year:
        wrong = _tell(kind, rows) & as_mask(pc.is_null(_years(kind, rows)))
        unread = ", or it cannot be read" if kind.dated_by else ""
        yield wrong, "R01", f"neither a day nor a school year is told{unread}."


def _tell(kind: Kind, rows: Rows) -> Mask:
    """Return which rows hold such a record."""
    found = np.zeros(len(rows), np.bool_)
    for code in kind.told_by:
        found |= ~_are_empty(rows.texts(code))
    return found


def _are_empty(texts: pa.ChunkedArray) -> Mask:
    return as_mask(pc.equal(pc.utf8_trim_whitespace(texts), ""))


def _are_above(texts: pa.ChunkedArray, most: float, code: str, report: Report) -> Mask:
    """Return which numbers are too great; refuses them all where many are."""
    found = numbers(texts)
    with np.errstate(invalid="ignore"):
        above: Mask = found > most
    if above.sum() * _MANY > (~np.isnan(found)).sum():
        report.refuse(
            "R08",
            f"“{ELEMENTS[code].label}” is above {most:g} in {int(above.sum()):,} of "
            f"{len(above):,} rows, so it is on another scale than that of points from "
            "0 to 4. Send it on that scale, or leave the column out.",
        )
    return above


def one_of_each_year(table: pa.Table, report: Report) -> pa.Table:
    """Return the averages and credits with one row for each student and year.

    Rows that tell different things are one. Of several that tell the same thing
    otherwise, that of the last term counts: an average that it does not tell is not
    known, and credits are all that were earned by then. Where nothing tells which is
    the last, nothing is known; where that is of many, nothing is taken.
    """
    keys, told = ["id", "year"], ["unweighted", "weighted", "credits"]
    of_year = table.group_by(keys, use_threads=False).aggregate(
        [(name, do) for name in told for do in ("min", "max")]
    )
    several = np.zeros(of_year.num_rows, np.bool_)
    for name in told:
        several |= as_mask(pc.less(of_year[f"{name}_min"], of_year[f"{name}_max"]))
    one = of_year.filter(pa.array(~several))
    made = one.select([*keys, *(f"{name}_max" for name in told)])
    made = made.rename_columns([*keys, *told])
    if not several.any():
        return made
    doubled = of_year.filter(pa.array(several)).select([*keys, "credits_max"])
    doubled = doubled.rename_columns([*keys, "most"])
    rows = _with_terms(table.select([*keys, *told]), table)
    rows = rows.join(doubled, keys, join_type="inner")
    n_unplaced = int(as_mask(pc.and_(rows["named"], pc.equal(rows["order"], 0))).sum())
    last = _last(rows, keys, told)
    what = (
        "Students with several averages or credits of one school year: "
        f"{doubled.num_rows:,}."
    )
    n_unclear = doubled.num_rows - last.num_rows
    which = "1 row" if n_unplaced == 1 else f"{n_unplaced:,} rows"
    unplaced = (
        f" In {which}, a term is told that has no known place in a year."
        if n_unplaced
        else ""
    )
    if n_unclear * _MANY > doubled.num_rows:
        report.refuse(
            "R02",
            f"{what} Of {n_unclear:,}, nothing tells which are the last, or the last "
            f"credits are fewer than earlier ones.{unplaced} Send one row for each "
            "student and year, with the averages and all credits earned by its end; "
            "or name the term, such as fall and spring, of each row.",
        )
        return table.select(made.column_names)
    left_out = (
        f" Of {n_unclear:,}, nothing tells which are the last; they are not known."
        f"{unplaced}"
        if n_unclear
        else ""
    )
    report.notice(
        "R02",
        f"{what} Those of the last term count; an average that these do not tell is "
        f"not known.{left_out}",
    )
    return pa.concat_tables([made, last.select(made.column_names)])


def _last(rows: pa.Table, keys: list[str], told: list[str]) -> pa.Table:
    """Return of each student and year what the last term tells, where that is clear.

    Rows of that term that tell different things are one.
    """
    terms = rows.group_by(keys, use_threads=False).aggregate(
        [("order", "min"), ("order", "max"), ("sort", "count_distinct")]
    )
    rows = rows.join(terms, keys, join_type="inner")
    last = rows.filter(pc.equal(rows["order"], rows["order_max"]))
    of_term = [*keys, "order_min", "sort_count_distinct", "most"]
    last = last.group_by(of_term, use_threads=False).aggregate(
        [(name, do) for name in told for do in ("min", "max")]
    )
    are_clear = pc.less(last["sort_count_distinct"], 2)
    for name in told:
        differ = pc.not_equal(last[f"{name}_min"], last[f"{name}_max"])
        are_clear = pc.and_(are_clear, pc.invert(differ.fill_null(False)))
    are_clear = pc.and_(are_clear, pc.greater(last["order_min"], 0))
    fewer = pc.less(last["credits_max"], last["most"]).fill_null(True)
    are_fewer = pc.and_(pc.is_valid(last["most"]), fewer)
    last = last.filter(pc.and_(are_clear, pc.invert(are_fewer)))
    last = last.select([*keys, *(f"{name}_max" for name in told)])
    last = last.rename_columns([*keys, *told])
    return last.sort_by([(name, "ascending") for name in keys])


def _with_terms(rows: pa.Table, table: pa.Table) -> pa.Table:
    """Return rows with the place and the sort of the term that each has in a table.

    order: the term's place in its school year, 0 where none is known. sort: what it is,
    such as a quarter; terms of different sorts have no order. named: whether one is
    told.
    """
    texts = pa.nulls(table.num_rows, pa.string())
    if "term" in table.column_names:
        texts = table["term"].combine_chunks()
    coded = texts.fill_null("").dictionary_encode()
    read = [_term(term) for term in coded.dictionary.to_pylist()]
    orders = pa.array([place for place, _ in read], pa.int64())
    sorts = pa.array([sort for _, sort in read], pa.string())
    rows = rows.append_column("order", orders.take(coded.indices))
    rows = rows.append_column("sort", sorts.take(coded.indices))
    return rows.append_column("named", pc.not_equal(texts.fill_null(""), ""))


def _term(term: str) -> tuple[int, str | None]:
    """Return a term's place in its school year, and its sort; None fits every sort."""
    said = term.casefold()
    among = _AMONG.search(said)
    words = re.findall(r"[a-z]+|[0-9]+", _YEARS.sub(" ", _AMONG.sub(" ", said)))
    if not {*words} & _SEASONS:  # beside these, two digits are a year
        words = [word.removeprefix("0") for word in words]
    found = {_ORDER[word] for word in words if word in _ORDER}
    if among and not found and among["n"] <= among["of"]:
        called = _CALLED.get(among["of"], "")
        if called and {*words} <= {called, "term"}:
            return int(among["n"]), called
        return int(among["n"]), " ".join(("of", among["of"], *sorted(words)))
    place = found.pop() if len(found) == 1 else 0
    if place == _ORDER["final"]:
        return place, None
    if {*words} & _SEASONS:
        return place, "season"
    rest = {word for word in words if word.isalpha()} - _ORDER.keys() - _OF_NUMBERS
    return place, " ".join(sorted(rest))


def _column(code: str, rows: Rows, judge: Judge) -> pa.ChunkedArray:
    kind = ELEMENTS[code].kind
    if kind is ValueKind.NUMBER:
        return pa.chunked_array([pa.array(numbers(rows.texts(code)), from_pandas=True)])
    if kind is ValueKind.DATE:
        return rows.values(code).cast(pa.date32())
    if code == "assessment.grade":
        if not judge.is_stored(code):
            return pa.chunked_array([pa.nulls(len(rows), pa.string())])
        of = code if rows.has(code) else "enrolment.grade"
        return as_grades(rows.values(of).cast(pa.string()))
    return rows.values(code).cast(pa.string())


def _one_each(kind: Kind, table: pa.Table) -> pa.Table:
    """Return one row for each of several things that a record tells at once.

    A number that it tells of all of them is that of none.
    """
    name = next(n for n, code in kind.columns.items() if code in kind.told_by)
    if not pa.types.is_string(table.schema.field(name).type):
        return table
    parts = pc.split_pattern(table[name].combine_chunks(), _SEVERAL)
    among = pc.list_parent_indices(parts)
    is_alone = pc.equal(pc.list_value_length(parts), 1).take(among)
    table = table.take(among)
    for at, column in enumerate(table.column_names):
        if column == name:
            table = table.set_column(at, name, pc.list_flatten(parts))
        elif pa.types.is_floating(table.schema.field(column).type):
            of_one = pc.if_else(is_alone, table[column], pa.scalar(None, pa.float64()))
            table = table.set_column(at, column, of_one)
    return table


def _once(kind: Kind, table: pa.Table, rows: Rows) -> pa.Table:
    """Return the records without those that say again what an earlier one says."""
    again = are_repeats(*table.columns)
    if n := int(again.sum()):
        rows.notice("R02", f"{kind.called} that an earlier row tells, too: {n:,}.")
    return table.filter(pa.array(~again))


def _years(kind: Kind, rows: Rows) -> pa.ChunkedArray:
    """Return the year in which each record's school year ends: as told, or by day."""
    return pc.coalesce(_years_told(rows), _years_of_days(kind, rows))


def _years_told(rows: Rows) -> pa.ChunkedArray:
    coded = rows.texts(YEAR).combine_chunks().dictionary_encode()
    begins = pa.array(map(school_year_begins, coded.dictionary.to_pylist()), pa.int64())
    return pa.chunked_array([pc.add(begins, 1).take(coded.indices)])


def _years_of_days(kind: Kind, rows: Rows) -> pa.ChunkedArray:
    if not kind.dated_by:
        return pa.chunked_array([pa.nulls(len(rows), pa.int64())])
    days = rows.values(kind.dated_by).cast(pa.date32())
    is_late = pc.greater_equal(pc.month(days), FIRST_MONTH).cast(pa.int64())
    return pc.add(pc.year(days), is_late)


def _are_of_another_year(kind: Kind, rows: Rows) -> Mask:
    """Return which days are not in the year that is told; a summer is in both years."""
    if not kind.dated_by:
        return np.zeros(len(rows), np.bool_)
    told, by_day = _years_told(rows), _years_of_days(kind, rows)
    month = pc.month(rows.values(kind.dated_by).cast(pa.date32()))
    is_summer = pc.and_(pc.greater_equal(month, FIRST_MONTH), pc.less(month, _AUTUMN))
    is_before = pc.and_(is_summer, pc.equal(told, pc.subtract(by_day, 1)))
    return as_mask(pc.and_(pc.not_equal(told, by_day), pc.invert(is_before)))
