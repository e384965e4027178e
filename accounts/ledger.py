"""Hash chains of acts: append, head, verify. The only door to ledger rows."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts import clock, triggers
from accounts.acting import Act, label_of
from accounts.history import digest_of, history_of, tracked_models
from accounts.models import ChainHead, LedgerEntry, PendingDigest
from accounts.triggers import evidence_models

SYSTEM = "system"
GENESIS = "0" * 64
BATCH_ROWS = 100
# What Django and JSON raise over a value that its column could never hold.
UNREADABLE = (AttributeError, TypeError, ValueError, ArithmeticError, ValidationError)


def append(act: Act) -> LedgerEntry:
    """Return the entry of an act, written under the lock of its chain's head.

    Digests that autosaves left waiting on the chain go into it too.
    """
    heads = ChainHead.objects.select_for_update().filter(chain=act.chain)
    head = heads.first()
    if head is None:
        ChainHead.objects.get_or_create(chain=act.chain, defaults={"hash": GENESIS})
        head = heads.get()
    waiting = list(PendingDigest.objects.filter(chain=act.chain).order_by("pk"))
    carried = [[row.kind, row.key, row.digest] for row in waiting]
    # By key: an autosave that lands meanwhile waits for the next entry.
    if waiting:
        PendingDigest.objects.filter(pk__in=[row.pk for row in waiting]).delete()
    entry = LedgerEntry(
        chain=act.chain,
        number=head.number + 1,
        at=clock.now(),
        actor=label_of(act.actor),
        act=act.name,
        subject=act.subject,
        detail=act.detail,
        digests=carried + act.digests,
        previous=head.hash,
    )
    entry.hash = hash_of(entry)
    entry.save(force_insert=True)
    head.number, head.hash = entry.number, entry.hash
    head.save()
    return entry


def defer(act: Act) -> None:
    """Keep an autosave's digests until the chain's next entry."""
    for kind, key, digest in act.digests:
        PendingDigest.objects.create(chain=act.chain, kind=kind, key=key, digest=digest)


def head(chain: str) -> tuple[int, str]:
    """Return the number and hash of a chain's newest entry."""
    row = ChainHead.objects.filter(chain=chain).first()
    return (row.number, row.hash) if row else (0, GENESIS)


def hash_of(entry: LedgerEntry) -> str:
    """Return the SHA-256 that binds an entry to all before it, in hexadecimal."""
    content: dict[str, Any] = {
        "chain": entry.chain,
        "number": entry.number,
        "at": entry.at.isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "act": entry.act,
        "subject": entry.subject,
        "detail": entry.detail,
        "digests": entry.digests,
        "previous": entry.previous,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify() -> Iterator[str]:
    """Yield one sentence for each fault in triggers, chains, history or live rows.

    It cannot show that the newest entries of a chain were cut off together with
    the head: compare the heads that executed documents and owners' copies print.
    """
    named: dict[tuple[str, str], str] = {}
    with _one_moment():
        yield from triggers.faults(connection.alias)
        yield from _verify_chains(named)
        yield from _verify_pending(named)
        yield from _verify_evidence(named)
        yield from _verify_live()


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read the database as it is now: acts that land meanwhile are no faults."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _verify_chains(named: dict[tuple[str, str], str]) -> Iterator[str]:
    for head_row in ChainHead.objects.order_by("chain"):
        number, previous = 0, GENESIS
        entries = LedgerEntry.objects.filter(chain=head_row.chain).order_by("number")
        for key, entry in _each(entries):
            number += 1
            if entry is None:
                yield f"{head_row.chain}: row {key} was changed and cannot be read."
                continue
            where = f"{entry.chain} entry {entry.number}"
            if entry.number != number:
                yield f"{head_row.chain}: entry {number} is missing."
                number = entry.number
            if entry.previous != previous:
                yield f"{where} does not follow the entry before it."
            if entry.hash != _unless_unreadable(hash_of, entry):
                yield f"{where} was changed."
            previous = entry.hash
            for kind, key, digest in _digests_in(entry):
                if named.setdefault((kind, key), digest) != digest:
                    yield f"{where} names {kind} row {key} with another digest."
        if (head_row.number, head_row.hash) != (number, previous):
            yield f"{head_row.chain}: the head does not match its newest entry."
    chains = ChainHead.objects.values("chain")
    for chain in (
        LedgerEntry.objects.exclude(chain__in=chains)
        .order_by("chain")
        .values_list("chain", flat=True)
        .distinct()
    ):
        yield f"{chain}: entries without a chain head."


def _digests_in(entry: LedgerEntry) -> Iterator[tuple[str, str, str]]:
    """Yield kind, key and digest; what somebody changed may have any shape."""
    for item in entry.digests if isinstance(entry.digests, list) else ():
        match item:
            case [str(kind), str(key), str(digest)]:
                yield kind, key, digest


def _verify_pending(named: dict[tuple[str, str], str]) -> Iterator[str]:
    """Only rows of history wait for an entry, and none that an entry names."""
    history = {history_of(model)._meta.label_lower for model in tracked_models()}
    for row in PendingDigest.objects.order_by("pk").iterator():
        if row.kind not in history or (row.kind, row.key) in named:
            yield f"A digest of {row.kind} row {row.key} waits that no autosave left."
        else:
            named[row.kind, row.key] = row.digest


def _verify_evidence(named: dict[tuple[str, str], str]) -> Iterator[str]:
    models = {
        model._meta.label_lower: model
        for model in evidence_models()
        if model is not LedgerEntry
    }
    for kind, model in sorted(models.items()):
        for key, row in _each(model._default_manager.order_by("pk")):
            digest = named.pop((kind, str(key)), None)
            if digest is None:
                yield f"{kind} row {key} was inserted: no ledger entry names it."
            elif row is None or digest != _unless_unreadable(digest_of, row):
                yield f"{kind} row {key} was changed."
    for kind, key in sorted(named):
        yield f"{kind} row {key} was removed."


def _each(rows: QuerySet[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield each row's key with the row, or with None if it cannot be read.

    A value that somebody wrote by hand may be none that its column could hold.
    """
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH_ROWS):
        some = keys[start : start + BATCH_ROWS]
        try:
            found = rows.in_bulk(some)
        except UNREADABLE:
            found = {key: _unless_unreadable(rows.get, pk=key) for key in some}
        yield from ((key, found.get(key)) for key in some)


def _unless_unreadable(function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """Return what a function makes of a row, None if the row makes no sense."""
    try:
        return function(*given, **named)
    except UNREADABLE:
        return None


def _verify_live() -> Iterator[str]:
    for model in tracked_models():
        history = history_of(model)
        pk_name = model._meta.pk.attname
        fields = [field.attname for field in history.tracked_fields]
        newest: dict[Any, Any] = {}
        for _, row in _each(history._default_manager.order_by("history_id")):
            if row is not None:  # else it is named as changed
                newest[getattr(row, pk_name)] = row
        for key, row in _each(model._default_manager.order_by("pk")):
            last = newest.pop(key, None)
            if last is None or last.history_type == "-":
                yield f"{model._meta.label} {key} has no history."
            elif row is None or any(
                getattr(row, name) != getattr(last, name) for name in fields
            ):
                yield f"{model._meta.label} {key} differs from its history."
        for key, last in newest.items():
            if last.history_type != "-":
                yield f"{model._meta.label} {key} was removed outside an act."
