"""What beat calls, and what a killed process may leave behind of the broker."""

import json
import os
from pathlib import Path
from queue import Empty
from typing import Any, NoReturn

import pytest
from celery.beat import PersistentScheduler
from celery.signals import beat_init
from kombu import Connection

from config import celery
from config.broker import Transport
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
    celery._forget_torn(tmp_path, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["celery.pidbox.exchange"]


def test_message_has_no_name_until_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path)}
    with Connection(transport=Transport, transport_options=options) as broker:
        channel = broker.default_channel
        with monkeypatch.context() as dying:
            dying.setattr(Path, "replace", killed)
            with pytest.raises(KeyboardInterrupt):
                channel._put("celery", {"id": 1})
        (draft,) = tmp_path.iterdir()
        assert draft.suffix == ".draft"
        with pytest.raises(Empty):
            channel._get("celery")
        channel._put("celery", {"id": 2})
        assert channel._get("celery") == {"id": 2}
    celery._forget_torn(tmp_path, tmp_path)
    assert draft.exists()
    os.utime(draft, (0, 0))
    celery._forget_torn(tmp_path, tmp_path)
    assert list(tmp_path.iterdir()) == []


def killed(*_: object) -> NoReturn:
    raise KeyboardInterrupt
