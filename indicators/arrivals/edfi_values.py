"""What an Ed-Fi record says several times: levels, subjects, diplomas, averages."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from hashlib import sha256
from itertools import zip_longest
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.codes import MOST_WORDS, asked_as, cut, may_be_shown
from indicators.arrivals.covered import school_year_begins
from indicators.arrivals.rows import as_mask
from indicators.formats.cells import Mask
from indicators.formats.dates import read_iso
from indicators.formats.edfi_parser import Found
from indicators.formats.edfi_records import descriptor, text
from indicators.formats.edfi_resources import (
    ADDRESS_BEGINS,
    ADDRESS_ENDS,
    ADDRESS_TYPES,
    AVERAGE_TYPES,
    AVERAGES,
    COHORT_TYPES,
    ID_SYSTEMS,
    IS_CUMULATIVE,
    METHODS,
    NAMESPACES,
    TERMS,
    UNTYPED_AVERAGE,
    Value,
)
from indicators.formats.report import Report, shown
from indicators.formats.values import grade_of
from indicators.linkage import addresses

METHOD = "@method"  # that tells the level of a result
_DIPLOMA, _AWARDED = "transcript.diploma", "transcript.diploma_date"
_LEVEL = "assessment.performance_level"
TYPED_AVERAGES = (
    "transcript.grade_point_average",
    "transcript.weighted_grade_point_average",
)
_STREET, _UNIT, _ZIP = "student.street_address", "student.unit_number", "student.zip"
_STATE = "student.state"
OF_ADDRESS = frozenset({_STREET, _UNIT, "student.city", _STATE, _ZIP})
# Where somebody lives; and where nobody need.
_HOMES, _FOR_LETTERS = ("home", "physical"), ("mailing", "billing", "work")
STATE_ID = "student.state_id"
# What a record tells, and what it leaves open of it.
UNCLASSED = (
    "cohort years, but not the one year of ninth grade, so that the class of these "
    "students is not known. Send the school year in which each entered ninth grade "
    "first."
)
UNTYPED = (
    "a cumulative average, but not whether it is weighted. It counts as unweighted. If "
    "it is weighted, send averages with their types."
)
UNCLEAR = (
    "an average of which it does not say that it is cumulative, and weighted or "
    "unweighted. Such an average is not known."
)
DISPUTED = (
    "several cumulative averages of one type that differ, so that the average of that "
    "type is not known. Send one of each type."
)
UNHOUSED = (
    "several home addresses that differ, so that it is not known where these students "
    "live. Send one of each."
)
_READ_AS = {_DIPLOMA: descriptor, _AWARDED: read_iso}
_AVERAGE_OF = dict(zip(("unweighted", "weighted"), TYPED_AVERAGES, strict=True))
_YES_OR_NO = {
    **dict.fromkeys(("true", "1", "yes", "y"), True),
    **dict.fromkeys(("false", "0", "no", "n"), False),
}
_NINTH_GRADE, _YEARS_AFTER_NINTH = "09", 3
_FIRST_TIME = re.compile("^first[- ]time ", re.IGNORECASE)


def _texts(
    values: Mapping[Value, Sequence[str]], paths: Collection[str]
) -> Sequence[str]:
    """Return the texts of the first of some paths that a record has."""
    return next((texts for v, texts in values.items() if v.path in paths), ())


def within(values: Mapping[Value, Sequence[str]]) -> str | None:
    """Return in what a test or course has its identifier: namespace or organisation."""
    return text("".join(_texts(values, NAMESPACES)[:1]))


def subjects(values: Mapping[Value, Sequence[str]]) -> str | None:
    """Return the subjects of a test or course; of several a word to be asked about."""
    found = _texts(values, ("academicSubjectDescriptor", "academicSubject"))
    return " and ".join(dict.fromkeys(filter(None, map(descriptor, found)))) or None


def levels(values: Mapping[Value, Sequence[str]]) -> dict[str, str | None]:
    """Return the levels of a result by the methods that report them.

    Several that are the same, and one without a method, are told by none (""). Empty
    where levels differ, and it is not told by which method each of them is reported.
    """
    texts = next((t for v, t in values.items() if v.element == _LEVEL), ())
    told = {
        (descriptor(method) or "", level)
        for method, each in zip_longest(_texts(values, METHODS), texts, fillvalue="")
        if (level := descriptor(each))
    }
    by_method: dict[str, str | None] = dict(sorted(told))
    if len(told) < 2:
        return by_method or {"": None}
    if len({level for _, level in told}) == 1:
        return {"": by_method.popitem()[1]}
    return by_method if "" not in by_method and len(by_method) == len(told) else {}


def counted(
    table: pa.Table, counting: Mapping[tuple[str, ...], str], report: Report
) -> Mask:
    """Return which results tell their level by a method that counts, or by none.

    counting: of methods that results tell together, that which counts.
    """
    others = {method for each in counting for method in each} - {*counting.values()}
    if METHOD not in table.column_names or not others:
        return np.ones(table.num_rows, np.bool_)
    is_other = as_mask(pc.is_in(table[METHOD], pa.array(sorted(others), pa.string())))
    if n := int(is_other.sum()):
        report.notice(
            "R08",
            "Results that tell no level by the method that counts, and are left out: "
            f"{n:,}.",
        )
    return ~is_other


def methods_asked_as(methods: Sequence[str]) -> str:
    """Return under which name methods are asked about and answered, as no others are.

    Where a name alone could be that of others, a mark of all its letters follows.
    """
    joined = " and ".join(methods)
    asked = asked_as(_LEVEL, joined)
    if asked.endswith(f": {joined}") and joined.count(" and ") == len(methods) - 1:
        return asked
    letters = "\0".join(methods).encode("utf-8", "surrogatepass")
    return f"{asked} ({sha256(letters).hexdigest()[:8]})"


def ask_methods(methods: Mapping[str, Sequence[str]], report: Report) -> None:
    """Ask, once for all results of the same methods, which of these counts.

    methods: by what they are asked about as.
    """
    named = {method for each in methods.values() for method in each}
    if len(named) > MOST_WORDS or not may_be_shown(named):
        report.refuse(
            "R08",
            "Results tell several levels by methods that are too many, or seem to be "
            "people. Send of each result the level that counts alone.",
        )
        return
    for asked, each in methods.items():
        listed = " and ".join(f"“{shown(cut(method))}”" for method in each)
        report.ask(
            "R08",
            f"Results of tests tell different levels by {listed}. Which of them says "
            "who is proficient?",
            choices=tuple(each),
            column=asked,
        )


def tell_untold(n_records: Counter[str], report: Report) -> None:
    """Say how many records leave open what a value of theirs is."""
    for what in (UNCLASSED, UNTYPED, UNCLEAR, DISPUTED, UNHOUSED):
        if n := n_records[what]:
            tell = "1 record tells" if n == 1 else f"{n:,} records tell"
            report.notice("R08", f"{tell} {what}")


class Averages(NamedTuple):
    """The averages of an academic record by element, and what is not said of them.

    is_untyped: of the average, whether it is weighted. is_unclear: of one of those that
    have types, or of all of them, whether it is cumulative and weighted or unweighted.
    disputed: elements of which several differ, so that none of them is told.
    """

    told: dict[str, str | None]
    is_untyped: bool = False
    is_unclear: bool = False
    disputed: tuple[str, ...] = ()


def averages(values: Mapping[Value, Sequence[str]]) -> Averages:
    """Return the cumulative averages, weighted and unweighted as their types say.

    One without a type, of which the standard says nothing, counts as unweighted, and
    only where none has a type.
    """
    found = _texts(values, (AVERAGES,))
    if not found:
        untyped = text("".join(_texts(values, (UNTYPED_AVERAGE,))[:1]))
        told = {_AVERAGE_OF["unweighted"]: untyped}
        return Averages(told, is_untyped=untyped is not None)
    beside = _texts(values, AVERAGE_TYPES), _texts(values, (IS_CUMULATIVE,))
    by_code: dict[str, dict[float | str, str | None]] = {}
    is_lacking = False
    for average, kind, is_cumulative in zip_longest(found, *beside, fillvalue=""):
        if not average:
            continue
        is_meant = _YES_OR_NO.get(is_cumulative.casefold())
        if is_meant is False:
            continue
        code = _AVERAGE_OF.get((descriptor(kind) or "").casefold())
        if code is None or is_meant is None:
            is_lacking = True
            continue
        by_code.setdefault(code, {}).setdefault(_number(average), text(average))
    told = {c: next(iter(one.values())) for c, one in by_code.items() if len(one) == 1}
    disputed = tuple(by_code.keys() - told.keys())
    return Averages(told, is_unclear=is_lacking or not by_code, disputed=disputed)


def _number(average: str) -> float | str:
    """Return an average as the number it is; else its text."""
    try:
        return float(average)
    except ValueError:
        return average


def term(values: Mapping[Value, Sequence[str]]) -> str | None:
    """Return the term of an academic record."""
    return descriptor("".join(_texts(values, TERMS)[:1]))


def home(
    values: Mapping[Value, Sequence[str]],
    listed: Collection[str],
    gone: Collection[int],
) -> dict[str, str | None] | None:
    """Return the address where a student lives; None where several that differ are.

    It is the one of that type; where there is none, the first that is not for letters.
    listed: the elements of an address that are read. gone: numbers of those that are
    none; see `gone_addresses`.
    """
    columns = {v.element: t for v, t in values.items() if v.element in listed}
    told = [*zip_longest(*columns.values(), fillvalue="")]
    types = [(descriptor(t) or "").casefold() for t in _texts(values, ADDRESS_TYPES)]
    typed = zip_longest(told, types[: len(told)], fillvalue="")
    there = [
        (address, kind)
        for number, (address, kind) in enumerate(typed, 1)
        if any(address) and number not in gone
    ]
    homes = [address for address, kind in there if kind in _HOMES]
    others = [address for address, kind in there if kind not in _FOR_LETTERS]
    if len({_compared(columns, address) for address in homes}) > 1:
        return None
    first = next(iter((*homes, *others, *(address for address, _ in there))), ())
    return _parts(columns, first)


def gone_addresses(found: Found, today: date) -> set[int]:
    """Return the numbers of a record's addresses that have ended or are yet to begin.

    One has ended when each of its periods has.
    """
    begun, ended = (_days_of(found, paths) for paths in (ADDRESS_BEGINS, ADDRESS_ENDS))
    past = {
        number
        for number, days in ended.items()
        if len(days) >= len(begun[number]) and max(days) < today
    }
    return past | {
        number for number, days in begun.items() if days and min(days) > today
    }


def _days_of(found: Found, paths: Collection[str]) -> defaultdict[int, list[date]]:
    """Return the days at some paths, by the number of the object that tells them."""
    days: defaultdict[int, list[date]] = defaultdict(list)
    ends = tuple(f"/{path}".casefold() for path in paths)
    for path, texts in found.values.items():
        if f"/{path}".casefold().endswith(ends):
            for number, each in zip(found.numbers.get(path, ()), texts, strict=False):
                if day := read_iso(each):
                    days[number].append(day)
    return days


def _compared(codes: Collection[str], address: Sequence[str]) -> tuple[object, ...]:
    """Return the parts of an address as they are alike however they are spelled.

    A unit is the same in its own place and behind the street.
    """
    told = {code: part or "" for code, part in _parts(codes, address).items()}
    street, behind = addresses.parted(told.pop(_STREET, ""))
    own, code = told.pop(_UNIT, ""), told.pop(_ZIP, "")
    units = {behind, addresses.unit(f"# {own}") or addresses.place(own)} - {None}
    places = map(addresses.place, told.values())
    return street, frozenset(units), addresses.postal_code(code), *places


def _parts(codes: Collection[str], address: Sequence[str]) -> dict[str, str | None]:
    """Return the parts of an address by their elements; none where there is none.

    A sign such as that in “1 Main St #4” ends a namespace of the state alone.
    """
    return {
        code: descriptor(part) if code == _STATE else text(part)
        for code, part in zip_longest(codes, address, fillvalue="")
    }


def state_id(values: Mapping[Value, Sequence[str]]) -> str | None:
    """Return a student's number of the state.

    Where no system is called that, it is the first of another.
    """
    codes = next((t for v, t in values.items() if v.element == STATE_ID), ())
    systems = [(descriptor(t) or "").casefold() for t in _texts(values, ID_SYSTEMS)]
    told = [each for each in zip_longest(codes, systems, fillvalue="") if each[0]]
    of_state = (code for code, of in told if of == "state")
    first = next(of_state, next((code for code, _ in told), ""))
    return descriptor(first)


def class_by_ninth_grade(
    values: Mapping[Value, Sequence[str]], texts: Sequence[str]
) -> str | None:
    """Return the class of who entered ninth grade in a year; None if it is not told.

    A cohort's year is the one in which its type began, by the year of its end.
    """
    types = _texts(values, COHORT_TYPES)
    begun = {
        school_year_begins(year)
        for kind, year in zip_longest(types, texts, fillvalue="")
        if year
        and grade_of(_FIRST_TIME.sub("", descriptor(kind) or "")) == _NINTH_GRADE
    }
    (year,) = begun if len(begun) == 1 else (None,)
    return None if year is None else str(year + 1 + _YEARS_AFTER_NINTH)


def by_diploma(
    row: dict[str, object], values: Mapping[Value, Sequence[str]]
) -> list[dict[str, object]]:
    """Return a record with its diploma, and one more for each of its other diplomas.

    Empty where it is not told which day belongs to which of them.
    """
    codes = [code for code in (_DIPLOMA, _AWARDED) if code in row]
    told = [
        next((texts for v, texts in values.items() if v.element == code), ())
        for code in codes
    ]
    found = [
        {code: _READ_AS[code](text) for code, text in zip(codes, texts, strict=True)}
        for texts in zip_longest(*told, fillvalue="")
        if any(texts)
    ]
    if len(found) > 1 and any(None in one.values() for one in found):
        return []
    first, *others = found or [{}]
    return [row | first, *({"student.id": row["student.id"]} | one for one in others)]
