"""A real PostgreSQL and Redis; each test gets a clone of one migrated database."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import environ
import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from tests import servers

PROJECT = Path(__file__).resolve().parents[2]
Answer = TypeVar("Answer")
_clones = count(1)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a PostgreSQL database that manage.py has migrated."""
    home = str(tmp_path_factory.mktemp("home"))
    with servers.postgres() as url:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            cwd=PROJECT,
            env=os.environ | {"DATABASE_URL": url, "HOMEROOM_HOME": home},
            check=True,
        )
        yield url


@pytest.fixture
def postgres(migrated: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Yield the address of a fresh clone, which is Django's database meanwhile.

    Nothing is rolled back and nothing flushed: evidence would refuse that.
    """
    clone = f"clone_{next(_clones)}"
    own = connections.settings["default"]
    server = dict(environ.Env.db_url_config(migrated))
    with django_db_blocker.unblock():
        _become(server | {"NAME": "postgres"})
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {clone} TEMPLATE homeroom")
        _become(server | {"NAME": clone})
        yield migrated.replace("/homeroom?", f"/{clone}?")
        _become(own)


@pytest.fixture(scope="session")
def redis() -> Iterator[str]:
    """Yield the address of an empty Redis."""
    with servers.redis() as url:
        yield url


def _become(database: dict[str, Any]) -> None:
    """Close Django's database and open another in its place."""
    connection.close()
    del connections["default"]
    connections.settings.update(connections.configure_settings({"default": database}))


def at_once(function: Callable[[int], Answer], n: int) -> list[Answer]:
    """Return what `function(i)` gave in each of n threads that began together."""
    together = threading.Barrier(n)

    def one(i: int) -> Answer:
        try:
            together.wait()
            return function(i)
        finally:
            connection.close()

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(one, range(n)))
