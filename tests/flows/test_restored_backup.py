"""A backup that comes back after destruction and retention stays shut."""

import shutil
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from pytest_django import Settings

from accounts import clock, jobs, ledger
from accounts.models import Job, LedgerEntry
from agreements.models import Agreement
from agreements.queries import today_of
from agreements.services import obligations
from indicators import custody
from indicators.models import Holding, KeyRotation
from indicators.services import destruction, keys
from indicators.vault.envelope import Tampered, open_stream
from indicators.vault.keystore import KeyMissing
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

LISTS = ("tenants", "students", "crosswalk", "review")
PLACES = ("VAULT_DIR", "KEYSTORE_DIR", "KEYSTORE_COPY_DIR")


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.linked().agreement.number


@pytest.fixture
def made(number: str, settings: Settings) -> Agreement:
    settings.DEMO = True
    return Agreement.objects.get(number=number)


def backup(place: str, to: Path) -> Path:
    return Path(shutil.copytree(getattr(configured, place), to / place))


def restore(place: str, saved: Path) -> None:
    shutil.rmtree(getattr(configured, place))
    shutil.copytree(saved, getattr(configured, place))


def destroyed_lists(made: Agreement) -> list[Holding]:
    """Destroy what has fallen due, and let the keystore's retention pass."""
    due_on = made.obligations.get(kind="linking_list").due_on
    clock.advance(days=(due_on - today_of(made)).days)
    obligations.fall_due()
    make.work_off()
    gone = list(Holding.objects.filter(kind__in=LISTS, state="destroyed"))
    assert len(gone) == len(LISTS)
    last = max(holding.unrecoverable_from for holding in gone)
    custody.vault().expire_copy(last)
    return gone


def read(holding: Holding) -> bytes:
    return custody.vault().read(
        str(holding.owner_id), key_id=holding.key, blob=holding.blob
    )


def every_key_there_is() -> list[bytes]:
    """Return each data key that master key, keystore and copy still give up."""
    store = custody.keystore()
    store.restore_from_copy()
    return [
        store.unwrap(owner, key_id=key_id).secret
        for owner, key_id, _ in store.every_key()
    ]


def test_blobs_from_a_backup_open_with_no_key_that_is_left(
    made: Agreement, tmp_path: Path
) -> None:
    saved = backup("VAULT_DIR", tmp_path / "saved")
    gone = destroyed_lists(made)
    restore("VAULT_DIR", saved)
    left = every_key_there_is()
    assert len(left) == Holding.objects.filter(state="held").count() == 1
    for holding in gone:
        blob = saved / "blobs" / holding.blob
        for key in left:
            with pytest.raises(Tampered), blob.open("rb") as file:
                list(open_stream(file, key=key, name=holding.blob))
        with pytest.raises(KeyMissing):
            read(holding)


def test_a_keystore_from_a_backup_stays_shut_where_the_copy_remembers(
    made: Agreement, tmp_path: Path
) -> None:
    saved = {
        place: backup(place, tmp_path / "saved")
        for place in ("VAULT_DIR", "KEYSTORE_DIR")
    }
    gone = destroyed_lists(made)
    for place, folder in saved.items():
        restore(place, folder)
    call_command("restore_keys", stdout=StringIO())
    for holding in gone:
        with pytest.raises(KeyMissing):
            read(holding)
        key = Path(configured.KEYSTORE_DIR, "keys", str(holding.owner_id), holding.key)
        assert key.exists()  # as the backup had it, until the next minute
    old = timedelta(hours=2)
    sweep(now_is=old)
    assert not any(
        Path(configured.KEYSTORE_DIR, "keys", str(each.owner_id), each.key).exists()
        for each in gone
    )


def test_copy_and_keystore_from_a_backup_are_cleared_by_the_sweep(
    made: Agreement, tmp_path: Path
) -> None:
    saved = {place: backup(place, tmp_path / "saved") for place in PLACES}
    gone = destroyed_lists(made)
    destruction.sweep()  # which notes how long the ledger is
    length = Path(configured.VAULT_DIR, "ledger-length").read_text()
    for place, folder in saved.items():
        restore(place, folder)
    Path(configured.VAULT_DIR, "ledger-length").write_text(length)
    sweep(now_is=timedelta(hours=2))
    for holding in gone:
        with pytest.raises(KeyMissing):
            read(holding)
        assert not Path(configured.VAULT_DIR, "blobs", holding.blob).exists()
    entry = LedgerEntry.objects.filter(act="indicators.sweep").latest("number")
    assert entry.detail == {"blobs": len(gone), "keys": len(gone)}
    assert len(every_key_there_is()) == 1


def sweep(*, now_is: timedelta) -> None:
    """Sweep as if that much time had passed since the files were written."""
    with pytest.MonkeyPatch.context() as patch:
        now = clock.now() + now_is
        patch.setattr(clock, "now", lambda: now)
        destruction.sweep()


def test_a_sweep_tells_the_owner_of_a_lost_copy_once(made: Agreement) -> None:
    holding = made.holdings.get(kind="students")
    Path(configured.VAULT_DIR, "blobs", holding.blob).unlink()
    destruction.sweep()
    destruction.sweep()
    told = Notice.objects.filter(key__startswith=f"holding-missing:{holding.pk}:")
    steward = make.who(made, "district", Role.STEWARD)
    assert [notice.recipient for notice in told] == [steward]
    assert "cannot be opened" in told[0].subject


# Wrapping keys


def test_a_rotation_is_in_the_ledger_and_every_holding_opens(made: Agreement) -> None:
    before = {holding.pk: read(holding) for holding in made.holdings.all()}
    owners = {holding.owner_id for holding in made.holdings.all()}
    wrapped = {
        owner: Path(configured.KEYSTORE_DIR, "owners", str(owner)).read_bytes()
        for owner in owners
    }
    call_command("rotate_keys", stdout=StringIO())
    make.work_off()
    rotation = KeyRotation.objects.get()
    assert (rotation.state, rotation.n_owners) == ("finished", len(owners))
    assert rotation.n_keys == len(before)
    assert {each.pk: read(each) for each in made.holdings.all()} == before
    for owner, old in wrapped.items():
        place = Path(configured.KEYSTORE_DIR, "owners", str(owner))
        assert place.read_bytes() != old
    acts = LedgerEntry.objects.filter(act__endswith="_rotation")
    assert [entry.actor for entry in acts] == ["system:key rotation"]
    done = LedgerEntry.objects.get(act="indicators.rotate_keys")
    assert done.detail == {"owners": len(owners), "keys": len(before)}
    assert list(ledger.verify()) == []


def test_a_new_master_key_takes_over_and_the_former_one_can_go(
    made: Agreement, settings: Settings
) -> None:
    before = {holding.pk: read(holding) for holding in made.holdings.all()}
    settings.VAULT_MASTER_KEY_BEFORE = settings.VAULT_MASTER_KEY
    settings.VAULT_MASTER_KEY = "5e" * 32
    keys.order_rotation()
    make.work_off()
    settings.VAULT_MASTER_KEY_BEFORE = ""
    assert {each.pk: read(each) for each in made.holdings.all()} == before


def test_a_rotation_whose_worker_died_goes_on(made: Agreement) -> None:
    rotation = keys.order_rotation()
    job = Job.objects.get(kind=keys.JOB)
    dead = jobs.claim(job.pk)
    assert dead is not None
    store = custody.keystore()
    first = store.owners()[0]
    store.rotate_owner(first, since=rotation.ordered_at)
    place = Path(configured.KEYSTORE_DIR, "owners", first)
    done = place.read_bytes()
    Job.objects.filter(pk=job.pk).update(leased_until=rotation.ordered_at)
    make.work_off()
    rotation.refresh_from_db()
    assert rotation.state == "finished"
    assert place.read_bytes() == done  # what was done is not done again
    with pytest.raises(jobs.LeaseLost):
        dead.step("Too late")


def test_a_rotation_that_stopped_is_taken_up_by_the_next_order(
    made: Agreement,
) -> None:
    holding = made.holdings.get(kind="tenants")
    paths = [
        Path(getattr(configured, place), "keys", str(holding.owner_id), holding.key)
        for place in ("KEYSTORE_DIR", "KEYSTORE_COPY_DIR")
    ]
    sound = paths[0].read_bytes()
    for path in paths:
        path.write_bytes(b"damaged")
    rotation = keys.order_rotation()
    make.work_off()
    rotation.refresh_from_db()
    assert rotation.state == "ordered"
    assert jobs.latest(keys.JOB, rotation).state == "failed"
    paths[1].write_bytes(sound)
    assert keys.order_rotation() == rotation
    make.work_off()
    rotation.refresh_from_db()
    assert rotation.state == "finished"
    assert read(holding)
