"""Wrong deliveries: withdrawn with what was made from them, and destroyed."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from accounts import clock, jobs
from accounts.acting import System, act
from accounts.models import Job, User
from agreements.models import Agreement, Hold
from indicators.lifecycle import DELIVERY, LINKAGE, RELEASE
from indicators.models import (
    Delivery,
    Holding,
    LinkageRun,
    Release,
    ResearchFile,
)
from indicators.policy import can_destroy, can_withdraw_delivery
from indicators.services import (
    feeds,
    learning,
    linkage,
    releases,
    research_ending,
    reviewing,
)
from indicators.services.destruction import METHOD, destroyed_early
from indicators.services.telling import (
    tell_of_delivery,
    tell_of_loss,
    tell_of_mark,
)

JOB = "indicators.destroy_withdrawn"
CLAUSE = "C17"
OPEN = ("computing", "draft", "proposed")
SUPERSEDED = (
    "Its lists were delivered and linked again for the same school year. Make the "
    "release from the newer linkage."
)


@dataclass(frozen=True, slots=True)
class Reach:
    """What was made from a delivery: runs, releases not published, and published.

    files: for research, whoever has got them.
    """

    runs: tuple[LinkageRun, ...]
    unpublished: tuple[Release, ...]
    published: tuple[Release, ...]
    files: tuple[ResearchFile, ...]


def reach_of(delivery: Delivery) -> Reach:
    """Return all that was made from a delivery and is still of account."""
    made = Release.objects.filter(Q(run__in=_runs_of(delivery)) | Q(counts=delivery))
    return Reach(
        runs=tuple(_runs_of(delivery).exclude(state="withdrawn")),
        unpublished=tuple(made.filter(state__in=OPEN)),
        published=tuple(
            made.filter(published_at__isnull=False, source_withdrawn_at=None)
        ),
        files=tuple(research_ending.files_of(_runs_of(delivery))),
    )


def _runs_of(delivery: Delivery) -> QuerySet[LinkageRun]:
    return LinkageRun.objects.filter(Q(tenants=delivery) | Q(students=delivery))


def withdraw_delivery(*, delivery: Delivery, wrong: str, actor: User) -> None:
    """Withdraw a wrong delivery, its linkages and the releases nobody reads yet.

    Published releases are marked: whether they stay is for their owners to decide. A
    worker destroys the records at once, or when the last hold closes.
    """
    with act(
        "indicators.withdraw_delivery",
        actor=actor,
        chain=delivery.agreement.chain,
        subject=delivery,
    ) as this:
        research_ending.lock_files(delivery.agreement)
        # Whatever links, relinks, releases or publishes takes this lock before it
        # writes: it is seen here, or sees the withdrawal.
        Agreement.objects.select_for_update().get(pk=delivery.agreement_id)
        row = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("agreement", "sender")
            .get(pk=delivery.pk)
        )
        can_withdraw_delivery(actor, row).require()
        row.state = DELIVERY.move(row.state, "withdraw")
        row.wrong = wrong
        row.withdrawn_at, row.withdrawn_by = clock.now(), actor
        row.save()
        feeds.take_back(delivery=row)
        reach = reach_of(row)
        message = _why(row)
        _withdraw_runs(reach.runs, message)
        learning.void_models(
            agreement=row.agreement, reason=message, actor=actor, runs=reach.runs
        )
        for release in reach.unpublished:
            _end_release(release, "lose_source", message)
        for release in reach.published:
            release.source_withdrawn_at = row.withdrawn_at
            release.save()
            tell_of_mark(release, row)
        research_ending.lose_source(files=reach.files, message=message)
        this.detail |= {
            "flow": row.flow,
            "wrong": row.wrong,
            "runs": [run.pk for run in reach.runs],
            "releases": [release.pk for release in reach.unpublished],
            "marked": [release.pk for release in reach.published],
            "files": [file.pk for file in reach.files],
        }
        tell_of_delivery(row)
        jobs.enqueue(JOB, row)


def _why(row: Delivery) -> str:
    """Return what is said of all that a delivery takes with it."""
    assert row.withdrawn_at is not None
    day = localdate(row.withdrawn_at)
    return (
        f"A delivery that it was made from was withdrawn on {day:%B} {day.day}, "
        f"{day.year}. {row.get_wrong_display()}."
    )


def _withdraw_runs(runs: Iterable[LinkageRun], message: str) -> None:
    for run in runs:
        run.state = LINKAGE.move(run.state, "withdraw")
        run.message = message
        run.save()
        for kind in (linkage.JOB, reviewing.JOB):
            _stop(jobs.latest(kind, run))


def _end_release(release: Release, move: str, message: str) -> None:
    was_proposed = release.state == "proposed"
    release.state = RELEASE.move(release.state, move)
    release.message = message
    release.save()
    _stop(jobs.latest(releases.JOB, release))
    tell_of_loss(release, was_proposed=was_proposed)


def _stop(job: Job | None) -> None:
    if job is not None and job.is_open:
        jobs.request_cancel(job, waits=False)


def supersede_releases(*, run: LinkageRun) -> None:
    """End what is not published of the same school year's linkages before this one.

    Called inside the act that records the run, under the agreement's lock. A release
    of another year stays: nothing newer was linked for it.
    """
    earlier = Release.objects.filter(
        agreement=run.agreement, period=run.school_year, state__in=OPEN
    )
    for release in earlier.exclude(run=run):
        _end_release(release, "supersede", SUPERSEDED)


def destroy_withdrawn(key: int, work: jobs.Work) -> None:
    """Destroy a withdrawn delivery and all that was made from it. It may be repeated.

    Under an open hold nothing is destroyed: the first minute after it tries again.
    """
    actor = System(CLAUSE)
    can_destroy(actor).require()
    delivery = Delivery.objects.select_related("agreement").get(pk=key)
    work.step("Destroy the keys, then the sealed copies")
    with work.finish():
        # Nobody places a hold, and nothing else destroys, as long as this is locked.
        agreement = Agreement.objects.select_for_update().get(pk=delivery.agreement_id)
        if not agreement.holds.filter(closed_at=None).exists():
            _destroy(delivery, actor)


def _destroy(delivery: Delivery, actor: System) -> None:
    with act(
        "indicators.destroy_withdrawn",
        actor=actor,
        chain=delivery.agreement.chain,
        subject=delivery,
    ) as this:
        row = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
        proof = destroyed_early(row.agreement, holdings_of(row).select_related("owner"))
        row.all_destroyed_at = clock.now()
        row.save()
        this.detail |= {"method": METHOD, "destroyed": proof}


def holdings_of(delivery: Delivery) -> QuerySet[Holding]:
    """Return what is still held of a delivery and of all that was made from it.

    A linkage that was used again names only its newest pairs and rows; its history
    names the others.
    """
    once = LinkageRun.history.filter(id__in=_runs_of(delivery).values("pk"))
    made = {
        key
        for keys in once.values_list("crosswalk", "linked", "review")
        for key in keys
        if key is not None
    }
    return Holding.objects.filter(pk__in={*made, delivery.holding_id}, state="held")


def stop_destruction(key: int, message: str) -> None:
    """Leave it undone: the next minute tries again."""


def destroy_what_is_left() -> None:
    """Let a worker destroy what is withdrawn and still held, unless a hold keeps it."""
    kept = Delivery.objects.filter(state="withdrawn", all_destroyed_at=None).exclude(
        agreement__in=Hold.objects.filter(closed_at=None).values("agreement")
    )
    jobs.for_each(kept, lambda row: jobs.enqueue(JOB, row))
