"""Where the parts of a picture stand, computed from published text alone.

Lengths across are percent of the picture, so that text keeps its size at any width;
lengths down are pixels. What is a word has a text and no geometry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from indicators.disclosure.table import Band
from indicators.published.document import Figure
from indicators.published.goals import Intervention, Target, year_of
from indicators.published.rows import Row, band_of
from indicators.published.wording import printed

# Of the width; the rest holds the printed values.
_PLOT = 72
_TOP, _PITCH, _BAR = 28, 46, 12
# Percent, so that a band of one value can still be seen.
_LEAST = 1.0
_TREND_TOP, _TREND_HEIGHT, _LINE = 30, 200, 20
_MONTHS_BEFORE = 6
# The text of the nearer target stands on the left, so that two never meet.
_ENDS = (("12%", "start"), ("100%", "end"))
# Percent of the width before the first year. Its columns stand apart from that by a
# quarter of its room, and so off the scale's texts on a telephone.
_SCALE = 7.0
# The texts of more years than this do not fit side by side on a telephone.
_IN_ONE_LINE, _SECOND = 3, 18
# From a target's line to the foot of its text.
_ABOVE, _BELOW = -4, 14


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale, with its text."""

    at: str
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: a name, a text, and a bar where the text is a band.

    thin: the range with wrong and missed links allowed for, where it is told.
    """

    label: str
    text: str
    y_label: int
    y_bar: int
    y_text: int
    x: str = ""
    width: str = ""
    is_reference: bool = False
    thin: tuple[str, str] | None = None

    @property
    def y_middle(self) -> int:
        """Half the height of the bar."""
        return self.y_bar + _BAR // 2


@dataclass(frozen=True, slots=True)
class Bands:
    """Bars on a scale from 0 to 100, and the band of all together behind them."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    height: int
    behind: tuple[str, str] | None

    @property
    def bottom(self) -> int:
        """Where the scale ends."""
        return self.height - 6


@dataclass(frozen=True, slots=True)
class Column:
    """One school year of one series.

    height: None where the text is a word. is_second: whether the text stands in the
    second line where there is no room for one.
    """

    text: str
    x: str
    width: str
    x_text: str
    y: int
    height: int | None
    is_second: bool


@dataclass(frozen=True, slots=True)
class Series:
    """The columns of one group. y_name, y_values: the lines of printed values."""

    name: str
    columns: tuple[Column, ...]
    y_name: int
    y_values: int
    is_reference: bool


@dataclass(frozen=True, slots=True)
class Marker:
    """What was done, at its first day: a number that the list beneath explains."""

    number: int
    x: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line across, with its text beside it: of the scale, or of a target."""

    text: str
    y: int
    y_text: int
    x: str = "0"
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Trend:
    """Columns over school years, with target lines and markers."""

    series: tuple[Series, ...]
    years: tuple[Tick, ...]
    ticks: tuple[Line, ...]
    targets: tuple[Line, ...]
    markers: tuple[Marker, ...]
    y_years: int
    height: int
    top: int = _TREND_TOP
    bottom: int = _TREND_TOP + _TREND_HEIGHT


def bands(
    rows: Sequence[Row],
    *,
    whole: tuple[str, Figure],
    thin: tuple[float, float] | None = None,
    behind: Figure | None = None,
) -> Bands:
    """Return bars in the order of the rows, and those of all together at the end.

    whole: name and figure of all who are divided. thin: their range with links allowed
    for. behind: whose band lies behind all bars; theirs, unless another is given.
    """
    named = [(row.label, row.figure) for row in rows] + [whole]
    bars = tuple(
        _bar(n, label, figure, len(named), thin)
        for n, (label, figure) in enumerate(named)
    )
    band = band_of(behind or whole[1])
    ticks = tuple(
        Tick(_across(percent), f"{percent}%", "middle" if percent else "start")
        for percent in (0, 25, 50, 75, 100)
    )
    height = _TOP + len(bars) * _PITCH + 6
    return Bands(bars, ticks, height, _placed(band) if band else None)


def _bar(
    n: int,
    label: str,
    figure: Figure,
    n_bars: int,
    thin: tuple[float, float] | None,
) -> Bar:
    top, is_whole = _TOP + n * _PITCH, n == n_bars - 1
    band = band_of(figure)
    x, width = _placed(band) if band else ("", "")
    ends = (_across(thin[0]), _across(thin[1])) if thin and is_whole else None
    return Bar(
        label=label,
        text=printed(figure.text),
        y_label=top + 18,
        y_bar=top + 25,
        y_text=top + 36,
        x=x,
        width=width,
        is_reference=is_whole,
        thin=ends if band else None,
    )


def _placed(band: Band) -> tuple[str, str]:
    """Return where a band begins across, and how wide it is."""
    low, high = ends_of(band)
    width = max(high - low, _LEAST)
    return _across(min(low, 100 - width)), _across(width)


def ends_of(band: Band) -> tuple[float, float]:
    """Return between which percents the rates lie that are rounded to a band."""
    return max(0, band.low - 0.5), min(100, band.high + 0.5)


def _across(percent: float) -> str:
    return f"{percent * _PLOT / 100:.4g}%"


def trend(
    years: Sequence[str],
    series: Sequence[tuple[str, Sequence[Figure]]],
    *,
    target: Target | None = None,
    interventions: Sequence[Intervention] = (),
) -> Trend:
    """Return columns over the school years; the first series is the one that is told.

    series: names with a figure for each year. interventions: numbered in their order.
    """
    bottom = _TREND_TOP + _TREND_HEIGHT
    second = _SECOND if len(years) > _IN_ONE_LINE else 0
    pitch = 2 * (_LINE + 4) + second
    drawn = tuple(
        Series(
            name=name,
            columns=tuple(
                _column(n, figure, len(years), place, len(series))
                for n, figure in enumerate(figures)
            ),
            y_name=bottom + 48 + place * pitch,
            y_values=bottom + 48 + _LINE + place * pitch,
            is_reference=place > 0,
        )
        for place, (name, figures) in enumerate(series)
    )
    return Trend(
        series=drawn,
        years=tuple(
            Tick(_along((n + 0.5) / len(years)), year, "middle")
            for n, year in enumerate(years)
        ),
        ticks=tuple(
            Line(f"{percent}%", _down(percent), _down(percent) - 3)
            for percent in (0, 25, 50, 75, 100)
        ),
        targets=_lines(target.steps) if target else (),
        markers=tuple(
            Marker(n, x)
            for n, each in enumerate(interventions, start=1)
            if (x := _when(each.first_on, years)) is not None
        ),
        y_years=bottom + 20,
        height=drawn[-1].y_values + 10 + second,
    )


def _lines(steps: Sequence[tuple[str, int]]) -> tuple[Line, ...]:
    """Return a line for each year's target, whose texts keep off the other lines: that
    of the uppermost stands above it, any other below."""
    most = max(percent for _, percent in steps)
    return tuple(
        Line(
            f"Target for {year}: {percent}%",
            _down(percent),
            _down(percent) + (_ABOVE if percent == most else _BELOW),
            *place,
        )
        for (year, percent), place in zip(steps, _ENDS, strict=False)
    )


def _column(n: int, figure: Figure, n_years: int, place: int, n_series: int) -> Column:
    room = 0.5 / n_series
    x = n + 0.25 + place * room
    band = band_of(figure)
    low, high = ends_of(band) if band else (0, 0)
    tall = max(_down(low) - _down(high), 2)
    return Column(
        text=printed(figure.text),
        x=_along(x / n_years),
        width=f"{room * 0.8 / n_years * (100 - _SCALE):.4g}%",
        x_text=_along((n + 0.5) / n_years),
        y=min(_down(high), _down(0) - tall),
        height=tall if band else None,
        is_second=n_years > _IN_ONE_LINE and n % 2 == 1,
    )


def _along(share: float) -> str:
    """Return where a share of all the years lies across."""
    return f"{_SCALE + share * (100 - _SCALE):.4g}%"


def _down(percent: float) -> int:
    return _TREND_TOP + round(_TREND_HEIGHT * (100 - percent) / 100)


def _when(day: date, years: Sequence[str]) -> str | None:
    """Return where a day lies across, or None where it is outside the years shown.

    A school year is taken from July to June, a calendar year as it is.
    """
    months = 12 * day.year + day.month - 1
    for n, year in enumerate(years):
        first = 12 * year_of(year) - (0 if year.isdigit() else _MONTHS_BEFORE)
        if 0 <= months - first < 12:
            return _along((n + (months - first) / 12) / len(years))
    return None
