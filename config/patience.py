"""A server that waits for a client only so long, so that none can hold its threads.

gunicorn's threads wait for a request's headers and body without end. Here a client
that sends nothing for a while, or hardly anything for long, is given up: in the
middle of its headers the connection closes, in the middle of its body it is told so
(accounts.web answers 408).
"""

import errno
import socket
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

SILENCE_SECONDS = 15.0
# What a request may take in all: this long, and longer the more of it has come.
GRACE_SECONDS = 20.0
SLOWEST_BYTES_PER_SECOND = 8_000  # a line of 64 kbit/s


class Stalled(ConnectionResetError):
    """The client stopped sending; gunicorn takes it for a connection that broke."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "The client stopped sending.")


class PatientSocket(socket.socket):
    """A connection whose client must keep sending until its request is whole.

    has_stalled: whether it did not, as accounts.web reads it.
    """

    has_stalled = False
    _began = 0.0
    _n_received = 0

    def begin(self) -> None:
        """Start the clock for a request."""
        self.has_stalled = False
        self._began = time.monotonic()
        self._n_received = 0

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Return what has come; raises Stalled when it takes too long."""
        given = self.gettimeout()
        self.settimeout(self._limit(given))
        try:
            received = super().recv(bufsize, flags)
        except TimeoutError:
            self.has_stalled = True
            raise Stalled from None
        finally:
            self.settimeout(given)
        self._n_received += len(received)
        return received

    def _limit(self, given: float | None) -> float:
        """Return the seconds until the client is given up, never none at all."""
        allowed = GRACE_SECONDS + self._n_received / SLOWEST_BYTES_PER_SECOND
        left = self._began + allowed - time.monotonic()
        limits = [SILENCE_SECONDS, max(left, 0.001)]
        return min(limits if given is None else [*limits, given])


class Worker(ThreadWorker):
    """gunicorn's threads, on connections that are given up when they stall."""

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to a thread, when there is one."""
        if not isinstance(conn.sock, PatientSocket):
            conn.sock = PatientSocket(fileno=conn.sock.detach())
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> object:
        """Handle one request; its time begins when a thread is there for it."""
        conn.sock.begin()
        return super().handle(conn)
