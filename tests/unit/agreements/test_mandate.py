"""The mandate by example."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from accounts.acts import RuleBroken
from agreements.freezing import freeze
from agreements.mandate import CLAUSE_OF, Topic, digest, to_record
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
from agreements.rules.facts import Term
from agreements.rules.vocabulary import Sight
from tests.unit.agreements.cases import clean_facts

MANDATE = freeze(clean_facts(), agreement="MOU-1", text_digest="a1b2")
LIVE = LiveState(today=date(2027, 2, 1))
COLUMNS = ("tenant.first_name", "tenant.last_name", "tenant.birth_date")
DELIVER = Deliver(flow="identifiers", sender="agency", columns=COLUMNS)
PUBLISH = Publish(threshold=10, approved_by={"agency", "district"})
SEE_ROWS = See(person="steward", what=Sight.LINKED_ROWS)
SEE_TABLES = See(person="analyst", what=Sight.TABLES)
DESTROY = Destroy(holding="H-1")
ALLOWED: dict[str, Request] = {
    "C07": DELIVER,
    "C49": Link(linker="district"),
    "C09": Analyse(measure="chronic_absence", breakdown="school"),
    "C10": SEE_ROWS,
    "C16": PUBLISH,
    "C17": DESTROY,
}
SHARING = [each for each in ALLOWED.values() if each is not DESTROY]


# What the executed terms are


def test_freezing_takes_over_the_signed_terms() -> None:
    assert MANDATE.text_digest == "a1b2"
    assert MANDATE.owners == ("agency", "district")
    assert MANDATE.linkers == ("district",)
    assert MANDATE.min_cell == 10
    assert MANDATE.destroy_by == date(2027, 10, 30)
    assert [each.key for each in MANDATE.flows] == ["identifiers", "records", "tables"]
    lacking = {CLAUSE_OF[Topic.ONWARD], CLAUSE_OF[Topic.PROJECT]}
    assert set(dict(MANDATE.clauses).values()) == set(CLAUSE_OF.values()) - lacking
    assert [each.text for each in MANDATE.purposes] == [
        each.text for each in clean_facts().purposes
    ]
    assert {each.key: each.basis for each in MANDATE.flows}["tables"]


def test_access_without_dates_lasts_for_the_term() -> None:
    facts = clean_facts()
    entry = replace(facts.access[0], from_on=None, until_on=None)
    frozen = freeze(replace(facts, access=(entry,)), agreement="1", text_digest="2")
    assert frozen.access[0].from_on == frozen.starts_on
    assert frozen.access[0].until_on == frozen.ends_on


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"min_cell": None}, "smallest group"),
        ({"term": Term(starts_on=date(2026, 9, 1))}, "last day"),
    ],
)
def test_incomplete_terms_cannot_be_frozen(change: dict[str, Any], what: str) -> None:
    with pytest.raises(RuleBroken, match=what):
        freeze(
            replace(clean_facts(), access=(), **change), agreement="1", text_digest="2"
        )


def test_the_order_in_which_terms_were_written_does_not_change_the_record() -> None:
    facts = clean_facts()
    turned = replace(
        facts, flows=facts.flows[::-1], access=facts.access[::-1], parties=facts.parties
    )
    again = freeze(turned, agreement="MOU-1", text_digest="a1b2")
    assert digest(to_record(again)) == digest(to_record(MANDATE))


# What they allow


@pytest.mark.parametrize("clause", ALLOWED)
def test_what_was_agreed_is_allowed_and_names_its_clause(clause: str) -> None:
    decision = permits(MANDATE, LIVE, ALLOWED[clause])
    assert decision
    assert decision.clause == clause


@pytest.mark.parametrize(
    ("request_", "reason", "clause"),
    [
        (replace(DELIVER, columns=(*COLUMNS, "tenant.phone")), "tenant.phone", "C07"),
        (replace(DELIVER, sender="district"), "this party", "C07"),
        (replace(DELIVER, flow="grades"), "this party", "C07"),
        (Link(linker="agency"), "name this party to link", "C49"),
        (Analyse(measure="chronic_absence", breakdown="race"), "by race", "C09"),
        (Analyse(measure="grades", breakdown="school"), "list grades", "C09"),
        (See(person="stranger", what=Sight.TABLES), "access list", "C10"),
        (See(person="analyst", what=Sight.LINKED_ROWS), "access list", "C10"),
        (replace(PUBLISH, threshold=9), "no group under 10", "C16"),
        (replace(PUBLISH, approved_by=["agency"]), "outvoted", "C16"),
    ],
)
def test_what_was_not_agreed_is_refused_with_a_reason(
    request_: Request, reason: str, clause: str
) -> None:
    decision = permits(MANDATE, LIVE, request_)
    assert not decision
    assert reason in decision.reason
    assert decision.clause == clause


def test_a_flow_whose_purpose_is_not_listed_is_refused() -> None:
    decision = permits(replace(MANDATE, purposes=()), LIVE, DELIVER)
    assert not decision
    assert "purpose" in decision.reason


def test_the_last_day_of_the_term_counts_and_the_next_does_not() -> None:
    last = replace(LIVE, today=MANDATE.ends_on)
    assert permits(MANDATE, last, DELIVER)
    after = permits(MANDATE, replace(LIVE, today=last.today + timedelta(1)), DELIVER)
    assert not after
    assert (after.clause, "ended" in after.reason) == ("C31", True)


def test_nothing_is_shared_before_the_term() -> None:
    mandate = replace(MANDATE, implementation_on=MANDATE.starts_on)
    early = replace(LIVE, today=MANDATE.starts_on - timedelta(1))
    assert not permits(mandate, early, DELIVER)
    assert permits(mandate, replace(LIVE, today=MANDATE.starts_on), DELIVER)


def test_nothing_is_shared_before_it_goes_live() -> None:
    live_on = LIVE.today + timedelta(1)
    mandate = replace(MANDATE, implementation_on=live_on)
    assert "goes live" in permits(mandate, LIVE, DELIVER).reason
    assert permits(mandate, replace(LIVE, today=live_on), DELIVER)


# What binds a project


TABLES_ALONE = tuple(replace(each, grain="aggregate") for each in MANDATE.flows)


def above(**change: Any) -> LiveState:
    """The live state of a project under the mandate, as changed."""
    live = change.pop("live", LIVE)
    parent = replace(MANDATE, agreement="MOU-0", **change)
    return replace(LIVE, above=(Above(number="MOU-0", mandate=parent, live=live),))


def test_a_project_does_what_the_agreement_above_it_still_allows() -> None:
    for request_ in ALLOWED.values():
        assert permits(MANDATE, above(), request_)


@pytest.mark.parametrize(
    ("live", "reason"),
    [
        (above(live=replace(LIVE, paused_by=("agency",))), "paused"),
        (above(live=replace(LIVE, record_is_intact=False)), "digest"),
        (above(ends_on=LIVE.today - timedelta(1)), "ended"),
        (above(flows=()), "does not let this party send"),
        (above(flows=TABLES_ALONE), "does not let this party send"),
    ],
)
def test_a_project_sends_nothing_that_the_one_above_does_not_allow(
    live: LiveState, reason: str
) -> None:
    decision = permits(MANDATE, live, DELIVER)
    assert reason in decision.reason
    assert "MOU-0" in decision.reason
    assert permits(MANDATE, live, DESTROY)


def test_a_project_hides_the_groups_that_the_one_above_hides() -> None:
    assert "under 12" in permits(MANDATE, above(min_cell=12), PUBLISH).reason


def test_a_project_stops_when_the_terms_above_cannot_be_read() -> None:
    live = replace(LIVE, above=(Above(number="MOU-0", mandate=None, live=LIVE),))
    assert not permits(MANDATE, live, DELIVER)


def test_the_day_of_an_early_end_no_longer_counts() -> None:
    assert not permits(MANDATE, replace(LIVE, ended_on=LIVE.today), DELIVER)
    later = replace(LIVE, ended_on=LIVE.today + timedelta(1))
    assert permits(MANDATE, later, DELIVER)


def test_a_leaver_sees_nothing_and_others_go_on() -> None:
    live = replace(LIVE, departed=frozenset({"steward"}))
    assert not permits(MANDATE, live, SEE_ROWS)
    assert permits(MANDATE, live, SEE_TABLES)


def test_access_ends_on_its_own_day() -> None:
    entry = replace(MANDATE.access[1], until_on=date(2027, 1, 31))
    assert entry.person == "steward"
    mandate = replace(MANDATE, access=(entry,))
    assert not permits(mandate, LIVE, SEE_ROWS)
    assert permits(mandate, replace(LIVE, today=entry.until_on), SEE_ROWS)


def test_access_begins_on_its_own_day() -> None:
    entry = replace(MANDATE.access[1], from_on=LIVE.today)
    mandate = replace(MANDATE, access=(entry,))
    assert permits(mandate, LIVE, SEE_ROWS)
    yesterday = replace(LIVE, today=LIVE.today - timedelta(1))
    assert not permits(mandate, yesterday, SEE_ROWS)
    assert not permits(mandate, yesterday, See(person="steward", what=Sight.TABLES))


def test_published_tables_stay_readable_after_the_end() -> None:
    after = replace(LIVE, today=MANDATE.ends_on + timedelta(400))
    assert permits(MANDATE, after, SEE_TABLES)
    assert not permits(MANDATE, after, SEE_ROWS)


def test_a_hold_keeps_only_what_it_names() -> None:
    live = replace(LIVE, holds=frozenset({"H-1"}))
    refused = permits(MANDATE, live, DESTROY)
    assert not refused
    assert "99.10(e)" in refused.reason
    assert permits(MANDATE, live, Destroy(holding="H-2"))


@pytest.mark.parametrize("request_", SHARING, ids=lambda each: type(each).__name__)
def test_a_tampered_record_stops_sharing(request_: Request) -> None:
    decision = permits(MANDATE, replace(LIVE, record_is_intact=False), request_)
    assert not decision
    assert "digest" in decision.reason


def test_neither_pause_nor_end_nor_a_tampered_record_stops_destruction() -> None:
    worst = LiveState(
        today=MANDATE.ends_on + timedelta(999),
        record_is_intact=False,
        paused_by=("agency",),
        ended_on=MANDATE.starts_on,
    )
    assert permits(MANDATE, worst, DESTROY)
