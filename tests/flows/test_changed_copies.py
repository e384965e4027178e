"""A sealed copy that is not what was sealed under its name is refused, and unread."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as configured

from accounts import jobs
from agreements.models import Agreement
from indicators import custody
from indicators.models import Holding
from indicators.services import linkage, releases
from indicators.services.linked import CHANGED
from indicators.vault.envelope import CHUNK_BYTES, Tampered, new_key, seal_stream
from tests import make
from tests.support import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    made = make.linked().agreement
    make.housing_list(made)
    return made.number


@pytest.fixture
def made(number: str) -> Agreement:
    """Return an agreement with a linkage, and another that waits."""
    return Agreement.objects.get(number=number)


def place(holding: Holding) -> Path:
    return Path(configured.VAULT_DIR, "blobs", holding.blob)


def standing(made: Agreement, kind: str) -> Holding:
    return made.holdings.filter(kind=kind, state="held").latest("pk")


def swap_with_the_other_side(holding: Holding) -> None:
    other = place(standing(holding.agreement, "students"))
    own, aside = place(holding), place(holding).with_suffix(".aside")
    own.rename(aside)
    other.rename(own)
    aside.rename(other)


def put_the_copy_before(holding: Holding) -> None:
    before = holding.agreement.holdings.filter(kind="tenants").earliest("pk")
    assert before != holding
    shutil.copyfile(place(before), place(holding))


def put_an_older_body_of_the_name(holding: Holding) -> None:
    """Put what was sealed under this very name, but under a key of another time."""
    body = seal_stream([b"an older list" * 99], key=new_key(), name=holding.blob)
    place(holding).write_bytes(b"".join(body))


def cut_in_the_middle(holding: Holding) -> None:
    content = place(holding).read_bytes()
    place(holding).write_bytes(content[: len(content) // 2])


def cut_to_the_header(holding: Holding) -> None:
    place(holding).write_bytes(place(holding).read_bytes()[:11])


def change_one_bit(holding: Holding) -> None:
    content = bytearray(place(holding).read_bytes())
    content[-1] ^= 1
    place(holding).write_bytes(bytes(content))


def take_away(holding: Holding) -> None:
    place(holding).unlink()


WAYS: tuple[Callable[[Holding], None], ...] = (
    swap_with_the_other_side,
    put_the_copy_before,
    put_an_older_body_of_the_name,
    cut_in_the_middle,
    cut_to_the_header,
    change_one_bit,
    take_away,
)


@pytest.mark.parametrize("change", WAYS)
def test_linking_refuses_it_in_words(
    made: Agreement,
    change: Callable[[Holding], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = made.runs.get(state="waiting")
    holding = standing(made, "tenants")
    change(holding)
    names = set(place(holding).parent.iterdir())
    with caplog.at_level(logging.ERROR):
        jobs.run(jobs.latest(linkage.JOB, run).pk)
    run.refresh_from_db()
    assert (run.state, run.message) == ("failed", CHANGED)
    assert f"holding {holding.pk} does not open" in caplog.text
    for child in town.children():
        assert child.last not in caplog.text
    assert set(place(holding).parent.iterdir()) == names
    assert list(Path(configured.KEYSTORE_DIR, "keys").rglob("*.part")) == []


def test_tables_are_not_counted_from_another_copy(made: Agreement) -> None:
    make.work_off()
    newest = made.runs.first()
    assert newest is not None
    release = make.released(newest, until="computing")
    assert newest.linked is not None
    assert newest.crosswalk is not None
    shutil.copyfile(place(newest.crosswalk), place(newest.linked))
    jobs.run(jobs.latest(releases.JOB, release).pk)
    release.refresh_from_db()
    assert (release.state, release.message) == ("refused", CHANGED)
    assert release.document == {}


def test_several_chunks_open_whole_or_not_at_all(made: Agreement) -> None:
    """What is cut between two chunks has lost its last one, and is refused too."""
    sealed = custody.vault().put("1", b"x" * (3 * CHUNK_BYTES))
    blob = Path(configured.VAULT_DIR, "blobs", sealed.blob)
    content = blob.read_bytes()
    blob.write_bytes(content[: 11 + 2 * (CHUNK_BYTES + 16)])
    with pytest.raises(Tampered, match="does not open under its key and name"):
        custody.vault().read("1", key_id=sealed.key_id, blob=sealed.blob)
