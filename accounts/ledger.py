"""Hash chains of acts: append, head, verify. The only door to ledger rows."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from accounts import clock
from accounts.acting import Act, label_of
from accounts.history import digest_of, tracked_models
from accounts.models import ChainHead, LedgerEntry, PendingDigest
from accounts.triggers import evidence_models

SYSTEM = "system"
GENESIS = "0" * 64


def append(act: Act) -> LedgerEntry:
    """Return the entry of an act, written under the lock of its chain's head.

    Digests that autosaves left waiting on the chain go into it too.
    """
    ChainHead.objects.get_or_create(chain=act.chain, defaults={"hash": GENESIS})
    head = ChainHead.objects.select_for_update().get(chain=act.chain)
    waiting = list(PendingDigest.objects.filter(chain=act.chain).order_by("pk"))
    carried = [[row.kind, row.key, row.digest] for row in waiting]
    # By key: an autosave that lands meanwhile waits for the next entry.
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
    """Yield one sentence for each fault in chains, history or live rows.

    It cannot show that the newest entries of a chain were cut off together with
    the head: compare the heads that executed documents and owners' copies print.
    """
    named: dict[tuple[str, str], str] = {}
    with _one_moment():
        yield from _verify_chains(named)
        for row in PendingDigest.objects.order_by("pk").iterator():
            named[row.kind, row.key] = row.digest
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
        for entry in entries.iterator():
            number += 1
            where = f"{entry.chain} entry {entry.number}"
            if entry.number != number:
                yield f"{head_row.chain}: entry {number} is missing."
                number = entry.number
            if entry.previous != previous:
                yield f"{where} does not follow the entry before it."
            if entry.hash != hash_of(entry):
                yield f"{where} was changed."
            previous = entry.hash
            named.update(_digests_in(entry))
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


def _digests_in(entry: LedgerEntry) -> dict[tuple[str, str], str]:
    """Return digests by kind and key; what somebody changed may have any shape."""
    found = {}
    for item in entry.digests if isinstance(entry.digests, list) else ():
        match item:
            case [str(kind), str(key), str(digest)]:
                found[kind, key] = digest
    return found


def _verify_evidence(named: dict[tuple[str, str], str]) -> Iterator[str]:
    models = {
        model._meta.label_lower: model
        for model in evidence_models()
        if model is not LedgerEntry
    }
    for kind, model in sorted(models.items()):
        for row in model._default_manager.order_by("pk").iterator():
            digest = named.pop((kind, str(row.pk)), None)
            if digest is None:
                yield f"{kind} row {row.pk} was inserted: no ledger entry names it."
            elif digest != digest_of(row):
                yield f"{kind} row {row.pk} was changed."
    for kind, key in sorted(named):
        yield f"{kind} row {key} was removed."


def _verify_live() -> Iterator[str]:
    for model in tracked_models():
        history = model.history.model  # type: ignore[attr-defined]
        pk_name = model._meta.pk.attname
        fields = [field.attname for field in history.tracked_fields]
        newest: dict[Any, Any] = {}
        for row in history._default_manager.order_by("history_id").iterator():
            newest[getattr(row, pk_name)] = row
        for row in model._default_manager.order_by("pk").iterator():
            last = newest.pop(row.pk, None)
            if last is None or last.history_type == "-":
                yield f"{model._meta.label} {row.pk} has no history."
            elif any(getattr(row, name) != getattr(last, name) for name in fields):
                yield f"{model._meta.label} {row.pk} differs from its history."
        for key, last in newest.items():
            if last.history_type != "-":
                yield f"{model._meta.label} {key} was removed outside an act."
