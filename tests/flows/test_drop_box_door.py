"""What a program sends and is not clean waits at the door for a person."""

from pathlib import Path

import asyncssh
import pytest
from django.conf import settings

from agreements.models import Agreement
from indicators.dropbox.session import RECEIPT, SEND, SEND_ATTESTED
from indicators.models import Arrival, Delivery
from partnerships.models import Notice
from tests import make
from tests.support import town
from tests.support.at_door import page_of, press
from tests.support.dropping import Program, got, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    made = make.agreement()
    make.add_places(made)
    return made.number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def housing() -> bytes:
    return town.tenants_csv(town.children())


def left_in_spool() -> list[Path]:
    return list(Path(settings.VAULT_DIR, "incoming").glob("*"))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (town.tenants_csv(town.children(), extra="phone"), SEND_ATTESTED),
        (town.tenants_csv(town.children(), extra="SSN"), SEND_ATTESTED),
        (b"", SEND_ATTESTED),
        (town.tenants_csv(town.children()), SEND),  # which attests nothing
    ],
    ids=["unlisted column", "numbers of people", "empty", "not attested"],
)
def test_what_is_not_clean_waits_for_a_person(
    made: Agreement, content: bytes, name: str
) -> None:
    async def send(client: asyncssh.SFTPClient, folder: str) -> tuple[str, str]:
        await put(client, f"{folder}/list.csv", content)
        with pytest.raises(asyncssh.SFTPFailure) as refused:
            await put(client, f"{folder}/{name}")
        return refused.value.reason, await got(client, f"{folder}/{RECEIPT}")

    program = Program(made)
    reason, receipt = program.does(send)
    assert receipt == f"{reason}\n"
    assert "somebody must look at the files first" in receipt
    assert not Delivery.objects.exists()
    assert left_in_spool() == []
    arrival = Arrival.objects.get()
    assert receipt.endswith(f"{arrival.get_absolute_url()}\n")
    told = Notice.objects.get(key__startswith=f"arrival:{arrival.pk}:")
    assert (told.recipient, told.path) == (program.steward, arrival.get_absolute_url())
    make.work_off()
    assert "by the drop box" in page_of(arrival)
    press(arrival, "cancel")
    assert "Nothing was delivered yet" in program.does(receipt_now)


async def receipt_now(client: asyncssh.SFTPClient, folder: str) -> str:
    return await got(client, f"{folder}/{RECEIPT}")


def test_a_clean_list_takes_the_place_of_one_that_waits(made: Agreement) -> None:
    async def send(client: asyncssh.SFTPClient, folder: str) -> str:
        await put(client, f"{folder}/list.csv", wide)
        with pytest.raises(asyncssh.SFTPFailure):
            await put(client, f"{folder}/{SEND_ATTESTED}")
        await put(client, f"{folder}/list.csv", housing())
        await put(client, f"{folder}/{SEND_ATTESTED}")
        return await got(client, f"{folder}/{RECEIPT}")

    wide = town.tenants_csv(town.children(), extra="phone")
    assert "State: accepted" in Program(made).does(send)
    assert Arrival.objects.get().state == "replaced"
