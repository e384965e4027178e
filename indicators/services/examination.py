"""Examining files at the door: a job reads them, and seals what may be kept."""

from collections.abc import Sequence
from typing import BinaryIO

from accounts import clock, jobs
from accounts.acting import System, act
from agreements.models import DataFlow
from agreements.queries import permitted, today_of
from indicators import frames, staging
from indicators.arrival_quality import counts
from indicators.arrival_report import (
    Found,
    answers_from,
    answers_record,
    digest_of_headings,
    found_from,
    found_in,
)
from indicators.arrivals.contract import Answers
from indicators.arrivals.contract import Arrival as Read
from indicators.formats.problems import FormatError
from indicators.formats.report import Item
from indicators.lifecycle import ARRIVAL
from indicators.models import Arrival
from indicators.services import layouts
from indicators.services.deliveries import places_on_record, read, request_of

JOB = "indicators.examine"
CLAUSE = "C49"
STEPS = (
    "Open the sealed files",
    "Read headings and rows",
    "Compare them with the agreement",
    "Seal what may be kept",
)
OPENING, READING, COMPARING, SEALING = STEPS


def flow_of(arrival: Arrival) -> DataFlow:
    """Return the flow for which files came."""
    return DataFlow.objects.select_related("agreement", "sender", "receiver").get(
        agreement=arrival.agreement_id, key=arrival.flow
    )


def found_at(arrival: Arrival) -> Found | None:
    """Return what was found in an arrival's files; None before, and once it is gone."""
    part = arrival.sealed.get(staging.REPORT)
    if part is None:
        return None
    try:
        return found_from(staging.record_of(str(arrival.sender_id), part))
    except staging.Gone:
        return None


def answers_at(arrival: Arrival) -> tuple[Answers | None, str]:
    """Return what was answered about these files, and the digest of their headings.

    None and nothing where nobody answered anything.
    """
    part = arrival.sealed.get(staging.ANSWERS)
    if part is None:
        return None, ""
    record = staging.record_of(str(arrival.sender_id), part)
    return answers_from(record["answers"]), record["headings"]


def seal_answers(owner: str, answers: Answers, headings: str) -> staging.Part:
    """Return where answers lie now, with the digest of the headings they are about."""
    record = {"answers": answers_record(answers), "headings": headings}
    return staging.seal_record(owner, record)


def examine(key: int, work: jobs.Work) -> None:
    """Read an arrival's files; say what would be kept, and seal it for that."""
    arrival = Arrival.objects.select_related("agreement", "sender").get(pk=key)
    if arrival.state != ARRIVAL.initial:
        with work.finish():
            return
    flow, owner = flow_of(arrival), str(arrival.sender_id)
    work.step(OPENING)
    files = [staging.opened(owner, part) for part in _files(arrival)]
    work.step(READING, len(files))
    given, headings = answers_at(arrival)
    arrived = _read(flow, files, given or Answers())
    headings = headings or digest_of_headings(arrived.columns)
    remembered = None if given else layouts.remembered(flow, headings)
    if remembered is not None:
        arrived = _read(flow, files, remembered)
    work.step(COMPARING, arrived.n_rows)
    found = found_in(
        arrived,
        counts=counts(
            arrived.frames,
            today=today_of(flow.agreement),
            places=places_on_record(flow),
        ),
        headings=headings,
        scope=flow.scope,
        is_remembered=remembered is not None,
    )
    permitted(flow.agreement, request_of(flow, found)).require()
    work.step(SEALING)
    sealed: dict[str, staging.Part] = {}
    with staging.staged_if_recorded(owner, sealed.values()):
        sealed[staging.REPORT] = staging.seal_record(owner, found.as_record())
        if found.can_be_kept:
            sealed[staging.ROWS] = staging.seal(owner, frames.pack(arrived.frames))
        if remembered is not None:
            sealed[staging.ANSWERS] = seal_answers(owner, remembered, headings)
        with (
            work.finish(),
            act(
                "indicators.examine",
                actor=System(CLAUSE),
                chain=arrival.agreement.chain,
                subject=arrival,
                detail={"rows": found.n_rows, "set_aside": found.n_rejected},
            ),
        ):
            row = Arrival.objects.select_for_update().get(pk=key)
            row.state = ARRIVAL.move(row.state, "examine")
            row.sealed = row.sealed | sealed
            row.save()


def _read(flow: DataFlow, files: Sequence[BinaryIO], answers: Answers) -> Read:
    """Return what files hold; what no reader takes is an error like others."""
    try:
        return read(flow, files, answers)
    except FormatError as error:
        item = Item(error.id, error.line, error.column, error.message)
        return Read(errors=(item,))


def _files(arrival: Arrival) -> list[staging.Part]:
    return [
        arrival.sealed[f"{staging.FILE} {number}"] for number in range(arrival.n_files)
    ]


def stop_examination(key: int, message: str) -> None:
    """Let go of files that could not be examined; called in the job's last write."""
    row = Arrival.objects.select_for_update().get(pk=key)
    if row.state != ARRIVAL.initial:
        return  # it was cancelled, or has expired
    with act(
        "indicators.examine_failed",
        actor=System(CLAUSE),
        chain=row.agreement.chain,
        subject=row,
    ):
        end(row, "fail")


def end(row: Arrival, move: str) -> None:
    """Record that an arrival is over, and erase what is left of it."""
    staging.erase_once_committed(str(row.sender_id), row.sealed.values())
    row.state = ARRIVAL.move(row.state, move)
    row.ended_at, row.sealed = clock.now(), {}
    row.save()
