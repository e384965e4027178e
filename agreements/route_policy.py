"""Who sets an organisation's route to approval, and who delegates decisions."""

from django.db.models import Q, QuerySet

from accounts.acts import Decision, allow, deny
from accounts.models import User
from agreements.models import Delegation
from partnerships.models import Membership, Organisation
from partnerships.policy import acts_for, is_administrator, memberships_of
from partnerships.roles import Capability


def routed_organisations(user: User) -> QuerySet[Organisation]:
    """Return the organisations whose route to approval a person sets."""
    operated = acts_for(user, Capability.OPERATE)
    return (operated | acts_for(user, Capability.DRAFT)).distinct()


def can_edit_route(user: User, organisation: Organisation) -> Decision:
    """Return whether a person may change an organisation's route to approval."""
    if not routed_organisations(user).filter(pk=organisation.pk).exists():
        return deny(
            f"Only {organisation.name}'s administrator or director sets its route."
        )
    return allow()


def delegating_for(user: User) -> QuerySet[Organisation]:
    """Return the organisations in which a person may have others decide."""
    if is_administrator(user):
        return Organisation.objects.none()
    own = memberships_of(user).values("organisation")
    return Organisation.objects.filter(pk__in=own)


def colleagues_of(user: User) -> QuerySet[User]:
    """Return the people with a role in one of a person's organisations."""
    present = Membership.objects.filter(
        organisation__in=delegating_for(user), ended_on=None
    )
    return User.objects.filter(is_active=True, pk__in=present.values("user")).exclude(
        pk=user.pk
    )


def can_delegate(user: User, organisation: Organisation) -> Decision:
    """Return whether a person may delegate decisions in an organisation."""
    if not delegating_for(user).filter(pk=organisation.pk).exists():
        return deny(f"Only people who decide for {organisation.name} delegate there.")
    return allow()


def visible_delegations(user: User) -> QuerySet[Delegation]:
    """Return the delegations that a person gave or took."""
    return Delegation.objects.filter(Q(giver=user) | Q(taker=user))
