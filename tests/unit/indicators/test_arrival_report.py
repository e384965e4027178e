"""What was found in files, as a record and back."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators.arrival_report import (
    Found,
    answers_from,
    answers_record,
    digest_of_headings,
    found_from,
)
from indicators.arrivals.contract import Answers, ColumnStanding, Question, Standing

TEXT = st.text(max_size=5)
TEXTS: Any = st.lists(TEXT, max_size=3).map(tuple)
COLUMNS: Any = st.lists(
    st.builds(
        ColumnStanding,
        file=TEXT,
        heading=TEXT,
        element=st.none() | TEXT,
        standing=st.sampled_from(Standing),
        why=TEXT,
    ),
    max_size=3,
).map(tuple)
QUESTIONS: Any = st.lists(
    st.builds(
        Question,
        id=TEXT,
        column=st.none() | TEXT,
        line=st.none() | st.integers(1, 9),
        words=TEXT,
        choices=TEXTS,
        file=TEXT,
    ),
    max_size=2,
).map(tuple)
FOUND = st.builds(
    Found,
    format=TEXT,
    versions=TEXTS,
    columns=COLUMNS,
    missing=TEXTS,
    questions=QUESTIONS,
    errors=TEXTS,
    counts=st.just((("Rows", 3),)),
    rejected=st.just((("file 1", 3, "It is empty."), ("", None, "It is late."))),
    elements=TEXTS,
    is_remembered=st.booleans(),
)
quickly = settings(
    max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None
)


@given(FOUND)
@quickly
def test_what_was_found_survives_its_record(found: Found) -> None:
    assert found_from(json.loads(json.dumps(found.as_record()))) == found


@given(FOUND)
@quickly
def test_nothing_is_kept_of_what_is_asked_missing_or_broken(found: Found) -> None:
    stops = found.questions or found.missing or found.errors
    assert found.can_be_kept == (bool(found.elements) and not stops)


@given(
    st.builds(
        Answers,
        encoding=TEXT,
        orders=st.dictionaries(TEXT, TEXT, max_size=2),
        mapping=st.dictionaries(TEXT, st.none() | TEXT, max_size=2),
        categories=st.dictionaries(TEXT, TEXT, max_size=2),
        header_row=st.integers(0, 9),
    )
)
@quickly
def test_answers_survive_their_record(answers: Answers) -> None:
    assert answers_from(json.loads(json.dumps(answers_record(answers)))) == answers


def columns(*headings: str) -> list[ColumnStanding]:
    return [
        ColumnStanding("file 1", heading, None, Standing.REFUSED, "")
        for heading in headings
    ]


def test_headings_are_the_same_in_any_order_and_case() -> None:
    digest = digest_of_headings(columns("First name", "DOB"))
    assert digest_of_headings(columns("dob", "FIRST_NAME")) == digest
    assert digest_of_headings(columns("dob")) != digest
    assert digest_of_headings([]) == ""
