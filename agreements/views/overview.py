"""All that is in force under one agreement: dates, parties, people, what is kept."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts import hooks
from accounts.models import User
from agreements.clause_library import DOCUMENTS
from agreements.events import ShelvesOf
from agreements.mandate import Mandate
from agreements.models import Agreement, Obligation
from agreements.pages import party_line, spoken
from agreements.permission import LiveState, See, permits
from agreements.policy import visible_agreements
from agreements.queries import is_change, live_state
from agreements.queries.upkeep import access_now, facts_today
from agreements.rules.engine import evaluate
from agreements.rules.facts import AgreementFacts, Party
from agreements.rules.vocabulary import AgreementKind, Stage
from agreements.timeline import Duty
from agreements.views.common import line_in, shown
from agreements.views.words import seen_in_words
from partnerships.policy import acts_for, memberships_of
from partnerships.roles import Capability

PARTIES = ("Party", "What it is", "What it does", "Who signs for it")
PEOPLE = ("Person", "Organisation", "May see", "Until")


def overview_of(
    user: User, agreement: Agreement, facts: AgreementFacts, mandate: Mandate | None
) -> dict[str, Any]:
    """Return what an agreement's page says of its standing, whoever may ask for more.

    The number of queries does not grow with what is kept under it.
    """
    people, why = (
        _people_now(facts, mandate, live_state(agreement)) if mandate else ([], "")
    )
    above = Agreement.objects.filter(dependants__agreement=agreement)
    below = Agreement.objects.filter(standings__parent=agreement)
    return {
        "line": line_in(facts, _duties(agreement, is_held=bool(facts.holds))),
        "party_columns": PARTIES,
        "party_rows": [_party(facts, each) for each in facts.parties],
        "people_columns": PEOPLE,
        "people_rows": people,
        "why_nobody": why,
        "shelves": hooks.ask(ShelvesOf(agreement, user)),
        **_upkeep(user, agreement),
        "above": _related(user, above),
        "below": _related(user, below),
    }


def _upkeep(user: User, agreement: Agreement) -> dict[str, Any]:
    """Return what the rules find today, and for whom a person reviews access.

    Only the parties read it, and whose training has lapsed only that person's own.
    """
    mine = memberships_of(user).values("organisation")
    parties = agreement.parties.filter(organisation__in=mine)
    own = {str(key) for key in parties.values_list("organisation", flat=True)}
    if agreement.state != "in_force" or is_change(agreement) or not own:
        return {}
    facts = facts_today(agreement)
    others = {entry.person for entry in facts.access if entry.party not in own}
    findings = tuple(
        finding
        for finding in evaluate(facts, Stage.TIMER)
        if finding.where != "access" or finding.subject.split()[0] not in others
    )
    entries = access_now(agreement).values("membership__organisation")
    return {
        "due_today": shown(agreement, findings),
        "reviews_for": acts_for(user, Capability.SIGN).filter(pk__in=entries),
    }


def _duties(agreement: Agreement, *, is_held: bool) -> tuple[Duty, ...]:
    """Return the duties to destroy, as the line of dates shows them."""
    return tuple(
        Duty(
            what=duty.get_kind_display(),
            is_list=duty.kind == Obligation.Kind.LINKING_LIST,
            due_on=duty.due_on,
            destroyed_on=_day(duty),
            is_held=is_held,
        )
        for duty in agreement.obligations.all()
    )


def _day(duty: Obligation) -> date | None:
    done = duty.discharged_at
    return timezone.localtime(done).date() if done else None


def _party(facts: AgreementFacts, party: Party) -> tuple[str, ...]:
    """Return one party as a line of the table of parties."""
    line = party_line(party)
    signatory = facts.signatories.get(party.key, "Not named yet")
    signs = signatory if party.signs else "Nobody"
    kind = ", ".join(filter(None, (line.kind, line.state)))
    return (line.name, kind, line.capacity.capitalize() or "Not said yet", signs)


def _people_now(
    facts: AgreementFacts, mandate: Mandate, live: LiveState
) -> tuple[list[tuple[str, ...]], str]:
    """Return who may see something today and what, or why nobody may."""
    listed = {entry.person: entry for entry in facts.access}
    lines: list[tuple[str, ...]] = []
    why = ""
    for entry in mandate.access:
        allowed = []
        for sight in entry.sees:
            decision = permits(mandate, live, See(person=entry.person, what=sight))
            if decision:
                allowed.append(sight)
            why = why or decision.reason
        if allowed and (known := listed.get(entry.person)):
            party = facts.name_of(entry.party)
            seen = seen_in_words(allowed)
            lines.append((known.name, party, seen, spoken(entry.until_on)))
    return lines, why or "The access list is empty."


def _related(user: User, agreements: QuerySet[Agreement]) -> list[dict[str, Any]]:
    """Return agreements above or below this one, which the person may see."""
    return [
        {
            "agreement": each,
            "kind": DOCUMENTS[AgreementKind(each.kind.lower())].name,
        }
        for each in agreements.filter(pk__in=visible_agreements(user)).order_by("pk")
    ]
