"""What holds for every mandate, state and request."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.mandate import (
    CLAUSE_OF,
    AgreedAccess,
    AgreedAnalysis,
    AgreedFlow,
    AgreedOnward,
    AgreedParty,
    AgreedPurpose,
    Mandate,
    digest,
    from_record,
    to_record,
)
from agreements.permission import (
    Above,
    Analyse,
    Deliver,
    Destroy,
    Link,
    LiveState,
    Publish,
    Request,
    See,
    permits,
)
from agreements.rules.vocabulary import Grain, Sight
from tests.support.fuzzing import few
from tests.unit.agreements.test_mandate import MANDATE

# Properties, over mandates, states and requests from one small world

NAMES = st.sampled_from(["a", "b"])
CODES = st.lists(st.sampled_from(["x", "y", "z"]), unique=True).map(tuple)
EARLY = st.dates(date(2027, 1, 1), date(2027, 1, 4))
DAYS = st.dates(date(2027, 1, 2), date(2027, 1, 11))
LATE = st.dates(date(2027, 1, 8), date(2027, 1, 12))
SEEN = st.lists(st.sampled_from(Sight), unique=True).map(tuple)


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, min_size=1, max_size=3).map(tuple)


MANDATES = st.builds(
    Mandate,
    agreement=NAMES,
    kind=NAMES,
    model=NAMES,
    parties=some(st.builds(AgreedParty, key=NAMES, capacities=CODES)),
    onward=some(
        st.builds(AgreedOnward, owner=NAMES, name=NAMES, interest=NAMES, basis=NAMES)
    ),
    under=CODES,
    text_digest=NAMES,
    owners=some(NAMES),
    linkers=some(NAMES),
    flows=st.lists(
        st.builds(
            AgreedFlow,
            key=NAMES,
            sender=NAMES,
            receiver=NAMES,
            grain=st.sampled_from(Grain),
            elements=CODES,
            purpose=NAMES,
            basis=NAMES,
            frequency=NAMES,
            method=NAMES,
        ),
        min_size=1,
        max_size=2,
        unique_by=lambda flow: flow.key,  # as the database demands
    ).map(tuple),
    access=some(
        st.builds(
            AgreedAccess,
            person=NAMES,
            party=NAMES,
            sees=SEEN,
            from_on=EARLY,
            until_on=LATE,
        )
    ),
    purposes=some(st.builds(AgreedPurpose, key=NAMES, text=NAMES, uses=CODES)),
    analyses=some(st.builds(AgreedAnalysis, measure=NAMES, breakdowns=CODES)),
    min_cell=st.integers(10, 30),
    starts_on=EARLY,
    implementation_on=EARLY,
    review_on=DAYS,
    breach_hours=st.integers(1, 72),
    ends_on=LATE,
    destroy_by=DAYS,
    list_days=st.integers(0, 30),
    release_days=st.integers(0, 90),
    end_days=st.integers(0, 60),
    clauses=st.just(tuple(CLAUSE_OF.items())),
)
STATES = st.builds(
    LiveState,
    today=DAYS,
    record_is_intact=st.sampled_from([True, True, True, False]),
    paused_by=st.sampled_from([(), (), (), ("a",)]),
    ended_on=st.none() | LATE,
    departed=st.sampled_from([frozenset(), frozenset(), frozenset({"a"})]),
    holds=st.frozensets(NAMES, max_size=1),
)
SHARING_REQUESTS = st.one_of(
    st.builds(Deliver, flow=NAMES, sender=NAMES, columns=CODES),
    st.builds(Link, linker=NAMES),
    st.builds(Analyse, measure=NAMES, breakdown=st.sampled_from(["x", "y", "z"])),
    st.builds(See, person=NAMES, what=st.sampled_from(Sight)),
    st.builds(Publish, threshold=st.integers(8, 40), approved_by=st.frozensets(NAMES)),
)
REQUESTS = SHARING_REQUESTS | st.builds(Destroy, holding=NAMES)


def fewer(draw: st.DrawFn, items: Sequence[Any]) -> tuple[Any, ...]:
    kept = draw(st.lists(st.booleans(), min_size=len(items), max_size=len(items)))
    return tuple(item for item, keep in zip(items, kept, strict=True) if keep)


@st.composite
def narrowings(draw: st.DrawFn) -> tuple[Mandate, Mandate]:
    """A mandate, and the same with permissions taken away at any depth."""
    wide = draw(MANDATES)
    narrow = replace(
        wide,
        linkers=fewer(draw, wide.linkers),
        purposes=fewer(draw, wide.purposes),
        flows=tuple(
            replace(each, elements=fewer(draw, each.elements))
            for each in fewer(draw, wide.flows)
        ),
        access=tuple(
            replace(each, sees=fewer(draw, each.sees))
            for each in fewer(draw, wide.access)
        ),
        analyses=tuple(
            replace(each, breakdowns=fewer(draw, each.breakdowns))
            for each in fewer(draw, wide.analyses)
        ),
    )
    return wide, narrow


@st.composite
def tightenings(draw: st.DrawFn) -> tuple[Mandate, Mandate]:
    """A mandate, and the same with one owner more, stricter and shorter."""
    wide = draw(MANDATES)
    tight = replace(
        wide,
        owners=(*wide.owners, draw(NAMES)),
        min_cell=wide.min_cell + draw(st.integers(0, 5)),
        starts_on=wide.starts_on + timedelta(days=draw(st.integers(0, 5))),
        implementation_on=wide.implementation_on
        + timedelta(days=draw(st.integers(0, 5))),
        ends_on=wide.ends_on - timedelta(days=draw(st.integers(0, 5))),
    )
    return wide, tight


@few(40)
@given(narrowings(), STATES, REQUESTS)
def test_taking_something_from_a_mandate_never_turns_a_no_into_a_yes(
    pair: tuple[Mandate, Mandate], live: LiveState, request_: Request
) -> None:
    wide, narrow = pair
    assert not permits(narrow, live, request_) or permits(wide, live, request_)


@few(40)
@given(tightenings(), STATES, REQUESTS)
def test_a_stricter_duty_never_turns_a_no_into_a_yes(
    pair: tuple[Mandate, Mandate], live: LiveState, request_: Request
) -> None:
    wide, tight = pair
    assert not permits(tight, live, request_) or permits(wide, live, request_)


@few(40)
@given(MANDATES, STATES, MANDATES, STATES, REQUESTS)
def test_standing_under_another_never_turns_a_no_into_a_yes(
    mandate: Mandate,
    live: LiveState,
    parent: Mandate,
    parents_live: LiveState,
    request_: Request,
) -> None:
    one_above = Above(number="p", mandate=parent, live=parents_live)
    bound = replace(live, above=(one_above,))
    assert not permits(mandate, bound, request_) or permits(mandate, live, request_)


@few(40)
@given(MANDATES, STATES, SHARING_REQUESTS)
def test_after_the_end_only_published_tables_are_read(
    mandate: Mandate, live: LiveState, request_: Request
) -> None:
    over = replace(live, today=mandate.ends_on + timedelta(days=1))
    if permits(mandate, over, request_):
        assert isinstance(request_, See)
        assert request_.what is Sight.TABLES


@few(40)
@given(MANDATES, STATES, SHARING_REQUESTS)
def test_while_paused_nothing_is_shared(
    mandate: Mandate, live: LiveState, request_: Request
) -> None:
    assert not permits(mandate, replace(live, paused_by=("a",)), request_)


@few(40)
@given(MANDATES, STATES, NAMES)
def test_destruction_depends_on_holds_alone(
    mandate: Mandate, live: LiveState, holding: str
) -> None:
    decision = permits(mandate, live, Destroy(holding=holding))
    assert bool(decision) == (holding not in live.holds)


@few(40)
@given(MANDATES, STATES, REQUESTS)
def test_every_no_has_a_reason_and_a_trouble_in_the_state_never_helps(
    mandate: Mandate, live: LiveState, request_: Request
) -> None:
    calm = replace(
        live,
        record_is_intact=True,
        paused_by=(),
        ended_on=None,
        departed=frozenset(),
        holds=frozenset(),
    )
    decision = permits(mandate, live, request_)
    assert decision or decision.reason
    assert not decision or permits(mandate, calm, request_)


# The record


@few(40)
@given(MANDATES)
def test_a_record_brings_back_the_same_mandate(mandate: Mandate) -> None:
    assert from_record(to_record(mandate)) == mandate


@pytest.mark.parametrize("field", [each.name for each in fields(Mandate)])
def test_a_change_to_any_term_changes_the_digest(field: str) -> None:
    record = to_record(MANDATE)
    value = record[field]
    record[field] = value + 1 if isinstance(value, int) else [value]
    assert digest(record) != digest(to_record(MANDATE))


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    record = to_record(MANDATE)
    assert digest(dict(reversed(record.items()))) == digest(record)


@pytest.mark.parametrize("spoil", ["lacks a term", "has one too many", "is newer"])
def test_a_record_that_is_not_one_of_ours_is_not_read(spoil: str) -> None:
    record = to_record(MANDATE)
    if spoil == "lacks a term":
        del record["min_cell"]
    elif spoil == "has one too many":
        record["no_threshold"] = True
    else:
        record["format"] += 1
    with pytest.raises((TypeError, ValueError)):
        from_record(record)
