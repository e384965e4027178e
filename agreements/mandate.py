"""The mandate: an agreement's executed terms as one frozen record (pure).

Execution freezes the terms and binds them to the digest of the signed text.
`permission` answers from them what may be done.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from agreements.rules.scope import ALL, Scope
from agreements.rules.vocabulary import Sight

FORMAT = 3


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

    basis: the ground on which education records leave; "" where none is stated. scope:
    whose rows are sent.
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
    scope: Scope = ALL


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
        terms[name] = tuple(kind(**_with_tuples(each)) for each in terms[name])
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


def _with_tuples(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one listed term; TypeError for what is no object."""
    if not isinstance(record, Mapping):
        raise TypeError(f"{record!r} is no term")
    terms = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in record.items()
    }
    if "scope" in record:
        terms["scope"] = Scope(**_with_tuples(record["scope"]))
    return terms


def digest(record: Mapping[str, Any]) -> str:
    """SHA-256 of the record as canonical JSON: sorted keys, no blanks, UTF-8."""
    canonical = json.dumps(
        record, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
