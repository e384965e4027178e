"""Who puts records on file, lets a finding stand, and reviews a state's law."""

from collections.abc import Iterator

from accounts.acts import Decision, deny, too_late
from accounts.models import User
from agreements.digests import digest_of
from agreements.lifecycle import AGREEMENT
from agreements.models import Agreement, ApprovalRound
from agreements.policy import visible_agreements
from agreements.rules.vocabulary import Grain
from agreements.terms_text import part_of
from partnerships.models import Organisation
from partnerships.policy import acts_for, may_for
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


def unread_by(user: User) -> Iterator[tuple[Agreement, Organisation]]:
    """Yield the texts that counsel of who signs and owns nothing has still to read.

    Each is put before its owners now, shares records about people, and has no review
    of that party's part. Owners' counsel read by deciding.
    """
    own = {each.pk for each in acts_for(user, Capability.APPROVE)}
    rounds = ApprovalRound.objects.filter(
        is_open=True,
        agreement__in=visible_agreements(user).filter(
            parties__organisation__in=own, parties__signs=True
        ),
    )
    for round_ in rounds.select_related("agreement").prefetch_related(
        "agreement__parties__organisation", "agreement__proofs"
    ):
        agreement, text = round_.agreement, round_.text
        flows = text["terms"]["flows"]
        is_about_people = any(Grain(each["grain"]).is_identifiable for each in flows)
        read = {each.part_digest for each in agreement.proofs.all()}
        for party in agreement.parties.all():
            key = str(party.organisation_id)
            if (
                is_about_people
                and party.signs
                and party.organisation_id in own
                and key not in round_.part_digests
                and user.pk not in agreement.drafters
                and digest_of(part_of(text, key)) not in read
            ):
                yield agreement, party.organisation


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
