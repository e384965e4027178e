"""A real PostgreSQL and Redis; each test gets a clone of one migrated database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests import servers
from tests.contract.databases import as_database, clone_of
from tests.contract.racing import Begin, Race

PROJECT = Path(__file__).resolve().parents[2]


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
    with django_db_blocker.unblock():
        url = clone_of(migrated)
        with as_database(url):
            yield url


@pytest.fixture
def begin(
    migrated: str, django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> Iterator[Begin]:
    """Yield a function that returns the race of a past, which it lets be walked."""
    with django_db_blocker.unblock():
        yield lambda walk: Race(migrated, tmp_path / "past", walk)


@pytest.fixture(scope="session")
def redis() -> Iterator[str]:
    """Yield the address of an empty Redis."""
    with servers.redis() as url:
        yield url
