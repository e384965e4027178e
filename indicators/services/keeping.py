"""Keeping what came by a route without children's rows: one door, one receipt."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from accounts import clock, hooks
from accounts.acting import act
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.models import DataFlow
from agreements.permission import Deliver
from agreements.queries import facts_of, permitted, proof_of
from agreements.rules.engine import evaluate
from agreements.rules.facts import Address, AgreementFacts, DeliveryFacts
from agreements.rules.rule import Finding
from agreements.rules.vocabulary import Stage
from agreements.services.obligations import lock_for_keeping, open_all
from indicators.custody import kept_if_recorded, vault
from indicators.events import DeliveryAccepted
from indicators.lifecycle import DELIVERY
from indicators.models import Delivery, Holding
from indicators.policy import can_deliver
from indicators.services.deliveries import SameFiles
from indicators.vault.vault import Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What is to be kept: its bytes, the elements it holds, and its receipt.

    files_sha256: of what was sent, by which the same again is known.
    """

    kind: Holding.Kind
    content: bytes
    elements: tuple[str, ...]
    n_rows: int
    n_set_aside: int
    files_sha256: str
    receipt: Mapping[str, Any]


def arrival_facts(
    flow: DataFlow,
    elements: tuple[str, ...],
    addresses: tuple[Address, ...] = (),
) -> AgreementFacts:
    """Return the facts of an agreement at whose door these elements stand.

    addresses: those that arrive; what the sender has on its own list does not.
    """
    facts = facts_of(flow.agreement)
    return replace(
        facts,
        flows=tuple(
            replace(each, addresses=addresses if each.key == flow.key else ())
            for each in facts.flows
        ),
        proof=proof_of(flow.agreement),
        delivery=DeliveryFacts(
            flow=flow.key, sender=str(flow.sender_id), columns=elements
        ),
    )


def blocking(facts: AgreementFacts) -> list[Finding]:
    """Return what the rules say against what arrives."""
    return [each for each in evaluate(facts, Stage.INTAKE) if each.blocks]


def keep(
    *, flow: DataFlow, coming: Coming, facts: AgreementFacts, actor: User
) -> Delivery:
    """Return the delivery that now stands; the one before it is replaced.

    Sealing happens before the transaction opens. Raises RuleBroken where a rule or the
    mandate forbids it, and SameFiles where it stands already.
    """
    can_deliver(actor, flow).require()
    if found := blocking(facts):
        raise RuleBroken(" ".join(finding.message for finding in found))
    agreement = flow.agreement
    request = Deliver(
        flow=flow.key,
        sender=str(flow.sender_id),
        columns=coming.elements,
        scope=flow.scope,
    )
    permitted(agreement, request).require()
    _require_other(flow, coming)
    owner = str(flow.sender_id)
    sealed = vault().put(owner, coming.content)
    with (
        kept_if_recorded(owner, sealed),
        act(
            "indicators.receive",
            actor=actor,
            chain=agreement.chain,
            detail={"flow": flow.key, "rows": coming.n_rows, "sha256": sealed.sha256},
        ) as this,
    ):
        permitted(lock_for_keeping(agreement), request).require()
        _require_other(flow, coming)
        delivery = _record(flow, coming, sealed, actor=actor)
        open_all(agreement=agreement)
        this.subject = f"indicators.delivery:{delivery.pk}"
        hooks.publish(DeliveryAccepted(delivery))
    return delivery


def _record(flow: DataFlow, coming: Coming, sealed: Sealed, *, actor: User) -> Delivery:
    """Return the delivery that now stands; the one before it is replaced."""
    for old in _standing(flow).select_for_update():
        old.state = DELIVERY.move(old.state, "replace")
        old.save()
    holding = Holding.objects.create(
        agreement=flow.agreement,
        owner=flow.sender,
        kind=coming.kind,
        blob=sealed.blob,
        key=sealed.key_id,
        n_rows=coming.n_rows,
        n_bytes=sealed.n_bytes,
        created_at=clock.now(),
    )
    return Delivery.objects.create(
        agreement=flow.agreement,
        flow=flow.key,
        sender=flow.sender,
        delivered_by=actor,
        holding=holding,
        n_rows=coming.n_rows + coming.n_set_aside,
        n_set_aside=coming.n_set_aside,
        files_sha256=coming.files_sha256,
        receipt={
            "read": sorted(coming.elements),
            "left": [],
            "notices": [],
            **coming.receipt,
            "sha256": sealed.sha256,
        },
        received_at=clock.now(),
    )


def _standing(flow: DataFlow) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        agreement=flow.agreement, flow=flow.key, state=DELIVERY.initial
    )


def _require_other(flow: DataFlow, coming: Coming) -> None:
    standing = _standing(flow).filter(files_sha256=coming.files_sha256).first()
    if standing is not None:
        raise SameFiles(standing)
