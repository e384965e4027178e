"""Answers lower floors: needs, navigation, coming dates, a partnership's panels."""

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse

from accounts.events import NavigationOf, Need, NeedsOf, PublicPages
from accounts.hooks import subscribe
from accounts.models import User
from agreements.models import AccessEntry, Agreement, Approval
from agreements.policy import (
    can_approve,
    can_start,
    granted_approvals,
    visible_agreements,
    visible_obligations,
)
from agreements.queries import read_facts, with_all_facts
from agreements.record_policy import unread_by
from agreements.route_policy import routed_organisations
from agreements.rules.vocabulary import Sight
from agreements.signing_policy import can_sign, checkable_papers
from partnerships.events import Panel, PanelsOf
from partnerships.policy import acts_for, memberships_of, visible_partnerships
from partnerships.roles import Capability

DATES_SHOWN = 5


@subscribe(NavigationOf)
def pages(question: NavigationOf) -> list[tuple[int, str, str]]:
    """Return this floor's pages."""
    return [
        (1, "Agreements", reverse("agreements")),
        (5, "Dates", reverse("dates")),
    ]


@subscribe(PublicPages)
def public_pages(question: PublicPages) -> list[tuple[str, str]]:
    """Return this floor's pages for people who have no account."""
    return [("Check a document", reverse("verify"))]


@subscribe(NeedsOf)
def needs(question: NeedsOf) -> list[Need]:
    """Return what this floor needs of a person, and what they wait for."""
    user = question.user
    return [
        *_findings(user),
        *_drafts(user),
        *_approvals(user),
        *_readings(user),
        *_signatures(user),
        *_pledges(user),
    ]


def _findings(user: User) -> Iterator[Need]:
    """Ask an agency's counsel for the finding that a draft lacks."""
    own = {
        organisation.pk: organisation
        for organisation in acts_for(user, Capability.APPROVE)
    }
    drafts = visible_agreements(user).filter(
        state="draft", parties__organisation__in=own
    )
    for agreement in with_all_facts(drafts) if own else ():
        facts = read_facts(agreement)
        found = {review.party for review in facts.counsel_reviews if review.finding}
        lacking = {flow.sender for flow in facts.housing_disclosures} - found
        for party in (own[int(key)] for key in lacking if int(key) in own):
            yield Need(
                verb="Record a finding",
                subject=f"on {agreement.number}",
                reason=f"You are counsel for {party.name}; the draft waits for you.",
                url=reverse("finding", args=[agreement.number, party.pk]),
            )


def _drafts(user: User) -> Iterator[Need]:
    if can_start(user):
        partnerships = visible_partnerships(user).filter(agreements=None)
        for partnership in partnerships.exclude(participations__accepted_at=None):
            yield Need(
                verb="Start an agreement",
                subject=f"with {partnership.name}",
                reason="The partnership has no agreement yet.",
                url=reverse("path"),
            )
    for agreement in Agreement.objects.filter(drafted_by=user, state="draft"):
        yield Need(
            verb="Go on drafting",
            subject=agreement.number,
            reason="You began this draft; your answers are saved.",
            url=reverse("draft", args=[agreement.number]),
        )


def _approvals(user: User) -> Iterator[Need]:
    waiting = Approval.objects.filter(
        round__is_open=True,
        decided_at=None,
        round__agreement__in=visible_agreements(user),
    ).select_related("owner", "round__agreement")
    concerned = granted_approvals(user, waiting) | waiting.filter(
        round__agreement__drafted_by=user
    )
    for approval in concerned:
        agreement = approval.round.agreement
        url = reverse("review", args=[agreement.number])
        if can_approve(user, approval):
            yield Need(
                verb="Decide",
                subject=f"on {agreement.number}",
                reason=f"You are counsel for {approval.owner.name}.",
                url=url,
            )
        elif agreement.drafted_by_id == user.pk:
            yield Need(
                verb="See",
                subject=f"{agreement.number}: {approval.owner.name}'s counsel",
                reason="The approval is asked for and not given yet.",
                url=agreement.get_absolute_url(),
                is_waiting_on_others=True,
            )


def _readings(user: User) -> Iterator[Need]:
    for agreement, party in unread_by(user):
        yield Need(
            verb="Read",
            subject=f"{agreement.number}, and record that you did",
            reason=f"You are counsel for {party.name}, which signs it.",
            url=reverse("review", args=[agreement.number]),
        )


def _signatures(user: User) -> Iterator[Need]:
    for agreement in visible_agreements(user).filter(state="signing"):
        if can_sign(user, agreement):
            yield Need(
                verb="Sign",
                subject=agreement.number,
                reason="Every owner approved it, and you are the signatory.",
                url=reverse("sign", args=[agreement.number]),
            )
    for paper in checkable_papers(user):
        yield Need(
            verb="Check",
            subject=f"the signature on paper of {paper.agreement.number}",
            reason=f"{paper.party.organisation.name} signed on paper.",
            url=reverse("check_paper", args=[paper.agreement.number, paper.pk]),
        )


def _pledges(user: User) -> Iterator[Need]:
    """Ask for the pledge that records wait for, from whoever is to see them."""
    unpledged = memberships_of(user).filter(Q(pledged_on=None) | Q(trained_on=None))
    listed = AccessEntry.objects.filter(
        membership__in=unpledged, agreement__state__in=("signing", "in_force")
    )
    if any({*entry.sees} - {Sight.TABLES} for entry in listed):
        yield Need(
            verb="Give",
            subject="your pledge of confidentiality",
            reason="You are to see people's records, and they wait for it.",
            url=reverse("pledge"),
        )


@subscribe(PanelsOf)
def panels(question: PanelsOf) -> list[Panel]:
    """Return coming dates of destruction, or a partnership's agreements."""
    if question.place == "dates":
        duties = visible_obligations(question.user).filter(discharged_at=None)
        return [
            Panel(
                label=f"{duty.get_kind_display()} of {duty.agreement.number}",
                text="is destroyed",
                url=reverse("dates"),
                on=duty.due_on,
            )
            for duty in duties.select_related("agreement")[:DATES_SHOWN]
        ]
    routed = routed_organisations(question.user).filter(
        partnerships=question.partnership
    )
    return [
        Panel(
            label=f"Route of {organisation.name}",
            text="who reviews, approves and signs for it",
            url=reverse("route", args=[organisation.pk]),
        )
        for organisation in routed
    ] + [
        Panel(
            label=agreement.number,
            text=f"{agreement.title}: {agreement.state_label.lower()}",
            url=agreement.get_absolute_url(),
        )
        for agreement in visible_agreements(question.user).filter(
            partnership=question.partnership
        )
    ]
