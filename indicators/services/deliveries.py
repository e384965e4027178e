"""Receiving a delivery: read, check against the mandate, seal, record."""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, BinaryIO

from django.db.models import QuerySet
from django.utils.timezone import localtime

from accounts import clock, hooks
from accounts.acting import act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.models import DataFlow
from agreements.permission import Deliver
from agreements.queries import facts_of, permitted, proof_of, today_of
from agreements.rules.engine import evaluate
from agreements.rules.facts import DeliveryFacts
from agreements.rules.vocabulary import Stage
from agreements.services.obligations import lock_for_keeping, open_all
from indicators import frames
from indicators.arrivals.contract import (
    STUDENT,
    TENANT,
    Answers,
    Arrival,
    Standing,
)
from indicators.arrivals.reading import read_arrival
from indicators.arrivals.words import obstacle_of
from indicators.custody import kept_if_recorded, vault
from indicators.events import DeliveryAccepted
from indicators.lifecycle import DELIVERY
from indicators.models import Delivery, Holding
from indicators.policy import can_deliver
from indicators.vault.vault import Sealed

BLOCK_BYTES = 1 << 20
# Large files fill most of the memory that a process may have while they are read.
_ONE_AT_A_TIME = threading.Lock()


class SameFiles(Conflict):
    """What came is, byte for byte, the delivery that stands: nothing was loaded."""

    def __init__(self, standing: Delivery) -> None:
        day = localtime(standing.received_at)
        super().__init__(
            f"These very files arrived on {day:%B} {day.day}, {day.year} and are in "
            "use. Nothing was loaded again."
        )
        self.standing = standing


def receive(
    *,
    flow: DataFlow,
    files: Sequence[BinaryIO],
    attests_exclusions: bool,
    actor: User,
) -> Delivery:
    """Return the delivery that these files make; refuse them whole otherwise.

    Reading and sealing happen before the transaction opens. Rows go to the vault
    and nowhere else. Raises RuleBroken with what is wrong and what to do, and
    SameFiles when they are in use already.
    """
    can_deliver(actor, flow).require()
    agreement = flow.agreement
    digest = _digest_of(files)
    _require_other_files(flow, digest)
    listed = frozenset(flow.elements.values_list("code", flat=True))
    owner = str(flow.sender_id)
    with _ONE_AT_A_TIME:
        arrived = _read(files, listed, today=today_of(agreement))
        _require_clean(flow, arrived, attests_exclusions=attests_exclusions)
        request = Deliver(
            flow=flow.key,
            sender=owner,
            columns=tuple(sorted(arrived.elements)),
        )
        permitted(agreement, request).require()
        sealed = vault().put(owner, frames.pack(arrived.frames))
        arrived.frames.clear()
    with (
        kept_if_recorded(owner, sealed),
        act(
            "indicators.receive",
            actor=actor,
            chain=agreement.chain,
            detail={"flow": flow.key, "rows": arrived.n_rows, "sha256": sealed.sha256},
        ) as this,
    ):
        permitted(lock_for_keeping(agreement), request).require()
        _require_other_files(flow, digest)
        delivery = _record(
            flow,
            arrived,
            sealed,
            actor=actor,
            files_sha256=digest,
            has_exclusion_attested=attests_exclusions,
        )
        open_all(agreement=agreement)
        this.subject = f"indicators.delivery:{delivery.pk}"
        hooks.publish(DeliveryAccepted(delivery))
    return delivery


def _digest_of(files: Sequence[BinaryIO]) -> str:
    """Return one SHA-256 of all the files, whatever their names and their order."""
    digests = []
    for file in files:
        digest = hashlib.sha256()
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
        file.seek(0)
        digests.append(digest.digest())
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()


def _standing(flow: DataFlow) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        agreement=flow.agreement, flow=flow.key, state=DELIVERY.initial
    )


def _require_other_files(flow: DataFlow, digest: str) -> None:
    """Raise SameFiles if the delivery that stands is of these very files.

    What counts is the answer under the agreement's lock; asked before, it spares
    the reading and the sealing.
    """
    standing = _standing(flow).filter(files_sha256=digest).first()
    if standing is not None:
        raise SameFiles(standing)


def _record(
    flow: DataFlow, arrived: Arrival, sealed: Sealed, *, actor: User, **attributes: Any
) -> Delivery:
    """Return the delivery that now stands; the one before it is replaced."""
    for old in _standing(flow).select_for_update():
        old.state = DELIVERY.move(old.state, "replace")
        old.save()
    is_housing = any(code.startswith("tenant.") for code in arrived.elements)
    holding = Holding.objects.create(
        agreement=flow.agreement,
        owner=flow.sender,
        kind=Holding.Kind.TENANTS if is_housing else Holding.Kind.STUDENTS,
        blob=sealed.blob,
        key=sealed.key_id,
        n_rows=arrived.n_rows - arrived.n_rejected,
        n_bytes=sealed.n_bytes,
        created_at=clock.now(),
    )
    return Delivery.objects.create(
        agreement=flow.agreement,
        flow=flow.key,
        sender=flow.sender,
        delivered_by=actor,
        holding=holding,
        n_rows=arrived.n_rows,
        n_set_aside=arrived.n_rejected,
        receipt={
            "read": sorted(arrived.elements),
            "left": [
                f"{column.file}: {column.heading}" if column.file else column.heading
                for column in arrived.columns
                if column.standing is not Standing.ALLOWED
            ],
            "notices": [notice.message for notice in arrived.notices],
            "sha256": sealed.sha256,
        },
        received_at=clock.now(),
        **attributes,
    )


def _read(files: Sequence[BinaryIO], listed: frozenset[str], *, today: date) -> Arrival:
    """Return what the files hold; raises RuleBroken for what cannot be kept."""
    if not files:
        raise RuleBroken("No file was chosen. Choose the file and load it again.")
    is_housing = any(code.startswith("tenant.") for code in listed)
    arrival = read_arrival(
        files,
        listed=listed,
        side=TENANT if is_housing else STUDENT,
        answers=Answers(),
        today=today,
    )
    if obstacle := obstacle_of(arrival):
        raise RuleBroken(obstacle)
    return arrival


def _require_clean(
    flow: DataFlow, arrived: Arrival, *, attests_exclusions: bool
) -> None:
    facts = replace(
        facts_of(flow.agreement),
        proof=proof_of(flow.agreement),
        delivery=DeliveryFacts(
            flow=flow.key,
            sender=str(flow.sender_id),
            columns=tuple(sorted(arrived.elements)),
            attests_exclusions=attests_exclusions,
        ),
    )
    blocking = [each for each in evaluate(facts, Stage.INTAKE) if each.blocks]
    if blocking:
        raise RuleBroken(" ".join(finding.message for finding in blocking))
