"""Figures as others send them: a number, or one of the reasons why there is none.

Missing, zero, suppressed by the sender and not yet known are four different things. A
mark that bounds the figure ("<5", ">95%", "n<10") keeps its bounds. What has no certain
meaning is refused, or read and asked about: it never becomes a number.

Sources of marks: NCES Common Core of Data layouts (M missing, -2 and N not applicable),
HUD's location files (-4, -1 and -5: not shown), the New York State report card database
(s, and a dash on its pages), and the sentinels of `formats.value_checks`. Where NCES
writes -1 for missing and HUD for not shown, it is taken as hidden, which is safer.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from accounts.acts import RuleBroken


class Unclear(RuleBroken):
    """A text that is no figure, and no mark whose meaning is certain."""


class State(StrEnum):
    """What is known of a figure."""

    NUMBER = "number"
    ZERO = "zero"
    MISSING = "missing"
    SUPPRESSED = "suppressed"
    NOT_YET = "not yet known"


class Kind(StrEnum):
    """What a figure counts: whole children or events, days or points, or a rate.

    A share is a fraction from 0 to 1, as CEDS has the attendance rate.
    """

    COUNT = "count"
    AMOUNT = "amount"
    PERCENT = "percent"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `low` and `high` hold it: both equal to a number, None where open.

    excludes_low, excludes_high: the figure is beyond the bound, not at it.
    group_below: the mark says that the group has fewer children than this.
    question: what the sender should confirm, or the empty text.
    """

    state: State
    kind: Kind
    low: Decimal | None = None
    high: Decimal | None = None
    excludes_low: bool = False
    excludes_high: bool = False
    group_below: int | None = None
    question: str = ""

    @property
    def value(self) -> Decimal | None:
        """The number, or None where there is none."""
        return self.low if self.state in (State.NUMBER, State.ZERO) else None


_MARKS: Mapping[State, frozenset[str]] = {
    State.SUPPRESSED: frozenset(
        {"suppressed", "data suppressed", "suppressed data", "withheld", "redacted"}
        | {"value suppressed", "suppressed for privacy", "fewer than the minimum"}
        | {"masked", "not shown", "too few", "too few students", "too few to report"}
        | {"s", "ds", "dns", "ps", "sup", "supp", "*", "**", "***", "<", "‡"}
    ),
    State.MISSING: frozenset(
        {"", "n/a", "n.a.", "na", "#n/a", "null", "nan", "none", "nil", ".", "†"}
        | {"m", "n", "nd", "missing", "no data", "not available", "not applicable"}
        | {"not collected", "not reported", "none reported"}
    ),
    State.NOT_YET: frozenset(
        {"tbd", "tba", "pending", "not yet known", "not yet available", "nya"}
        | {"not yet", "not yet reported", "to be determined", "to come"}
        | {"forthcoming", "in progress"}
    ),
}
# Read in one way here, and in another by somebody: taken, and asked about.
_ASKED: Mapping[str, State] = {
    **dict.fromkeys(("-", "--", "---", "–", "—"), State.MISSING),
    **dict.fromkeys(("-2", "-9", "-999"), State.MISSING),
    **dict.fromkeys(("-4", "-1", "-5"), State.SUPPRESSED),
}
_WORDS = {
    State.MISSING: "No data",
    State.SUPPRESSED: "Suppressed",
    State.NOT_YET: "Not yet known",
}
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,9})?|\.\d{1,9}"
_LESS = r"<|<=|≤|lt|le|less than|fewer than|under|below|at most"
_MORE = r">|>=|≥|gt|ge|more than|over|above|at least"
_OPEN = frozenset(
    {"<", "lt", "less than", "fewer than", "under", "below"}
    | {">", "gt", "more than", "over", "above"}
)
_UNIT = r"\s*(%|percent)?"
_PLAIN = re.compile(rf"({_NUMBER}){_UNIT}", re.ASCII)
_BOUND = re.compile(rf"({_LESS}|{_MORE})\s*({_NUMBER}){_UNIT}", re.ASCII)
_AFTER = re.compile(
    rf"({_NUMBER}){_UNIT}\s*(or (?:less|fewer|more|greater|higher))", re.ASCII
)
_RANGE = re.compile(rf"({_NUMBER})\s*%?\s*(?:-|–|to)\s*({_NUMBER}){_UNIT}", re.ASCII)
_GROUP = re.compile(
    r"n\s*(<|<=|≤)\s*(\d{1,6})"
    r"|(<|<=|≤|fewer than|less than|under)\s*(\d{1,6}) (?:students|children|pupils)",
    re.ASCII,
)
# As a spreadsheet writes “-4”, and as one guards it from being a formula.
_CODE = re.compile(r"(-\d{1,3})\.0+", re.ASCII)
_OURS = re.compile(r"suppressed \((.+)\)")
_LESSER = frozenset(re.split(r"\|", _LESS))
# So many groups of 0 beside 0 are worth a question.
_FEW = 3
_MOST: Mapping[Kind, Decimal] = {Kind.PERCENT: Decimal(100), Kind.SHARE: Decimal(1)}


def parse(
    text: str | None, *, kind: Kind, marks: Mapping[str, State] | None = None
) -> Figure:
    """Return the figure that a cell stands for.

    marks: what the sender says that texts mean; these come before all else, and
    “number” says that a text is what it seems.
    Raises Unclear, with a sentence that names the text, where no reading is certain.
    """
    said = " ".join((text or "").split())
    plain = _unguarded(said.casefold())
    legend = {" ".join(k.split()).casefold(): v for k, v in (marks or {}).items()}
    state = legend.get(plain)
    if state is State.ZERO:
        return Figure(state, kind, low=Decimal(0), high=Decimal(0))
    if state is not None and state is not State.NUMBER:
        return Figure(state, kind)
    for meant, known in _MARKS.items():
        if plain in known:
            return Figure(meant, kind)
    if plain in _ASKED:
        meant = _ASKED[plain]
        question = (
            f"“{said}” was read as “{_WORDS[meant].lower()}”. Senders mean different "
            "things by it: confirm what it stands for."
        )
        return Figure(meant, kind, question=question)
    ours = _OURS.fullmatch(plain)
    for pattern, read in _READERS:
        if match := pattern.fullmatch(ours[1] if ours else plain):
            figure = read(match, kind, said)
            if ours and figure.state is not State.SUPPRESSED:
                raise _unclear(said, "it is no bound")
            return figure
    raise _unclear(said, "it is neither a number nor a mark that is known")


def _unguarded(text: str) -> str:
    """Return a text without a spreadsheet's guard, with one kind of minus sign."""
    bare = text.replace("\u2212", "-").lstrip("'")
    code = _CODE.fullmatch(bare)
    return code[1] if code else bare


def words(figure: Figure) -> str:
    """Return the figure as text; `parse` reads it back as the same figure."""
    unit = {Kind.PERCENT: " percent"}.get(figure.kind, "")
    low, high = figure.low, figure.high
    if figure.value is not None:
        return f"{_plain(figure.value)}{unit}"
    if figure.group_below is not None:
        return f"Suppressed (fewer than {figure.group_below} students)"
    if low is not None and high is not None and not figure.excludes_high:
        # The natural ends need no words.
        if high == _MOST.get(figure.kind):
            high = None
        elif low == 0 and not figure.excludes_low:
            low = None
    elif low == 0 and high is not None:
        low = None
    if low is not None and high is not None:
        return f"Suppressed ({_plain(low)} to {_plain(high)}{unit})"
    if low is not None:
        over = "more than" if figure.excludes_low else "at least"
        return f"Suppressed ({over} {_plain(low)}{unit})"
    if high is not None:
        under = "less than" if figure.excludes_high else "at most"
        return f"Suppressed ({under} {_plain(high)}{unit})"
    return _WORDS[figure.state]


def doubtful_zeros(rows: Sequence[tuple[Figure, Figure]], *, threshold: int) -> str:
    """Return what to ask about counts of 0 beside rates of 0, or the empty text.

    rows: the count and the rate of each group. Where several groups are 0 and 0 while
    none has a count from 1 to below the threshold, the zeros may hide small groups.
    """
    n_zeros = sum(
        count.state is State.ZERO and rate.state is State.ZERO for count, rate in rows
    )
    values = [count.value for count, _ in rows if count.value is not None]
    if n_zeros < _FEW or any(0 < value < threshold for value in values):
        return ""
    return (
        f"{n_zeros} groups have a count of 0 beside a rate of 0, and none has from 1 "
        f"to {threshold - 1}. If 0 stands for “suppressed”, say so; if it is true, "
        "confirm it."
    )


def _unclear(said: str, why: str) -> Unclear:
    return Unclear(
        f"“{said:.60}” cannot be read: {why}. Send a number, or say what the mark "
        "means."
    )


def _number(digits: str, unit: str | None, kind: Kind, said: str) -> Decimal:
    value = Decimal(digits.replace(",", ""))
    if unit and kind is not Kind.PERCENT:
        if kind is not Kind.SHARE:
            raise _unclear(said, "it is a percentage where a count is expected")
        value /= 100
    if kind is Kind.COUNT and value != int(value):
        raise _unclear(said, "a count must be a whole number")
    if value > _MOST.get(kind, value):
        raise _unclear(said, f"a {kind} cannot be more than {_MOST[kind]}")
    return value


def _plainly(match: re.Match[str], kind: Kind, said: str) -> Figure:
    value = _number(match[1], match[2], kind, said)
    state = State.NUMBER if value else State.ZERO
    return Figure(state, kind, low=value, high=value)


def _bounded(match: re.Match[str], kind: Kind, said: str) -> Figure:
    value = _number(match[2], match[3], kind, said)
    return _beside(
        value, kind, said, is_high=match[1] in _LESSER, is_open=match[1] in _OPEN
    )


def _after(match: re.Match[str], kind: Kind, said: str) -> Figure:
    value = _number(match[1], match[2], kind, said)
    is_high = match[3] in ("or less", "or fewer")
    return _beside(value, kind, said, is_high=is_high, is_open=False)


def _beside(
    value: Decimal, kind: Kind, said: str, *, is_high: bool, is_open: bool
) -> Figure:
    """Return a figure on one side of a value; whole numbers need no open bounds."""
    if kind is Kind.COUNT and is_open:
        value, is_open = value + (-1 if is_high else 1), False
    most = _MOST.get(kind)
    is_nothing = value < 0 or (is_open and value == (0 if is_high else most))
    if is_nothing:
        raise _unclear(said, "no figure is beyond it")
    low, high = (Decimal(0), value) if is_high else (value, most)
    return Figure(
        State.SUPPRESSED,
        kind,
        low=low,
        high=high,
        excludes_low=is_open and not is_high,
        excludes_high=is_open and is_high,
    )


def _ranged(match: re.Match[str], kind: Kind, said: str) -> Figure:
    low = _number(match[1], match[3], kind, said)
    high = _number(match[2], match[3], kind, said)
    if low >= high:
        raise _unclear(said, "it may be a range or a date")
    return Figure(State.SUPPRESSED, kind, low=low, high=high)


def _grouped(match: re.Match[str], kind: Kind, said: str) -> Figure:
    below = int(match[2] or match[4])
    below += (match[1] or match[3]) in ("<=", "≤")
    if not below:
        raise _unclear(said, "no group is smaller than that")
    # Children counted among a group of so few are fewer themselves.
    high = Decimal(below - 1) if kind is Kind.COUNT else None
    low = None if high is None else Decimal(0)
    return Figure(State.SUPPRESSED, kind, low=low, high=high, group_below=below)


_READERS: tuple[
    tuple[re.Pattern[str], Callable[[re.Match[str], Kind, str], Figure]], ...
] = (
    (_GROUP, _grouped),
    (_PLAIN, _plainly),
    (_BOUND, _bounded),
    (_AFTER, _after),
    (_RANGE, _ranged),
)


def _plain(value: Decimal) -> str:
    """Return the number in full, without blanks, exponents or trailing zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
