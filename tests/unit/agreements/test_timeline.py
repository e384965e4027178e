"""The dates of an agreement on one line."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from agreements.rules.objects import Destruction, Term
from agreements.timeline import Duty, Line, Word, line_of

TODAY = date(2027, 3, 1)
TERM = Term(
    starts_on=date(2027, 1, 1),
    ends_on=date(2027, 12, 31),
    implementation_on=date(2027, 1, 1),
    review_on=date(2027, 12, 1),
)
DESTRUCTION = Destruction(
    list_days=30, release_days=90, end_days=60, destroy_by=date(2028, 3, 31)
)
LIST = Duty(what="Linking list", is_list=True, due_on=date(2027, 5, 1))
ROWS = Duty(what="Linked rows", is_list=False, due_on=date(2028, 2, 29))


def line(*duties: Duty, today: date = TODAY) -> Line:
    return line_of(term=TERM, destruction=DESTRUCTION, today=today, duties=duties)


def test_draft_shows_what_its_terms_promise() -> None:
    shown = [(each.on, each.word.value, each.events) for each in line().moments]
    assert shown == [
        (date(2027, 1, 1), "Past", ("The term begins", "Sharing goes live")),
        (date(2027, 12, 1), "Next", ("Review",)),
        (date(2027, 12, 31), "Later", ("The term ends",)),
        (date(2028, 2, 29), "Later", ("Linked rows: destroyed at the latest",)),
        (date(2028, 3, 31), "Later", ("Everything: destroyed at the latest",)),
    ]


def test_duties_take_the_place_of_promises() -> None:
    events = [event for each in line(LIST, ROWS).moments for event in each.events]
    assert events[2:] == [
        "Linking list: destroyed at the latest",
        "Review",
        "The term ends",
        "Linked rows: destroyed at the latest",
    ]


def test_what_has_no_day_is_named() -> None:
    empty = line_of(term=Term(), destruction=Destruction(), today=TODAY)
    assert empty.moments == ()
    assert empty.sentence == ""
    assert empty.missing == (
        "The term begins",
        "Sharing goes live",
        "Review",
        "The term ends",
        "Everything is destroyed",
    )


@pytest.mark.parametrize(
    ("duties", "sentence"),
    [
        (
            (),
            "The list of names is gone 30 days after it is linked, and by March 31, "
            "2028 at the latest.",
        ),
        ((LIST, ROWS), "The list of names is gone by May 1, 2027 at the latest."),
        (
            (
                Duty(
                    what="Linking list",
                    is_list=True,
                    due_on=date(2027, 5, 1),
                    destroyed_on=date(2027, 4, 30),
                ),
                ROWS,
            ),
            "The list of names was destroyed on April 30, 2027.",
        ),
        (
            (
                Duty(
                    what="Linking list",
                    is_list=True,
                    due_on=date(2027, 5, 1),
                    is_held=True,
                ),
            ),
            "A hold keeps the list of names until the owner who placed it closes it.",
        ),
    ],
)
def test_sentence_says_when_the_names_are_gone(
    duties: tuple[Duty, ...], sentence: str
) -> None:
    assert line(*duties).sentence == sentence


def test_nothing_is_said_of_lists_that_nobody_sends() -> None:
    alone = line_of(
        term=TERM, destruction=DESTRUCTION, today=TODAY, duties=(), has_lists=False
    )
    assert alone.sentence == ""
    assert [event for each in alone.moments for event in each.events][-1] == (
        "Everything: destroyed at the latest"
    )
    assert not [e for each in alone.moments for e in each.events if "rows" in e]


def test_duty_whose_day_has_passed_is_overdue() -> None:
    late = line(LIST, today=date(2027, 5, 2))
    words = {each.on: each.word for each in late.moments}
    assert words[LIST.due_on] is Word.OVERDUE
    assert words[date(2027, 1, 1)] is Word.PAST


days = st.dates(date(2026, 1, 1), date(2030, 1, 1))
maybe_days = st.none() | days
spans = st.none() | st.integers(0, 400)


@examples(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    term=st.builds(
        Term,
        starts_on=maybe_days,
        ends_on=maybe_days,
        implementation_on=maybe_days,
        review_on=maybe_days,
    ),
    destruction=st.builds(
        Destruction,
        list_days=spans,
        release_days=spans,
        end_days=spans,
        destroy_by=maybe_days,
    ),
    duties=st.lists(
        st.builds(
            Duty,
            what=st.just("Records"),
            is_list=st.booleans(),
            due_on=days,
            destroyed_on=maybe_days,
        ),
        max_size=3,
    ),
    today=days,
    has_lists=st.booleans(),
)
def test_line_is_in_order_whole_and_true(
    term: Term,
    destruction: Destruction,
    duties: list[Duty],
    today: date,
    has_lists: bool,
) -> None:
    made = line_of(
        term=term,
        destruction=destruction,
        today=today,
        duties=duties,
        has_lists=has_lists,
    )
    on = [each.on for each in made.moments]
    assert on == sorted(set(on))
    set_days = [
        day
        for day in (
            term.starts_on,
            term.ends_on,
            term.implementation_on,
            term.review_on,
        )
        if day
    ]
    assert set(set_days) <= set(on)
    shown = sum(len(each.events) for each in made.moments)
    assert shown >= len(set_days) + len(duties)
    ahead = [each.on for each in made.moments if each.word is Word.NEXT]
    later = [each.on for each in made.moments if each.word is Word.LATER]
    assert len(ahead) <= 1
    assert all(day > today for day in ahead + later)
    assert all(ahead[0] < day for day in later)
    late = {d.due_on for d in duties if d.destroyed_on is None and d.due_on < today}
    assert {e.on for e in made.moments if e.word is Word.OVERDUE} == late
    if destruction.destroy_by and not duties:
        last = max(e.on for e in made.moments if "destroyed" in " ".join(e.events))
        assert last <= destruction.destroy_by
