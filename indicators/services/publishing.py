"""Publishing a release that all owners approved: rules, mandate, duties, notice."""

from dataclasses import replace

from accounts import clock
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.deadlines import linked_rows_due
from agreements.models import Obligation
from agreements.permission import Publish
from agreements.queries import facts_of, permitted, today_of
from agreements.rules.engine import evaluate
from agreements.rules.facts import ReleaseFacts
from agreements.rules.vocabulary import Audience, Stage
from agreements.services.obligations import open_obligation
from indicators.lifecycle import RELEASE
from indicators.measures import asked as asking
from indicators.measures.dimensions import POPULATION
from indicators.models import Release
from indicators.published.document import Document
from indicators.queries import document_of
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice


def require_publishable(row: Release) -> None:
    """Refuse what no approval of all owners could publish, whoever voted before."""
    agreement = row.agreement
    approved_by = frozenset(
        str(owner) for owner in row.decisions.values_list("owner_id", flat=True)
    )
    facts = replace(facts_of(agreement), release=facts_about(row, approved_by))
    blocking = [each for each in evaluate(facts, Stage.PUBLICATION) if each.blocks]
    if blocking:
        raise RuleBroken(" ".join(finding.message for finding in blocking))
    permitted(
        agreement, Publish(threshold=row.threshold, approved_by=approved_by)
    ).require()


def publish(row: Release) -> None:
    """Publish what all owners have approved; its linked rows fall due."""
    require_publishable(row)
    agreement = row.agreement
    row.state = RELEASE.move(row.state, "publish")
    row.published_at = clock.now()
    row.save()
    assert agreement.destroy_by is not None
    assert agreement.ends_on is not None
    open_obligation(
        agreement=agreement,
        kind=Obligation.Kind.LINKED_ROWS,
        due_on=linked_rows_due(
            last_release_on=today_of(agreement),
            purpose_ends_on=agreement.ends_on,
            release_days=agreement.release_days or 0,
            end_days=agreement.end_days or 0,
            destroy_by=agreement.destroy_by,
        ),
    )
    tell_author(row, "is published")


def facts_about(row: Release, approved_by: frozenset[str]) -> ReleaseFacts:
    """Return what rules read of a release: its tables as they are, and who reads them.

    Only people of the partnership open a dashboard. What its tables show can still be
    worked out, unless the attack on them failed.
    """
    return ReleaseFacts(
        threshold=row.threshold,
        approved_by=approved_by,
        derivable=() if row.audit.get("clean") else ("A hidden cell",),
        shown=shown_by(document_of(row)),
        audience=Audience.PARTIES,
    )


def shown_by(document: Document) -> tuple[tuple[str, str], ...]:
    """Return what a document shows: measures as agreements call them, by breakdowns."""
    apart = {m.population for m in document.measures} | {POPULATION}
    return asking.shown_by(
        {m.id: m.code for m in document.measures},
        (
            (cell.rates, {d: v for d, v in cell.vector if d not in apart})
            for cell in document.cells
        ),
        document.hierarchies,
        {m.id: m.grade for m in document.measures if m.grade},
    )


def tell_author(row: Release, what: str) -> None:
    """Tell an author how it goes with a release."""
    queue_notice(
        key=f"release:{row.pk}:{row.state}",
        recipient=row.author,
        subject=f"Your release under {row.agreement.number} {what}",
        body=f"The release that you proposed {what}.",
        path=row.get_absolute_url(),
    )


def tell_owners(row: Release, what: str, *, but: User) -> None:
    """Tell the stewards of every owner how a round ended, except who ended it."""
    for decision in row.decisions.select_related("owner"):
        for steward in people_with(Capability.DECIDE_RELEASE, decision.owner).exclude(
            pk=but.pk
        ):
            queue_notice(
                key=f"round:{decision.pk}:{row.state}",
                recipient=steward,
                subject=f"A release under {row.agreement.number} {what}",
                body=f"The release {what}. Nobody decides on it any more.",
                path=row.get_absolute_url(),
            )
