"""Whether signed terms and the state of the day let something happen (pure).

Everything that touches records asks `permits`, which answers from the mandate and from
the live state together: terms say what may ever be done, the live state what may be
done today. A record that no longer matches its digest stops sharing, and never stops
destruction.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from accounts.acts import Decision, allow, deny
from agreements.mandate import CLAUSE_OF, Mandate, Topic
from agreements.rules.scope import Scope, in_words
from agreements.rules.vocabulary import Grain, Sight


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
    """To send a file: element codes, or a heading where the element is unknown.

    scope: whose rows are in it; None where no rows are at hand yet.
    """

    flow: str
    sender: str
    columns: tuple[str, ...]
    scope: Scope | None = None


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
    if isinstance(request, Deliver) and request.sender in above.mandate.owners:
        beyond = _beyond(mandate, above.mandate, request)
        if beyond:
            return deny(
                f"{above.number}, under which this stands, does not let this party "
                f"send {', '.join(beyond)}. Send the file again without it.",
                clause,
            )
        if _is_wider(mandate, above.mandate, request):
            return deny(
                f"{above.number}, under which this stands, does not let this party "
                "send all the rows that this agreement covers (rule R-057). Narrow "
                "whose rows are sent, or amend that agreement.",
                clause,
            )
    if isinstance(request, Publish) and request.threshold < above.mandate.min_cell:
        return deny(
            f"{above.number}, under which this stands, shows no group under "
            f"{above.mandate.min_cell}. Make the tables again with that number.",
            clause,
        )
    return allow(clause)


def _beyond(mandate: Mandate, above: Mandate, request: Deliver) -> list[str]:
    """The columns that a binding agreement does not let the sender send so finely."""
    grains = {Grain(each.grain) for each in mandate.flows if each.key == request.flow}
    sent = {
        code
        for flow in above.flows
        if flow.sender == request.sender
        and not any(each.is_finer_than(Grain(flow.grain)) for each in grains)
        for code in flow.elements
    }
    return [each for each in request.columns if each not in sent]


def _is_wider(mandate: Mandate, above: Mandate, request: Deliver) -> bool:
    """Whether a project lets a sender send rows that a binding agreement does not."""
    return any(
        code in flow.elements and not any(each.scope.covers(flow.scope) for each in own)
        for flow in mandate.flows
        if flow.key == request.flow
        for code in request.columns
        if (
            own := [
                each
                for each in above.flows
                if each.sender == request.sender and code in each.elements
            ]
        )
    )


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
    if request.scope is not None and request.scope != flow.scope:
        stated = in_words(flow.scope)
        whose = f"only rows {stated}" if stated else "all rows"
        return deny(
            f"The agreement now lets this party send {whose}, and this file was read "
            "under other terms (rule R-057). Send the file again.",
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
