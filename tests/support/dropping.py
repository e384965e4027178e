"""A program that sends files to the drop box, as a real SFTP client."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import asyncssh
from django.conf import settings

from agreements.models import Agreement
from indicators.dropbox import server
from indicators.services import dropbox
from partnerships.roles import Role
from tests import make

Steps = Callable[[asyncssh.SFTPClient, str], Awaitable[Any]]


class Here:
    """Does in the test's own thread, which holds its transaction, what a loop asks."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[Callable[[], object] | None] = SimpleQueue()

    async def __call__(self, do: Callable[..., Any], *args: object) -> Any:
        answer: Future[Any] = Future()

        def answered() -> None:
            if not answer.set_running_or_notify_cancel():
                return  # the loop ended meanwhile
            try:
                answer.set_result(do(*args))
            except BaseException as error:  # noqa: BLE001 - for whoever asked
                answer.set_exception(error)

        self._asked.put(answered)
        return await asyncio.wrap_future(answer)

    def serve(self, whole: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Return what a coroutine returns, in a loop of another thread."""
        with ThreadPoolExecutor(1) as threads:
            result = threads.submit(asyncio.run, whole())
            result.add_done_callback(lambda _: self._asked.put(None))
            while asked := self._asked.get():
                asked()
            return result.result()


here = Here()


class Program:
    """A program with a key of its own, and the door that it knocks at."""

    def __init__(self, made: Agreement, side: str = "pha") -> None:
        self.made, self.side = made, side
        self.secret = asyncssh.generate_private_key("ssh-ed25519")
        organisation = made.partnership.organisations.get(kind=side)
        self.steward = make.holder(organisation, Role.STEWARD)
        admin = make.person("Ad Min", organisation, Role.ADMINISTRATOR)
        self.key = dropbox.add_key(
            organisation=organisation,
            holder=self.steward,
            label="Nightly export",
            public_key=self.secret.export_public_key().decode(),
            actor=admin,
        )
        self.admin = admin

    def does(self, steps: Steps, **options: Any) -> Any:
        """Return what the steps return, in one session."""

        async def session(port: int) -> Any:
            async with (
                self.connected(port, **options) as connection,
                connection.start_sftp_client() as client,
            ):
                folders = sorted(await client.listdir("/"))
                return await steps(client, folders[0] if folders else "")

        return served(session)

    def connected(self, port: int, **options: Any) -> Any:
        given = {
            "username": self.key.account,
            "client_keys": [self.secret],
            "password": "horse battery staple",
        } | options
        return asyncssh.connect(
            "127.0.0.1", port, known_hosts=None, config=None, agent_path=None, **given
        )


def served(do: Callable[[int], Coroutine[Any, Any, Any]]) -> Any:
    """Return what `do` returns, while a server listens on the port it is given."""

    async def whole() -> Any:
        listening = await server.listen(
            host="127.0.0.1", port=0, directory=settings.SFTP_DIR, run=here
        )
        try:
            return await asyncio.wait_for(do(listening.get_port()), 60)
        finally:
            listening.close()
            await listening.wait_closed()

    return here.serve(whole)


async def put(client: asyncssh.SFTPClient, path: str, content: bytes = b"") -> None:
    async with client.open(path, "wb") as file:
        await file.write(content)


async def got(client: asyncssh.SFTPClient, path: str) -> str:
    async with client.open(path, "r") as file:
        return str(await file.read())
