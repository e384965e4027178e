"""Many files in one session, and what becomes of those that are cut off."""

import asyncio
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from django.conf import settings as configured

from accounts.models import LedgerEntry
from agreements.models import Agreement
from indicators.dropbox.session import RECEIPT, SEND_ATTESTED
from indicators.models import Arrival, Delivery
from tests import make
from tests.support import town
from tests.support.dropping import Program, got, put, served

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
    return list(Path(configured.VAULT_DIR, "incoming").glob("*"))


def test_a_file_that_is_written_twice_is_the_second_one(made: Agreement) -> None:
    async def send(client: asyncssh.SFTPClient, folder: str) -> None:
        await put(client, f"{folder}/list.csv", b"nothing,to,read\n")
        await put(client, f"{folder}/list.csv", housing())
        await put(client, f"{folder}/{SEND_ATTESTED}")

    Program(made).does(send)
    assert Delivery.objects.get().n_rows == housing().count(b"\n") - 1


async def is_cut(connection: Any, client: asyncssh.SFTPClient) -> None:
    connection.abort()


async def is_left(connection: Any, client: asyncssh.SFTPClient) -> None:
    client.exit()


@pytest.mark.parametrize("ends", [is_cut, is_left])
@pytest.mark.parametrize("is_whole", [True, False])
def test_a_session_that_ends_in_the_middle_sends_nothing(
    made: Agreement, ends: Any, is_whole: bool
) -> None:
    """Neither what was being written, nor what lay beside an unfinished SEND."""
    program = Program(made)

    async def break_off(port: int) -> None:
        async with program.connected(port) as connection:
            client = await connection.start_sftp_client()
            (folder,) = await client.listdir("/")
            await put(client, f"{folder}/one.csv", housing())
            two = await client.open(f"{folder}/two.csv", "wb")
            await two.write(housing())
            if is_whole:
                await two.close()
            await client.open(f"{folder}/{SEND_ATTESTED}", "wb")
            assert len(left_in_spool()) == 3
            await ends(connection, client)
            while left_in_spool():
                await asyncio.sleep(0.05)

    served(break_off)
    assert not Delivery.objects.exists()
    assert not Arrival.objects.exists()
    assert not LedgerEntry.objects.filter(act="indicators.receive").exists()


def test_nothing_is_sent_before_all_of_it_is_there(made: Agreement) -> None:
    async def send(client: asyncssh.SFTPClient, folder: str) -> str:
        async with client.open(f"{folder}/list.csv", "wb") as file:
            await file.write(housing())
            with pytest.raises(asyncssh.SFTPFailure, match="still being written"):
                await put(client, f"{folder}/{SEND_ATTESTED}")
        receipt = await got(client, f"{folder}/{RECEIPT}")
        await put(client, f"{folder}/{SEND_ATTESTED}")
        return receipt

    assert "still being written" in Program(made).does(send)
    assert Delivery.objects.get().has_exclusion_attested
