"""Thin Celery tasks; their arguments are primary keys only."""

import logging

from celery import shared_task

from accounts import hooks, jobs
from accounts.events import MinutePassed
from accounts.logs import place_of

log = logging.getLogger(__name__)


@shared_task(name="accounts.tasks.run_job")
def run_job(job_id: int) -> None:
    """Do one job, if it is still to be done."""
    jobs.run(job_id)


@shared_task(name="accounts.tasks.take_up_lapsed")
def take_up_lapsed() -> None:
    """Ask workers again for every job that waits or whose worker died."""
    for job_id in jobs.lapsed():
        run_job.delay(job_id)


@shared_task(name="accounts.tasks.tick")
def tick() -> None:
    """Do what a minute asks for: lapsed jobs, then each floor's dates.

    A floor that fails is logged and does not keep the others from their dates.
    """
    take_up_lapsed()
    for function in hooks.subscribers(MinutePassed):
        try:
            function(MinutePassed())
        except Exception as error:  # noqa: BLE001 - one floor must not stop another
            log.error("tick: %s", place_of(error))
