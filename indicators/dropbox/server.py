"""The drop box's server: SFTP with public keys, and nothing else of SSH.

The sole importer of asyncssh. Each path method of its SFTP server is answered from the
session, so that no request reaches a file of this machine.
"""

import asyncio
import logging
import posixpath
import stat
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import asyncssh
from asyncssh.sftp import SFTPServerHandler
from asyncssh.stream import SSHServerStreamSession
from django.db import connections

from accounts.acts import RuleBroken
from accounts.logs import place_of
from indicators.dropbox.session import Entry, NotThere, Session
from indicators.policy import open_key
from indicators.uploads import SealedUpload
from indicators.vault.files import private_directory, write_durably

MOST_CONNECTIONS = 40
CONNECTIONS_PER_ADDRESS = 8
CONNECTIONS_PER_MINUTE = 60
LOGIN_SECONDS = 20
SILENT_SECONDS = 60
LONGEST_MINUTES = 30
THREADS = 4
SFTP_VERSION = 3

T = TypeVar("T")
Run = Callable[..., Awaitable[Any]]
log = logging.getLogger(__name__)


class Pool:
    """Runs what asks the database in a few threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="drop-box")

    async def __call__(self, do: Callable[..., T], *args: object) -> T:
        """Return what `do` returns."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(_asked, do, *args))


def _asked(do: Callable[..., T], *args: object) -> T:
    try:
        return do(*args)
    finally:
        connections.close_all()


class Doorway:
    """Counts connections, and turns away what is too much."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._lately: dict[str, deque[float]] = {}

    def enter(self, address: str) -> bool:
        """Return whether a connection from there may come in; then it is counted."""
        now = time.monotonic()
        lately = self._lately.setdefault(address, deque())
        while lately and lately[0] < now - 60:
            lately.popleft()
        is_welcome = (
            self._open.total() < MOST_CONNECTIONS
            and self._open[address] < CONNECTIONS_PER_ADDRESS
            and len(lately) < CONNECTIONS_PER_MINUTE
        )
        if is_welcome:
            lately.append(now)
            self._open[address] += 1
        return is_welcome

    def leave(self, address: str) -> None:
        """Count a connection no more, and forget addresses that were long away."""
        self._open[address] -= 1
        self._open += Counter()
        now = time.monotonic()
        for each, when in tuple(self._lately.items()):
            if not when or when[-1] < now - 60:
                del self._lately[each]


class Guard(asyncssh.SSHServer):
    """One connection: public keys only, no shell, no forwarding."""

    def __init__(self, *, run: Run, doorway: Doorway) -> None:
        self._run, self._doorway = run, doorway
        self._address = ""
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Let a connection in, for so long at most, or end it at once."""
        peer = conn.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        self._connection = conn
        if not self._doorway.enter(address):
            conn.abort()
            return
        self._address = address
        loop = asyncio.get_running_loop()
        self._end = loop.call_later(LONGEST_MINUTES * 60, conn.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another."""
        if self._end is not None:
            self._end.cancel()
            self._doorway.leave(self._address)

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        """Return what answers a session: SFTP, and nothing else."""
        return Requests(run=self._run)

    def public_key_auth_supported(self) -> bool:
        """Say that keys are the way in; the others stay shut as they are."""
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Return whether a key on record opens this account."""
        fingerprint = key.get_fingerprint()
        row = await self._run(open_key, username, fingerprint)
        self._connection.set_extra_info(fingerprint=fingerprint)
        return row is not None


class Requests(SSHServerStreamSession[bytes]):
    """A session of which SFTP may be asked, and no shell and no command."""

    def __init__(self, *, run: Run) -> None:
        super().__init__(None)
        self._run = run

    def subsystem_requested(self, subsystem: str) -> bool:
        """Return whether it is SFTP."""
        return subsystem == "sftp"

    def session_started(self) -> None:
        """Answer requests until the session ends, in whichever way it does."""
        assert self._chan is not None and self._conn is not None
        reader = asyncssh.SSHReader[bytes](self, self._chan)
        writer = asyncssh.SSHWriter[bytes](self, self._chan)
        answering = Answering(DropBox(self._chan, run=self._run), reader, writer)
        self._conn.create_task(answering.run(), reader.logger)


class Answering(SFTPServerHandler):
    """Requests as they are answered, which tells a file's end from the session's.

    What is open when a session ends is closed like what a client closes, though its
    client may have been cut off in the middle of it.
    """

    def __init__(
        self,
        box: "DropBox",
        reader: asyncssh.SSHReader[bytes],
        writer: asyncssh.SSHWriter[bytes],
    ) -> None:
        super().__init__(box, reader, writer, SFTP_VERSION)
        self._box = box

    async def _cleanup(self, exc: Exception | None) -> None:
        """Close what is open, and the session."""
        self._box.is_over = True
        await super()._cleanup(exc)


class Incoming:
    """A file that is being written."""

    def __init__(self, path: str, file: SealedUpload) -> None:
        self.path, self.file = path, file


class DropBox(asyncssh.SFTPServer):
    """The files of one session; every method that base answers from disk is closed.

    is_over: the session has ended, so that nothing is a client's request any more.
    """

    def __init__(self, chan: Any, *, run: Run) -> None:
        super().__init__(chan)
        self.is_over = False
        connection = chan.get_connection()
        self._run = run
        self._session = Session(
            account=connection.get_extra_info("username"),
            fingerprint=connection.get_extra_info("fingerprint"),
        )

    async def _ask(self, do: Callable[..., T], *args: object) -> T:
        """Return what the session answers, or raise what the client may read."""
        try:
            answer: T = await self._run(do, *args)
        except NotThere:
            raise asyncssh.SFTPNoSuchFile("There is nothing of that name.") from None
        except RuleBroken as broken:
            raise asyncssh.SFTPFailure(broken.message) from None
        except Exception as error:  # noqa: BLE001 - whatever it says may hold data
            log.error("drop box: %s", place_of(error))
            raise asyncssh.SFTPFailure(
                "Something went wrong on our side and nothing was kept. Try again."
            ) from None
        return answer

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open the guide or receipt to read, or a new file to write."""
        if not pflags & asyncssh.FXF_WRITE:
            return await self._ask(self._session.text, _text(path))
        if pflags & (asyncssh.FXF_APPEND | asyncssh.FXF_READ):
            raise asyncssh.SFTPPermissionDenied("Files are written once, from start.")
        file = await self._ask(self._session.begin, _text(path))
        return Incoming(_text(path), file)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Return a piece of guide or receipt."""
        if not isinstance(file_obj, bytes):
            raise asyncssh.SFTPPermissionDenied("What was sent is not given back.")
        return file_obj[offset : offset + size]

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Seal a piece of a file."""
        if not isinstance(file_obj, Incoming):
            raise asyncssh.SFTPPermissionDenied("This file is only read.")
        await self._ask(self._session.write, file_obj.file, offset, data)
        return len(data)

    async def close(self, file_obj: object) -> None:
        """End a file that its client closes; SEND delivers what lies beside it."""
        if isinstance(file_obj, Incoming) and not self.is_over:
            await self._ask(self._session.end, file_obj.path, file_obj.file)

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """Yield what lies in a folder."""
        for entry in await self._ask(self._session.entries, _text(path)):
            yield asyncssh.SFTPName(entry.name.encode(), attrs=_attrs(entry))

    async def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """Return what a listing says of one folder or file."""
        return _attrs(await self._ask(self._session.entry, _text(path)))

    async def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """Return the same: there are no links."""
        return await self.stat(path)

    async def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        """Return the size of what is open."""
        is_text = isinstance(file_obj, bytes)
        size = len(file_obj) if isinstance(file_obj, bytes) else _size(file_obj)
        return _attrs(Entry("", is_folder=False, n_bytes=size, can_be_read=is_text))

    def realpath(self, path: bytes) -> bytes:
        """Return a path within the drop box, whatever it climbs."""
        return posixpath.normpath(b"/" + path.lstrip(b"/"))

    async def remove(self, path: bytes) -> None:
        """Erase a file that was not sent yet."""
        await self._ask(self._session.remove, _text(path))

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a file that was not sent yet."""
        await self._ask(self._session.rename, _text(oldpath), _text(newpath))

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a file that was not sent yet."""
        await self.rename(oldpath, newpath)

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Leave times and modes alone: programs set them after they wrote a file."""

    def lsetstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Leave times and modes alone."""

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """Leave times and modes alone."""

    def fsync(self, file_obj: object) -> None:
        """Have nothing to do: a file is whole when it is delivered."""

    def _closed(self, *_: object, **__: object) -> NoReturn:
        raise asyncssh.SFTPOpUnsupported("The drop box takes files, and no more.")

    open56 = mkdir = rmdir = readlink = symlink = link = _closed
    lock = unlock = statvfs = fstatvfs = _closed

    async def exit(self) -> None:
        """Erase what was not sent."""
        await self._run(self._session.close)


def _text(path: bytes) -> str:
    return path.decode("utf-8", errors="replace")


def _size(file_obj: object) -> int:
    return file_obj.file.size if isinstance(file_obj, Incoming) else 0


def _attrs(entry: Entry) -> asyncssh.SFTPAttrs:
    if entry.is_folder:
        mode = stat.S_IFDIR | 0o700
    else:
        mode = stat.S_IFREG | (0o400 if entry.can_be_read else 0o200)
    return asyncssh.SFTPAttrs(
        size=entry.n_bytes, uid=0, gid=0, permissions=mode, atime=0, mtime=0
    )


def host_key(directory: Path) -> asyncssh.SSHKey:
    """Return the key by which programs know this server, made once and kept."""
    path = private_directory(directory) / "host_key"
    if not path.exists():
        made = asyncssh.generate_private_key("ssh-ed25519")
        with suppress(FileExistsError):  # another process made it a moment ago
            write_durably(path, [made.export_private_key()], replace=False)
    return asyncssh.read_private_key(str(path))


async def listen(
    *, host: str, port: int, directory: Path, run: Run | None = None
) -> asyncssh.SSHAcceptor:
    """Return the listening server; port 0 takes any that is free."""
    asyncssh.set_log_level(logging.CRITICAL)  # its lines name files
    run, doorway = run or Pool(), Doorway()
    return await asyncssh.listen(
        host,
        port,
        server_factory=lambda: Guard(run=run, doorway=doorway),
        server_host_keys=[host_key(directory)],
        encoding=None,
        allow_scp=False,
        allow_pty=False,
        agent_forwarding=False,
        x11_forwarding=False,
        gss_host=None,
        compression_algs=["none"],
        login_timeout=LOGIN_SECONDS,
        keepalive_interval=SILENT_SECONDS,
        server_version="Homeroom",
    )
