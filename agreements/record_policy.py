"""Who puts records on file, lets a finding stand, and reviews a state's law."""

from accounts.acts import Decision, deny, too_late
from accounts.models import User
from agreements.lifecycle import AGREEMENT
from agreements.models import Agreement
from partnerships.models import Organisation
from partnerships.policy import may_for
from partnerships.roles import Capability


def can_keep_record(user: User, agreement: Agreement, party: Organisation) -> Decision:
    """Return whether a person may put a party's record on file."""
    if agreement.state == "ended":
        return too_late(f"{agreement.number} has ended; its file is closed.")
    if not agreement.parties.filter(organisation=party).exists():
        return deny(f"{party.name} is no party to {agreement.number}.")
    return may_for(user, Capability.DRAFT, party) or may_for(
        user, Capability.APPROVE, party
    )


def can_review(user: User, agreement: Agreement, party: Organisation) -> Decision:
    """Return whether a person may say that a party's counsel read a text."""
    decision = may_for(user, Capability.APPROVE, party)
    if decision and user.pk in agreement.drafters:
        return deny("You drafted this agreement. Another counsel must read it.")
    return decision


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
