"""Who sees and does what with agreements. Owners decide for themselves.

Approval rules test membership and the person's own grant, never `has_perm`, for
guardian lets superusers through.
"""

from django.db.models import QuerySet
from guardian.shortcuts import assign_perm, get_user_perms, remove_perm

from accounts.acting import Actor, System
from accounts.acts import Decision, allow, deny, too_late
from accounts.models import User
from agreements.lifecycle import AGREEMENT, APPROVAL
from agreements.models import (
    Agreement,
    Approval,
    ApprovalUserObjectPermission,
    Document,
    Obligation,
    Party,
)
from partnerships.models import Organisation
from partnerships.policy import (
    acts_for,
    may_for,
    memberships_of,
    people_with,
    visible_partnerships,
)
from partnerships.roles import Capability

DECIDE = "decide_approval"


def visible_agreements(user: User) -> QuerySet[Agreement]:
    """Return the agreements of the partnerships that a person is in."""
    return Agreement.objects.filter(partnership__in=visible_partnerships(user))


def visible_documents(user: User) -> QuerySet[Document]:
    """Return the documents of the agreements that a person sees."""
    return Document.objects.filter(agreement__in=visible_agreements(user))


def visible_obligations(user: User) -> QuerySet[Obligation]:
    """Return the obligations of the agreements that a person sees."""
    return Obligation.objects.filter(agreement__in=visible_agreements(user))


def _is_party(user: User, agreement: Agreement, capability: Capability) -> bool:
    return (
        acts_for(user, capability)
        .filter(pk__in=agreement.parties.values("organisation"))
        .exists()
    )


def can_start(user: User) -> Decision:
    """Return whether a person may start an agreement."""
    if acts_for(user, Capability.DRAFT).exists():
        return allow()
    return deny("Only a director may start an agreement.")


def can_copy(user: User, agreement: Agreement) -> Decision:
    """Return whether a person may start a draft from an agreement."""
    if not _is_party(user, agreement, Capability.DRAFT):
        return deny("Only a director of one of the parties may copy it as new.")
    return allow()


def can_edit(user: User, agreement: Agreement) -> Decision:
    """Return whether a person may change the draft."""
    if agreement.state != AGREEMENT.initial:
        return too_late(
            f"{agreement.number} is no longer a draft. To change it, an owner's "
            "counsel sends it back first."
        )
    if not _is_party(user, agreement, Capability.DRAFT):
        return deny("Only a director of one of the parties may change the draft.")
    return allow()


def can_record_finding(
    user: User, agreement: Agreement, party: Organisation
) -> Decision:
    """Return whether a person may record what a party's counsel found."""
    if agreement.state != AGREEMENT.initial:
        return deny("The finding belongs to the draft, and this is no draft any more.")
    return may_for(user, Capability.APPROVE, party)


def can_keep_record(user: User, agreement: Agreement, party: Organisation) -> Decision:
    """Return whether a person may put a party's record on file."""
    if agreement.state == "ended":
        return too_late(f"{agreement.number} has ended; its file is closed.")
    if not agreement.parties.filter(organisation=party).exists():
        return deny(f"{party.name} is no party to {agreement.number}.")
    return may_for(user, Capability.DRAFT, party) or may_for(
        user, Capability.APPROVE, party
    )


def can_override(user: User, agreement: Agreement, owner: Organisation) -> Decision:
    """Return whether a person may let a finding stand: counsel of a sending owner."""
    if agreement.state != AGREEMENT.initial:
        return too_late(
            f"{agreement.number} is no longer a draft. To let a finding stand, send "
            "the text back first: every owner decides on it again."
        )
    if not agreement.flows.filter(sender=owner).exists():
        return deny(f"No records of {owner.name} flow under {agreement.number}.")
    if user.pk in agreement.drafters:
        return deny("You drafted this agreement. Another counsel must decide.")
    return may_for(user, Capability.APPROVE, owner)


def can_review_state(user: User, organisation: Organisation) -> Decision:
    """Return whether a person may record what an organisation's state law says."""
    return may_for(user, Capability.APPROVE, organisation)


def can_approve(user: User, approval: Approval) -> Decision:
    """Return whether a person may decide one owner's approval.

    The person is counsel of that owner, holds the grant given when the round
    opened, and did not draft the text.
    """
    agreement = approval.round.agreement
    if approval.state != APPROVAL.initial or not approval.round.is_open:
        return too_late(f"{approval.owner.name} has decided already.")
    if user.pk in agreement.drafters:
        return deny("You drafted this agreement. Somebody else must approve it.")
    membership = may_for(user, Capability.APPROVE, approval.owner)
    if not membership:
        return membership
    decided = approval.round.approvals.filter(decided_by=user)
    if decided.exists():
        return deny("You decided for another owner. Each owner decides for itself.")
    if DECIDE not in get_user_perms(user, approval):
        return deny("You were not among those asked to decide when review began.")
    return allow()


def signing_party(user: User, agreement: Agreement) -> Party | None:
    """Return the party for which a person is to sign, if any."""
    return (
        agreement.parties.filter(signatory__in=memberships_of(user))
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
    if not party.signatory.authority_source:
        return deny(f"No authority to sign for {party.organisation.name} is on record.")
    frozen = agreement.documents.filter(kind=Document.Kind.FROZEN).values("pk")[:1]
    signed = agreement.signatures.filter(document__in=frozen)
    if signed.filter(signatory=party.signatory).exists():
        return too_late("You have signed already.")
    return allow()


def can_reopen(user: User, agreement: Agreement) -> Decision:
    """Return whether a person may take an approved text back to its draft."""
    if not AGREEMENT.allows(agreement.state, "reopen"):
        return too_late("Only a text that waits for signatures can be reopened.")
    if not _is_party(user, agreement, Capability.DRAFT):
        return deny("Only a director of one of the parties may reopen the draft.")
    return allow()


def can_pause(user: User, agreement: Agreement) -> Decision:
    """Return whether a person may pause or resume sharing for an owner."""
    if agreement.state not in ("in_force", "paused"):
        return too_late("Only an agreement in force can be paused.")
    if not _is_party(user, agreement, Capability.PAUSE):
        return deny("Only a party's director, superintendent or counsel may pause.")
    return allow()


def can_hold(user: User, agreement: Agreement, owner: Organisation) -> Decision:
    """Return whether a person may stop destruction of an owner's records."""
    if not agreement.parties.filter(organisation=owner).exists():
        return deny(f"{owner.name} is no party to {agreement.number}.")
    return may_for(user, Capability.HOLD, owner)


def is_system(actor: Actor) -> Decision:
    """Return whether the actor is the unattended system, acting on a clause."""
    if isinstance(actor, System):
        return allow(actor.clause)
    return deny("Only the system does this, when the agreement tells it to.")


def grant_approver(approval: Approval) -> None:
    """Let the owner's counsel decide this approval."""
    for counsel in people_with(Capability.APPROVE, approval.owner):
        assign_perm(DECIDE, counsel, approval)


def granted_approvals(user: User, approvals: QuerySet[Approval]) -> QuerySet[Approval]:
    """Return those of `approvals` on which a person holds the grant to decide."""
    grants = ApprovalUserObjectPermission.objects.filter(user=user)
    return approvals.filter(pk__in=grants.values("content_object"))


def revoke_grants_of(user: User, organisation: Organisation) -> None:
    """Take back the grants on open approvals that a role in an owner gave."""
    if people_with(Capability.APPROVE, organisation).filter(pk=user.pk).exists():
        return
    grants = ApprovalUserObjectPermission.objects.filter(
        user=user, content_object__owner=organisation
    )
    for approval in Approval.objects.filter(pk__in=grants.values("content_object")):
        remove_perm(DECIDE, user, approval)
