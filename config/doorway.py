"""gunicorn's threads, given only to clients whose request has come that far.

The thread that accepts connections also gathers the heads of requests, so a client that
stops in its head costs no thread. Nor does one that is being told goodbye. Where
clients come directly, not through a trusted proxy, one address has so many threads at
a time; its other requests stand in line, and beyond a number of connections it is
turned away.
"""

import errno
import selectors
import socket
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from config import env
from config.patience import PatientSocket

HEAD_SECONDS = 15.0
LINE_SECONDS = 10.0
GOODBYE_SECONDS = 2.0
THREADS_PER_ADDRESS = 8
CONNECTIONS_PER_ADDRESS = 100

_LATER = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)
_ANSWER = (
    "HTTP/1.1 {status}\r\nConnection: close\r\nRetry-After: 30\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Length: {size}\r\n\r\n{text}"
)
_BUSY = (
    "503 Service Unavailable",
    "Too many requests come from your address at once. Try again in half a minute.\n",
)
_LONG = (
    "431 Request Header Fields Too Large",
    "The request's headers are too long. Clear this site's cookies and try again.\n",
)

Act = Callable[[Any], None]


class Worker(ThreadWorker):
    """gunicorn's threaded worker, with a doorway in which clients cost no thread."""

    def init_process(self) -> None:
        """Serve until the process is told to end."""
        self._is_direct = env.TRUSTED_PROXY_COUNT == 0
        self._expiring: dict[Any, Act] = {}  # connections without a thread
        self._n_held: Counter[str] = Counter()
        self._n_served: Counter[str] = Counter()
        self._lines: defaultdict[str, deque[Any]] = defaultdict(deque)
        super().init_process()

    def accept(self, listener: Any) -> None:
        """Let a client in, unless its address holds too much already."""
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if error.errno not in _LATER:
                raise
            return
        connection = PatientSocket(fileno=accepted.detach())
        conn = TConn(self.cfg, connection, address, listener.getsockname())
        conn.data_ready = True  # by the time there is a thread for it
        self.nr_conns += 1
        self._n_held[_place(conn)] += 1
        if self._is_direct and self._n_held[_place(conn)] > CONNECTIONS_PER_ADDRESS:
            self._say(conn, _BUSY)
            self._end(conn)  # at once, or these would keep others out
        else:
            self._await_head(conn, seconds=HEAD_SECONDS)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Await the connection's next request, or part; call the next in its line."""
        place = _place(conn)
        self._n_served[place] -= 1
        if line := self._lines[place]:
            following = line.popleft()
            del self._expiring[following]
            self._serve(following)
        else:
            del self._lines[place]
        self._n_served += Counter()  # drops the addresses that have none
        if fs.cancelled() or fs.exception() or not fs.result():
            self._part(conn)
            return
        conn.sock.give_back(conn.parser.unreader.take_buffered())
        if conn.sock.has_head:
            self._admit(conn)
        elif conn.sock.has_begun:
            self._await_head(conn, seconds=HEAD_SECONDS)
        else:
            self._await_head(conn, seconds=self.cfg.keepalive)

    def handle(self, conn: Any) -> object:
        """Handle one request; its time begins when a thread is there for it."""
        conn.sock.begin()
        return super().handle(conn)

    def murder_pending(self) -> None:
        """End the waiting of every connection whose time is over."""
        now = time.monotonic()
        for conn in [conn for conn in self._expiring if conn.timeout <= now]:
            self._expiring[conn](conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """Let no connection wait longer than that, as the server is about to stop."""
        for conn in self._expiring:
            conn.timeout = min(conn.timeout, deadline)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """Return whether another request may follow on the connection."""
        wanted = keepalive and not conn.sock.is_refused
        return bool(super()._keepalive_after(conn, wanted))

    def _await_head(self, conn: Any, *, seconds: float) -> None:
        self._watch(conn, self._on_head, seconds=seconds, on_expiry=self._end)

    def _on_head(self, conn: Any, _: Any) -> None:
        """Gather what came of a head; admit the client once it is whole."""
        had_begun = conn.sock.has_begun
        try:
            is_open = conn.sock.gather()
        except BlockingIOError:
            return
        except OSError:
            is_open = False
        if conn.sock.has_head:
            self._unwatch(conn)
            self._admit(conn)
        elif not is_open:
            self._end(conn)
        elif conn.sock.is_head_too_long:
            self._unwatch(conn)
            self._turn_away(conn, _LONG)
        elif not had_begun:
            conn.timeout = time.monotonic() + HEAD_SECONDS

    def _admit(self, conn: Any) -> None:
        """Give a request a thread, or a place in the line of its address."""
        place = _place(conn)
        if self._is_direct and self._n_served[place] >= THREADS_PER_ADDRESS:
            conn.timeout = time.monotonic() + LINE_SECONDS
            self._expiring[conn] = self._leave_line
            self._lines[place].append(conn)
        else:
            self._serve(conn)

    def _leave_line(self, conn: Any) -> None:
        self._lines[_place(conn)].remove(conn)
        del self._expiring[conn]
        self._turn_away(conn, _BUSY)

    def _serve(self, conn: Any) -> None:
        self._n_served[_place(conn)] += 1
        self.enqueue_req(conn)

    def _turn_away(self, conn: Any, answer: tuple[str, str]) -> None:
        self._say(conn, answer)
        self._part(conn)

    def _say(self, conn: Any, answer: tuple[str, str]) -> None:
        status, text = answer
        said = _ANSWER.format(status=status, size=len(text), text=text)
        conn.sock.setblocking(False)
        with suppress(OSError):
            conn.sock.send(said.encode("ascii"))

    def _part(self, conn: Any) -> None:
        """Close once the client has read the answer, but not much later.

        Closing at once, with data unread, would take the answer away from it.
        """
        self._unwatch(conn)
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self._watch(
                conn, self._on_rest, seconds=GOODBYE_SECONDS, on_expiry=self._end
            )
        except (OSError, ValueError):  # it has gone already
            self._end(conn)

    def _on_rest(self, conn: Any, _: Any) -> None:
        """Drop what a client sends that is being told goodbye."""
        try:
            if conn.sock.drop():
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._end(conn)

    def _watch(
        self,
        conn: Any,
        on_readable: Callable[[Any, Any], None],
        *,
        seconds: float,
        on_expiry: Act,
    ) -> None:
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + seconds
        self.poller.register(
            conn.sock, selectors.EVENT_READ, partial(on_readable, conn)
        )
        self._expiring[conn] = on_expiry

    def _unwatch(self, conn: Any) -> None:
        if self._expiring.pop(conn, None):
            self.poller.unregister(conn.sock)

    def _end(self, conn: Any) -> None:
        self._unwatch(conn)
        self.nr_conns -= 1
        place = _place(conn)
        self._n_held[place] -= 1
        if not self._n_held[place]:
            del self._n_held[place]
        conn.close()


def _place(conn: Any) -> str:
    """Return the address that a connection came from."""
    return str(conn.client[0]) if isinstance(conn.client, tuple) else ""
