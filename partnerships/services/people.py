"""Bringing a person in: account, invitation and role, all or none."""

from datetime import date

from django.db import transaction

from accounts.acting import Actor
from accounts.models import User
from accounts.services import invite
from partnerships.models import Membership, Organisation
from partnerships.policy import can_operate
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
    authority_limits: str = "",
    authority_expires_on: date | None = None,
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
        authority_limits=authority_limits,
        authority_expires_on=authority_expires_on,
        actor=actor,
    )
