"""Forming partnerships."""

from collections.abc import Sequence

from django.urls import reverse

from accounts import clock, ledger
from accounts.acting import Actor, act, first_of_two
from accounts.acts import Conflict, RuleBroken
from partnerships.models import Organisation, Participation, Partnership
from partnerships.policy import can_form_partnership, may_accept, people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

NAME_TAKEN = "A partnership has this name already. Choose another name."


def form_partnership(
    *, name: str, organisations: Sequence[Organisation], actor: Actor
) -> Partnership:
    """Return a new partnership of at least two organisations.

    The others are asked: until all have accepted, nothing is drafted, and none of
    them is shown to the rest.
    """
    members = list(dict.fromkeys(organisations))
    can_form_partnership(actor, members).require()
    if len(members) < 2:
        raise RuleBroken("A partnership needs two organisations. Choose the other one.")
    if Partnership.objects.filter(name=name).exists():
        raise RuleBroken(NAME_TAKEN)
    partnership = Partnership(name=name)
    with (
        first_of_two(NAME_TAKEN),
        act("partnerships.form", actor=actor, chain=ledger.SYSTEM, subject=partnership),
    ):
        partnership.save()
        for organisation in members:
            is_own = may_accept(actor, organisation, forming=True)
            row = Participation.objects.create(
                partnership=partnership,
                organisation=organisation,
                accepted_at=clock.now() if is_own else None,
            )
            if not is_own:
                _ask(row)
    return partnership


def _ask(row: Participation) -> None:
    for signatory in people_with(Capability.SIGN, row.organisation):
        queue_notice(
            key=f"join:{row.pk}",
            recipient=signatory,
            subject=f"{row.organisation.name} is invited to a partnership",
            body="Sign in to see which, and to accept it. Nothing is shared by that.",
            path=reverse("home"),
        )


def accept_partnership(*, participation: Participation, actor: Actor) -> None:
    """Accept an organisation's place in a partnership."""
    partnership = participation.partnership
    with act(
        "partnerships.accept",
        actor=actor,
        chain=partnership.chain,
        subject=participation,
    ):
        row = Participation.objects.select_for_update().get(pk=participation.pk)
        may_accept(actor, row.organisation).require()
        if row.accepted_at is not None:
            raise Conflict("The partnership is accepted already.")
        row.accepted_at = clock.now()
        row.save()
