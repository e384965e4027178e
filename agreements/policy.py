"""Who sees and does what with agreements. Owners decide for themselves.

Approval rules test membership and the person's own grant, never `has_perm`, for
guardian lets superusers through.
"""

from collections.abc import Collection

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
    Delegation,
    Document,
    Obligation,
    Party,
    Step,
)
from agreements.queries import is_signed, latest_round
from agreements.queries.routes import (
    approving_roles,
    current_step,
    delegations_now,
    roles_of,
)
from partnerships.models import Membership, Organisation
from partnerships.policy import (
    acts_for,
    is_administrator,
    may_for,
    memberships_of,
    visible_partnerships,
)
from partnerships.roles import Capability, Role

DECIDE = "decide_approval"


def visible_agreements(user: User) -> QuerySet[Agreement]:
    """Return what a person may read: their parties' own, and what was ever executed.

    A text on its way is between its parties; the rest of the partnership reads what
    binds it once every owner has signed.
    """
    own = Party.objects.filter(organisation__memberships__in=memberships_of(user))
    return Agreement.objects.filter(
        Q(pk__in=own.values("agreement")) | Q(executed_at__isnull=False),
        partnership__in=visible_partnerships(user),
    )


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


def can_print(user: User, agreement: Agreement) -> Decision:
    """Return whether a person may have a paper beside the agreement printed."""
    if any(
        _is_party(user, agreement, each)
        for each in (Capability.DRAFT, Capability.APPROVE)
    ):
        return allow()
    return deny("Only a party's director or counsel may have its papers printed.")


def can_edit(user: User, agreement: Agreement) -> Decision:
    """Return whether a person may change the draft."""
    if agreement.state != AGREEMENT.initial:
        return too_late(
            f"{agreement.number} is no longer a draft. To change it, a director "
            "reopens it first, or an owner's counsel sends it back."
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
    decision = may_for(user, Capability.APPROVE, party)
    if decision and user.pk in agreement.drafters:
        return deny("You drafted this agreement. Another counsel must find so.")
    return decision


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
    step = current_step(approval)
    role = Role(step.role) if step else Role.COUNSEL
    held = holds(user, approval.owner, {role})
    giver = giver_to(user, approval, {role})
    if not held and giver is None:
        return held
    if has_decided_elsewhere(user, approval):
        return deny("You decided for another owner. Each owner decides for itself.")
    if not any(each and _is_asked(each, approval) for each in (user, giver)):
        return deny("You were not among those asked to decide when review began.")
    return allow()


def _is_asked(user: User, approval: Approval) -> bool:
    return DECIDE in get_user_perms(user, approval)


def has_decided_elsewhere(user: User, approval: Approval) -> bool:
    """Return whether a person took part in another owner's decision on this text."""
    others = approval.round.approvals.exclude(pk=approval.pk)
    return (
        others.filter(decided_by=user).exists()
        or others.filter(steps__decided_by=user).exists()
    )


def holds(user: User, organisation: Organisation, roles: Collection[str]) -> Decision:
    """Return whether a person has one of these roles, and looks after nobody."""
    own = memberships_of(user).filter(organisation=organisation, role__in=roles)
    if own.exists() and not is_administrator(user):
        return allow()
    words = " or ".join(sorted(Role(role).label.lower() for role in roles))
    return deny(f"Only {organisation.name}'s {words} may do this.")


def giver_to(user: User, approval: Approval, roles: Collection[str]) -> User | None:
    """Return for whom a person decides today by delegation, if for anybody.

    Nobody passes on what they may not do: whoever drafted, or decided elsewhere.
    """
    owner = approval.owner
    if is_administrator(user) or not acts_in(user, owner):
        return None
    given = delegations_now(owner).filter(taker=user).select_related("giver")
    for each in given.exclude(giver__in=approval.round.agreement.drafters):
        giver = each.giver
        if holds(giver, owner, roles) and not has_decided_elsewhere(giver, approval):
            return giver
    return None


def acts_in(user: User, organisation: Organisation) -> bool:
    """Return whether a person has any role in an organisation."""
    return memberships_of(user).filter(organisation=organisation).exists()


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
    if has_decided_elsewhere(user, approval):
        return deny("You decided for another owner. Each owner decides for itself.")
    return holds(user, owner, approving_roles(approval))


def can_hand_over(user: User, approval: Approval) -> Decision:
    """Return whether a person may say which colleague decides for an owner."""
    if approval.state != APPROVAL.initial or not approval.round.is_open:
        return too_late(f"{approval.owner.name} has decided already.")
    return _may_decide(user, approval)


def colleagues_for(user: User, approval: Approval) -> QuerySet[User]:
    """Return to whom a person may hand the decision; to nobody who drafted the text."""
    agreement, step = approval.round.agreement, current_step(approval)
    keys = {*agreement.drafters, approval.assigned_to_id or user.pk}
    others = approval.round.approvals.exclude(pk=approval.pk)
    decided = others.exclude(decided_by=None).values("decided_by")
    acted = Step.objects.filter(approval__in=others, decided_by__isnull=False)
    return (
        people_in({step.role} if step else {Role.COUNSEL}, approval.owner)
        .exclude(pk__in=keys)
        .exclude(pk__in=decided)
        .exclude(pk__in=acted.values("decided_by"))
    )


def people_in(roles: Collection[str], organisation: Organisation) -> QuerySet[User]:
    """Return who has one of these roles in an organisation, and looks after nobody."""
    present = Membership.objects.filter(ended_on=None)
    holding = present.filter(organisation=organisation, role__in=roles)
    operating = present.filter(role=Role.ADMINISTRATOR)
    return User.objects.filter(is_active=True, pk__in=holding.values("user")).exclude(
        pk__in=operating.values("user")
    )


def can_reopen(user: User, agreement: Agreement) -> Decision:
    """Return whether a person may take a text that was sent back to its draft."""
    ways = ("take_back", "reopen")
    if not any(AGREEMENT.allows(agreement.state, way) for way in ways):
        return too_late(
            "Only a text that waits for decisions or signatures can be reopened."
        )
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


def can_review_access(
    user: User, agreement: Agreement, organisation: Organisation
) -> Decision:
    """Return whether a person may confirm who of a party still needs access."""
    if agreement.state not in ("in_force", "paused"):
        return too_late("Access is reviewed while an agreement is in force.")
    if not agreement.parties.filter(organisation=organisation).exists():
        return deny(f"{organisation.name} is no party to {agreement.number}.")
    return may_for(user, Capability.SIGN, organisation)


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
    """Let the people of the owner's route decide this approval."""
    for person in people_in(roles_of(approval), approval.owner):
        assign_perm(DECIDE, person, approval)


def grant_colleague(user: User, approval: Approval) -> None:
    """Let a colleague decide to whom the decision was handed."""
    assign_perm(DECIDE, user, approval)


def granted_approvals(user: User, approvals: QuerySet[Approval]) -> QuerySet[Approval]:
    """Return those of `approvals` on which a person, or a giver, holds the grant."""
    givers = Delegation.objects.filter(taker=user, revoked_at=None).values("giver")
    grants = ApprovalUserObjectPermission.objects.filter(
        Q(user=user) | Q(user__in=givers)
    )
    return approvals.filter(pk__in=grants.values("content_object"))


def revoke_grants_of(user: User, organisation: Organisation) -> None:
    """Take back the grants on open approvals that a role in an owner gave."""
    grants = ApprovalUserObjectPermission.objects.filter(
        user=user, content_object__owner=organisation
    )
    for approval in Approval.objects.filter(pk__in=grants.values("content_object")):
        if not holds(user, organisation, roles_of(approval)):
            remove_perm(DECIDE, user, approval)
