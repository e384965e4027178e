"""The Celery app: broker, what beat calls, heartbeats of worker and beat."""

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import Celery, bootsteps
from celery.beat import Scheduler
from celery.signals import beat_init, worker_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config import env

for name in ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL"):
    os.environ.pop(name, None)  # Celery would let these go before our settings

HEARTBEAT_SECONDS = 5
TICK_SECONDS = 60
TAKE_UP_SECONDS = 10


def _broker() -> dict[str, Any]:
    if url := env.redis_url():
        return {"broker_url": url}
    folders = {
        name: env.HOME / "broker" / name for name in ("queue", "control", "processed")
    }
    for folder in folders.values():
        Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget_torn(folders["control"], folders["queue"])
    return {
        "broker_url": "filesystem://localhost",
        "broker_transport": "config.broker:Transport",
        "broker_transport_options": {
            "data_folder_in": str(folders["queue"]),
            "data_folder_out": str(folders["queue"]),
            "control_folder": str(folders["control"]),
            "processed_folder": str(folders["processed"]),
            "store_processed": False,
            "polling_interval": 0.25,  # seconds; else a job waits up to one
        },
    }


def _forget_torn(control: Path, queue: Path) -> None:
    """Remove what a killed process left half written, of bindings and of messages.

    A binding says who listens to which queue. The transport cannot read half of one
    and would never start again; every worker writes it anew when it starts.
    """
    from accounts import clock

    for draft in queue.glob("*.draft"):
        with suppress(FileNotFoundError):
            if clock.now().timestamp() - draft.stat().st_mtime > TICK_SECONDS:
                draft.unlink()
    for path in control.glob("*.exchange"):
        try:
            json.loads(path.read_bytes())
        except FileNotFoundError:
            continue
        except ValueError:
            path.unlink(missing_ok=True)


app = Celery("homeroom")
app.conf.update(
    **_broker(),
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    beat_scheduler="config.celery:HeartbeatScheduler",
    beat_schedule={
        name: {
            "task": f"accounts.tasks.{name}",
            "schedule": float(seconds),
            # While no worker runs they would gather: only the newest has a use.
            "options": {"expires": seconds},
        }
        for name, seconds in (
            ("tick", TICK_SECONDS),
            ("take_up_lapsed", TAKE_UP_SECONDS),
        )
    },
)
app.autodiscover_tasks(["accounts"])


def _beat_heart(name: str) -> None:
    from accounts.health import beat_heart

    beat_heart(name)


def _stop_heart(name: str) -> None:
    from accounts.health import stop_heart

    stop_heart(name)


class HeartbeatScheduler(Scheduler):
    """Celery's scheduler in memory, which also records that it is alive.

    It keeps no file: one that a killed beat left half written would keep every later
    beat from starting. What a tick does may be repeated, so beat begins with one.
    """

    _beaten_at = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Return seconds until the next call, after noting the heartbeat."""
        now = time.monotonic()
        if now - self._beaten_at >= HEARTBEAT_SECONDS:
            self._beaten_at = now
            _beat_heart("beat")
        return min(super().tick(*args, **kwargs), float(HEARTBEAT_SECONDS))

    def close(self) -> None:
        """Say that beat has stopped."""
        super().close()
        _stop_heart("beat")


class WorkerHeartbeat(bootsteps.StartStopStep):
    """Notes the worker's heartbeat from its own event loop."""

    requires = {"celery.worker.components:Timer"}

    def start(self, worker: Any) -> None:
        """Begin noting heartbeats."""
        _beat_heart("worker")
        self._entry = worker.timer.call_repeatedly(
            HEARTBEAT_SECONDS, _beat_heart, ("worker",)
        )

    def stop(self, worker: Any) -> None:
        """Stop noting heartbeats, and say so."""
        self._entry.cancel()
        _stop_heart("worker")


app.steps["worker"].add(WorkerHeartbeat)


@worker_init.connect
@beat_init.connect
def refuse_to_start(**_: Any) -> None:
    """Stop here if production holds accounts of the demo."""
    from config.security import refuse_demo_accounts

    refuse_demo_accounts()


@beat_init.connect
def tick_at_once(**_: Any) -> None:
    """Make up for the minute that nobody called while beat was away."""
    app.send_task("accounts.tasks.tick", expires=TICK_SECONDS)


@worker_ready.connect
def take_up_lapsed_work(**_: Any) -> None:
    """Ask for work whose worker died: now, and once its lease has lapsed."""
    from accounts.jobs import LEASE_SECONDS

    app.send_task("accounts.tasks.take_up_lapsed")
    app.send_task("accounts.tasks.take_up_lapsed", countdown=LEASE_SECONDS + 1)
