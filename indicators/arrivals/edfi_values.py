"""What an Ed-Fi record says several times: levels, subjects, diplomas, cohort years."""

from collections.abc import Collection, Mapping, Sequence

from indicators.arrivals.covered import school_year_begins
from indicators.formats.dates import read_iso
from indicators.formats.edfi_records import descriptor, text
from indicators.formats.edfi_resources import COHORT_TYPES, METHODS, NAMESPACES, Value

_DIPLOMA, _AWARDED = "transcript.diploma", "transcript.diploma_date"
_NINTH_GRADE, _YEARS_AFTER_NINTH = "ninth grade", 3


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


def level(values: Mapping[Value, Sequence[str]], texts: Sequence[str]) -> str | None:
    """Return the level of a result; of several a word that names them by their methods.

    Which of them counts is asked about, as of every word that is not known.
    """
    levels = [descriptor(each) or "none" for each in texts]
    if len({*levels}) < 2:
        return descriptor(texts[0])
    methods = _texts(values, METHODS)
    if len(methods) == len(levels):
        pairs = zip(map(descriptor, methods), levels, strict=True)
        levels = [f"{method}: {level}" for method, level in pairs]
    return ", ".join(sorted(levels))


def class_by_ninth_grade(
    values: Mapping[Value, Sequence[str]], texts: Sequence[str]
) -> str | None:
    """Return the class of who entered ninth grade in a year; None if it is not told.

    A cohort's year is the one in which its type began, by the year of its end.
    """
    types = _texts(values, COHORT_TYPES)
    if len(types) != len(texts):
        return None
    begun = {
        school_year_begins(year)
        for kind, year in zip(types, texts, strict=True)
        if (descriptor(kind) or "").casefold() == _NINTH_GRADE
    }
    (year,) = begun if len(begun) == 1 else (None,)
    return None if year is None else str(year + 1 + _YEARS_AFTER_NINTH)


def by_diploma(
    row: dict[str, object], values: Mapping[Value, Sequence[str]]
) -> list[dict[str, object]]:
    """Return a record with its diploma, and one more for each of its other diplomas.

    Empty where it is not told which day belongs to which of them.
    """
    told = {
        code: next((t for v, t in values.items() if v.element == code), ())
        for code in (_DIPLOMA, _AWARDED)
        if code in row
    }
    n = {len(texts) for texts in told.values()}
    if n <= {1}:
        return [row]
    if len(n) > 1:
        return []
    kinds = map(descriptor, told.get(_DIPLOMA, ()))
    pairs = zip(kinds, map(read_iso, told.get(_AWARDED, ())), strict=False)
    first, *others = [{_DIPLOMA: kind, _AWARDED: day} for kind, day in pairs]
    return [row | first, *({"student.id": row["student.id"]} | one for one in others)]
