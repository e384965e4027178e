"""Receiving a delivery: read, check against the mandate, seal, record."""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO, cast

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
from indicators.arrival_report import Found, digest_of_headings, found_in
from indicators.arrivals.contract import STUDENT, TENANT, Answers, Arrival
from indicators.arrivals.reading import read_arrival
from indicators.arrivals.repeats import with_repeats
from indicators.arrivals.words import obstacle_of, set_aside_of
from indicators.custody import kept_if_recorded, vault
from indicators.events import DeliveryAccepted
from indicators.formats.problems import FormatError
from indicators.lifecycle import DELIVERY
from indicators.models import Delivery, Holding, Repeat
from indicators.policy import can_deliver
from indicators.services import layouts
from indicators.services.linked import opened
from indicators.unnamed import Unnamed
from indicators.vault.vault import Sealed
from partnerships.models import Site

BLOCK_BYTES = 1 << 20
UNANSWERED = Answers()
SAID_BEFORE = "What was said before of these headings was used."
ONLY_CHANGES = "F04"

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

    Nobody leaves anything out or answers here: files of which a person must decide what
    nobody said before go through `services.arrivals`. Raises RuleBroken with what is
    wrong and what to do, and SameFiles when they are in use already.
    """
    can_deliver(actor, flow).require()
    digest = _digest_of(files)
    require_other_files(flow, digest)
    with _ONE_AT_A_TIME:
        arrival, said_before = _read_unattended(flow, files)
        if obstacle := obstacle_of(arrival):
            raise FormatError(obstacle)
        found = found_in(arrival, scope=flow.scope, is_remembered=bool(said_before))
        told = (*said_before, *found.notices, *set_aside_of(arrival))
        found = replace(found, notices=told)
        require_clean(flow, found, attests_exclusions=attests_exclusions)
        owner = str(flow.sender_id)
        permitted(flow.agreement, request_of(flow, found)).require()
        sealed = vault().put(owner, frames.pack(arrival.frames))
        arrival.frames.clear()
    with kept_if_recorded(owner, sealed):
        return keep(
            flow=flow,
            found=found,
            sealed=sealed,
            files_sha256=digest,
            attests_exclusions=attests_exclusions,
            actor=actor,
        )


def _read_unattended(
    flow: DataFlow, files: Sequence[BinaryIO]
) -> tuple[Arrival, tuple[str, ...]]:
    """Return what files hold, and what is to be said of earlier answers, if any helped.

    What the sender said of the same headings before is used where it is needed.
    """
    arrival = read(flow, files)
    if not obstacle_of(arrival):
        return arrival, ()
    answers = layouts.remembered(flow, digest_of_headings(arrival.columns))
    if answers is None:
        return arrival, ()
    for file in files:
        file.seek(0)
    return read(flow, files, answers), (SAID_BEFORE,)


def read(
    flow: DataFlow, files: Sequence[BinaryIO], answers: Answers = UNANSWERED
) -> Arrival:
    """Return what files hold under a flow; slow, so outside any transaction.

    A set of changes builds on the delivery that stands. Who may stand twice in the list
    that comes of it is flagged.
    """
    arrival = _read(flow, files, answers)
    earlier = _doubled_before(flow) if arrival.frames else None
    return replace(arrival, frames=with_repeats(arrival.frames, earlier))


def _doubled_before(flow: DataFlow) -> frames.Frames | None:
    """Return the delivery that stands, if pairs were flagged in it and it opens."""
    standing = _standing(flow).filter(n_repeats__gt=0).select_related("holding").first()
    try:
        return opened(standing.holding) if standing is not None else None
    except RuleBroken:
        return None  # it is lost or destroyed, and people are asked again


def _read(flow: DataFlow, files: Sequence[BinaryIO], answers: Answers) -> Arrival:
    if not files:
        raise RuleBroken("No file was chosen. Choose the file and load it again.")
    listed = frozenset(flow.elements.values_list("code", flat=True))
    reading = partial(
        read_arrival,
        [cast(BinaryIO, Unnamed(file)) for file in files],
        listed=listed,
        side=TENANT if is_of_housing(listed) else STUDENT,
        answers=answers,
        today=today_of(flow.agreement),
        buildings=_addresses_on_record(flow),
        scope=flow.scope,
    )
    arrival = reading()
    standing = _standing(flow).select_related("holding").first()
    is_of_changes = any(error.id == ONLY_CHANGES for error in arrival.errors)
    if standing is None or not is_of_changes:
        return arrival
    for file in files:
        file.seek(0)
    return reading(earlier=opened(standing.holding))


def _addresses_on_record(flow: DataFlow) -> list[str]:
    """Return the addresses of the sender's buildings."""
    sites = Site.objects.filter(
        organisation=flow.sender_id, kind=Site.Kind.BUILDING
    ).exclude(address="")
    return list(sites.values_list("address", flat=True))


def is_of_housing(codes: Sequence[str] | frozenset[str]) -> bool:
    """Return whether elements are of a housing list and not of students' records."""
    return any(code.startswith("tenant.") for code in codes)


def places_on_record(flow: DataFlow) -> frozenset[str]:
    """Return the codes of the sender's buildings and schools."""
    sites = Site.objects.filter(organisation=flow.sender_id)
    return frozenset(sites.values_list("code", flat=True))


def request_of(flow: DataFlow, found: Found) -> Deliver:
    """Return what the mandate is asked about files."""
    return Deliver(
        flow=flow.key,
        sender=str(flow.sender_id),
        columns=found.elements,
        scope=found.scope,
    )


def keep(
    *,
    flow: DataFlow,
    found: Found,
    sealed: Sealed,
    files_sha256: str,
    attests_exclusions: bool,
    actor: User,
) -> Delivery:
    """Return the delivery that rows in the vault make from now on.

    The mandate is asked once more, under the agreement's lock.
    """
    agreement = flow.agreement
    with act(
        "indicators.receive",
        actor=actor,
        chain=agreement.chain,
        detail={"flow": flow.key, "rows": found.n_rows, "sha256": sealed.sha256},
    ) as this:
        permitted(lock_for_keeping(agreement), request_of(flow, found)).require()
        require_other_files(flow, files_sha256)
        delivery = _record(
            flow,
            found,
            sealed,
            actor=actor,
            files_sha256=files_sha256,
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


def require_other_files(flow: DataFlow, digest: str) -> None:
    """Raise SameFiles if the delivery that stands is of these very files.

    What counts is the answer under the agreement's lock; asked before, it spares
    the reading and the sealing.
    """
    standing = _standing(flow).filter(files_sha256=digest).first()
    if standing is not None:
        raise SameFiles(standing)


def _record(
    flow: DataFlow, found: Found, sealed: Sealed, *, actor: User, **attributes: Any
) -> Delivery:
    """Return the delivery that now stands; the one before it is replaced."""
    said: list[Repeat] = []
    for old in _standing(flow).select_for_update():
        old.state = DELIVERY.move(old.state, "replace")
        old.save()
        said += old.repeats.exclude(answer="")
    is_housing = is_of_housing(found.elements)
    holding = Holding.objects.create(
        agreement=flow.agreement,
        owner=flow.sender,
        kind=Holding.Kind.TENANTS if is_housing else Holding.Kind.STUDENTS,
        blob=sealed.blob,
        key=sealed.key_id,
        n_rows=found.n_kept,
        n_bytes=sealed.n_bytes,
        created_at=clock.now(),
    )
    delivery = Delivery.objects.create(
        agreement=flow.agreement,
        flow=flow.key,
        sender=flow.sender,
        delivered_by=actor,
        holding=holding,
        n_rows=found.n_rows,
        n_set_aside=found.n_rejected,
        n_repeats=len(found.repeats),
        receipt={
            "read": list(found.elements),
            "left": found.left,
            "notices": list(found.notices),
            "sha256": sealed.sha256,
        },
        received_at=clock.now(),
        **attributes,
    )
    _take_over(delivery, said, frozenset(found.repeats))
    return delivery


def _take_over(
    delivery: Delivery, said: Sequence[Repeat], codes: frozenset[str]
) -> None:
    """Let what was said of pairs of the delivery before stand for those still there."""
    for repeat in said:
        if repeat.code in codes:
            Repeat.objects.create(
                delivery=delivery,
                code=repeat.code,
                reader=repeat.reader,
                taken_at=repeat.taken_at,
                answer=repeat.answer,
                answered_at=repeat.answered_at,
            )


def require_clean(flow: DataFlow, found: Found, *, attests_exclusions: bool) -> None:
    """Raise RuleBroken if a rule of intake stops what is to be kept."""
    facts = replace(
        facts_of(flow.agreement),
        proof=proof_of(flow.agreement),
        delivery=DeliveryFacts(
            flow=flow.key,
            sender=str(flow.sender_id),
            columns=found.elements,
            attests_exclusions=attests_exclusions,
        ),
    )
    blocking = [each for each in evaluate(facts, Stage.INTAKE) if each.blocks]
    if blocking:
        raise RuleBroken(" ".join(finding.message for finding in blocking))
