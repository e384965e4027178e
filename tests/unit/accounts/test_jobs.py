"""Long work: claim, lease and fence, finish exactly once, stop without a trace."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import jobs
from accounts.acts import RuleBroken
from accounts.jobs import Cancelled, Kind, LeaseLost, Work
from accounts.models import Job, User
from accounts.tasks import run_job, take_up_lapsed, tick
from config.celery import app
from tests import make

pytestmark = pytest.mark.django_db
KIND = "tests.count"
SECRET = "Zyzzyva Quux"


class Counting:
    """A kind of work that notes what was done and what was stopped."""

    def __init__(self) -> None:
        self.n_run = 0
        self.done: list[int] = []
        self.stopped: list[str] = []
        self.fails_with: Exception | None = None
        self.refuses_to_stop: Exception | None = None

    def run(self, key: int, work: Work) -> None:
        self.n_run += 1
        work.step("Count", 3)
        if self.fails_with is not None:
            raise self.fails_with
        with work.finish():
            self.done.append(key)

    def stop(self, key: int, message: str) -> None:
        if self.refuses_to_stop is not None:
            raise self.refuses_to_stop
        self.stopped.append(message)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    kind = Counting()
    monkeypatch.setattr(jobs, "_kinds", {})
    jobs.register(Kind(KIND, run=kind.run, stop=kind.stop))
    return kind


@pytest.fixture
def subject() -> User:
    return make.user()


@pytest.fixture
def job(counting: Counting, subject: User) -> Job:
    return jobs.enqueue(KIND, subject)


def lapse(job: Job) -> None:
    """Let the lease run out, as if its worker had been killed."""
    past = jobs.clock.now() - dt.timedelta(seconds=1)
    assert Job.objects.filter(pk=job.pk).update(leased_until=past) == 1


def claimed(job: Job) -> Work:
    work = jobs.claim(job.pk)
    assert work is not None
    return work


def test_job_is_done_with_its_steps(job: Job, counting: Counting) -> None:
    jobs.run(job.pk)
    job.refresh_from_db()
    assert counting.done == [job.subject]
    assert (job.state, job.attempts, job.leased_until) == (Job.State.DONE, 1, None)
    assert job.steps == [{"name": "Count", "count": 3}]
    assert job.finished_at is not None
    assert not job.is_open


def test_job_finishes_exactly_once(job: Job, counting: Counting) -> None:
    for _ in range(3):
        jobs.run(job.pk)
    assert counting.n_run == 1


def test_open_job_is_not_queued_twice(job: Job, subject: User) -> None:
    assert jobs.enqueue(KIND, subject) == job
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind=KIND, subject=subject.pk, created_at=job.created_at)


def test_work_can_be_asked_for_again_when_it_has_ended(job: Job, subject: User) -> None:
    jobs.run(job.pk)
    again = jobs.enqueue(KIND, subject)
    assert again != job
    assert jobs.latest(KIND, subject) == again


def test_unknown_state_is_refused_by_the_database(job: Job) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state="lost")


def test_a_running_lease_is_not_claimed(job: Job) -> None:
    assert claimed(job).fence == 1
    assert jobs.claim(job.pk) is None
    assert jobs.lapsed() == []


def test_unknown_job_is_not_claimed() -> None:
    assert jobs.claim(404) is None


def test_lapsed_lease_is_claimed_under_a_higher_fence(job: Job) -> None:
    first = claimed(job)
    lapse(job)
    assert jobs.lapsed() == [job.pk]
    assert claimed(job).fence == first.fence + 1


def test_worker_that_lost_its_lease_writes_nothing(job: Job) -> None:
    old = claimed(job)
    lapse(job)
    new = claimed(job)
    written = []
    with pytest.raises(LeaseLost), old.finish():
        written.append("old")
    with pytest.raises(LeaseLost):
        old.step("Too late")
    with new.finish():
        written.append("new")
    assert written == ["new"]
    job.refresh_from_db()
    assert (job.state, job.steps) == (Job.State.DONE, [])


def test_nothing_is_kept_when_the_last_transaction_fails(
    job: Job, subject: User
) -> None:
    work = claimed(job)

    def fail() -> None:
        with work.finish():
            jobs.enqueue("tests.other", subject)
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    assert jobs.latest("tests.other", subject) is None


def test_step_renews_the_lease(job: Job) -> None:
    work = claimed(job)
    lapse(job)
    work.step("Still here")
    job.refresh_from_db()
    assert job.leased_until is not None
    assert job.leased_until > jobs.clock.now()


def test_lease_is_renewed_while_the_work_computes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    renewed = threading.Event()
    answers = iter([DatabaseError("busy"), None])

    class Renewing(Work):
        def _renew(self, **changes: object) -> None:
            if (error := next(answers, None)) is not None:
                raise error
            renewed.set()

    monkeypatch.setattr(jobs, "LEASE_SECONDS", 0.03)
    with jobs._lease_kept(Renewing(job_id=1, fence=1)):
        assert renewed.wait(timeout=5)


def test_cancelled_work_stops_at_its_next_step(job: Job, counting: Counting) -> None:
    work = claimed(job)
    work.step("Before")
    jobs.request_cancel(job)
    with pytest.raises(Cancelled):
        work.step("After")


def test_cancelled_job_ends_cancelled(job: Job, counting: Counting) -> None:
    jobs.request_cancel(job)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, counting.done) == (Job.State.CANCELLED, [])
    assert counting.stopped == ["Cancelled by a person."]


def test_broken_rule_ends_the_job_with_its_message(
    job: Job, counting: Counting
) -> None:
    counting.fails_with = RuleBroken("The file is empty. Send it again.")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (
        Job.State.FAILED,
        "The file is empty. Send it again.",
    )
    assert counting.stopped == [job.message]


def test_failure_keeps_type_and_place_but_no_word_of_its_message(
    job: Job, counting: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    counting.fails_with = ValueError(SECRET)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert f"ValueError, job {job.pk}" in job.message
    assert "ValueError at test_jobs.py" in caplog.text
    assert SECRET not in caplog.text + job.message + str(counting.stopped)


def test_job_that_cannot_stop_stays_open_and_logs_no_message(
    job: Job, counting: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    counting.fails_with = ValueError(SECRET)
    counting.refuses_to_stop = KeyError(SECRET)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    assert "KeyError at test_jobs.py" in caplog.text
    assert SECRET not in caplog.text
    counting.refuses_to_stop = None
    lapse(job)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED


def test_work_begun_three_times_in_vain_has_failed(
    job: Job, counting: Counting
) -> None:
    for _ in range(jobs.MOST_ATTEMPTS):
        claimed(job)
        lapse(job)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, counting.n_run) == (Job.State.FAILED, 0)
    assert counting.stopped == ["It was begun three times and never ended."]


def test_third_attempt_may_still_succeed(job: Job, counting: Counting) -> None:
    for _ in range(jobs.MOST_ATTEMPTS - 1):
        claimed(job)
        lapse(job)
    jobs.run(job.pk)
    assert counting.n_run == 1
    job.refresh_from_db()
    assert job.state == Job.State.DONE


def test_worker_is_told_only_once_the_row_is_committed(
    counting: Counting,
    subject: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hints: list[tuple[int, ...]] = []
    monkeypatch.setattr(run_job, "delay", lambda *args: hints.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.enqueue(KIND, subject)
        jobs.enqueue(KIND, subject)
        assert hints == []
    assert hints == [(job.pk,)]


def test_lapsed_and_waiting_jobs_are_taken_up_again(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints: list[int] = []
    monkeypatch.setattr(run_job, "delay", hints.append)
    take_up_lapsed()
    claimed(job)
    take_up_lapsed()
    lapse(job)
    take_up_lapsed()
    assert hints == [job.pk, job.pk]


def test_hint_does_the_job(job: Job, counting: Counting) -> None:
    run_job(job.pk)
    assert counting.done == [job.subject]


def test_floor_that_fails_keeps_no_other_from_its_dates(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[object] = []

    def fail(event: object) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(
        "accounts.hooks.subscribers", lambda event: (fail, heard.append)
    )
    tick()
    assert len(heard) == 1
    assert "tick: ValueError at" in caplog.text
    assert SECRET not in caplog.text


def test_messages_to_workers_are_json() -> None:
    assert app.conf.task_serializer == "json"
    assert app.conf.accept_content == ["json"]


def test_every_waiting_job_is_worked_off(
    job: Job, counting: Counting, work_off: Callable[[], int]
) -> None:
    assert work_off() == 1
    assert work_off() == 0
    assert counting.done == [job.subject]
