"""Every party's copy of the executed file, and the receipt for it."""

from accounts import clock
from accounts.acting import act
from accounts.models import User
from agreements.models import Agreement, Document, Receipt
from agreements.signing_policy import can_receive, receiving_for
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

TOLD = (Capability.SIGN, Capability.APPROVE, Capability.DRAFT, Capability.DELIVER)


def send_copies(agreement: Agreement) -> None:
    """Tell the people of every party where its copy of the executed file lies.

    Called inside the act that executes.
    """
    for party in agreement.parties.select_related("organisation"):
        for capability in TOLD:
            for person in people_with(capability, party.organisation):
                queue_notice(
                    key=f"executed:{agreement.pk}",
                    recipient=person,
                    subject=f"{agreement.number} is in force",
                    body="Every party signed. What was agreed now runs. Open the page "
                    "to take your organisation's copy of the executed file.",
                    path=agreement.get_absolute_url(),
                )


def take_copy(*, document: Document, actor: User) -> None:
    """Record that a person's organisations have the executed file, once for each."""
    agreement = document.agreement
    can_receive(actor, document).require()
    if not receiving_for(actor, document).exists():
        return  # the receipt is on record since the first time
    with act(
        "agreements.take_copy", actor=actor, chain=agreement.chain, subject=document
    ) as this:
        Agreement.objects.select_for_update().get(pk=agreement.pk)
        takers = list(receiving_for(actor, document))
        for organisation in takers:
            Receipt.objects.create(
                document=document,
                organisation=organisation,
                received_by=actor,
                received_at=clock.now(),
            )
        this.detail |= {"parties": [each.pk for each in takers]}
