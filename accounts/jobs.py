"""Long work: claim, compute outside any transaction, finish under the fence."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import Error, connection, models, transaction

from accounts import clock
from accounts.acts import RuleBroken
from accounts.logs import place_of
from accounts.models import Job

LEASE_SECONDS = 20
MOST_ATTEMPTS = 3
log = logging.getLogger(__name__)
Row = TypeVar("Row", bound=models.Model)


class LeaseLost(Exception):
    """Another worker took the work over; this one must write nothing."""


class Cancelled(Exception):
    """A person cancelled the work."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of work is done, and what to write when it cannot be."""

    name: str
    run: "Callable[[int, Work], None]"
    stop: Callable[[int, str], None]


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind of work known to workers."""
    _kinds[kind.name] = kind


def enqueue(kind: str, subject: models.Model) -> Job:
    """Return the open job of `kind` on `subject`, made if there is none."""
    from accounts import hooks

    job, is_new = Job.objects.get_or_create(
        kind=kind,
        subject=subject.pk,
        state__in=(Job.State.WAITING, Job.State.RUNNING),
        defaults={"state": Job.State.WAITING, "created_at": clock.now()},
    )
    if is_new:
        hooks.publish(JobWaiting(job.pk))
    return job


@dataclass(frozen=True, slots=True)
class JobWaiting:
    """A job was written; `accounts.tasks` hints a worker once it is committed."""

    job_id: int


def for_each(rows: Iterable[Row], do: Callable[[Row], object]) -> None:
    """Call `do` with each row; one that fails is logged and does not stop the rest."""
    for row in rows:
        try:
            do(row)
        except Exception as error:  # noqa: BLE001 - whatever it says may hold data
            log.error("%s %s: %s", type(row).__name__, row.pk, place_of(error))


def latest(kind: str, subject: models.Model) -> Job | None:
    """Return the newest job of `kind` on `subject`."""
    return Job.objects.filter(kind=kind, subject=subject.pk).order_by("-pk").first()


def request_cancel(job: Job, *, waits: bool = True) -> None:
    """Ask a running job to stop at its next step.

    waits: False where the caller holds a lock that finishing the job may wait for. A
    job whose row is locked then is past its last step, and checks for itself.
    """
    with transaction.atomic():
        for row in Job.objects.filter(pk=job.pk).select_for_update(
            skip_locked=not waits
        ):
            row.is_cancel_requested = True
            row.save(update_fields=["is_cancel_requested"])


def lapsed() -> list[int]:
    """Return the keys of jobs that wait, or whose lease has run out."""
    return list(
        Job.objects.filter(
            models.Q(state=Job.State.WAITING)
            | models.Q(state=Job.State.RUNNING, leased_until__lt=clock.now())
        ).values_list("pk", flat=True)
    )


@dataclass(slots=True)
class Work:
    """A claimed job in a worker's hands."""

    job_id: int
    fence: int
    steps: list[dict[str, object]] = field(default_factory=list)

    def step(self, name: str, count: int | None = None) -> None:
        """Show progress and renew the lease.

        Raises LeaseLost when another worker has claimed the job since, Cancelled
        when a person asked for that.
        """
        self.steps.append({"name": name, "count": count})
        self.go_on()

    def go_on(self) -> None:
        """Renew the lease in the middle of a step; raises as `step` does."""
        self._renew(steps=self.steps)
        if Job.objects.filter(pk=self.job_id, is_cancel_requested=True).exists():
            raise Cancelled

    def _renew(self, **changes: object) -> None:
        held = Job.objects.filter(
            pk=self.job_id, fence=self.fence, state=Job.State.RUNNING
        ).update(leased_until=_lease_end(), **changes)
        if not held:
            raise LeaseLost

    @contextmanager
    def finish(self, state: str = Job.State.DONE, message: str = "") -> Iterator[None]:
        """Open the short last transaction; leaving it ends the job.

        Raises LeaseLost when the fence has moved: nothing is written then.
        """
        with transaction.atomic():
            job = Job.objects.select_for_update().get(pk=self.job_id)
            if job.fence != self.fence or job.state != Job.State.RUNNING:
                raise LeaseLost
            yield
            job.state, job.message = state, message[:400]
            job.steps = self.steps
            job.leased_until, job.finished_at = None, clock.now()
            job.save()


def _lease_end() -> datetime:
    return clock.now() + timedelta(seconds=LEASE_SECONDS)


def claim(job_id: int) -> Work | None:
    """Return the job, leased to this worker under a new fencing number.

    None when it is done, or when another worker's lease still runs.
    """
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id).first()
        if job is None or not job.is_open:
            return None
        if job.leased_until is not None and job.leased_until > clock.now():
            return None
        job.fence += 1
        job.attempts += 1
        job.state, job.steps = Job.State.RUNNING, []
        job.leased_until = _lease_end()
        job.save()
        return Work(job_id=job.pk, fence=job.fence)


def run(job_id: int) -> None:
    """Do one job, if it is to be done; never let data reach a log."""
    work = claim(job_id)
    if work is None:
        return
    job = Job.objects.get(pk=job_id)
    kind = _kinds[job.kind]
    with _lease_kept(work):
        try:
            if job.attempts > MOST_ATTEMPTS:
                raise RuleBroken("It was begun three times and never ended.")
            kind.run(job.subject, work)
        except LeaseLost:
            log.warning("job %s: lease lost", job_id)
        except Cancelled:
            _stop(kind, job, work, Job.State.CANCELLED, "Cancelled by a person.")
        except RuleBroken as broken:
            _stop(kind, job, work, Job.State.FAILED, broken.message)
        except Exception as error:  # noqa: BLE001 - whatever it says may hold data
            log.error("job %s: %s", job_id, place_of(error))
            message = (
                "Something went wrong on our side and nothing was kept. Try again; "
                f"if it stops again, tell your operator: {type(error).__name__}, "
                f"job {job_id}."
            )
            _stop(kind, job, work, Job.State.FAILED, message)


def _stop(kind: Kind, job: Job, work: Work, state: str, message: str) -> None:
    """End the job without its result; one that cannot even stop is tried again."""
    try:
        with work.finish(state, message):
            kind.stop(job.subject, message)
    except LeaseLost:
        log.warning("job %s: lease lost", job.pk)
    except Exception as error:  # noqa: BLE001 - whatever it says may hold data
        log.error("job %s cannot stop: %s", job.pk, place_of(error))


@contextmanager
def _lease_kept(work: Work) -> Iterator[None]:
    """Renew the lease from a thread while the block computes."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(LEASE_SECONDS / 3):
            try:
                work._renew()
            except LeaseLost:
                return
            except Error:
                continue  # busy or away: the lease outlives two missed renewals
            finally:
                connection.close()

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
