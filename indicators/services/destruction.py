"""Destruction: the key first, then the blob, then the record and its evidence."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts import clock, jobs, ledger
from accounts.acting import System, act
from accounts.models import LedgerEntry
from agreements.models import Agreement, Obligation
from agreements.permission import Destroy
from agreements.queries import permitted
from agreements.services.obligations import begin_destruction, discharge
from indicators.custody import sweep_incoming, vault
from indicators.lifecycle import DELIVERY, HOLDING
from indicators.models import Arrival, Headcount, Holding
from indicators.models.arrivals import OPEN
from indicators.policy import can_destroy
from indicators.staging import places_of
from indicators.vault.files import write_durably
from indicators.vault.keystore import KeyDestruction
from indicators.vault.vault import Place, Swept
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

JOB = "indicators.destroy"
SWEEPER = System("sweep")
METHOD = "Cryptographic erase: key destroyed first, then the sealed copy overwritten"
# How young a sealed copy may be a delivery or a run that is not recorded yet.
GRACE = timedelta(hours=1)
KINDS_OF = {
    Obligation.Kind.LINKING_LIST: (
        Holding.Kind.TENANTS,
        Holding.Kind.STUDENTS,
        Holding.Kind.CROSSWALK,
        Holding.Kind.REVIEW,
    ),
    Obligation.Kind.LINKED_ROWS: (
        Holding.Kind.LINKED,
        Holding.Kind.COUNTS,
        Holding.Kind.BUILDINGS,
    ),
    Obligation.Kind.RESEARCH_FILES: (Holding.Kind.RESEARCH,),
    Obligation.Kind.RECORD_CODES: (Holding.Kind.CODES,),
}


def destroy_holdings(key: int, work: jobs.Work) -> None:
    """Carry out one duty to destroy. It may be repeated at any point."""
    obligation = Obligation.objects.select_related("agreement").get(pk=key)
    if obligation.discharged_at is not None:
        with work.finish():
            return
    actor = System(obligation.clause)
    can_destroy(actor).require()
    # From here on nothing more is kept: what is listed next is all that there is.
    begin_destruction(obligation=obligation, actor=actor)
    holdings = list(
        Holding.objects.filter(
            agreement=obligation.agreement,
            kind__in=KINDS_OF[Obligation.Kind(obligation.kind)],
            state=HOLDING.initial,
        ).select_related("owner")
    )
    blobs = [holding.blob for holding in holdings]
    for blob in blobs:
        request = Destroy(holding=blob)
        permitted(obligation.agreement, request, holdings=blobs).require()
    destroyed: list[tuple[Holding, KeyDestruction]] = []
    for holding in holdings:
        work.step("Destroy a key, then its sealed copy")
        evidence = vault().destroy(
            str(holding.owner_id),
            key_id=holding.key,
            blob=holding.blob,
            now=clock.now(),
        )
        destroyed.append((holding, evidence))
    with work.finish():
        _record(obligation, destroyed, actor)


def _record(
    obligation: Obligation,
    destroyed: list[tuple[Holding, KeyDestruction]],
    actor: System,
) -> None:
    with act(
        "indicators.destroy",
        actor=actor,
        chain=obligation.agreement.chain,
        subject=obligation,
    ):
        Agreement.objects.select_for_update().get(pk=obligation.agreement_id)
        lines: list[dict[str, Any]] = []
        for holding, evidence in destroyed:
            row = Holding.objects.select_for_update().get(pk=holding.pk)
            if not row.is_held:
                continue  # its delivery was withdrawn a moment ago: proven there
            note_destroyed(row, evidence)
            for delivery in row.deliveries.all():
                if DELIVERY.allows(delivery.state, "destroy"):
                    delivery.state = DELIVERY.move(delivery.state, "destroy")
                    delivery.save()
            lines.append(
                {
                    "holding": row.pk,
                    "what": row.get_kind_display(),
                    "owner": holding.owner.name,
                    "rows": row.n_rows,
                    "destroyed_at": evidence.destroyed_at.isoformat(),
                    "unrecoverable_from": evidence.unrecoverable_at.isoformat(),
                    "method": METHOD,
                }
            )
        discharge(
            obligation=obligation,
            evidence=lines,
            unrecoverable_from=max(
                (evidence.unrecoverable_at for _, evidence in destroyed), default=None
            ),
            actor=actor,
        )


def note_destroyed(row: Holding, evidence: KeyDestruction) -> None:
    """Record in a holding's row that its key is destroyed; called inside an act."""
    row.state = HOLDING.move(row.state, "destroy")
    row.destroyed_at = evidence.destroyed_at
    row.unrecoverable_from = evidence.unrecoverable_at
    row.save()


def destroyed_early(
    agreement: Agreement, holdings: Iterable[Holding]
) -> list[dict[str, Any]]:
    """Return the proof that holdings are destroyed before their agreement ends.

    Called inside an act. The proof leaves their rows out: everybody reads it, and a
    total can point at a child.
    """
    proof = []
    for holding in holdings:
        permitted(agreement, Destroy(holding=holding.blob)).require()
        evidence = vault().destroy(
            str(holding.owner_id),
            key_id=holding.key,
            blob=holding.blob,
            now=clock.now(),
        )
        note_destroyed(holding, evidence)
        proof.append(
            {
                "holding": holding.pk,
                "destroyed_at": evidence.destroyed_at.isoformat(),
                "unrecoverable_from": evidence.unrecoverable_at.isoformat(),
            }
        )
    return proof


def stop_destruction(key: int, message: str) -> None:
    """Leave the duty due: the next minute tries again."""


def sweep() -> Swept | None:
    """Return what was erased because nothing names it, and what is missing.

    Incoming files and the key copy go on their day whatever the database says. None,
    and no blob is erased, while the database is older than the vault: after a
    restore from a backup, holdings that it does not know yet would be destroyed.
    """
    now = clock.now()
    sweep_incoming(older_than=GRACE)
    vault().expire_copy(now)
    if not _is_as_new_as_vault():
        return None
    held = Holding.objects.filter(state=HOLDING.initial)
    places = [
        Place(owner=str(holding.owner_id), key_id=holding.key, blob=holding.blob)
        for holding in held
    ]
    for arrival in Arrival.objects.filter(state__in=OPEN):
        places += places_of(str(arrival.sender_id), arrival.sealed)
    for headcount in Headcount.objects.filter(destroyed_at=None):
        places += places_of(str(headcount.organisation_id), headcount.sealed)
    swept = vault().sweep(places, now=now, grace=GRACE)
    if swept.n_blobs or swept.n_keys:
        with act(
            "indicators.sweep",
            actor=SWEEPER,
            chain=ledger.SYSTEM,
            detail={"blobs": swept.n_blobs, "keys": swept.n_keys},
        ):
            pass
    _tell_of(swept.missing)
    return swept


def _tell_of(missing: tuple[Place, ...]) -> None:
    """Tell the owner's stewards and its administrators, once for each holding."""
    lost = Holding.objects.filter(blob__in=[place.blob for place in missing])
    for holding in lost.select_related("agreement", "owner"):
        stewards = people_with(Capability.DELIVER, holding.owner)
        for person in stewards | people_with(Capability.OPERATE, holding.owner):
            queue_notice(
                key=f"holding-missing:{holding.pk}",
                recipient=person,
                subject=f"{holding.agreement.number}: a data set cannot be opened",
                body=(
                    f"“{holding.get_kind_display()}” of "
                    f"{holding.created_at:%B %-d, %Y} lacks its sealed copy or its "
                    "key. Ask who runs this site to bring it back from a backup, or "
                    "load the files again."
                ),
                path="/data/",
            )


def _is_as_new_as_vault() -> bool:
    """Return whether the ledger is at least as long as the vault has seen it."""
    anchor = Path(settings.VAULT_DIR) / "ledger-length"
    # In this order: another sweep may note a longer ledger between the two.
    seen = int(anchor.read_text("ascii")) if anchor.exists() else 0
    length = LedgerEntry.objects.count()
    if length < seen:
        return False
    if length > seen:
        write_durably(anchor, [str(length).encode()])
    return True
