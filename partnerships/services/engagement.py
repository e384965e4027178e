"""Forming partnerships."""

from collections.abc import Sequence

from accounts import ledger
from accounts.acting import Actor, act
from accounts.acts import RuleBroken
from partnerships.models import Organisation, Participation, Partnership
from partnerships.policy import can_form_partnership


def form_partnership(
    *, name: str, organisations: Sequence[Organisation], actor: Actor
) -> Partnership:
    """Return a new partnership of at least two organisations."""
    members = list(dict.fromkeys(organisations))
    can_form_partnership(actor, members).require()
    if len(members) < 2:
        raise RuleBroken("A partnership needs two organisations. Choose the other one.")
    if Partnership.objects.filter(name=name).exists():
        raise RuleBroken("A partnership has this name already. Choose another name.")
    partnership = Partnership(name=name)
    with act(
        "partnerships.form", actor=actor, chain=ledger.SYSTEM, subject=partnership
    ):
        partnership.save()
        for organisation in members:
            Participation.objects.create(
                partnership=partnership, organisation=organisation
            )
    return partnership
