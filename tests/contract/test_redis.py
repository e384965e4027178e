"""A job's hint makes the round trip through a real Redis and a real worker."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from accounts import jobs
from accounts.models import Job
from accounts.tasks import run_job
from tests import make
from tests.contract import counting
from tests.contract.conftest import PROJECT

pytestmark = pytest.mark.contract
START_SECONDS = 60


@pytest.fixture
def environment(postgres: str, redis: str, tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": postgres,
        "REDIS_URL": redis,
        "HOMEROOM_HOME": str(tmp_path),
    }


@pytest.fixture
def job(
    environment: dict[str, str], redis: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Job]:
    """Yield a job whose hint went to Redis when its row was committed."""
    with Connection(redis) as broker:
        broker.default_channel.client.flushdb()
        send = run_job.apply_async
        monkeypatch.setattr(
            run_job,
            "apply_async",
            lambda *args, **options: send(*args, **options, connection=broker),
        )
        yield jobs.enqueue(counting.KIND, make.user())


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[None]:
    """Run the worker of production, which also knows how to count."""
    command = [sys.executable, "-m", "celery", "--app=config", "worker"]
    command += ["--pool=solo", "--loglevel=ERROR", f"--include={counting.__name__}"]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def is_done(job: Job) -> bool:
    """Return whether the job is done within the time a worker needs to start."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        job.refresh_from_db()
        if not job.is_open:
            return job.state == Job.State.DONE
        time.sleep(0.1)
    return False


def waiting(redis: str) -> list[dict[str, Any]]:
    with Connection(redis) as broker:
        return [
            json.loads(text)
            for text in broker.default_channel.client.lrange("celery", 0, -1)
        ]


def test_hint_is_json_and_holds_one_key(job: Job, redis: str) -> None:
    (message,) = waiting(redis)
    assert message["content-type"] == "application/json"
    assert message["headers"]["task"] == run_job.name
    assert message["headers"]["argsrepr"] == f"({job.pk},)"


def test_worker_takes_the_hint_and_does_the_job_once(
    job: Job, redis: str, environment: dict[str, str]
) -> None:
    run_job.delay(job.pk)  # a second hint for the same row
    with worker(environment):
        assert is_done(job)
        assert job.steps == [{"name": "Count", "count": job.subject}]
    assert job.attempts == 1
    assert run_job.name not in [hint["headers"]["task"] for hint in waiting(redis)]


def test_job_whose_hint_was_lost_is_taken_up_when_a_worker_starts(
    job: Job, redis: str, environment: dict[str, str]
) -> None:
    with Connection(redis) as broker:
        broker.default_channel.client.flushdb()
    with worker(environment):
        assert is_done(job)
