"""A figure as it was sent stays what it was: a number, zero, or why there is none."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indicators.measures.figures import (
    Figure,
    Kind,
    State,
    Unclear,
    doubtful_zeros,
    parse,
    words,
)

COUNT, PERCENT = Kind.COUNT, Kind.PERCENT


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Data suppressed", State.SUPPRESSED),
        ("*", State.SUPPRESSED),
        ("S", State.SUPPRESSED),
        ("-4", State.SUPPRESSED),
        ("-4.0", State.SUPPRESSED),
        ("-1", State.SUPPRESSED),
        ("-5", State.SUPPRESSED),
        ("'-4", State.SUPPRESSED),  # as a guarded spreadsheet cell has it
        ("\u22124", State.SUPPRESSED),  # with a real minus sign
        ("DATA  SUPPRESSED", State.SUPPRESSED),
        ("Fewer than 10 students", State.SUPPRESSED),
        ("<10 students", State.SUPPRESSED),
        ("-999", State.MISSING),
        ("None reported", State.MISSING),
        ("TBD", State.NOT_YET),
        ("Forthcoming", State.NOT_YET),
        ("n<10", State.SUPPRESSED),
        ("<5", State.SUPPRESSED),
        ("N/A", State.MISSING),
        ("", State.MISSING),
        (None, State.MISSING),
        ("--", State.MISSING),
        ("pending", State.NOT_YET),
        ("Not yet  available", State.NOT_YET),
        ("0", State.ZERO),
        ("0.0", State.ZERO),
        ("12", State.NUMBER),
        ("1,204", State.NUMBER),
    ],
)
def test_every_mark_is_one_of_five_things(text: str | None, state: State) -> None:
    assert parse(text, kind=COUNT).state is state


def bounds(text: str, kind: Kind) -> tuple[object, ...]:
    figure = parse(text, kind=kind)
    return figure.low, figure.high, figure.excludes_low, figure.excludes_high


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("<5", COUNT, (0, 4, False, False)),
        ("≤ 5", COUNT, (0, 5, False, False)),
        ("fewer than 10", COUNT, (0, 9, False, False)),
        ("10 or fewer", COUNT, (0, 10, False, False)),
        ("n<10", COUNT, (0, 9, False, False)),
        (">95", COUNT, (96, None, False, False)),
        ("3–9", COUNT, (3, 9, False, False)),
        (">95%", PERCENT, (95, 100, True, False)),
        ("≥95", PERCENT, (95, 100, False, False)),
        ("GE95", PERCENT, (95, 100, False, False)),
        ("LT50", PERCENT, (0, 50, False, True)),
        ("40-49%", PERCENT, (40, 49, False, False)),
        ("40% to 49%", PERCENT, (40, 49, False, False)),
        (">95%", Kind.SHARE, (Decimal("0.95"), 1, True, False)),
        ("n<10", PERCENT, (None, None, False, False)),
    ],
)
def test_a_mark_keeps_the_bounds_it_gives(
    text: str, kind: Kind, expected: tuple[object, ...]
) -> None:
    assert bounds(text, kind) == expected


def test_a_small_group_behind_a_rate_is_remembered() -> None:
    assert parse("n < 10", kind=PERCENT).group_below == 10
    assert parse("n≤10", kind=PERCENT).group_below == 11


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        (">95%", COUNT, "percentage where a count"),
        ("12.5", COUNT, "whole number"),
        ("101", PERCENT, "more than 100"),
        ("12*", COUNT, "neither a number nor a mark"),
        ("-7", COUNT, "neither a number nor a mark"),
        ("-3", COUNT, "neither a number nor a mark"),
        ("-11", COUNT, "neither a number nor a mark"),
        ("1,23", COUNT, "neither a number nor a mark"),
        ("1e3", COUNT, "neither a number nor a mark"),
        ("about 12", COUNT, "neither a number nor a mark"),
        ("١٢", COUNT, "neither a number nor a mark"),
        ("#", PERCENT, "neither a number nor a mark"),
        ("<0", COUNT, "no figure is beyond"),
        (">100%", PERCENT, "no figure is beyond"),
        ("49-40", PERCENT, "a range or a date"),
        ("Suppressed (12)", COUNT, "no bound"),
        ("n<0", COUNT, "no group"),
    ],
)
def test_what_is_unclear_is_refused_with_the_text(
    text: str, kind: Kind, why: str
) -> None:
    with pytest.raises(Unclear, match=why) as refusal:
        parse(text, kind=kind)
    assert f"“{text}”" in refusal.value.message


@pytest.mark.parametrize("text", ["-4", "--", "–", "-1"])
def test_marks_that_senders_use_differently_are_asked_about(text: str) -> None:
    figure = parse(text, kind=COUNT)
    assert figure.value is None
    assert f"“{text}”" in figure.question


@pytest.mark.parametrize("state", [State.MISSING, State.SUPPRESSED, State.NOT_YET])
@pytest.mark.parametrize("text", ["-4", "0", "--", "999", "x", "n/a"])
def test_the_senders_own_legend_comes_first(text: str, state: State) -> None:
    figure = parse(text.upper(), kind=COUNT, marks={text: state})
    assert figure == Figure(state, COUNT)


def test_a_legend_can_say_that_a_mark_is_zero_and_a_number_a_number() -> None:
    marks = {"-": State.ZERO, "0": State.NUMBER}
    assert parse("-", kind=COUNT, marks=marks).value == 0
    assert parse("0", kind=COUNT, marks=marks).state is State.ZERO


def test_zeros_among_no_small_count_are_asked_about() -> None:
    zero = parse("0", kind=COUNT), parse("0 %", kind=PERCENT)
    large = parse("25", kind=COUNT), parse("31 %", kind=PERCENT)
    small = parse("4", kind=COUNT), parse("9 %", kind=PERCENT)
    hidden = parse("*", kind=COUNT), parse("*", kind=PERCENT)
    assert "3 groups" in doubtful_zeros([zero] * 3 + [large], threshold=10)
    assert doubtful_zeros([zero] * 3 + [large, small], threshold=10) == ""
    assert doubtful_zeros([zero, zero, large, hidden], threshold=10) == ""


@given(st.integers(0, 10**9), st.sampled_from(["{}", "{:,}", " {} ", "{}.0"]))
def test_whole_numbers_are_read_as_written(n: int, form: str) -> None:
    figure = parse(form.format(n), kind=COUNT)
    assert figure.value == n
    assert figure.state is (State.NUMBER if n else State.ZERO)


_SENT = st.one_of(
    st.sampled_from(["*", "", "N/A", "pending", "0", "-4", "--", "n<10", "n ≤ 4"]),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "<", "≤", ">", "≥", "LE", "GT", "at most "]),
        st.decimals(0, 120, places=1).map(lambda d: f"{d.normalize():f}"),
        st.sampled_from(["", "%", " percent", " or more"]),
    ),
    st.builds("{}-{}%".format, st.integers(0, 100), st.integers(0, 100)),
)


@given(_SENT, st.sampled_from(Kind))
def test_words_are_read_back_as_the_same_figure(text: str, kind: Kind) -> None:
    try:
        figure = parse(text, kind=kind)
    except Unclear:
        assume(False)
    again = parse(words(figure), kind=kind)
    assert again == Figure(
        figure.state,
        figure.kind,
        figure.low,
        figure.high,
        figure.excludes_low,
        figure.excludes_high,
        figure.group_below,
    )


@given(st.text(max_size=12), st.sampled_from(Kind))
def test_any_text_is_a_figure_or_is_refused(text: str, kind: Kind) -> None:
    try:
        figure = parse(text, kind=kind)
    except Unclear:
        return
    assert (figure.value is None) == (
        figure.state in (State.MISSING, State.SUPPRESSED, State.NOT_YET)
    )
