"""A connection that waits for its client only so long, so that none can hold a thread.

gunicorn's threads wait for a request's body, and for the answer to be taken, without
end. Here a client that is silent for a while, or slow for long, is given up: while it
sends a body it is told so (accounts.web answers 408), while it reads the connection
closes. The head of a request is gathered before there is a thread (config.doorway).
"""

import errno
import socket
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

SILENCE_SECONDS = 15.0
# What a body or an answer may take in all: this long, and longer the more of it came.
GRACE_SECONDS = 20.0
SLOWEST_BYTES_PER_SECOND = 8_000  # a line of 64 kbit/s
# However steadily it comes; accounts.bodies allows more to those who load files.
BODY_SECONDS = 30.0
MOST_HEAD_BYTES = 32 * 1024
_BLOCK_BYTES = 64 * 1024


class Stalled(ConnectionResetError):
    """The client stopped; gunicorn takes it for a connection that broke."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "The client stopped.")


class PatientSocket(socket.socket):
    """A connection whose client must keep sending, and then keep reading.

    has_stalled: whether it did not, as accounts.web reads it. body_seconds: the most
    that the body of this request may take. is_refused: whether the body is not wanted,
    so that the connection ends with the answer.
    """

    has_stalled = False
    body_seconds = BODY_SECONDS
    is_refused = False
    _ahead = b""
    _began = 0.0
    _n_received = 0
    _waited = 0.0
    _n_sent = 0

    def begin(self) -> None:
        """Start the clock for a request."""
        self.has_stalled = self.is_refused = False
        self.body_seconds = BODY_SECONDS
        self._began = time.monotonic()
        self._n_received = self._n_sent = 0
        self._waited = 0.0

    def gather(self) -> bool:
        """Take what has come of a head; return whether more can come.

        Raises BlockingIOError when nothing has come.
        """
        received = super().recv(MOST_HEAD_BYTES)
        self._ahead += received
        return bool(received)

    def drop(self) -> bool:
        """Forget what has come; return whether more can come."""
        self._ahead = b""
        return bool(super().recv(_BLOCK_BYTES))

    def give_back(self, data: bytes) -> None:
        """Let data be received again, before anything else."""
        self._ahead = data + self._ahead

    @property
    def has_begun(self) -> bool:
        """Whether anything was gathered."""
        return bool(self._ahead)

    @property
    def has_head(self) -> bool:
        """Whether a whole head was gathered."""
        return b"\r\n\r\n" in self._ahead.lstrip(b"\r\n")

    @property
    def is_head_too_long(self) -> bool:
        """Whether what was gathered is more than a head may have."""
        return not self.has_head and len(self._ahead) >= MOST_HEAD_BYTES

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Return what has come; raises Stalled when it takes too long."""
        if self._ahead:
            received, self._ahead = self._ahead[:bufsize], self._ahead[bufsize:]
        else:
            most = min(self._allowed(self._n_received), self.body_seconds)
            left = self._began + most - time.monotonic()
            receive = super().recv
            received = self._within(left, lambda: receive(bufsize, flags))
        self._n_received += len(received)
        return received

    def send(self, data: Any, flags: int = 0, /) -> int:
        """Send what fits; raises Stalled when nothing is taken for too long."""
        began, send = time.monotonic(), super().send
        left = self._allowed(self._n_sent) - self._waited
        n_sent = self._within(left, lambda: send(data, flags))
        self._waited += time.monotonic() - began  # and not while the page was made
        self._n_sent += n_sent
        return n_sent

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send all; raises Stalled when the client takes it too slowly."""
        left = memoryview(data)
        while left:
            left = left[self.send(left[:_BLOCK_BYTES], flags) :]

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send a file, within the same bounds; return how much was sent."""
        file.seek(offset)
        n_sent = 0
        while count is None or n_sent < count:
            size = _BLOCK_BYTES if count is None else min(_BLOCK_BYTES, count - n_sent)
            block = file.read(size)
            if not block:
                break
            self.sendall(block)
            n_sent += len(block)
        return n_sent

    def _allowed(self, n_bytes: int) -> float:
        """Return the seconds for which so many bytes are enough."""
        return GRACE_SECONDS + n_bytes / SLOWEST_BYTES_PER_SECOND

    def _within(self, left: float, act: Callable[[], T]) -> T:
        """Return what `act` does, if the client lets it before it is given up."""
        given = self.gettimeout()
        if given == 0.0:
            return act()
        limits = [SILENCE_SECONDS, max(left, 0.001)]
        self.settimeout(min(limits if given is None else [*limits, given]))
        try:
            return act()
        except TimeoutError:
            self.has_stalled = True
            raise Stalled from None
        finally:
            self.settimeout(given)
