"""Whether every row of a Homeroom is whole; runs inside it, by `manage.py shell`."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q

from accounts import clock, ledger
from accounts.acts import Machine
from accounts.jobs import LEASE_SECONDS
from accounts.models import Job, LedgerEntry
from agreements.lifecycle import AGREEMENT, APPROVAL, OBLIGATION
from agreements.models import Agreement, Approval, Document, Mandate, Obligation
from agreements.services.obligations import ALWAYS
from agreements.services.signing import EXECUTE, RENDER
from indicators.lifecycle import ARRIVAL, DELIVERY, HOLDING, LINKAGE, RELEASE
from indicators.models import Arrival, Delivery, Holding, LinkageRun, Release
from indicators.services import destruction, examination, linkage, releases
from partnerships.models import Notice

MACHINES = {
    Agreement: AGREEMENT,
    Approval: APPROVAL,
    Obligation: OBLIGATION,
    Arrival: ARRIVAL,
    Delivery: DELIVERY,
    Holding: HOLDING,
    LinkageRun: LINKAGE,
    Release: RELEASE,
}
BEGUN = ("signing", "in_force", "paused", "ended")


def faults() -> list[str]:
    """Return one sentence for each row or file that is not whole, at one moment."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return [*_of_rows(), *_of_jobs(), *_of_database()]


def _of_rows() -> list[str]:
    found: list[str] = []
    for model, machine in MACHINES.items():
        found += _unknown(
            model._default_manager.values_list("state", flat=True), machine
        )
    for agreement in Agreement.objects.all():
        found += _of_agreement(agreement)
    for run in LinkageRun.objects.all():
        found += _of_run(run)
    for release in Release.objects.all():
        found += _of_release(release)
    for arrival in Arrival.objects.all():
        found += _of_arrival(arrival)
    for delivery in Delivery.objects.select_related("holding"):
        found += _of_delivery(delivery)
    for duty in Obligation.objects.all():
        found += _of_duty(duty)
    return [*found, *(f"ledger: {fault}" for fault in ledger.verify())]


def _unless(is_so: bool, fault: str) -> list[str]:
    return [] if is_so else [fault]


def _unknown(states: Iterable[str], machine: Machine) -> list[str]:
    return [f"{machine.name} in state {s}" for s in set(states) - machine.states]


def _is_open(kind: str, subject: int) -> bool:
    return Job.objects.filter(
        kind=kind, subject=subject, state__in=("waiting", "running")
    ).exists()


def _of_agreement(agreement: Agreement) -> Iterator[str]:
    kinds = Counter(agreement.documents.values_list("kind", flat=True))
    state = agreement.state
    n_frozen, n_executed = kinds[Document.Kind.FROZEN], kinds[Document.Kind.EXECUTED]
    is_executed = state in BEGUN[1:]
    n_mandates = Mandate.objects.filter(agreement=agreement).count()
    n_parties = agreement.parties.count()
    kept = agreement.obligations.values("kind").annotate(n=Count("pk"))
    yield from _unless(agreement.flows.count() > 0 and n_parties == 2, "half a draft")
    yield from _unless(
        agreement.rounds.filter(is_open=True).count() == (state == "review"),
        f"{state} with a wrong number of open rounds",
    )
    yield from _unless(
        all(r.approvals.count() == n_parties for r in agreement.rounds.all()),
        "a round without each owner's approval",
    )
    if state == "approved":
        yield from _unless(_is_open(RENDER, agreement.pk), "approved, nobody freezes")
    if state == "signing" and agreement.signatures.count() == n_parties:
        yield from _unless(_is_open(EXECUTE, agreement.pk), "signed, nobody executes")
    yield from _unless(n_frozen == (state in BEGUN), f"{state}: {n_frozen} frozen")
    yield from _unless(n_executed == is_executed, f"{state}: {n_executed} executed")
    yield from _unless(n_mandates == is_executed, f"{state}: {n_mandates} mandates")
    yield from _unless(
        {row["kind"]: row["n"] for row in kept}
        == (dict.fromkeys(ALWAYS, 1) if is_executed else {}),
        f"{state}: duties {list(kept)}",
    )


def _of_arrival(arrival: Arrival) -> Iterator[str]:
    if arrival.state == "waiting":
        is_read = _is_open(examination.JOB, arrival.pk)
        yield from _unless(is_read, f"nobody examines {arrival.pk}")
    yield from _unless(
        bool(arrival.sealed) == arrival.is_open,
        f"arrival {arrival.pk}: {arrival.state} with sealed parts, or without",
    )


def _of_delivery(delivery: Delivery) -> list[str]:
    is_destroyed = delivery.state == "destroyed"
    wanted = "destroyed" if is_destroyed else "held"
    holding = delivery.holding
    whole = holding.state == wanted and holding.deliveries.count() == 1
    return _unless(whole, f"delivery {delivery.pk}: {delivery.state}, {holding.state}")


def _of_run(run: LinkageRun) -> Iterator[str]:
    results = (run.crosswalk_id, run.linked_id, run.review_id)
    is_done = run.finished_at is not None
    yield from _unless(
        {each is not None for each in results} == {is_done},
        f"run {run.pk}: half a result",
    )
    if run.state in ("waiting", "linked"):
        yield from _unless(is_done == (run.state == "linked"), f"run {run.pk} is torn")
    if run.state == "waiting":
        yield from _unless(_is_open(linkage.JOB, run.pk), f"nobody links {run.pk}")


def _of_release(release: Release) -> Iterator[str]:
    has_tables = bool(release.document and release.sha256 and release.audit)
    states = set(release.decisions.values_list("state", flat=True))
    n_owners = release.agreement.parties.count()
    if release.state == "computing":
        yield from _unless(
            _is_open(releases.JOB, release.pk), "nobody makes the tables"
        )
    yield from _unless(
        has_tables == (release.state not in ("computing", "refused")),
        f"release {release.pk}: {release.state}, tables {has_tables}",
    )
    if release.state in ("proposed", "published"):
        yield from _unless(
            release.decisions.count() == n_owners, "an owner is not asked"
        )
        yield from _unless(
            (states == {"approved"}) == (release.state == "published"),
            f"release {release.pk}: {release.state} with decisions {states}",
        )


def _of_duty(duty: Obligation) -> Iterator[str]:
    if duty.state in ("due", "destroying"):
        yield from _unless(
            _is_open(destruction.JOB, duty.pk), f"nobody destroys {duty}"
        )
    if duty.state != "discharged":
        return
    yield from _unless(duty.discharged_at is not None, f"{duty}: no time")
    has_certificate = duty.certificate_id is not None
    is_coming = _is_open("agreements.certificate", duty.pk)
    yield from _unless(has_certificate != is_coming, f"{duty}: no certificate, or two")
    for holding in Holding.objects.filter(pk__in=[e["holding"] for e in duty.evidence]):
        is_gone = not _stored("vault/blobs", holding.blob)
        is_gone &= not _stored("keystore/keys", holding.key)
        gone = holding.state == "destroyed" and is_gone
        yield from _unless(gone, f"{duty}: holding {holding.pk} is not gone")


def _of_jobs() -> Iterator[str]:
    latest = clock.now() + timedelta(seconds=LEASE_SECONDS + 1)
    for job in Job.objects.filter(state__in=("waiting", "running")):
        is_leased = job.leased_until is not None and job.leased_until < latest
        yield from _unless(is_leased == (job.state == "running"), f"{job}: no lease")
    over = Job.objects.filter(state="done").exclude(kind=examination.JOB)  # per answer
    subjects = over.values("kind", "subject")
    for twice in subjects.annotate(n=Count("pk")).filter(~Q(n=1)):
        yield f"done more than once: {twice}"


def _of_database() -> list[str]:
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("pragma integrity_check")
        rows = cursor.fetchall()
    return _unless(rows == [("ok",)], f"SQLite: {rows}")


def _stored(folder: str, name: str = "*") -> set[str]:
    below = Path(settings.HOME, folder).rglob(name)
    return {path.name for path in below if path.is_file()}


def faults_at_rest() -> list[str]:
    """Return the same, and what a sweep leaves in the vault though nothing names it.

    Only while no job is open: what a job has sealed is not recorded yet.
    """
    destruction.GRACE = timedelta(0)
    swept = destruction.sweep()
    held = Holding.objects.filter(state="held")
    waiting = [
        part for arrival in Arrival.objects.all() for part in arrival.sealed.values()
    ]
    blobs = {*held.values_list("blob", flat=True), *(e["blob"] for e in waiting)}
    keys = {*held.values_list("key", flat=True), *(e["key"] for e in waiting)}
    whole = {
        "a holding has lost its copy": swept is not None and not swept.missing,
        "blobs": _stored("vault/blobs") == blobs,
        "keys": _stored("keystore/keys") == keys,
        "an upload is left": not _stored("vault/incoming"),
        "a part is left": not _stored(".", "*.part"),
    }
    torn = [f"vault: {fault}" for fault, is_so in whole.items() if not is_so]
    return [*faults(), *torn]


def done() -> dict[str, object]:
    """Return how often each thing was done: acts, documents, notices, deliveries."""
    of_line = Q(act__startswith="agreements.") | Q(act__startswith="indicators.")
    # A reminder says the same at each of its stages; its key alone tells them apart.
    notices = Notice.objects.exclude(key__startswith="destroy:")
    told = Counter(notices.values_list("recipient__email", "subject", "path", "body"))
    return {
        "acts": Counter(
            LedgerEntry.objects.filter(of_line).values_list("act", flat=True)
        ),
        "documents": Counter(Document.objects.values_list("kind", flat=True)),
        "deliveries": Counter(
            "/".join(each) for each in Delivery.objects.values_list("flow", "state")
        ),
        "told twice": [list(one) for one, n in told.items() if n > 1],
    }


def say(found: object) -> None:
    """Print what was found, as the last line, for the test that asked."""
    print(json.dumps(found))  # noqa: T201 - read by the test
