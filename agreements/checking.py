"""Checking a file from anybody: in a process apart, within bounds, a few at a time.

A PDF can ask for any amount of time and memory, so none is parsed in a process that
serves pages. What was sent goes from memory to memory and is not kept.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO

from django.conf import settings

from accounts.acts import RuleBroken
from agreements.examined import INSIDE, Examined, Verdict, at_first_sight

CAP_BYTES = 10 * 1024**2
SECONDS = 20
_turn = BoundedSemaphore(1)
_queue = BoundedSemaphore(3)  # of a web process's threads: the others serve pages


class Busy(RuleBroken):
    """Too many files are being checked (HTTP 503)."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "Other documents are being checked just now. Nothing is wrong with yours: "
            "wait a few seconds and send it again."
        )


def check(content: bytes) -> Examined:
    """Return what a file is, whatever it does to whoever parses it.

    Raises Busy when others are before it.
    """
    return _examined(content)


def look_inside(content: bytes) -> Examined:
    """Return what a file is, and what it holds beside pages; as `check` does."""
    return _examined(content, INSIDE)


def _examined(content: bytes, *asked: str) -> Examined:
    if verdict := at_first_sight(content):
        return Examined(verdict=verdict)
    with _own_turn(), _in_memory(content) as file:
        try:
            done = subprocess.run(  # noqa: S603 - our own module, no shell
                [sys.executable, "-B", "-m", "agreements.examiner", _root(), *asked],
                cwd=settings.BASE_DIR,
                env={},
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as waited:  # its own bounds end it sooner
            raise Busy from waited
    if done.returncode < 0:  # a bound ended it
        return Examined(verdict=Verdict.TOO_COMPLEX)
    if done.returncode:
        raise RuntimeError("The examiner does not start.")
    return Examined.from_json(done.stdout)


@contextmanager
def _in_memory(content: bytes) -> Iterator[BinaryIO]:
    """Open a file that lies in memory alone: a pipe hands on a few KB at a time."""
    with os.fdopen(os.memfd_create("examined"), "w+b") as file:
        file.write(content)
        file.seek(0)
        yield file


@contextmanager
def _own_turn() -> Iterator[None]:
    """Wait until no other file is checked in this process; few may wait."""
    if not _queue.acquire(blocking=False):
        raise Busy
    try:
        if not _turn.acquire(timeout=SECONDS):
            raise Busy
        try:
            yield
        finally:
            _turn.release()
    finally:
        _queue.release()


def _root() -> str:
    """Return the certificate that seals lead to, without its key; "" before one."""
    path = Path(settings.SEAL_DIR) / "authority.pem"
    if not path.exists():
        return ""
    certificate, end, _ = path.read_text("ascii").partition("-----END CERTIFICATE-----")
    return certificate + end
