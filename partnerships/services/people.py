"""Bringing a person in, all or none; and what a person pledges."""

from datetime import date

from django.db import transaction

from accounts import clock
from accounts.acting import Actor, act
from accounts.acts import RuleBroken
from accounts.models import User
from accounts.services import invite
from partnerships.models import Membership, Organisation
from partnerships.policy import can_operate, memberships_of
from partnerships.roles import Role
from partnerships.services.directory import give_role
from partnerships.services.notices import INVITATION, queue_notice


@transaction.atomic
def invite_to_role(
    *,
    email: str,
    name: str,
    title: str,
    organisation: Organisation,
    role: Role,
    authority_source: str = "",
    authority_reference: str = "",
    actor: Actor,
) -> Membership:
    """Return the role of a person, who is invited if they have no account yet.

    The invitation is bound to the address and ends when a password is set.
    """
    can_operate(actor, organisation).require()
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = invite(email=email, name=name, title=title, actor=actor)
        queue_notice(
            key=INVITATION,
            recipient=user,
            subject=f"{organisation.name} invites you to Homeroom",
            body=(
                f"{organisation.name} has given you the role {role.label.lower()}. "
                "Open the link to choose a password."
            ),
            path="",
        )
    return give_role(
        user=user,
        organisation=organisation,
        role=role,
        authority_source=authority_source,
        authority_reference=authority_reference,
        actor=actor,
    )


def pledge(*, trained_on: date, actor: User) -> None:
    """Record a person's pledge of confidentiality, and when they were last trained.

    It counts for every role that the person holds now.
    """
    held = list(memberships_of(actor))
    if not held:
        raise RuleBroken("You hold no role, so there is nothing to pledge for.")
    today = clock.today([each.organisation.time_zone for each in held])
    if trained_on > today:
        raise RuleBroken("The training is of a day to come. Pledge when you had it.")
    for membership in held:
        with act(
            "partnerships.pledge",
            actor=actor,
            chain=membership.organisation.chain,
            subject=membership,
        ):
            row = Membership.objects.select_for_update().get(pk=membership.pk)
            row.pledged_on, row.trained_on = today, trained_on
            row.save()
