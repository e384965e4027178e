"""Who sees and does what on this floor, and who acts for an organisation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from accounts.acting import System
from accounts.acts import Decision, allow, deny
from accounts.models import User
from partnerships.models import (
    Membership,
    Notice,
    Organisation,
    Participation,
    Partnership,
)
from partnerships.roles import Capability, Role, roles_with

if TYPE_CHECKING:
    from accounts.acting import Actor


def memberships_of(user: User) -> QuerySet[Membership]:
    """Return a person's present roles."""
    return Membership.objects.filter(
        user_id=user.pk, user__is_active=True, ended_on=None
    ).select_related("organisation")


def standing_of(user: User) -> list[Membership]:
    """Return a person's present roles, asked for once while this row is at hand.

    For what every page shows of them; who may do what is asked anew.
    """
    if not hasattr(user, "_held_now"):
        user._held_now = list(memberships_of(user))  # type: ignore[attr-defined]
    found: list[Membership] = user._held_now  # type: ignore[attr-defined]
    return found


def acts_for(user: User, capability: Capability) -> QuerySet[Organisation]:
    """Return the organisations for which a person has a capability now.

    Superusers get nothing from being superusers, and administrators only operate.
    """
    giving = memberships_of(user).filter(role__in=roles_with(capability))
    if capability is not Capability.OPERATE:
        giving = giving.exclude(user__in=_administrators())
    return Organisation.objects.filter(memberships__in=giving).distinct()


def may_for(user: User, capability: Capability, organisation: Organisation) -> Decision:
    """Return whether a person has a capability in one organisation."""
    if acts_for(user, capability).filter(pk=organisation.pk).exists():
        return allow()
    roles = " or ".join(sorted(role.label.lower() for role in roles_with(capability)))
    return deny(f"Only {organisation.name}'s {roles} may do this.")


def people_with(capability: Capability, organisation: Organisation) -> QuerySet[User]:
    """Return the people who have a capability in an organisation now."""
    everybody = User.objects.all()
    if capability is not Capability.OPERATE:
        everybody = everybody.exclude(pk__in=_administrators())
    return everybody.filter(
        is_active=True,
        memberships__organisation=organisation,
        memberships__role__in=roles_with(capability),
        memberships__ended_on=None,
    ).distinct()


def _administrators() -> QuerySet[Membership, Any]:
    operating = Membership.objects.filter(role=Role.ADMINISTRATOR, ended_on=None)
    return operating.values("user")


def is_administrator(user: User) -> bool:
    """Return whether a person looks after people anywhere: then they decide nothing."""
    return memberships_of(user).filter(role=Role.ADMINISTRATOR).exists()


def visible_partnerships(user: User) -> QuerySet[Partnership]:
    """Return the partnerships that a person's organisations have accepted."""
    accepted = Participation.objects.filter(
        organisation__memberships__in=memberships_of(user), accepted_at__isnull=False
    )
    return Partnership.objects.filter(pk__in=accepted.values("partnership"))


def places_to_accept(user: User) -> QuerySet[Participation]:
    """Return the places in partnerships that a person accepts, accepted or not."""
    return Participation.objects.filter(
        organisation__in=acts_for(user, Capability.SIGN)
    ).select_related("partnership", "organisation")


def open_invitations(user: User) -> QuerySet[Participation]:
    """Return the places in partnerships that wait for a person to accept them."""
    return places_to_accept(user).filter(accepted_at=None)


def visible_organisations(user: User) -> QuerySet[Organisation]:
    """Return a person's own organisations and their partners."""
    return (
        Organisation.objects.filter(
            partnerships__in=visible_partnerships(user)
        ).distinct()
        | Organisation.objects.filter(memberships__in=memberships_of(user)).distinct()
    )


def visible_notices(user: User) -> QuerySet[Notice]:
    """Return a person's own messages."""
    return Notice.objects.filter(recipient=user)


def administered(user: User) -> QuerySet[Organisation]:
    """Return the organisations whose people a person looks after."""
    return acts_for(user, Capability.OPERATE)


def can_form_partnership(
    actor: "Actor", organisations: Sequence[Organisation] | None = None
) -> Decision:
    """Return whether an actor may form a partnership, or one of `organisations`."""
    if isinstance(actor, System):
        return allow(actor.clause)
    own = acts_for(actor, Capability.DRAFT)
    if not own.exists():
        return deny("Only a director may form a partnership.")
    if organisations is not None and not set(own).intersection(organisations):
        return deny("A director forms partnerships of their own organisation only.")
    return allow()


def may_accept(
    actor: "Actor", organisation: Organisation, *, forming: bool = False
) -> Decision:
    """Return whether an actor may accept a partnership for an organisation.

    forming: who forms it accepts for their own organisation by that.
    """
    if isinstance(actor, System):
        return allow(actor.clause)
    capability = Capability.DRAFT if forming else Capability.SIGN
    return may_for(actor, capability, organisation)


def can_add_organisation(actor: "Actor") -> Decision:
    """Return whether an actor may add an organisation that can become a party."""
    if isinstance(actor, System):
        return allow(actor.clause)
    if administered(actor).exists():
        return allow()
    return deny("Only an administrator may add an organisation.")


def can_operate(actor: "Actor", organisation: Organisation) -> Decision:
    """Return whether an actor may change an organisation's people."""
    if isinstance(actor, System):
        return allow(actor.clause)
    return may_for(actor, Capability.OPERATE, organisation)
