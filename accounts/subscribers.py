"""Starts this floor's tasks."""

from accounts.hooks import subscribe
from accounts.jobs import JobWaiting
from accounts.tasks import run_job


@subscribe(JobWaiting)
def hint_worker(event: JobWaiting) -> None:
    """Tell a worker about a job once its row is committed."""
    run_job.delay_on_commit(event.job_id)
