"""The door: files wait sealed, and are kept only when a person says so."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import BinaryIO

from django.db.models import QuerySet

from accounts import clock, jobs
from accounts.acting import Actor, System, act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.models import Agreement, DataFlow
from indicators import staging
from indicators.arrivals.contract import Answers
from indicators.lifecycle import ARRIVAL
from indicators.models import Arrival, Delivery
from indicators.models.arrivals import OPEN
from indicators.policy import can_cancel, can_deliver
from indicators.services import layouts
from indicators.services.deliveries import (
    keep,
    require_clean,
    require_other_files,
)
from indicators.services.examination import (
    CLAUSE,
    JOB,
    answers_at,
    end,
    flow_of,
    found_at,
    seal_answers,
)

LIFE = timedelta(hours=24)


def bring(
    *,
    flow: DataFlow,
    files: Sequence[BinaryIO],
    actor: User,
    way: Arrival.Way = Arrival.Way.PAGE,
    attests_exclusions: bool = False,
) -> Arrival:
    """Return the arrival in which these files wait, sealed, for a day at most.

    Files that wait already are led to where they do; others take the place of what
    waits for the flow. Raises SameFiles where the delivery that stands is of them.
    """
    can_deliver(actor, flow).require()
    if not files:
        raise RuleBroken("No file was chosen. Choose the file and load it again.")
    owner = str(flow.sender_id)
    parts: dict[str, staging.Part] = {}
    with staging.staged_if_recorded(owner, parts.values()):
        for number, file in enumerate(files):
            name = f"{staging.FILE} {number}"
            parts[name] = staging.seal_file(owner, file)
        digest = _digest_of(parts)
        require_other_files(flow, digest)
        with act(
            "indicators.bring",
            actor=actor,
            chain=flow.agreement.chain,
            detail={"flow": flow.key, "files": len(files), "sha256": digest},
        ) as this:
            Agreement.objects.select_for_update().get(pk=flow.agreement_id)
            can_deliver(actor, flow).require()
            before = _open_ones(flow).select_for_update().first()
            if before is not None and before.files_sha256 == digest:
                raise Waiting(
                    before, "These very files wait already. Nothing was brought again."
                )
            if before is not None:
                end(before, "replace")
            row = Arrival.objects.create(
                agreement=flow.agreement,
                flow=flow.key,
                sender=flow.sender,
                brought_by=actor,
                way=way,
                has_exclusion_attested=attests_exclusions,
                files_sha256=digest,
                n_files=len(files),
                sealed=parts,
                arrived_at=clock.now(),
                expires_at=clock.now() + LIFE,
            )
            this.subject = f"indicators.arrival:{row.pk}"
            jobs.enqueue(JOB, row)
    return row


class Waiting(Conflict):
    """Files wait at the door, and are no delivery before somebody has looked."""

    def __init__(self, arrival: Arrival, message: str) -> None:
        super().__init__(message)
        self.arrival = arrival


def _digest_of(parts: dict[str, staging.Part]) -> str:
    """Return one SHA-256 of all files, as `services.deliveries` knows deliveries."""
    digests = sorted(bytes.fromhex(part["sha256"]) for part in parts.values())
    return sha256(b"".join(digests)).hexdigest()


def answer(*, arrival: Arrival, answers: Answers, actor: User) -> None:
    """Put on file what a person says of these files, and have them read again."""
    flow, owner, found = flow_of(arrival), str(arrival.sender_id), found_at(arrival)
    can_deliver(actor, flow).require()
    if found is None:
        raise _over()
    parts = {staging.ANSWERS: seal_answers(owner, answers, found.headings)}
    with (
        staging.staged_if_recorded(owner, parts.values()),
        act(
            "indicators.answer",
            actor=actor,
            chain=arrival.agreement.chain,
            subject=arrival,
        ),
    ):
        row = _locked(arrival, "answer")
        before = _found(row)
        row.state = ARRIVAL.move(row.state, "answer")
        row.sealed = {
            name: part for name, part in row.sealed.items() if part not in before
        } | parts
        row.save()
        staging.erase_once_committed(owner, before)
        jobs.enqueue(JOB, row)


def forget(*, arrival: Arrival, actor: User) -> None:
    """Forget what was remembered of these headings, and have the files read again."""
    flow, found = flow_of(arrival), found_at(arrival)
    can_deliver(actor, flow).require()
    if found is None:
        raise _over()
    with act(
        "indicators.forget",
        actor=actor,
        chain=arrival.agreement.chain,
        subject=arrival,
    ):
        row = _locked(arrival, "answer")
        layouts.forget(flow, found.headings)
        before = _found(row)
        row.state = ARRIVAL.move(row.state, "answer")
        row.sealed = {
            name: part for name, part in row.sealed.items() if part not in before
        }
        row.save()
        staging.erase_once_committed(str(row.sender_id), before)
        jobs.enqueue(JOB, row)


def _found(arrival: Arrival) -> list[staging.Part]:
    """Return the parts that an examination made, and answers before it."""
    return [
        part
        for name, part in arrival.sealed.items()
        if name in (staging.REPORT, staging.ROWS, staging.ANSWERS)
    ]


def load(*, arrival: Arrival, attests_exclusions: bool, actor: User) -> Delivery:
    """Return the delivery that an arrival's allowed columns make from now on.

    What was sealed when the files were examined becomes the holding as it is, so that
    what is kept is what the page said, whole or not at all.
    """
    flow = flow_of(arrival)
    can_deliver(actor, flow).require()
    found = found_at(arrival)
    if arrival.state != "examined" or found is None:
        raise _over()
    if not found.can_be_kept or staging.ROWS not in arrival.sealed:
        raise RuleBroken(
            "Nothing can be loaded yet: the page says what is missing or asked."
        )
    require_clean(flow, found, attests_exclusions=attests_exclusions)
    answers, headings = answers_at(arrival)
    with act(
        "indicators.load",
        actor=actor,
        chain=arrival.agreement.chain,
        subject=arrival,
    ):
        Agreement.objects.select_for_update().get(pk=arrival.agreement_id)
        row = _locked(arrival, "keep")
        if row.sealed != arrival.sealed:
            raise Conflict("These files were read again meanwhile. Look at the page.")
        row.delivery = keep(
            flow=flow,
            found=found,
            sealed=staging.as_sealed(row.sealed[staging.ROWS]),
            files_sha256=row.files_sha256,
            attests_exclusions=attests_exclusions,
            actor=actor,
        )
        if answers is not None:
            layouts.remember(flow, headings, answers, actor=actor)
        del row.sealed[staging.ROWS]  # they are the holding now
        end(row, "keep")
    return row.delivery


def cancel(*, arrival: Arrival, actor: User) -> None:
    """Keep nothing of an arrival: its keys are destroyed, then its files."""
    can_cancel(actor, arrival).require()
    _close(arrival, "cancel", actor)


def overtake(*, flow: DataFlow, actor: User) -> None:
    """Let go of what waits for a flow, since a newer delivery of it was loaded."""
    for row in _open_ones(flow).select_related("agreement"):
        _close(row, "replace", actor)


def expire() -> None:
    """Erase what waited for a day; called every minute."""
    late = Arrival.objects.filter(state__in=OPEN, expires_at__lte=clock.now())
    jobs.for_each(late.select_related("agreement"), _expire)


def end_all(*, agreement: Agreement) -> None:
    """Erase what waits under an agreement, as it ends."""
    for row in agreement.arrivals.filter(state__in=OPEN).select_related("agreement"):
        _expire(row)


def _expire(row: Arrival) -> None:
    _close(row, "expire", System(CLAUSE))


def _close(arrival: Arrival, move: str, actor: Actor) -> None:
    with act(
        f"indicators.{move}_arrival",
        actor=actor,
        chain=arrival.agreement.chain,
        subject=arrival,
    ):
        row = _locked(arrival, move)
        job = jobs.latest(JOB, row)
        if job is not None and job.is_open:
            jobs.request_cancel(job, waits=False)
        end(row, move)


def _over() -> Conflict:
    return Conflict("These files are not waiting any more. Look at the page again.")


def _locked(arrival: Arrival, move: str) -> Arrival:
    """Return an arrival as it is now, locked; raises Conflict where that is over."""
    row = Arrival.objects.select_for_update().get(pk=arrival.pk)
    if not ARRIVAL.allows(row.state, move):
        raise Conflict(
            f"These files are {row.state} already, or are being read. Look at the page "
            "again."
        )
    return row


def _open_ones(flow: DataFlow) -> QuerySet[Arrival]:
    return Arrival.objects.filter(
        agreement=flow.agreement, flow=flow.key, state__in=OPEN
    )
