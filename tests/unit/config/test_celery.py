"""What beat calls, and what a killed process may leave behind of the broker."""

import json
from pathlib import Path
from typing import Any

import pytest
from celery.beat import PersistentScheduler
from celery.signals import beat_init

from config import celery
from config.celery import HeartbeatScheduler, app


def test_beat_calls_tasks_that_exist_and_lets_stale_calls_lapse() -> None:
    calls = app.conf.beat_schedule.values()
    assert {call["task"] for call in calls} <= set(app.tasks)
    assert all(call["options"]["expires"] <= call["schedule"] for call in calls)


def test_beat_keeps_no_file_that_a_kill_could_tear() -> None:
    assert app.conf.beat_scheduler == "config.celery:HeartbeatScheduler"
    assert not issubclass(HeartbeatScheduler, PersistentScheduler)


def test_beat_ticks_as_soon_as_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def send(name: str, **options: Any) -> None:
        sent.append(name)

    monkeypatch.setattr(app, "send_task", send)
    assert celery.tick_at_once in [hear() for _, hear in beat_init.receivers]
    celery.tick_at_once()
    assert sent == ["accounts.tasks.tick"]


@pytest.mark.parametrize("torn", ["", '[["celery", ""'])
def test_binding_that_a_killed_worker_tore_is_forgotten(
    tmp_path: Path, torn: str
) -> None:
    whole = json.dumps([["celery", "", "celery"]])
    (tmp_path / "celery.exchange").write_text(torn)
    (tmp_path / "celery.pidbox.exchange").write_text(whole)
    celery._forget_torn(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["celery.pidbox.exchange"]
