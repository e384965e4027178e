"""Whether web, database, worker and beat are well."""

import datetime as dt

import pytest
from django.db import DatabaseError, InterfaceError
from django.db.models import QuerySet
from django.test import Client

from accounts import clock, health
from accounts.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_all_is_well_while_hearts_beat(client: Client) -> None:
    health.beat_heart("worker")
    health.beat_heart("beat")
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == dict.fromkeys(
        ("web", "database", "worker", "beat"), "well"
    )


def test_process_that_never_started_is_named(client: Client) -> None:
    health.beat_heart("worker")
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["beat"] == "not started"
    assert response.json()["worker"] == "well"


def test_silent_process_is_named_with_the_time_of_its_last_beat() -> None:
    at = clock.now() - health.STALE_AFTER - dt.timedelta(seconds=1)
    Heartbeat.objects.create(process="worker", at=at)
    assert health.report()["worker"] == f"silent since {at:%Y-%m-%d %H:%M:%S} UTC"


def test_heart_beats_in_one_row_per_process() -> None:
    health.beat_heart("worker")
    health.beat_heart("worker")
    assert Heartbeat.objects.count() == 1


def test_process_that_stopped_does_not_look_alive() -> None:
    health.beat_heart("worker")
    health.stop_heart("worker")
    assert health.report()["worker"] == "not started"


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_database_that_is_away_is_reported_and_outlived(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(QuerySet, "values_list", away)
    monkeypatch.setattr(QuerySet, "update_or_create", away)
    monkeypatch.setattr(QuerySet, "delete", away)
    health.beat_heart("worker")
    health.stop_heart("worker")
    assert health.report() == {
        "web": "well",
        "database": "does not answer",
        "worker": "unknown",
        "beat": "unknown",
    }
