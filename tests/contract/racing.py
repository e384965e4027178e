"""Races: a past that is made once, a fresh copy for each repetition, what must hold."""

import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client, override_settings
from django.urls import reverse

from accounts import ledger
from accounts.models import Job, LedgerEntry, User
from agreements import presets
from agreements.models import Agreement
from indicators import staging
from indicators.models import Arrival, Holding
from indicators.models.arrivals import OPEN
from indicators.services.destruction import KINDS_OF
from partnerships.roles import Role
from tests import make
from tests.conftest import throw_away
from tests.contract.databases import as_database, at_once, clone_of, drop

N_TIMES = 50
WON, LATE = 302, 409
HEAD_START_SECONDS = 0.02


class Race:
    """A database and a HOME made once, of which each repetition gets a fresh copy."""

    def __init__(self, migrated: str, home: Path, walk: Callable[[], object]) -> None:
        """walk: makes, by walking the services, what every repetition begins with."""
        home.mkdir()
        self._home, self._url = home, clone_of(migrated)
        with as_database(self._url), override_settings(**moved_to(home)):
            walk()

    @contextmanager
    def again(self, i: int) -> Iterator[random.Random]:
        """Yield where the chance of one repetition comes from, inside its copy.

        After it the record must be whole, and the vault hold what is on record.
        """
        home, url = self._home.with_name(f"{self._home.name}-{i}"), clone_of(self._url)
        shutil.copytree(self._home, home)
        with as_database(url), override_settings(**moved_to(home)):
            yield random.Random(i)
            assert_whole()
        drop(url)
        shutil.rmtree(home)


Begin = Callable[[Callable[[], object]], Race]
Post = Callable[[], Any]


def moved_to(home: Path) -> dict[str, Any]:
    """Return the settings of one repetition, whose dates can move."""
    return throw_away(home) | {"DEMO": True}


def together(
    chance: random.Random,
    *acts: Callable[[], Any],
    spread: Sequence[float] = (),
) -> list[Any]:
    """Return what each act gave; each begins at a moment of its own, by chance.

    spread: within how many seconds each begins; a hundredth of one unless told.
    """
    within = spread or [HEAD_START_SECONDS] * len(acts)
    waits = [chance.uniform(0, seconds) for seconds in within]

    def one(i: int) -> Any:
        time.sleep(waits[i])
        return acts[i]()

    return at_once(one, len(acts))


def browser(person: User) -> Client:
    """Return a signed-in person's browser, which shows a fault as a page."""
    client = make.signed_in(person)
    client.raise_request_exception = False
    return client


def people(made: Agreement, kind: str, role: Role) -> list[User]:
    """Return who holds a role on one side, oldest first."""
    owner = made.partnership.organisations.get(kind=kind)
    memberships = owner.memberships.filter(role=role).order_by("pk")
    return [membership.user for membership in memberships]


def posting(person: User, path: str, **fields: Any) -> Post:
    """Return how a person, signed in already, presses a button."""
    client = browser(person)
    return lambda: client.post(path, fields)


def loading(arrival: Arrival, person: User) -> Post:
    """Return how a person loads files that were examined at the door."""
    path = reverse("load_arrival", args=[arrival.pk])
    return posting(person, path, attests_exclusions="on")


def sending(made: Agreement, person: User, content: bytes) -> Post:
    """Return how a person, signed in already, sends a housing list to the door."""
    flow = made.flows.get(key=presets.HOUSING_LIST)
    client = browser(person)
    file = SimpleUploadedFile("tenants.csv", content)
    path = reverse("upload", args=[flow.pk])
    return lambda: client.post(path, {"content": [file]})


def statuses(responses: Sequence[Any]) -> list[int]:
    """Return the answers' statuses; a late one says so on its page."""
    for response in responses:
        if response.status_code == LATE:
            assert b"This has changed meanwhile" in response.content
    return [response.status_code for response in responses]


def acts_of(made: Agreement, name: str) -> list[str]:
    """Return who did an act, in the order of the ledger."""
    entries = LedgerEntry.objects.filter(chain=made.chain, act=name)
    return list(entries.order_by("number").values_list("actor", flat=True))


def n_jobs(kind: str, subject: Model) -> int:
    """Return how many jobs of a kind a row has, open or not."""
    return Job.objects.filter(kind=kind, subject=subject.pk).count()


def n_times(row: Model, state: str) -> int:
    """Return how often a tracked row came into a state."""
    rows = row.history.filter(state=state)  # type: ignore[attr-defined]
    return len([each for each in rows if _state_before(each) != state])


def _state_before(row: Any) -> str:
    return row.prev_record.state if row.prev_record else ""


def stored() -> tuple[set[str], set[str], set[str]]:
    """Return the names of blobs, keys and arriving files."""
    places = (
        Path(settings.VAULT_DIR, "blobs"),
        Path(settings.KEYSTORE_DIR, "keys"),
        Path(settings.VAULT_DIR, "incoming"),
    )
    blobs, keys, incoming = (
        {path.name for path in place.rglob("*") if path.is_file()} for place in places
    )
    return blobs, keys, incoming


def on_record() -> tuple[set[str], set[str], set[str]]:
    """Return the names of blobs and keys of holdings, and of what is at the door."""
    held = [(row.blob, row.key) for row in Holding.objects.filter(state="held")]
    for row in Arrival.objects.filter(state__in=OPEN):
        places = staging.places_of(str(row.sender_id), row.sealed)
        held += [(place.blob, place.key_id) for place in places]
    return {blob for blob, _ in held}, {key for _, key in held}, set()


def assert_whole() -> None:
    """Demand an unbroken record, no orphan in the vault, a duty for all it holds."""
    assert list(ledger.verify()) == []
    assert stored() == on_record()
    for holding in Holding.objects.filter(state="held"):
        (duty,) = (kind for kind, kinds in KINDS_OF.items() if holding.kind in kinds)
        open_duties = holding.agreement.obligations.filter(discharged_at=None)
        assert open_duties.filter(kind=duty).exists(), holding
