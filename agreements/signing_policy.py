"""Who signs, here or on paper, who checks the scan, who takes a party's copy."""

from django.db.models import Q, QuerySet

from accounts.acts import Decision, allow, deny, too_late
from accounts.models import User
from agreements.lifecycle import PAPER
from agreements.models import (
    Agreement,
    Approval,
    Document,
    PaperSignature,
    Party,
    Step,
)
from agreements.policy import visible_agreements
from agreements.queries import has_signed, latest_round, today_of
from agreements.queries.routes import signs_apart
from partnerships.models import Membership, Organisation
from partnerships.policy import is_administrator, memberships_of
from partnerships.roles import Capability, Role, roles_with

AT_PAPER = (Capability.DRAFT, Capability.APPROVE, Capability.SIGN)


def signing_party(user: User, agreement: Agreement) -> Party | None:
    """Return the party for which a person is to sign, if any."""
    return (
        agreement.parties.filter(signs=True, signatory__in=memberships_of(user))
        .select_related("signatory", "organisation")
        .first()
    )


def can_sign(user: User, agreement: Agreement) -> Decision:
    """Return whether a person may sign now: the named signatory, once."""
    if agreement.state != "signing":
        return too_late(f"{agreement.number} is not open for signature.")
    party = signing_party(user, agreement)
    if party is None or party.signatory is None:
        return deny("Only the signatory whom a party has named may sign for it.")
    authority = has_authority(agreement, party)
    if not authority:
        return authority
    if has_signed(agreement, party):
        return too_late("You have signed already.")
    present = names_the_present(agreement)
    if not present:
        return present
    apart = stands_apart(agreement, party)
    if not apart:
        return apart
    if party.papers.filter(state=PAPER.initial).exists():
        return too_late("Your signature on paper waits for the check of another party.")
    return allow()


def has_authority(agreement: Agreement, party: Party) -> Decision:
    """Return whether a party's signatory has an authority that holds today."""
    name, signatory = party.organisation.name, party.signatory
    if signatory is None or not signatory.authority_source:
        return deny(f"No authority to sign for {name} is on record.")
    if signatory.ended_on:
        return deny(
            f"The signatory whom {name} named has left. A director takes the text back "
            "to its draft and names another."
        )
    last = signatory.authority_expires_on
    if last and last < today_of(agreement):
        return deny(
            f"The authority to sign for {name} ended on {last:%B} {last.day}, "
            f"{last.year}. Its administrator records the new one."
        )
    return allow()


def names_the_present(agreement: Agreement) -> Decision:
    """Return whether all whom the access list names are still with their party.

    A text that names somebody who left could be signed, and could not take effect.
    """
    gone = (
        agreement.access.filter(
            Q(membership__ended_on__isnull=False) | Q(membership__user__is_active=False)
        )
        .select_related("membership__organisation")
        .first()
    )
    if gone is None:
        return allow()
    return deny(
        f"Somebody whom the access list names, as {gone.membership.role_label} of "
        f"{gone.membership.organisation.name}, has left. A director takes the text "
        "back to its draft and names somebody else, or nobody."
    )


def stands_apart(agreement: Agreement, party: Party) -> Decision:
    """Return whether a signatory did not approve, where the party's route asks that."""
    if (
        party.signatory
        and signs_apart(party.organisation)
        and has_approved(party.signatory.user, agreement, party)
    ):
        return deny(
            f"{party.signatory.user.name} approved this text for "
            f"{party.organisation.name}, whose route asks somebody else to sign. A "
            "director names another signatory in the draft."
        )
    return allow()


def has_approved(user: User, agreement: Agreement, party: Party) -> bool:
    """Return whether a person approved the newest text for a party."""
    own = Approval.objects.filter(
        round=latest_round(agreement), owner=party.organisation_id
    )
    steps = Step.objects.filter(approval__in=own, what="approves", state="done")
    return (
        own.filter(decided_by=user).exists() or steps.filter(decided_by=user).exists()
    )


def can_decline_to_sign(user: User, agreement: Agreement) -> Decision:
    """Return whether a person may decline: the named signatory, before execution."""
    if agreement.state != "signing":
        return too_late(f"{agreement.number} is not open for signature.")
    party = signing_party(user, agreement)
    if party is None:
        return deny("Only the signatory whom a party has named may decline to sign.")
    if has_signed(agreement, party):
        return too_late("You have signed already. A director can reopen the draft.")
    return allow()


def paper_party(user: User, agreement: Agreement) -> Party | None:
    """Return the party for whose signature on paper a person may act, if any."""
    if agreement.state != "signing" or is_administrator(user):
        return None
    own = memberships_of(user).filter(role__in=_roles_at_paper())
    return (
        agreement.parties.filter(organisation__in=own.values("organisation"))
        .select_related("agreement", "organisation", "signatory__user")
        .first()
    )


def _roles_at_paper() -> set[Role]:
    return {role for each in AT_PAPER for role in roles_with(each)}


def can_record_paper(user: User, agreement: Agreement, party: Party) -> Decision:
    """Return whether a person may record that a party signed on paper."""
    if agreement.state != "signing":
        return too_late(f"{agreement.number} is not open for signature.")
    if paper_party(user, agreement) != party:
        return deny(f"Only {party.organisation.name} records its own signature.")
    authority = has_authority(agreement, party)
    if not authority:
        return authority
    if has_signed(agreement, party):
        return too_late(f"{party.organisation.name} has signed already.")
    if party.papers.filter(state=PAPER.initial).exists():
        return too_late("A scan is recorded already and waits for its check.")
    present = names_the_present(agreement)
    if not present:
        return present
    return stands_apart(agreement, party)


def paper_checkers(paper: PaperSignature) -> QuerySet[User]:
    """Return who may check a scan: people of the other parties, and of them alone."""
    parties = paper.agreement.parties.exclude(pk=paper.party_id)
    present = Membership.objects.filter(ended_on=None)
    signing = present.filter(organisation=paper.party.organisation_id)
    others = present.filter(
        organisation__in=parties.values("organisation"), role__in=_roles_at_paper()
    )
    operating = present.filter(role=Role.ADMINISTRATOR)
    return (
        User.objects.filter(is_active=True, pk__in=others.values("user"))
        .exclude(pk__in=signing.values("user"))
        .exclude(pk__in=operating.values("user"))
    )


def checkable_papers(user: User) -> QuerySet[PaperSignature]:
    """Return the scans that wait for a person's check, and for nobody else's."""
    waiting = PaperSignature.objects.filter(
        state=PAPER.initial,
        agreement__state="signing",
        agreement__in=visible_agreements(user),
    )
    if is_administrator(user):
        return waiting.none()
    own = memberships_of(user)
    checking = Party.objects.filter(
        organisation__in=own.filter(role__in=_roles_at_paper()).values("organisation")
    )
    return (
        waiting.filter(agreement__in=checking.values("agreement"))
        .exclude(party__organisation__in=own.values("organisation"))
        .select_related("agreement", "party__organisation")
    )


def can_check_paper(user: User, paper: PaperSignature) -> Decision:
    """Return whether a person may compare a scan with the text that was printed."""
    if paper.state != PAPER.initial or paper.agreement.state != "signing":
        return too_late("This scan waits for no check any more.")
    if not paper_checkers(paper).filter(pk=user.pk).exists():
        return deny("Somebody of another party, and of no other side, checks the scan.")
    return allow()


def receiving_for(user: User, document: Document) -> QuerySet[Organisation]:
    """Return a person's parties that have not taken their copy of a file yet."""
    own = memberships_of(user).values("organisation")
    parties = document.agreement.parties.filter(organisation__in=own)
    return Organisation.objects.filter(pk__in=parties.values("organisation")).exclude(
        pk__in=document.receipts.values("organisation")
    )


def can_receive(user: User, document: Document) -> Decision:
    """Return whether a person may take a party's copy of the executed file."""
    if document.kind != Document.Kind.EXECUTED:
        return deny("Only the executed file is delivered to the parties.")
    own = memberships_of(user).values("organisation")
    if not document.agreement.parties.filter(organisation__in=own).exists():
        return deny("Only the parties take copies of the executed file.")
    return allow()
