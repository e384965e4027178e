"""The mandate: an agreement's executed terms as one frozen record.

Execution freezes the terms and binds them to the digest of the signed text. Everything
that touches records asks `permits`, which answers from the mandate and from the live
state together: terms say what may ever be done, the live state what may be done today.
A record that no longer matches its digest stops sharing, and never stops destruction.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from accounts.acts import Decision, allow, deny
from agreements.rules.vocabulary import Sight

FORMAT = 2


class Topic(StrEnum):
    """What a clause is about, so that a decision can name the clause it rests on."""

    DATA = "data"
    ANALYSES = "analyses"
    ACCESS = "access"
    PUBLICATION = "publication"
    DESTRUCTION = "destruction"
    LINKING = "linking"
    TERM = "term"
    PAUSE = "pause"
    ONWARD = "onward"
    INCIDENTS = "incidents"
    PROJECT = "project"


CLAUSE_OF = {
    Topic.DATA: "C07",
    Topic.ANALYSES: "C09",
    Topic.ACCESS: "C10",
    Topic.PUBLICATION: "C16",
    Topic.DESTRUCTION: "C17",
    Topic.LINKING: "C49",
    Topic.TERM: "C31",
    Topic.PAUSE: "C33",
    Topic.ONWARD: "C13",
    Topic.INCIDENTS: "C21",
    Topic.PROJECT: "C29",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedParty:
    """One party and the capacities in which it acts."""

    key: str
    capacities: tuple[str, ...]
    signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedPurpose:
    """What records may be used for: in words, and by kind of use."""

    key: str
    text: str
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedFlow:
    """What one party may send another: element codes, for one purpose.

    basis: the ground on which education records leave; "" where none is stated.
    """

    key: str
    sender: str
    receiver: str
    grain: str
    elements: tuple[str, ...]
    purpose: str
    basis: str
    frequency: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedOnward:
    """To whom a receiver may pass an owner's records, and what for."""

    owner: str
    name: str
    interest: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedAccess:
    """What one person may see; both days count."""

    person: str
    party: str
    sees: tuple[Sight, ...]
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedAnalysis:
    """A permitted measure and the breakdowns it may be shown by."""

    measure: str
    breakdowns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Executed terms. Days are dates, `ends_on` the last day that counts.

    Flows, access, purposes, analyses, linkers and onward are what is allowed; owners,
    threshold and dates bound it. kind and model: as the rules name them.
    under: numbers of the agreements that bind this one, whose terms it only narrows.
    implementation_on: before it nothing is shared. breach_hours: for telling an owner
    of an incident.
    """

    agreement: str
    kind: str
    model: str
    text_digest: str
    parties: tuple[AgreedParty, ...]
    owners: tuple[str, ...]
    linkers: tuple[str, ...]
    flows: tuple[AgreedFlow, ...]
    onward: tuple[AgreedOnward, ...]
    access: tuple[AgreedAccess, ...]
    purposes: tuple[AgreedPurpose, ...]
    analyses: tuple[AgreedAnalysis, ...]
    under: tuple[str, ...]
    min_cell: int
    starts_on: date
    implementation_on: date
    review_on: date
    ends_on: date
    destroy_by: date
    list_days: int
    release_days: int
    end_days: int
    breach_hours: int
    clauses: tuple[tuple[Topic, str], ...]

    def clause(self, topic: Topic) -> str:
        """The key of the clause in force on this topic, or the empty text."""
        return dict(self.clauses).get(topic, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What holds today, whatever was signed.

    today: the date in the strictest owner's time zone.
    ended_on: the day on which the agreement was ended early; it no longer counts.
    holds: what may not be destroyed now (34 CFR 99.10(e), legal holds).
    above: what the agreements that bind this one say today.
    """

    today: date
    record_is_intact: bool = True
    paused_by: tuple[str, ...] = ()
    ended_on: date | None = None
    departed: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()
    above: "tuple[Above, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """An agreement that binds another one: its terms and what holds of it today.

    mandate: None where its terms cannot be read.
    """

    number: str
    mandate: Mandate | None
    live: LiveState


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """To send a file: element codes, or a heading where the element is unknown."""

    flow: str
    sender: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """To link the owners' records, by a party."""

    linker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyse:
    """To compute a measure by a breakdown."""

    measure: str
    breakdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class See:
    """To look; `Sight.TABLES` means tables that are published."""

    person: str
    what: Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """To publish tables that keep to a threshold and that these owners approved."""

    threshold: int
    approved_by: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroy:
    """To destroy a holding, by the reference that holds name."""

    holding: str


Request = Deliver | Link | Analyse | See | Publish | Destroy


_DAYS = ("starts_on", "implementation_on", "review_on", "ends_on", "destroy_by")
_LISTED = {
    "parties": AgreedParty,
    "flows": AgreedFlow,
    "onward": AgreedOnward,
    "purposes": AgreedPurpose,
    "analyses": AgreedAnalysis,
}


def to_record(mandate: Mandate) -> dict[str, Any]:
    """The mandate as plain JSON values, with dates as ISO text."""
    record: dict[str, Any] = json.loads(
        json.dumps(asdict(mandate), default=date.isoformat)
    )
    return {**record, "clauses": dict(record["clauses"]), "format": FORMAT}


def from_record(record: Mapping[str, Any]) -> Mandate:
    """The mandate that `to_record` wrote.

    Raises ValueError for a format that this program does not know, and KeyError or
    TypeError for a record that lacks a term or has one too many.
    """
    terms = dict(record)
    if terms.pop("format") != FORMAT:
        raise ValueError("the record of executed terms has an unknown format")
    for name in _DAYS:
        terms[name] = date.fromisoformat(terms[name])
    for name in ("owners", "linkers", "under"):
        terms[name] = tuple(terms[name])
    for name, kind in _LISTED.items():
        terms[name] = tuple(
            kind(
                **{
                    key: tuple(value) if isinstance(value, list) else value
                    for key, value in each.items()
                }
            )
            for each in terms[name]
        )
    terms["access"] = tuple(
        AgreedAccess(
            person=each["person"],
            party=each["party"],
            sees=tuple(Sight(sight) for sight in each["sees"]),
            from_on=date.fromisoformat(each["from_on"]),
            until_on=date.fromisoformat(each["until_on"]),
        )
        for each in terms["access"]
    )
    terms["clauses"] = tuple(
        (topic, terms["clauses"][topic]) for topic in Topic if topic in terms["clauses"]
    )
    return Mandate(**terms)


def digest(record: Mapping[str, Any]) -> str:
    """SHA-256 of the record as canonical JSON: sorted keys, no blanks, UTF-8."""
    canonical = json.dumps(
        record, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def permits(mandate: Mandate | None, live: LiveState, request: Request) -> Decision:
    """Whether the signed terms and the live state allow this, with the clause.

    mandate: None where no executed terms can be read; that permits destruction only.
    """
    if isinstance(request, Destroy):
        return _destroy(live, request)
    if mandate is None:
        return deny(
            "There are no signed terms that can be read, so nothing may be shared."
        )
    for decision in (
        _standing(mandate, live, request),
        *(_bound(mandate, each, request) for each in live.above),
    ):
        if not decision:
            return decision
    match request:
        case Deliver():
            return _deliver(mandate, request)
        case Link():
            return _link(mandate, request)
        case Analyse():
            return _analyse(mandate, request)
        case See():
            return _see(mandate, live, request)
        case Publish():
            return _publish(mandate, request)


def _standing(mandate: Mandate, live: LiveState, request: Request) -> Decision:
    """Whether anything but destruction may be done today."""
    if not live.record_is_intact:
        return deny(
            "The record of the signed terms no longer matches its digest, so nothing "
            "may be shared under it. Tell an administrator and the owners."
        )
    if live.paused_by:
        return deny(
            "Sharing is paused. An owner that paused it must resume it first.",
            mandate.clause(Topic.PAUSE),
        )
    term = mandate.clause(Topic.TERM)
    if live.today < mandate.starts_on:
        return deny(f"The term begins on {mandate.starts_on}; wait until then.", term)
    reads_tables = isinstance(request, See) and request.what is Sight.TABLES
    if live.today < mandate.implementation_on and not reads_tables:
        return deny(
            f"Sharing goes live on {mandate.implementation_on}; wait until then.", term
        )
    is_over = live.today > mandate.ends_on or (
        live.ended_on is not None and live.today >= live.ended_on
    )
    if is_over and not reads_tables:
        return deny(
            "The agreement has ended. Only destruction is left, and reading what was "
            "published.",
            term,
        )
    return allow(term)


def _bound(mandate: Mandate, above: Above, request: Request) -> Decision:
    """Whether an agreement that binds this one lets this happen today."""
    clause = mandate.clause(Topic.PROJECT)
    if above.mandate is None:
        return deny(f"The terms of {above.number} cannot be read.", clause)
    standing = _standing(above.mandate, above.live, request)
    if not standing:
        return deny(
            f"This stands under {above.number}, and there: {standing.reason}", clause
        )
    sent = {
        code
        for flow in above.mandate.flows
        if isinstance(request, Deliver) and flow.sender == request.sender
        for code in flow.elements
    }
    if isinstance(request, Deliver) and request.sender in above.mandate.owners:
        beyond = [each for each in request.columns if each not in sent]
        if beyond:
            return deny(
                f"{above.number}, under which this stands, does not let this party "
                f"send {', '.join(beyond)}. Send the file again without it.",
                clause,
            )
    if isinstance(request, Publish) and request.threshold < above.mandate.min_cell:
        return deny(
            f"{above.number}, under which this stands, shows no group under "
            f"{above.mandate.min_cell}. Make the tables again with that number.",
            clause,
        )
    return allow(clause)


def _deliver(mandate: Mandate, request: Deliver) -> Decision:
    clause = mandate.clause(Topic.DATA)
    flow = next((each for each in mandate.flows if each.key == request.flow), None)
    if flow is None or flow.sender != request.sender:
        return deny("The agreement does not let this party send this.", clause)
    if flow.purpose not in [each.key for each in mandate.purposes]:
        return deny("The agreement does not list the purpose of this flow.", clause)
    unlisted = [each for each in request.columns if each not in flow.elements]
    if unlisted:
        return deny(
            f"The data schedule does not list {', '.join(unlisted)}. Send the file "
            "again without it, or amend the agreement.",
            clause,
        )
    return allow(clause)


def _link(mandate: Mandate, request: Link) -> Decision:
    clause = mandate.clause(Topic.LINKING)
    if request.linker not in mandate.linkers:
        return deny("The agreement does not name this party to link.", clause)
    return allow(clause)


def _analyse(mandate: Mandate, request: Analyse) -> Decision:
    clause = mandate.clause(Topic.ANALYSES)
    if any(
        each.measure == request.measure and request.breakdown in each.breakdowns
        for each in mandate.analyses
    ):
        return allow(clause)
    return deny(
        f"The agreement does not list {request.measure} by {request.breakdown}. Ask "
        "the owners to approve the question first.",
        clause,
    )


def _see(mandate: Mandate, live: LiveState, request: See) -> Decision:
    clause = mandate.clause(Topic.ACCESS)
    if request.person in live.departed:
        return deny("This person has left the post that gave access.", clause)
    entries = [
        each
        for each in mandate.access
        if each.person == request.person and each.from_on <= live.today
    ]
    if request.what is Sight.TABLES and entries:
        return allow(clause)
    if any(
        request.what in each.sees and live.today <= each.until_on for each in entries
    ):
        return allow(clause)
    return deny("The access list does not let this person see this today.", clause)


def _publish(mandate: Mandate, request: Publish) -> Decision:
    clause = mandate.clause(Topic.PUBLICATION)
    if request.threshold < mandate.min_cell:
        return deny(
            f"The owners agreed to show no group under {mandate.min_cell}. Make the "
            "tables again with that number.",
            clause,
        )
    if not set(mandate.owners) <= set(request.approved_by):
        return deny("Not every owner has approved, and none can be outvoted.", clause)
    return allow(clause)


def _destroy(live: LiveState, request: Destroy) -> Decision:
    clause = CLAUSE_OF[Topic.DESTRUCTION]
    if request.holding in live.holds:
        return deny(
            "These records are under an open request to inspect them or a legal hold "
            "(34 CFR 99.10(e)). Destroy the rest, and these when it closes.",
            clause,
        )
    return allow(clause)
