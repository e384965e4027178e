"""`run.py demo`: Homeroom with invented people, on this machine only."""

# ruff: noqa: S603, T201 - it starts processes, and speaks to the person who asked
import fcntl
import hashlib
import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from accounts.demo import CAST, PASSWORD
from launch import health, machine
from launch.machine import PROJECT, PYTHON, CannotRun
from launch.supervisor import Supervisor
from launch.surroundings import without_settings

HOST = "127.0.0.1"
DROP_BOX_APART = 22
START_SECONDS = 90.0
LOCK_SECONDS = 10.0
POLL_SECONDS = 0.25

# Memory that a large file needed goes back to the system when it was read.
MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "65536",
}

# What `migrate` and `seed_demo` do follows from these: tables, triggers, people, files.
PREPARATION = (
    *("requirements.txt", "*/migrations/*.py", "*/models.py", "*/models/*.py"),
    *("accounts/tables.py", "accounts/triggers.py", "accounts/demo.py"),
    *("indicators/demo/**/*",),
    "indicators/management/commands/seed_demo.py",
)
# What a database began with; it is changed, not added to, until the first release.
BEGINNINGS = ("*/migrations/0001_initial.py",)


def demo(
    *, port: int, home: Path, is_fresh: bool, servers: Mapping[str, str] | None = None
) -> NoReturn:
    """Run the demo until it is interrupted; raise CannotRun when it cannot start.

    servers: addresses of throw-away ones, as DATABASE_URL and REDIS_URL; SQLite and
    the filesystem broker unless given.
    """
    require_free(port)
    machine.require([machine.VENV, machine.PANGO])
    machine.prepare("requirements.txt")
    with occupied(home, is_fresh=is_fresh) as lock:
        environment = surroundings(port=port, home=home) | dict(servers or {})
        environment["SFTP_PORT"] = str(drop_box_port(port + DROP_BOX_APART))
        seed(home, environment=environment)
        commands = _commands(port=port)
        supervisor = Supervisor(commands, home=home, environment=environment, lock=lock)
        with supervisor as parts:
            _wait_until_well(parts, port=port)
            print(_welcome(port=port, home=home), flush=True)
            print(f"The drop box is at {HOST}, port {environment['SFTP_PORT']}.")
            while True:
                time.sleep(POLL_SECONDS)
                parts.keep_running()


def surroundings(*, port: int, home: Path) -> dict[str, str]:
    """Return the environment of the demo, which no setting from outside reaches."""
    return without_settings(os.environ) | {
        **MEMORY,
        "HOMEROOM_DEMO": "1",
        "HOMEROOM_HOME": str(home),
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "PYTHONUNBUFFERED": "1",
    }


def drop_box_port(wanted: int) -> int:
    """Return the port for the drop box: the one wanted, or any that is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except (OSError, OverflowError):
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def require_free(port: int) -> None:
    """Raise CannotRun unless something may listen on `port` here."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as refusal:
            raise CannotRun(
                f"Port {port} cannot be used: {refusal.strerror}. Stop what uses it, "
                f"or choose another: python3 run.py demo --port {port + 1}"
            ) from refusal


@contextmanager
def occupied(home: Path, *, is_fresh: bool) -> Iterator[int]:
    """Yield the descriptor of the lock that keeps a second Homeroom out of `home`.

    The lock's file also marks the folder as ours, which is what --fresh may empty.
    """
    path = home / "run.lock"
    if home.exists() and any(home.iterdir()) and not path.exists():
        raise CannotRun(f"{home} holds something else. Choose another --home.")
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("ab") as file:
        _take(file.fileno(), home=home)
        if is_fresh:
            _empty(home, but=path)
        yield file.fileno()


def _take(lock: int, *, home: Path) -> None:
    """Take the lock, allowing for a Homeroom that is just being ended."""
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise CannotRun(
                    f"Homeroom already runs from {home}. Stop it, or give --home DIR."
                ) from None
            time.sleep(POLL_SECONDS)


def _empty(home: Path, *, but: Path) -> None:
    for path in home.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != but:
            path.unlink()


def seed(home: Path, *, environment: dict[str, str]) -> None:
    """Bring the database up to date, unless the same preparation already did.

    Raises CannotRun if the database begins with other tables than these migrations.
    """
    stamp = home / "seeded.sha256"
    known = stamp.read_text("ascii").split() if stamp.exists() else []
    now = [_digest_of(*PREPARATION), _digest_of(*BEGINNINGS)]
    if known == now:
        return
    if known and known[1:] != now[1:]:
        raise CannotRun(
            f"{home} was made by an earlier Homeroom, whose database this one cannot "
            "bring up to date. Begin again from nothing: python3 run.py demo --fresh"
        )
    for command in ("migrate", "seed_demo"):
        manage = [str(PYTHON), "manage.py", command, "--verbosity", "0"]
        done = subprocess.run(manage, cwd=PROJECT, env=environment, check=False)
        if done.returncode:
            raise CannotRun(f"manage.py {command} failed: the lines above say why.")
    stamp.write_text(" ".join(now), "ascii")


def _digest_of(*patterns: str) -> str:
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(PROJECT.glob(pattern)):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _commands(*, port: int) -> dict[str, list[str]]:
    """Return how each part is started."""
    celery = [str(PYTHON), "-m", "celery", "-A", "config.celery"]
    return {
        "web": [
            *(str(PYTHON), "-m", "gunicorn", "config.wsgi", "--preload"),
            *("--worker-class", "config.doorway.Worker", "--no-control-socket"),
            *("--bind", f"{HOST}:{port}", "--workers", "1", "--threads", "24"),
            *("--graceful-timeout", "5", "--log-level", "warning"),
        ],
        "worker": [
            *(*celery, "worker", "--loglevel", "WARNING", "--concurrency", "2"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        "beat": [*celery, "beat", "--loglevel", "WARNING"],
        "sftp": [str(PYTHON), "manage.py", "serve_sftp"],
    }


def _wait_until_well(parts: Supervisor, *, port: int) -> None:
    """Return when all is well; raise CannotRun with a log when it will not be."""
    deadline = time.monotonic() + START_SECONDS
    ill = ["web"]
    while time.monotonic() < deadline:
        if name := parts.ended():
            raise CannotRun(f"{name} ended at once:\n{parts.tail(name)}")
        with suppress(OSError, http.client.HTTPException):
            ill = health.ill(health.report(f"{HOST}:{port}"))
            if not ill:
                return
        time.sleep(POLL_SECONDS)
    logs = "\n".join(parts.tail(name) for name in ill if name in parts.parts)
    raise CannotRun(f"Not well after {START_SECONDS:.0f} s: {', '.join(ill)}.\n{logs}")


def _welcome(*, port: int, home: Path) -> str:
    """Return what the person at the terminal needs to know."""
    width = max(len(actor.email) for actor in CAST)
    accounts = [f"  {actor.email:{width}}  {actor.does}" for actor in CAST]
    return "\n".join(
        [
            "",
            f"Homeroom is at http://{HOST}:{port}",
            "Everyone in it and every result is invented.",
            "",
            f"Sign in with the password {PASSWORD} as:",
            *accounts,
            "",
            f"Its files and logs are in {home}. To stop it, press Ctrl-C;",
            "to begin again from nothing, start it with --fresh.",
        ]
    )
