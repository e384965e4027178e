"""A real PostgreSQL and a real Redis for one test run; the standard library only.

Both live in temporary folders, keep nothing, and are ended and removed even if the
process that started them is killed.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from launch.guard import Guard, end
from launch.machine import postgres_folder

START_SECONDS = 30.0


@contextmanager
def postgres() -> Iterator[str]:
    """Yield the DATABASE_URL of an empty database `homeroom`.

    PostgreSQL refuses to run as root, so from root it runs as the user `postgres`. It
    listens on a Unix socket only, in a folder that no other user may enter.
    """
    programs = postgres_folder()
    if programs is None:
        raise RuntimeError("PostgreSQL is missing: apt-get install postgresql")
    with _folder("homeroom-postgres-") as (folder, guard):
        who: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
            who = {"user": "postgres", "group": "postgres", "extra_groups": []}
        data = str(folder / "data")
        create = [f"{programs}/initdb", "--pgdata", data, "--username=postgres"]
        create += ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        quiet = subprocess.DEVNULL
        subprocess.run(create, cwd=folder, stdout=quiet, check=True, **who)
        serve = [f"{programs}/postgres", "-D", data, "-k", str(folder)]
        serve += ["-c", "listen_addresses=", "-c", "max_connections=200"]
        serve += ["-c", "fsync=off", "-c", "full_page_writes=off"]
        client = [f"--host={folder}", "--username=postgres"]
        is_ready = [f"{programs}/pg_isready", "--quiet", *client]
        make = [f"{programs}/createdb", *client, "homeroom"]
        with _running(serve, folder, guard, ask=signal.SIGINT, **who) as server:
            _wait(server, lambda: not subprocess.run(is_ready, check=False).returncode)
            subprocess.run(make, check=True)
            yield f"postgres://postgres@/homeroom?host={folder}"


@contextmanager
def redis() -> Iterator[str]:
    """Yield the REDIS_URL of an empty Redis on a free port of the loopback address."""
    with _folder("homeroom-redis-") as (folder, guard):
        port = free_port()
        serve = ["redis-server", "--bind", "127.0.0.1", "--port", str(port)]
        serve += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        with _running(serve, folder, guard, ask=signal.SIGTERM) as server:
            _wait(server, lambda: _answers(port))
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _folder(prefix: str) -> Iterator[tuple[Path, Guard]]:
    """Yield a folder, short enough a path for a socket, and the guard that ends it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    guard = Guard()
    guard.remove(folder)
    try:
        yield folder, guard
    finally:
        guard.close()


@contextmanager
def _running(
    command: list[str], folder: Path, guard: Guard, *, ask: signal.Signals, **who: Any
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True, **who
        )
    guard.watch(server.pid)
    try:
        yield server
    finally:
        end([server], ask=ask)
        guard.forget(server.pid)


def _wait(server: subprocess.Popen[bytes], is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_ready():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{server.args!r} did not start")
        time.sleep(0.05)


def free_port() -> int:
    """Return a port of the loopback address on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False
