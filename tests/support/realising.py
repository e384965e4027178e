"""Makes the agreement that a case's facts describe, through the services alone.

What comes of it is read by `facts_of`, so that a rule whose facts nobody can state
cannot pass. Services know no past: a case's dates are moved by whole leap cycles, until
its clock has only to be moved forward.
"""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from typing import Any

from accounts import clock
from agreements.rules import facts as f
from agreements.rules.vocabulary import AgreementKind
from tests.support.joining import joined
from tests.support.line_above import stand
from tests.support.on_file import File
from tests.support.realised import (
    Realised,
    blank,
    go_to,
    named_elsewhere,
    opened,
    started,
)
from tests.support.stated import state

BEFORE = date(2026, 8, 1)  # what a case calls past begins here
LEAP_CYCLE = 4 * 365 + 1


def _later(value: Any, by: timedelta) -> Any:
    """Return facts with every date in them moved."""
    if isinstance(value, date):
        return value + by
    if isinstance(value, tuple):
        return tuple(_later(each, by) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        moved = {e.name: _later(getattr(value, e.name), by) for e in fields(value)}
        return replace(value, **moved)
    return value


def moved(facts: f.AgreementFacts) -> f.AgreementFacts:
    """Return a case's facts as of a day that is still to come."""
    cycles = max(0, -((BEFORE - clock.now().date()).days // LEAP_CYCLE))
    later: f.AgreementFacts = _later(facts, timedelta(days=LEAP_CYCLE * cycles))
    return later


def prepared(
    facts: f.AgreementFacts, others: Iterable[f.AgreementFacts] = ()
) -> Realised:
    """Return what a page says, with nothing on file: many cases begin with it.

    others: those cases, whose further parties are among the partners too.
    """
    made = opened(facts, others)
    go_to(facts.today)
    said, made.facts = made.facts, facts
    state(made, said)
    stand(made)
    return made


def realise(facts: f.AgreementFacts, page: Realised | None = None) -> Realised:
    """Return the agreement of these facts; RuleBroken where a service refuses one.

    page: a prepared one; among its partners only differences from it are made.
    """
    is_joinder = facts.kind is AgreementKind.JOINDER
    if page is None or not _are_its(page, facts):
        kind = AgreementKind.MEMORANDUM if is_joinder else facts.kind
        page = opened(replace(facts, kind=kind))
    go_to(facts.today)
    partners = page.partners.copied()
    made = Realised(partners, facts, page.agreement, dict(page.purposes))
    said = page.facts
    if (facts.kind, facts.model) != (said.kind, said.model):
        made.agreement = joined(made) if is_joinder else started(partners, facts)
        made.purposes, said = {}, blank(facts)
    state(made, said)
    stand(made)
    File(made).fill()
    return made


def _are_its(page: Realised, facts: f.AgreementFacts) -> bool:
    """Whether an agreement of these facts is among a page's partners, and their law."""
    known = page.partners.parties
    return (
        _addresses(page.facts) == _addresses(facts)
        and page.facts.state_reviews == facts.state_reviews
        and named_elsewhere(facts) <= {*page.partners.organisations}
        and all(
            each.key in known and _standing(known[each.key]) == _standing(each)
            for each in facts.parties
        )
    )


def _addresses(facts: f.AgreementFacts) -> list[tuple[f.Address, ...]]:
    return [each.addresses for each in facts.flows if each.addresses]


def _standing(party: f.Party) -> f.Party:
    """Return what is true of an organisation whatever it does in an agreement."""
    return replace(party, capacities=(), signs=True)
