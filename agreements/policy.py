"""Who sees and does what with agreements. Owners decide for themselves.

Approval rules test membership and the person's own grant, never `has_perm`, for
guardian lets superusers through.
"""

from django.db.models import Q, QuerySet
from guardian.shortcuts import assign_perm, get_user_perms, remove_perm

from accounts.acting import Actor, System
from accounts.acts import Decision, allow, deny, too_late
from accounts.models import User
from agreements.lifecycle import AGREEMENT, APPROVAL, GIVEN, PAPER
from agreements.models import (
    Agreement,
    Approval,
    ApprovalUserObjectPermission,
    Comment,
    Document,
    Obligation,
    Party,
)
from agreements.queries import has_signed, is_signed, latest_round, today_of
from partnerships.models import Organisation
from partnerships.policy import (
    acts_for,
    is_administrator,
    may_for,
    memberships_of,
    people_with,
    visible_partnerships,
)
from partnerships.roles import Capability

DECIDE = "decide_approval"
OPEN_TEXT = ("draft", "review", "approved", "signing")


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


def can_approve(user: User, approval: Approval) -> Decision:
    """Return whether a person may decide one owner's approval.

    The person is counsel of that owner, holds the grant given when the round
    opened, did not draft the text, and has not handed the decision to somebody else.
    """
    if approval.state != APPROVAL.initial or not approval.round.is_open:
        return too_late(f"{approval.owner.name} has decided already.")
    decision = _may_decide(user, approval)
    if not decision:
        return decision
    assigned = approval.assigned_to
    if assigned and assigned != user and _may_decide(assigned, approval):
        return deny(
            f"The decision was handed to {assigned.name}. Whoever was asked first may "
            "take it back on the review page."
        )
    return allow()


def _may_decide(user: User, approval: Approval) -> Decision:
    """Return whether a person is one of those who may decide for an owner."""
    if user.pk in approval.round.agreement.drafters:
        return deny("You drafted this agreement. Somebody else must approve it.")
    membership = may_for(user, Capability.APPROVE, approval.owner)
    if not membership:
        return membership
    others = approval.round.approvals.exclude(pk=approval.pk)
    if others.filter(decided_by=user).exists():
        return deny("You decided for another owner. Each owner decides for itself.")
    if DECIDE not in get_user_perms(user, approval):
        return deny("You were not among those asked to decide when review began.")
    return allow()


def can_withdraw(user: User, approval: Approval) -> Decision:
    """Return whether a person may take back what an owner's approval gave.

    An owner may until the first signature, also where it was carried over.
    """
    agreement, owner = approval.round.agreement, approval.owner
    if approval.state not in GIVEN or approval.round != latest_round(agreement):
        return too_late(f"{owner.name} has no approval that stands.")
    if agreement.state not in ("review", "approved", "signing"):
        return too_late(f"{agreement.number} waits for no approval now.")
    if is_signed(agreement) or agreement.papers.filter(state=PAPER.initial).exists():
        return too_late(
            f"{agreement.number} has a signature already. A director can still reopen "
            "the draft, which voids every signature."
        )
    if user.pk in agreement.drafters:
        return deny("You drafted this agreement. Its owners decide about it.")
    return may_for(user, Capability.APPROVE, owner)


def can_hand_over(user: User, approval: Approval) -> Decision:
    """Return whether a person may say which colleague decides for an owner."""
    if approval.state != APPROVAL.initial or not approval.round.is_open:
        return too_late(f"{approval.owner.name} has decided already.")
    return _may_decide(user, approval)


def colleagues_for(user: User, approval: Approval) -> QuerySet[User]:
    """Return to whom a person may hand the decision; to nobody who drafted the text."""
    agreement = approval.round.agreement
    keys = {*agreement.drafters, approval.assigned_to_id or user.pk}
    decided = approval.round.approvals.exclude(decided_by=None).values("decided_by")
    return (
        people_with(Capability.APPROVE, approval.owner)
        .exclude(pk__in=keys)
        .exclude(pk__in=decided)
    )


def visible_comments(user: User) -> QuerySet[Comment]:
    """Return the comments of a person's organisations, and those for all parties.

    Nobody reads another organisation's own, whatever agreement they share.
    """
    own = memberships_of(user).values("organisation")
    return Comment.objects.filter(agreement__in=visible_agreements(user)).filter(
        Q(organisation__in=own) | Q(audience=Comment.Audience.ALL)
    )


def commenting_for(user: User, agreement: Agreement) -> QuerySet[Organisation]:
    """Return the parties for which a person may comment, while the text is open."""
    parties = Organisation.objects.filter(
        pk__in=agreement.parties.values("organisation")
    )
    if agreement.state not in OPEN_TEXT or is_administrator(user):
        return parties.none()
    return parties.filter(memberships__in=memberships_of(user)).distinct()


def can_comment(
    user: User, agreement: Agreement, organisation: Organisation
) -> Decision:
    """Return whether a person may comment for an organisation."""
    if agreement.state not in OPEN_TEXT:
        return too_late(f"The text of {agreement.number} is settled.")
    if not commenting_for(user, agreement).filter(pk=organisation.pk).exists():
        return deny(f"Only people of {organisation.name} comment for it.")
    return allow()


def can_resolve(user: User, comment: Comment) -> Decision:
    """Return whether a person may mark a comment as done with."""
    if comment.resolved_at is not None:
        return too_late("Somebody has resolved this comment already.")
    if is_administrator(user):
        return deny("An administrator looks after people, and decides nothing.")
    if not memberships_of(user).filter(organisation=comment.organisation_id).exists():
        return deny(f"Only people of {comment.organisation.name} resolve its comments.")
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
    authority = has_authority(agreement, party)
    if not authority:
        return authority
    if has_signed(agreement, party):
        return too_late("You have signed already.")
    if party.papers.filter(state=PAPER.initial).exists():
        return too_late("Your signature on paper waits for the check of another party.")
    return allow()


def has_authority(agreement: Agreement, party: Party) -> Decision:
    """Return whether a party's signatory has an authority that holds today."""
    name, signatory = party.organisation.name, party.signatory
    if signatory is None or not signatory.authority_source:
        return deny(f"No authority to sign for {name} is on record.")
    last = signatory.authority_expires_on
    if last and last < today_of(agreement):
        return deny(
            f"The authority to sign for {name} ended on {last:%B} {last.day}, "
            f"{last.year}. Its administrator records the new one."
        )
    return allow()


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


def grant_colleague(user: User, approval: Approval) -> None:
    """Let a colleague decide to whom the decision was handed."""
    assign_perm(DECIDE, user, approval)


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
