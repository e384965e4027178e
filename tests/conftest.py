"""What every test stands on: a throw-away home, a closed network, no broker."""

import gc
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import settings as examples
from pytest_django import DjangoDbBlocker, Settings

from config.celery import app
from tests import make

examples.register_profile("gate", max_examples=25, deadline=None)
examples.register_profile("prove", max_examples=2000, deadline=None)
examples.load_profile("gate")

TESTS = Path(__file__).parent
ONCE = (
    TESTS / "house",
    *(TESTS / "unit" / floor for floor in ("agreements", "indicators", "partnerships")),
    *(
        TESTS / "flows" / f"test_{of_files}.py"
        for of_files in (
            "address_only",
            "any_form",
            "bad_input",
            "changed_copies",
            "checking",
            "clerical_answers",
            "dashboard",
            "dashboard_page",
            "door",
            "door_answers",
            "drop_box",
            "drop_box_door",
            "drop_box_sessions",
            "goals",
            "goals_in_any_order",
            "how_it_was_signed",
            "learning",
            "mandate_file",
            "originals",
            "own_counts",
            "paper",
            "partners_file",
            "releasing",
            "repeats_linked",
            "research_refused",
            "school_records",
            "restored_backup",
            "scope",
            "same_bytes",
            "tagged_papers",
            "versions",
            "what_if",
        )
    ),
)
# Modules that run long by themselves, the longest first; but a worker that begins
# with a single test is given a second module at once, so a short one comes third.
LONGEST = (
    "browser/test_line.py",
    "contract/test_redis.py",
    "browser/test_without_script.py",
    "browser/test_abuse.py",
    "contract/test_production.py",
    "browser/test_secrets.py",
    "house/test_guards.py",
    "unit/agreements/test_register.py",
    "flows/test_evidence.py",
)
# Modules whose walks take long and what they guard is guarded in short by others:
# `run.py prove` alone runs them.
LATER = frozenset(
    {
        "browser/test_agreeing.py",
        "flows/test_address_only.py",
        "flows/test_any_form.py",
        "flows/test_bad_input.py",
        "flows/test_clerical.py",
        "flows/test_clerical_answers.py",
        "flows/test_delivering_in_any_order.py",
        "flows/test_feeds.py",
        "flows/test_learning.py",
        "flows/test_memorandum.py",
        "flows/test_originals.py",
        "flows/test_own_counts.py",
        "flows/test_research.py",
        "flows/test_research_refused.py",
        "flows/test_scope.py",
        "unit/agreements/test_access_review.py",
        "unit/agreements/test_carrying.py",
        "unit/agreements/test_comments.py",
        "unit/agreements/test_following_end_to_end.py",
        "unit/agreements/test_models_end_to_end.py",
        "unit/agreements/test_overview.py",
        "unit/agreements/test_readings.py",
        "unit/agreements/test_word.py",
        "unit/agreements/test_workspace.py",
        "unit/indicators/test_deidentify_attacks.py",
        "unit/indicators/test_deidentify_search.py",
        "unit/indicators/test_demo_people.py",
        "unit/indicators/test_disclosure_days.py",
        "unit/indicators/test_linkage_generality.py",
        "unit/indicators/test_vault_rotation.py",
    }
)
LOOPBACK = {"127.0.0.1", "::1", "localhost"}

gc.disable()  # while everything is imported and collected, of which nothing is garbage


def pytest_configure() -> None:
    """Send hints to a broker in memory that no worker reads."""
    app.conf.update(
        broker_url="memory://", broker_transport=None, broker_transport_options={}
    )


def pytest_collection_finish() -> None:
    """Look for garbage from here on, seldom, and only in what the tests make."""
    gc.freeze()
    gc.set_threshold(5_000)
    gc.enable()


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Begin with the longest modules; on PostgreSQL, leave out what needs no servers.

    It runs again what its own ways can change, and what asks for servers.
    The flows walk all of the line, and the basement keeps the record; what one module
    above decides is decided alike, and so is what is read in a file or written to one.
    `tests/contract` adds locks and constraints.
    """
    items.sort(key=lambda item: _turn(item.path))
    for item in items:
        if _name(item.path) in LATER:
            item.add_marker(pytest.mark.prove)
    if connection.vendor != "postgresql":
        return
    pure = [item for item in items if not _reaches_database(item)]
    config.hook.pytest_deselected(items=pure)
    items[:] = [item for item in items if item not in pure]


def _turn(module: Path) -> int:
    """Return when a module has its turn: those first that others would wait for."""
    name = _name(module)
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


@cache
def _name(module: Path) -> str:
    return str(module.relative_to(TESTS))


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Read no module on PostgreSQL that needs no servers."""
    is_once = any(collection_path.is_relative_to(each) for each in ONCE)
    return True if is_once and connection.vendor == "postgresql" else None


def _reaches_database(item: pytest.Item) -> bool:
    marks = {mark.name for mark in item.iter_markers()}
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return "db" in fixtures or bool(marks & {"django_db", "contract", "prove"})


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


def throw_away(folder: Path) -> dict[str, Any]:
    """Return the settings of a test that works in a folder; the demo is off."""
    own_prefix = {"KEY_PREFIX": secrets.token_hex(4)}
    return {
        "HOME": folder,
        "VAULT_DIR": folder / "vault",
        "KEYSTORE_DIR": folder / "keystore",
        "KEYSTORE_COPY_DIR": folder / "keystore-copy",
        "SEAL_DIR": folder / "seal",
        "SFTP_DIR": folder / "sftp",
        "STATIC_ROOT": folder / "static",
        "WHITENOISE_AUTOREFRESH": True,  # else every client reads all of static/
        "DEMO": False,
        "SECOND_FACTOR_REQUIRED": False,
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "CACHES": {"default": configured.CACHES["default"] | own_prefix},
    }


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    """Return the folder that is this test's HOME."""
    for name, value in throw_away(tmp_path).items():
        setattr(settings, name, value)
    return tmp_path


@pytest.fixture(scope="module")
def past(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """Yield the HOME in which a module makes, once, what all its tests begin with.

    The fixture that makes it asks for this one, and the tests use `present`.
    """
    folder = tmp_path_factory.mktemp("past")
    with (
        django_db_blocker.unblock(),
        override_settings(**throw_away(folder)),
        transaction.atomic(),
    ):
        yield folder
        transaction.set_rollback(True)


@pytest.fixture
def present(past: Path, home: Path, db: None) -> None:
    """Let a test go on from its module's past; what it does is undone after it."""
    shutil.copytree(past, home, dirs_exist_ok=True)


@pytest.fixture
def work_off(db: None) -> Callable[[], int]:
    """Return a function that does every waiting job, and says how many it did."""
    return make.work_off
