"""The drop box, as a real SFTP client meets it."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from django.conf import settings as configured
from pytest_django import Settings

from accounts.models import LedgerEntry
from agreements import presets
from agreements.models import Agreement
from agreements.services import terms
from indicators.dropbox import server
from indicators.dropbox.session import README, RECEIPT, SEND, SEND_ATTESTED
from indicators.models import Arrival, Delivery, FeedDate
from indicators.services import dropbox
from launch.surroundings import without_settings
from partnerships.roles import Role
from tests import make
from tests.support import town
from tests.support.dropping import Program, got, here, put, served

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


def test_a_list_is_delivered_and_its_receipt_is_a_file(made: Agreement) -> None:
    program = Program(made)

    async def send(client: asyncssh.SFTPClient, folder: str) -> tuple[str, str]:
        guide = await got(client, f"{folder}/{README}")
        assert "Nothing was delivered yet" in await got(client, f"{folder}/{RECEIPT}")
        await put(client, f"{folder}/list.csv.part", housing())
        await client.rename(f"{folder}/list.csv.part", f"{folder}/list.csv")
        assert await client.getsize(f"{folder}/list.csv") == len(housing())
        await put(client, f"{folder}/{SEND_ATTESTED}")
        assert sorted(await client.listdir(folder)) == [README, RECEIPT]
        return guide, await got(client, f"{folder}/{RECEIPT}")

    guide, receipt = program.does(send)
    delivery = Delivery.objects.get()
    assert SEND_ATTESTED in guide
    assert delivery.delivered_by == program.steward
    assert delivery.has_exclusion_attested
    assert delivery.receipt["sha256"] in receipt
    assert f"Rows: {delivery.n_rows} read" in receipt
    assert FeedDate.objects.get().delivery == delivery
    entry = LedgerEntry.objects.get(act="indicators.receive")
    assert entry.actor == f"user:{program.steward.pk}"
    assert left_in_spool() == []


def test_several_files_are_one_delivery(made: Agreement) -> None:
    async def send(client: asyncssh.SFTPClient, folder: str) -> None:
        for name, content in town.student_files(town.children()).items():
            await put(client, f"{folder}/{name}", content)
        await put(client, f"{folder}/{SEND}")

    Program(made, "district").does(send)
    assert Delivery.objects.get().flow == presets.STUDENT_RECORDS


def test_a_refusal_says_why_and_keeps_nothing(made: Agreement) -> None:
    async def send(client: asyncssh.SFTPClient, folder: str) -> tuple[str, str]:
        with pytest.raises(asyncssh.SFTPFailure) as refused:
            await put(client, f"{folder}/{SEND}")  # and nothing beside it
        return refused.value.reason, await got(client, f"{folder}/{RECEIPT}")

    reason, receipt = Program(made).does(send)
    assert "No file was chosen" in reason
    assert receipt == f"Refused. {reason}\n"
    assert not Delivery.objects.exists()
    assert not Arrival.objects.exists()


def test_the_same_list_again_is_the_delivery_that_stands(made: Agreement) -> None:
    async def send(client: asyncssh.SFTPClient, folder: str) -> None:
        for _ in range(2):
            await put(client, f"{folder}/list.csv", housing())
            await put(client, f"{folder}/{SEND_ATTESTED}")

    Program(made).does(send)
    assert Delivery.objects.count() == 1


def test_no_plain_byte_is_on_disk_and_nothing_outlives_the_session(
    made: Agreement, home: Path
) -> None:
    child = town.children()[0]

    async def send(client: asyncssh.SFTPClient, folder: str) -> int:
        await put(client, f"{folder}/list.csv", housing())
        async with client.open(f"{folder}/half.csv", "wb") as file:
            await file.write(housing())
            whole = b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file())
            assert child.last.encode() in housing()
            assert whole.count(housing()[:200]) == 0
            return len(left_in_spool())

    assert Program(made).does(send) == 2
    assert left_in_spool() == []
    assert not Delivery.objects.exists()


def test_what_was_sent_is_not_given_back(made: Agreement) -> None:
    async def read(client: asyncssh.SFTPClient, folder: str) -> None:
        await put(client, f"{folder}/list.csv", housing())
        with pytest.raises(asyncssh.SFTPError):
            await got(client, f"{folder}/list.csv")

    Program(made).does(read)


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../../etc/passwd", "{}/../../../etc/passwd", "{}/a/b", "x/y", ""],
)
def test_no_path_leads_out_of_the_drop_box(made: Agreement, path: str) -> None:
    async def climb(client: asyncssh.SFTPClient, folder: str) -> None:
        for does in (got, put):
            with pytest.raises(asyncssh.SFTPError):
                await does(client, path.format(folder))

    Program(made).does(climb)


def test_what_a_server_of_files_does_is_closed(made: Agreement) -> None:
    async def knock(client: asyncssh.SFTPClient, folder: str) -> None:
        for asked in (
            client.mkdir(f"{folder}/new"),
            client.rmdir(folder),
            client.symlink("/etc/passwd", f"{folder}/link"),
            client.link("/etc/passwd", f"{folder}/link"),
            client.readlink(f"{folder}/{README}"),
            client.statvfs("/"),
            client.remove(f"{folder}/{README}"),
            client.rename(f"{folder}/{README}", f"{folder}/other"),
        ):
            with pytest.raises(asyncssh.SFTPError):
                await asked

    Program(made).does(knock)


def test_every_method_that_answers_from_disk_is_answered_here() -> None:
    theirs = {n for n, each in vars(asyncssh.SFTPServer).items() if callable(each)}
    harmless = {"__init__", "format_user", "format_group", "format_longname"}
    harmless |= {"_to_sftpname", "convert_attrs"}
    mapping = {"map_path", "reverse_map_path"}
    ours = set(vars(server.DropBox))
    assert theirs - ours - harmless - mapping == set()


@pytest.mark.parametrize(
    "options",
    [
        {"client_keys": []},
        {"username": "root"},
        {"username": "org-0"},
        {"client_keys": ["another"]},
    ],
)
def test_only_a_key_on_record_opens_its_own_account(
    made: Agreement, options: dict[str, Any]
) -> None:
    if options.get("client_keys") == ["another"]:
        options = {"client_keys": [asyncssh.generate_private_key("ssh-ed25519")]}
    program = Program(made)
    with pytest.raises(asyncssh.PermissionDenied):
        program.does(listed, **options)


async def listed(client: asyncssh.SFTPClient, folder: str) -> list[str]:
    return sorted(await client.listdir("/"))


def test_a_withdrawn_key_opens_nothing(made: Agreement) -> None:
    program = Program(made)
    assert len(program.does(listed)) == 1
    dropbox.withdraw_key(key=program.key, actor=program.admin)
    with pytest.raises(asyncssh.PermissionDenied):
        program.does(listed)


def withdraw(program: Program) -> None:
    dropbox.withdraw_key(key=program.key, actor=program.admin)


def test_a_key_withdrawn_meanwhile_sends_nothing(made: Agreement) -> None:
    program = Program(made)

    async def send(client: asyncssh.SFTPClient, folder: str) -> None:
        await put(client, f"{folder}/list.csv", housing())
        await here(withdraw, program)
        with pytest.raises(asyncssh.SFTPFailure, match="opens nothing any more"):
            await put(client, f"{folder}/{SEND_ATTESTED}")

    program.does(send)
    assert not Delivery.objects.exists()


def test_a_steward_who_left_has_no_key(made: Agreement) -> None:
    program = Program(made)
    make.leaves(program.steward)
    with pytest.raises(asyncssh.PermissionDenied):
        program.does(listed)


def test_a_pause_refuses_and_the_end_closes_the_folder(made: Agreement) -> None:
    program = Program(made)
    director = make.who(made, "pha", Role.DIRECTOR)

    async def send(client: asyncssh.SFTPClient, folder: str) -> str:
        await put(client, f"{folder}/list.csv", housing())
        with pytest.raises(asyncssh.SFTPFailure) as refused:
            await put(client, f"{folder}/{SEND_ATTESTED}")
        return str(refused.value.reason)

    terms.pause(agreement=made, actor=director)
    assert "Sharing is paused" in program.does(send)
    terms.resume(agreement=made, actor=director)
    terms.terminate(agreement=made, reason="The program closed.", actor=director)
    assert program.does(listed) == []


def test_more_than_the_cap_is_refused(made: Agreement, settings: Settings) -> None:
    settings.UPLOAD_CAP_BYTES = 50_000

    async def send(client: asyncssh.SFTPClient, folder: str) -> None:
        await put(client, f"{folder}/one.csv", b"x" * 40_000)
        with pytest.raises(asyncssh.SFTPFailure, match="the most that is taken"):
            await put(client, f"{folder}/two.csv", b"x" * 40_000)

    Program(made).does(send)


def test_no_shell_no_command_and_no_forwarding(made: Agreement) -> None:
    program = Program(made)

    async def knock(port: int) -> None:
        async with program.connected(port) as connection:
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.open_connection("127.0.0.1", port)
            for asked in ({"command": "ls"}, {}):
                with pytest.raises((asyncssh.ChannelOpenError, asyncssh.ProcessError)):
                    await connection.run(check=True, timeout=10, **asked)

    served(knock)


def test_one_address_has_so_many_connections(
    made: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS_PER_ADDRESS", 2)
    program = Program(made)

    async def crowd(port: int) -> None:
        async with program.connected(port), program.connected(port):
            with pytest.raises((asyncssh.Error, OSError)):
                await program.connected(port)
        async with program.connected(port):
            pass

    served(crowd)


def test_one_address_comes_so_often_a_minute() -> None:
    doorway = server.Doorway()
    for _ in range(server.CONNECTIONS_PER_MINUTE):
        assert doorway.enter("192.0.2.1")
        doorway.leave("192.0.2.1")
    assert not doorway.enter("192.0.2.1")
    assert doorway.enter("192.0.2.2")


def test_there_are_so_many_connections_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 1)
    doorway = server.Doorway()
    assert doorway.enter("192.0.2.1")
    assert not doorway.enter("192.0.2.2")
    doorway.leave("192.0.2.1")
    assert doorway.enter("192.0.2.2")


def test_the_database_is_asked_in_other_threads() -> None:
    async def asked() -> tuple[int, int]:
        return threading.get_ident(), await server.Pool()(threading.get_ident)

    loop, thread = asyncio.run(asked())
    assert loop != thread


def test_the_server_keeps_its_key(tmp_path: Path) -> None:
    first = server.host_key(tmp_path / "sftp")
    assert server.host_key(tmp_path / "sftp") == first
    assert (tmp_path / "sftp/host_key").stat().st_mode & 0o777 == 0o600


def test_the_command_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve_sftp"],
        cwd=configured.BASE_DIR,
        env=without_settings(os.environ)
        | {"HOMEROOM_HOME": str(tmp_path), "SFTP_PORT": str(port)},
    )
    try:
        assert banner(port).startswith(b"SSH-2.0-Homeroom")
    finally:
        process.terminate()
    assert process.wait(20) == 0


def banner(port: int) -> bytes:
    deadline = time.monotonic() + 60
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                return connection.recv(100)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
