"""Lines of the register: where each agreement stands, in plain words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from agreements.models import Agreement, Obligation
from agreements.pages import spoken
from agreements.queries.register import with_standing

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One agreement as the register lists it.

    destruction_on: of what is next destroyed; None when no date is set, or when
    `is_destroyed`, since then nothing is left.
    """

    number: str
    url: str
    title: str
    purpose: str
    partners: tuple[str, ...]
    kind: str
    status: str
    starts_on: date | None
    ends_on: date | None
    destruction_on: date | None
    is_destroyed: bool
    next_step: str


def lines_of(keys: list[int], *, today: date) -> Iterator[Line]:
    """Yield the lines of agreements in the order of their keys, a few at a time."""
    for start in range(0, len(keys), AT_ONCE):
        for agreement in with_standing(keys[start : start + AT_ONCE]):
            yield _line(agreement, today)


def _line(agreement: Agreement, today: date) -> Line:
    duties = list(agreement.obligations.all())
    is_destroyed = (
        agreement.state == "ended" and bool(duties) and not _next_duty(agreement)
    )
    return Line(
        number=agreement.number,
        url=agreement.get_absolute_url(),
        title=agreement.title,
        purpose="; ".join(each.text for each in agreement.purposes.all()),
        partners=tuple(_parties(agreement)),
        kind=agreement.kind,
        status=agreement.state_label,
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
        destruction_on=None if is_destroyed else _destruction_on(agreement),
        is_destroyed=is_destroyed,
        next_step=_next_step(agreement, today),
    )


def _parties(agreement: Agreement) -> list[str]:
    return [party.organisation.name for party in agreement.parties.all()]


def _next_duty(agreement: Agreement) -> Obligation | None:
    waiting = (duty for duty in agreement.obligations.all() if not duty.discharged_at)
    return min(waiting, key=lambda duty: duty.due_on, default=None)


def _destruction_on(agreement: Agreement) -> date | None:
    duty = _next_duty(agreement)
    return duty.due_on if duty else agreement.destroy_by


def _next_step(agreement: Agreement, today: date) -> str:
    match agreement.state:
        case "draft":
            return "Finish the draft and send it for approval"
        case "review":
            return f"Approval by {_joined(_outstanding(agreement))}"
        case "approved":
            return "Its text is made ready for signature"
        case "signing":
            return f"Signature for {_joined(_unsigned(agreement))}"
        case "paused":
            paused = [
                party.organisation.name
                for party in agreement.parties.all()
                if party.organisation_id in agreement.paused_by
            ]
            return f"{_joined(paused)} takes back the pause"
    return _next_date(agreement, today)


def _outstanding(agreement: Agreement) -> list[str]:
    return [
        approval.owner.name
        for round_ in agreement.rounds.all()
        for approval in round_.approvals.all()
    ]


def _unsigned(agreement: Agreement) -> list[str]:
    """Return the parties whose signatory has not signed the newest frozen text."""
    newest = next(iter(agreement.documents.all()), None)
    signed = {
        signature.signatory_id
        for signature in agreement.signatures.all()
        if newest and signature.document_id == newest.pk
    }
    return [
        party.organisation.name
        for party in agreement.parties.all()
        if party.signs and party.signatory_id not in signed
    ]


def _next_date(agreement: Agreement, today: date) -> str:
    """Return what falls due first: a destruction, the review or the end."""
    steps: list[tuple[date, str]] = []
    if duty := _next_duty(agreement):
        steps.append((duty.due_on, f"Destroy {duty.get_kind_display().lower()} by"))
    if agreement.state == "in_force":
        if agreement.review_on and agreement.review_on >= today:
            steps.append((agreement.review_on, "Review by"))
        if agreement.ends_on:
            steps.append((agreement.ends_on, "Ends on"))
    if not steps:
        return "Nothing more"
    day, words = min(steps)
    return f"{words} {spoken(day)}"


def _joined(names: Iterable[str]) -> str:
    return " and ".join(names) or "nobody"
