"""Whether web, database, worker and beat are well."""

from datetime import timedelta

from django.db import Error, transaction

from accounts import clock
from accounts.models import Heartbeat

STALE_AFTER = timedelta(seconds=20)


def beat_heart(process: str) -> None:
    """Record that a process is alive now."""
    try:
        with transaction.atomic():
            Heartbeat.objects.update_or_create(
                process=process, defaults={"at": clock.now()}
            )
    except Error:
        # A database that is away shows on /healthz by itself; the process must
        # outlive it, and the next beat tries again.
        return


def stop_heart(process: str) -> None:
    """Record that a process has stopped."""
    try:
        Heartbeat.objects.filter(process=process).delete()
    except Error:
        # Its last heartbeat grows stale by itself.
        return


def report() -> dict[str, str]:
    """Return "well" or what is wrong, for web, database, worker and beat."""
    state = {"web": "well"}
    try:
        beats = dict(Heartbeat.objects.values_list("process", "at"))
    except Error:
        return state | {
            "database": "does not answer",
            "worker": "unknown",
            "beat": "unknown",
        }
    state["database"] = "well"
    for process in ("worker", "beat"):
        at = beats.get(process)
        if at is None:
            state[process] = "not started"
        elif clock.now() - at > STALE_AFTER:
            state[process] = f"silent since {at:%Y-%m-%d %H:%M:%S} UTC"
        else:
            state[process] = "well"
    return state
