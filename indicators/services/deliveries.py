"""Receiving a delivery: read, check against the mandate, seal, record."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import BinaryIO

import pyarrow as pa

from accounts import clock, hooks
from accounts.acting import act
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.mandate import Deliver
from agreements.models import DataFlow
from agreements.queries import facts_of, permitted, proof_of, today_of
from agreements.rules.engine import evaluate
from agreements.rules.facts import DeliveryFacts
from agreements.rules.vocabulary import Stage
from agreements.services.obligations import lock_for_keeping, open_all
from indicators import frames
from indicators.custody import vault
from indicators.events import DeliveryAccepted
from indicators.formats import edfi, flat
from indicators.formats.columns import ENROLMENT_COLUMNS, TENANT_COLUMNS, Column
from indicators.formats.problems import FormatError
from indicators.intake import accept
from indicators.lifecycle import DELIVERY
from indicators.models import Delivery, Holding
from indicators.policy import can_deliver

STUDENT_PARTS = {
    "student": "the students (Student.xml)",
    "attendance": "the attendance events (StudentSchoolAttendance.xml)",
    "calendar": "the calendar (EducationOrgCalendar.xml)",
    "enrolment": "the enrolments (a CSV file)",
}

# Large files fill most of the memory that a process may have while they are read.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(slots=True)
class _Arrived:
    """What was read from a delivery's files."""

    frames: dict[str, pa.Table] = field(default_factory=dict)
    elements: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    n_rows: int = 0
    n_set_aside: int = 0


def receive(
    *,
    flow: DataFlow,
    files: Sequence[BinaryIO],
    attests_exclusions: bool,
    actor: User,
) -> Delivery:
    """Return the delivery that these files make; refuse them whole otherwise.

    Reading and sealing happen before the transaction opens. Rows go to the vault
    and nowhere else. Raises RuleBroken with what is wrong and what to do.
    """
    can_deliver(actor, flow).require()
    agreement = flow.agreement
    listed = frozenset(flow.elements.values_list("code", flat=True))
    with _ONE_AT_A_TIME:
        arrived = _read(files, listed, today=today_of(agreement))
        _require_clean(flow, arrived, attests_exclusions=attests_exclusions)
        request = Deliver(
            flow=flow.key,
            sender=str(flow.sender_id),
            columns=tuple(sorted(arrived.elements)),
        )
        permitted(agreement, request).require()
        is_housing = "tenants" in arrived.frames
        sealed = vault().put(str(flow.sender_id), frames.pack(arrived.frames))
        arrived.frames.clear()
    with act(
        "indicators.receive",
        actor=actor,
        chain=agreement.chain,
        detail={"flow": flow.key, "rows": arrived.n_rows, "sha256": sealed.sha256},
    ) as this:
        lock_for_keeping(agreement)
        permitted(agreement, request).require()
        for old in Delivery.objects.select_for_update().filter(
            agreement=agreement, flow=flow.key, state=DELIVERY.initial
        ):
            old.state = DELIVERY.move(old.state, "replace")
            old.save()
        holding = Holding.objects.create(
            agreement=agreement,
            owner=flow.sender,
            kind=Holding.Kind.TENANTS if is_housing else Holding.Kind.STUDENTS,
            blob=sealed.blob,
            key=sealed.key_id,
            n_rows=arrived.n_rows - arrived.n_set_aside,
            n_bytes=sealed.n_bytes,
            created_at=clock.now(),
        )
        delivery = Delivery.objects.create(
            agreement=agreement,
            flow=flow.key,
            sender=flow.sender,
            delivered_by=actor,
            holding=holding,
            n_rows=arrived.n_rows,
            n_set_aside=arrived.n_set_aside,
            receipt={
                "read": sorted(arrived.elements),
                "left": arrived.left,
                "notices": arrived.notices,
                "sha256": sealed.sha256,
            },
            has_exclusion_attested=attests_exclusions,
            received_at=clock.now(),
        )
        open_all(agreement=agreement)
        this.subject = f"indicators.delivery:{delivery.pk}"
        hooks.publish(DeliveryAccepted(delivery))
    return delivery


def _read(
    files: Sequence[BinaryIO], listed: frozenset[str], *, today: date
) -> _Arrived:
    if not files:
        raise RuleBroken("No file was chosen. Choose the file and load it again.")
    if any(code.startswith("tenant.") for code in listed):
        return _read_housing(files, listed, today=today)
    return _read_school(files, listed, today=today)


def _columns(contract: Sequence[Column], listed: frozenset[str]) -> list[Column]:
    return [column for column in contract if column.element in listed]


def _read_flat(
    arrived: _Arrived, name: str, file: BinaryIO, columns: list[Column], today: date
) -> None:
    accepted = accept(flat.read(file), columns, today=today)
    arrived.frames[name] = accepted.frame
    arrived.elements |= {column.element for column in columns}
    arrived.notices += accepted.notices
    arrived.n_rows += accepted.n_rows
    arrived.n_set_aside += accepted.n_set_aside


def _read_housing(
    files: Sequence[BinaryIO], listed: frozenset[str], *, today: date
) -> _Arrived:
    if len(files) > 1:
        raise FormatError("Send one file: the list of one date. Nothing was kept.")
    arrived = _Arrived()
    _read_flat(arrived, "tenants", files[0], _columns(TENANT_COLUMNS, listed), today)
    return arrived


def _read_school(
    files: Sequence[BinaryIO], listed: frozenset[str], *, today: date
) -> _Arrived:
    markup = [file for file in files if _is_markup(file)]
    tables = [file for file in files if file not in markup]
    if len(tables) > 1:
        raise FormatError("Send one CSV file, the enrolments. Nothing was kept.")
    arrived = _Arrived()
    if markup:
        read = edfi.read(markup, listed=listed)
        arrived.frames |= {
            name: frame for name, frame in read.frames.items() if frame.num_rows
        }
        arrived.elements |= {
            code for code in listed if code.split(".")[0] in arrived.frames
        }
        arrived.left += read.elements_left
        arrived.notices += read.notices
        arrived.n_rows += read.n_rows
        arrived.n_set_aside += read.n_set_aside
    for file in tables:
        _read_flat(
            arrived, "enrolment", file, _columns(ENROLMENT_COLUMNS, listed), today
        )
    missing = [
        words for part, words in STUDENT_PARTS.items() if part not in arrived.frames
    ]
    if missing:
        raise FormatError(
            f"Among the files there is nothing for {', '.join(missing)}. Nothing was "
            "kept. Choose all the files together and load them again."
        )
    return arrived


def _is_markup(file: BinaryIO) -> bool:
    start = file.read(512).replace(b"\0", b"")  # as UTF-16 has beside each letter
    file.seek(0)
    return start.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"<")


def _require_clean(
    flow: DataFlow, arrived: _Arrived, *, attests_exclusions: bool
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
