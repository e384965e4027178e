"""The cells of a district's table of counts: what they say, and whether it agrees."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from math import ceil, floor

from accounts.acts import RuleBroken
from indicators.disclosure import coding
from indicators.disclosure.table import Band, Mark
from indicators.measures.figures import Figure, Kind, State, Unclear, parse


def figure_of(line: int, text: str | None, kind: Kind) -> Figure | None:
    """Return what a cell says; a mark that may hide a number is never a blank.

    Raises RuleBroken for what is no figure, and where senders differ whether a number
    is hidden or there is none: read as none, it could be worked out from the total.
    """
    if text is None:
        return None
    try:
        figure = parse(text, kind=kind)
    except Unclear as unclear:
        raise RuleBroken(f"Line {line}: {unclear.message} {_WRITE}") from None
    if figure.question and figure.state is State.MISSING:
        raise RuleBroken(
            f"Line {line}: some senders write “{text:.30}” where a number is hidden, "
            f"and some where there is none. {_WRITE}"
        )
    return figure


_WRITE = (
    "Write a number; Suppressed, No data or Not yet known; or a range such as >95%."
)


def band_of(percent: Figure) -> Band | None:
    """Return the whole percents that hold a percent which is told as a range."""
    is_range = percent.state is State.SUPPRESSED and percent.low is not None
    if not is_range or percent.low is None or percent.high is None:
        return None
    return Band(floor(percent.low), ceil(percent.high))


def coded(band: Band, n: int) -> Band | Mark:
    """Return the bands of a group of `n` children that hold a range, as one."""
    held = [b for b in coding.bands(n) if b.low <= band.high and band.low <= b.high]
    found = Band(held[0].low, held[-1].high)
    return Mark.SUPPRESSED if found == Band(0, 100) else found


def last_digit(percent: Decimal) -> Decimal:
    """Return what one more in the last digit of a percent is; at most a whole one."""
    digits = percent.normalize().as_tuple().exponent
    return Decimal(1).scaleb(min(int(digits), 0))


def noticed(values: Iterable[Figure]) -> Iterable[str]:
    """Yield in words how many values were read as what."""
    found = Counter(
        "as ranges of percents"
        if each.kind is Kind.PERCENT and band_of(each)
        else _READ_AS.get(each.state, "")
        for each in values
    )
    for words in (*_READ_AS.values(), "as ranges of percents"):
        if n := found[words]:
            yield f"{_values(n, 'was', 'were')} read {words}."
    if n := sum(each.state is State.ZERO for each in values):
        yield f"{_values(n, 'is a true zero', 'are true zeros')}."
    yield from dict.fromkeys(each.question for each in values if each.question)


def _values(n: int, one: str, several: str) -> str:
    return f"1 value {one}" if n == 1 else f"{n:,} values {several}"


_READ_AS = {
    State.SUPPRESSED: "as suppressed",
    State.MISSING: "as no data",
    State.NOT_YET: "as not yet known",
}


def require_agreement(
    line: int, count: Decimal, n: int, percent: Figure | None
) -> None:
    """Refuse a percent that is not that of the count, however it was rounded."""
    if not n or percent is None or (percent.low is None and percent.high is None):
        return
    exact = count * 100 / n
    low = Decimal(0) if percent.low is None else percent.low
    high = Decimal(100) if percent.high is None else percent.high
    # Rounded or cut off at its last digit; the ends of a range are whole percents.
    unit = last_digit(percent.value or Decimal(0))
    if low - unit < exact < high + unit:
        return
    raise RuleBroken(
        f"Line {line}: {count} of {n} children are {exact:.1f} percent, and the "
        "percent in that line says otherwise. Correct the count, the number of "
        "children or the percent, or leave the percent empty."
    )
