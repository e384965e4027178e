"""Who is acting: every tracked write happens inside `act(...)`.

An act opens the transaction, names the actor, collects the digests of the history
rows written meanwhile, and appends one ledger entry as its last write.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import IntegrityError, models, transaction

from accounts.acts import Conflict

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, slots=True)
class System:
    """The unattended actor, which names the clause it acts on."""

    clause: str

    @property
    def label(self) -> str:
        """How history and ledger name this actor."""
        return f"system:{self.clause}"


Actor: TypeAlias = "User | System"


def label_of(actor: Actor) -> str:
    """Return how history and ledger name an actor: an identifier, never a name."""
    return actor.label if isinstance(actor, System) else f"user:{actor.pk}"


@dataclass(slots=True)
class Act:
    """One act in progress."""

    name: str
    actor: Actor
    chain: str
    subject: str
    detail: dict[str, Any]
    digests: list[list[str]] = field(default_factory=list)

    def note(self, kind: str, key: object, digest: str) -> None:
        """Add a digest that has no history row, such as a document's."""
        self.digests.append([kind, str(key), digest])


_current: ContextVar[Act | None] = ContextVar("act", default=None)


def current() -> Act | None:
    """Return the innermost act in progress, if any."""
    return _current.get()


def subject_of(row: models.Model) -> str:
    """Return how the ledger names a row: its model and key."""
    return f"{row._meta.label_lower}:{row.pk}"


@contextmanager
def first_of_two(otherwise: str) -> Iterator[None]:
    """Let the first of two equal acts through; the other raises Conflict.

    Both were told that nothing stood in the way, and the database took one of them.
    """
    try:
        yield
    except IntegrityError:
        raise Conflict(otherwise) from None


@contextmanager
def act(
    name: str,
    *,
    actor: Actor,
    chain: str,
    subject: models.Model | None = None,
    detail: Mapping[str, Any] | None = None,
    is_save_point: bool = True,
) -> Iterator[Act]:
    """Run one act by `actor` in one transaction, ending in one ledger entry.

    name: dotted verb, such as "agreements.submit". chain: the ledger chain it
    belongs to. detail: identifiers, counts and digests only, never personal data.
    is_save_point: False for an autosave, whose digests wait for the next entry of
    the chain.
    """
    from accounts import ledger

    this = Act(
        name=name,
        actor=actor,
        chain=chain,
        subject=subject_of(subject) if subject is not None else "",
        detail=dict(detail or {}),
    )
    with transaction.atomic():
        token = _current.set(this)
        try:
            yield this
            if subject is not None and subject.pk is not None:
                this.subject = subject_of(subject)
        finally:
            _current.reset(token)
        if is_save_point:
            ledger.append(this)
        else:
            ledger.defer(this)
