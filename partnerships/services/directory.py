"""Organisations, sites, memberships."""

from datetime import date
from zoneinfo import available_timezones

from accounts import hooks, ledger
from accounts.acting import Actor, act, first_of_two
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import User
from partnerships.events import MembershipEnded
from partnerships.models import Membership, Organisation, Site
from partnerships.policy import can_add_organisation, can_operate
from partnerships.roles import Role


def add_organisation(*, actor: Actor, **fields: object) -> Organisation:
    """Return a new organisation."""
    can_add_organisation(actor).require()
    organisation = Organisation(**fields)
    if organisation.time_zone not in available_timezones():
        raise RuleBroken(
            f"“{organisation.time_zone}” is not a time zone, and dates end by it. "
            "Give one such as America/Los_Angeles."
        )
    organisation.full_clean()
    with act(
        "partnerships.add_organisation",
        actor=actor,
        chain=ledger.SYSTEM,
        subject=organisation,
    ):
        organisation.save()
    return organisation


def add_site(
    *,
    organisation: Organisation,
    kind: str,
    code: str,
    name: str,
    address: str = "",
    city: str = "",
    postal_code: str = "",
    n_units: int | None = None,
    is_voucher: bool = False,
    actor: Actor,
) -> Site:
    """Return a new building or school. n_units: dwellings; None if not known."""
    can_operate(actor, organisation).require()
    site = Site(
        organisation=organisation,
        kind=kind,
        code=code,
        name=name,
        address=address,
        city=city,
        postal_code=postal_code,
        n_units=n_units,
        is_voucher=is_voucher,
    )
    site.full_clean()
    with act(
        "partnerships.add_site", actor=actor, chain=organisation.chain, subject=site
    ):
        site.save()
    return site


def _require_apart(user: User, role: Role, actor: Actor) -> None:
    """Keep those who give roles apart from those who hold them."""
    if actor == user:
        raise Refused("Nobody gives a role to themselves. Ask another administrator.")
    held = set(
        Membership.objects.filter(user=user, ended_on=None).values_list(
            "role", flat=True
        )
    )
    roles = {*held, role}
    if Role.ADMINISTRATOR in roles and len(roles) > 1:
        raise Refused(
            "An administrator approves, signs and loads nothing, so nobody holds that "
            "role beside another. Invite another person."
        )


def give_role(
    *,
    user: User,
    organisation: Organisation,
    role: Role,
    authority_source: str = "",
    authority_reference: str = "",
    authority_limits: str = "",
    authority_expires_on: date | None = None,
    actor: Actor,
) -> Membership:
    """Return a person's new role in an organisation."""
    can_operate(actor, organisation).require()
    _require_apart(user, role, actor)
    _require_written(
        role,
        authority_source,
        authority_reference,
        authority_limits,
        authority_expires_on,
    )
    has_role = f"This person is {role.label.lower()} of {organisation.name} already."
    if Membership.objects.filter(
        user=user, organisation=organisation, role=role, ended_on=None
    ).exists():
        raise Conflict(has_role)
    membership = Membership(
        user=user,
        organisation=organisation,
        role=role,
        authority_source=authority_source,
        authority_reference=authority_reference,
        authority_limits=authority_limits,
        authority_expires_on=authority_expires_on,
    )
    with (
        first_of_two(has_role),
        act(
            "partnerships.give_role",
            actor=actor,
            chain=organisation.chain,
            subject=membership,
        ),
    ):
        membership.save()
    return membership


def _require_written(
    role: str, source: str, reference: str, limits: str, expires_on: date | None
) -> None:
    """Refuse an authority that is written nowhere, or of a role that signs nothing."""
    if source and role == Role.ADMINISTRATOR:
        raise RuleBroken("An administrator signs nothing, so there is no authority.")
    if source and not reference.strip():
        raise RuleBroken(
            "Say where the authority is written, such as “Board resolution 2026-14”: "
            "it is printed beside the signature."
        )
    if not source and (reference.strip() or limits.strip() or expires_on):
        raise RuleBroken(
            "Choose what kind of authority it is, or leave everything empty where "
            "there is none."
        )


def record_authority(
    *,
    membership: Membership,
    authority_source: str,
    authority_reference: str,
    authority_limits: str,
    authority_expires_on: date | None,
    actor: Actor,
) -> Membership:
    """Return a role with the authority to sign that it has from now on.

    An empty source takes the authority away. What was signed before keeps the authority
    by which it was signed.
    """
    organisation = membership.organisation
    can_operate(actor, organisation).require()
    _require_written(
        membership.role,
        authority_source,
        authority_reference,
        authority_limits,
        authority_expires_on,
    )
    with act(
        "partnerships.record_authority",
        actor=actor,
        chain=organisation.chain,
        subject=membership,
    ):
        row = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
        if row.ended_on is not None:
            raise Conflict("This role has ended, and with it the authority to sign.")
        row.authority_source = authority_source
        row.authority_reference = authority_reference.strip()
        row.authority_limits = authority_limits.strip()
        row.authority_expires_on = authority_expires_on
        row.save()
    return row


def end_membership(*, membership: Membership, today: date, actor: Actor) -> None:
    """End a role from today; every floor revokes the grants it gave."""
    can_operate(actor, membership.organisation).require()
    with act(
        "partnerships.end_membership",
        actor=actor,
        chain=membership.organisation.chain,
        subject=membership,
    ):
        row = Membership.objects.select_for_update().get(pk=membership.pk)
        if row.ended_on is not None:
            raise Conflict("This role has ended already.")
        row.ended_on = today
        row.save()
        hooks.publish(MembershipEnded(row))
