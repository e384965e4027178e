"""What every test stands on: a throw-away home, a closed network, no broker."""

import secrets
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from accounts import jobs
from config.celery import app

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def pytest_configure() -> None:
    """Send hints to a broker in memory that no worker reads."""
    app.conf.update(broker_url="memory://", broker_transport_options={})


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Refuse every address but this machine's own."""

    def closed(connect: Callable[..., Any]) -> Callable[..., Any]:
        def to(self: socket.socket, address: Any) -> Any:
            if isinstance(address, tuple) and address[0] not in LOOPBACK:
                raise PermissionError("The network is closed to tests.")
            return connect(self, address)

        return to

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, closed(getattr(socket.socket, name)))
        yield


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    """Return the folder that is this test's HOME; the demo is off."""
    settings.HOME = tmp_path
    settings.VAULT_DIR = tmp_path / "vault"
    settings.KEYSTORE_DIR = tmp_path / "keystore"
    settings.KEYSTORE_COPY_DIR = tmp_path / "keystore-copy"
    settings.SEAL_DIR = tmp_path / "seal"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.WHITENOISE_AUTOREFRESH = True  # else every client reads all of static/
    settings.DEMO = False
    settings.SECOND_FACTOR_REQUIRED = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    own_prefix = {"KEY_PREFIX": secrets.token_hex(4)}
    settings.CACHES = {"default": settings.CACHES["default"] | own_prefix}
    return tmp_path


@pytest.fixture
def work_off(db: None) -> Callable[[], int]:
    """Return a function that does every waiting job, and says how many it did."""

    def run_all() -> int:
        n_done = 0
        while waiting := jobs.lapsed():
            for job_id in waiting:
                jobs.run(job_id)
            n_done += len(waiting)
        return n_done

    return run_all
