"""Sentences about published figures. Each holds for every truth behind the text.

A group stands out only where its whole band does. What the text leaves open is said to
be open. Source: disclosure.md, rule 17.
"""

from collections.abc import Sequence

from indicators.disclosure.statements import in_words
from indicators.disclosure.table import Band
from indicators.published.choice import Choice
from indicators.published.document import Document, Figure, PublishedMeasure
from indicators.published.rows import HIGHER, LOWER, Row, band_of, compared
from indicators.published.wording import (
    counted,
    listed,
    many_of,
    mid,
    name_of_residents,
    name_of_whole,
    noun,
    one_of,
    sentence,
    spoken,
    subject,
)

OTHER_RULES = "Counted by other rules"
# More groups than this are counted instead of named.
MOST_NAMED = 3

# A school year, and what is printed of a group in it.
Told = tuple[str, Figure]


def question(choice: Choice) -> str:
    """Return the question that the page answers."""
    if choice.breakdown is None:
        return f"How high is {subject(choice.measure)}?"
    most = "highest" if choice.measure.is_lower_better else "lowest"
    return (
        f"Which {many_of(choice.breakdown.name)} have the {most} "
        f"{noun(choice.measure)}?"
    )


def scope(document: Document, choice: Choice) -> str:
    """Return the groups that the figures were narrowed to, or nothing."""
    names = [document.label(dim, value) for dim, value in choice.within.items()]
    return f" within {listed(names)}" if names else ""


def answer(
    document: Document,
    choice: Choice,
    rows: Sequence[Row],
    whole: Figure,
    every: Figure,
) -> str:
    """Return the one sentence that answers the question. every: all residents."""
    about, where = choice.measure, scope(document, choice)
    start = f"In {choice.period}{where}, {subject(about)} "
    if choice.breakdown is None:
        name = mid(name_of_residents(document))
        return f"{start}of {name} was {spoken(every.text)}."
    shown = [row for row in rows if row.band is not None]
    many = counted(len(shown), choice.breakdown.name)
    if not shown:
        return f"{start}cannot be told for any {one_of(choice.breakdown.name)}."
    against = band_of(whole)
    if against is None:
        return f"{start}was {_range(shown)} across {many} shown."
    words = [compared(row.figure, whole) for row in shown]
    n_higher, n_lower = words.count(HIGHER), words.count(LOWER)
    n_open = len(words) - n_higher - n_lower
    said = (
        f"{start}was higher than for {mid(name_of_whole(document))} "
        f"({in_words(against)}) at {n_higher or 'none'} of {many} shown"
    )
    said += f", lower at {n_lower}" if n_lower else ""
    return f"{said}; at {n_open} it cannot be told." if n_open else f"{said}."


def standing_out(
    document: Document, choice: Choice, rows: Sequence[Row], whole: Figure
) -> str:
    """Return which groups stand out from all together, if any: a chart's heading."""
    about = sentence(f"{subject(choice.measure)}{scope(document, choice)}")
    if choice.breakdown is None:
        return f"{about} is not published by group"
    shown = sorted(
        (row for row in rows if row.band is not None),
        key=lambda row: (row.label.casefold(), row.value),
    )
    many = counted(len(shown), choice.breakdown.name)
    if not shown:
        return f"{about} cannot be told for any {one_of(choice.breakdown.name)}"
    for word in (HIGHER, LOWER):
        names = [row.label for row in shown if compared(row.figure, whole) == word]
        if names:
            at = listed(names)
            if len(names) > MOST_NAMED:
                at = f"{len(names)} of {many} shown"
            than = mid(name_of_whole(document))
            return f"{about} was {word.lower()} than for {than} at {at}"
    return f"{about} was {_range(shown)} across {many} shown"


def _range(shown: Sequence[Row]) -> str:
    bands = [row.band for row in shown if row.band is not None]
    low, high = min(band.low for band in bands), max(band.high for band in bands)
    return in_words(Band(low, high))


def over_years(
    document: Document,
    about: PublishedMeasure,
    years: Sequence[Told],
    name: str,
) -> str:
    """Return how a rate went from the first school year shown to the last."""
    told = [(period, band) for period, each in years if (band := band_of(each))]
    start = f"{sentence(subject(about))} of {name}"
    if not told:
        return f"{start} is not shown for any school year"
    (first, before), (last, after) = told[0], told[-1]
    if len(told) == 1:
        return f"{start} was {in_words(after)} in {last}; no other year is shown"
    if not document.is_alike(first, last):
        return (
            f"{start} in {first} cannot be compared with {last}: the two years were "
            "counted by different rules"
        )
    word = moved(before, after)
    if not word:
        return (
            f"Whether {subject(about)} of {name} rose or fell from {first} to {last} "
            "cannot be told"
        )
    return (
        f"{start} {word} from {in_words(before)} in {first} to {in_words(after)} in "
        f"{last}"
    )


def moved(before: Band, after: Band) -> str:
    """Return "rose" or "fell" where a rate surely did, else nothing."""
    if after.low > before.high:
        return "rose"
    return "fell" if after.high < before.low else ""


def change(document: Document, before: Told, after: Told) -> str:
    """Return how a rate changed between two school years, as a word of a table."""
    (first, one_figure), (last, two_figure) = before, after
    if not document.is_alike(first, last):
        return OTHER_RULES
    one, two = band_of(one_figure), band_of(two_figure)
    if one is None or two is None:
        return "Cannot be told"
    return moved(one, two).capitalize() or "Cannot be told"


def crossed(
    document: Document,
    choice: Choice,
    names: tuple[str, str],
    pairs: Sequence[Figure],
    whole: Figure,
) -> str:
    """Return how pairs of groups stand to all together. names: the two breakdowns."""
    start = sentence(f"{subject(choice.measure)}{scope(document, choice)}")
    pair = f"{one_of(names[0])} and {one_of(names[1])}"
    shown = [each for each in pairs if band_of(each) is not None]
    if not shown:
        return f"{start} cannot be told for any {pair} taken together"
    many = f"{len(shown)} pair{'' if len(shown) == 1 else 's'} of {pair} shown"
    if band_of(whole) is None:
        return f"{start} is shown for {many}"
    n = [
        sum(compared(each, whole) == word for each in shown) for word in (HIGHER, LOWER)
    ]
    than = mid(name_of_whole(document))
    return f"{start} was higher than for {than} in {n[0]} of {many}, lower in {n[1]}"
