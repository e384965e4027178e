"""More hostile clients than threads, and others are served meanwhile.

Each kind of attack comes from an address of its own, the others from 127.0.0.1.
"""

import select
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from config.doorway import CONNECTIONS_PER_ADDRESS, LINE_SECONDS, THREADS_PER_ADDRESS
from config.patience import GRACE_SECONDS
from tests.browser.site import HOUSING, Site
from tests.browser.test_abuse import other as other  # the fixture
from tests.browser.test_abuse import unharmed
from tests.support.abuse import HEADINGS, MB, ROW
from tests.support.http import File, Page, Visitor, words

pytestmark = pytest.mark.prove  # it waits for what gives up, and measures waits

N_THREADS = 24
N_HOSTILE = 30  # of each kind
N_UPLOADS = 6
MOST_STALLED_SECONDS = LINE_SECONDS + GRACE_SECONDS + 5.0
LOADING, FORMS, HEADS, READERS, BODIES, CROWD = (f"127.0.0.{n}" for n in range(2, 8))
STYLES = "/static/vendor/uswds/css/uswds.min.css"


@dataclass(frozen=True, slots=True)
class Stalls:
    """How clients that stopped ended: pages, ends of connections, bytes read late."""

    uploads: list[Page]
    forms: list[int]
    heads: list[bytes]
    readers: list[int]
    seconds: float


class Hostile:
    """Somebody with many connections to a Homeroom, each of which stalls."""

    def __init__(self, site: Site) -> None:
        place = urlsplit(site.homeroom.address)
        self.to = (str(place.hostname), int(place.port or 0))
        self.path = site.load_path(site.housing)
        self.housing, self.forms = (
            Visitor(site.homeroom.address, account="housing-steward", source=source)
            for source in (LOADING, FORMS)
        )

    def connect(self, source: str) -> socket.socket:
        """Return a connection from an address."""
        return socket.create_connection(
            self.to, timeout=MOST_STALLED_SECONDS, source_address=(source, 0)
        )

    def upload(self, drip: bytes) -> Page:
        """Stop in the middle of a file."""
        file = File(HOUSING, 10 * MB, [HEADINGS, ROW * 1_000])
        with self.housing.uploading(self.path, [file]) as (connection, blocks):
            for _ in range(4):
                connection.send(next(blocks))
            return self.housing.answer(connection, drip=drip)

    def form(self, drip: bytes) -> int:
        """Stop in the middle of a form; return the status."""
        with self.forms.posting("/accounts/login/", n_bytes=1_000) as connection:
            connection.send(b"login=")
            return self.forms.answer(connection, drip=drip).status

    def head(self, drip: bytes) -> bytes:
        """Stop in the middle of the head of a request."""
        return self.stall(HEADS, b"GET / HTTP/1.1\r\nHost: ", drip)

    def reader(self, is_over: Callable[[], object]) -> int:
        """Ask for much, read nothing till then; return how much there was to read."""
        asked = f"GET {STYLES} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            connection.bind((READERS, 0))
            connection.connect(self.to)
            connection.sendall(asked * 40)
            is_over()
            n_bytes = 0
            connection.settimeout(MOST_STALLED_SECONDS)
            try:
                while received := connection.recv(MB):
                    n_bytes += len(received)
            except ConnectionResetError:
                pass
            return n_bytes

    def stall(self, source: str, begun: bytes, drip: bytes) -> bytes:
        """Return what is answered to one who begins and stops, but for a drip."""
        with self.connect(source) as connection:
            connection.sendall(begun)
            while drip and not select.select([connection], [], [], 1.0)[0]:
                connection.sendall(drip)
            return connection.recv(100)


@pytest.fixture(scope="module")
def hostile(site: Site) -> Hostile:
    """Somebody who attacks."""
    return Hostile(site)


@pytest.fixture(scope="module")
def stalls(site: Site, other: Visitor, hostile: Hostile) -> Stalls:
    """Many clients stop at once, for good or but for a byte now and then."""
    began = time.monotonic()
    drips = [b"", b"x"] * (N_HOSTILE // 2)
    with (
        unharmed(site, other, "stalled"),
        ThreadPoolExecutor(3 * N_HOSTILE + N_UPLOADS) as pool,
    ):
        uploads = pool.map(hostile.upload, drips[:N_UPLOADS])
        forms: list[Future[int]] = [pool.submit(hostile.form, drip) for drip in drips]
        heads = pool.map(hostile.head, drips)

        def is_over() -> None:
            for form in forms:
                form.result()

        readers = [pool.submit(hostile.reader, is_over) for _ in drips]
        ended = list(uploads), [form.result() for form in forms], list(heads)
        seconds = time.monotonic() - began
        n_read = [reader.result() for reader in readers]
    return Stalls(*ended, n_read, seconds)


def test_upload_that_stops_is_given_up_in_words(stalls: Stalls) -> None:
    assert {page.status for page in stalls.uploads} == {408}
    for page in stalls.uploads:
        assert "The sending stopped before all had arrived" in words(page)
        assert "send it again" in words(page)


def test_form_that_stops_is_given_up_or_stays_in_line(stalls: Stalls) -> None:
    assert set(stalls.forms) == {408, 503}
    assert stalls.forms.count(408) >= THREADS_PER_ADDRESS


def test_client_that_stops_in_its_head_is_cut_off(stalls: Stalls) -> None:
    assert set(stalls.heads) == {b""}


def test_client_that_does_not_read_is_cut_off(site: Site, stalls: Stalls) -> None:
    whole = 40 * len(site.housing.get(STYLES).text)
    assert len(stalls.readers) > N_THREADS
    assert max(stalls.readers) < whole


def test_no_client_holds_a_thread_for_long(stalls: Stalls) -> None:
    print(f"the last was given up after {stalls.seconds:.1f} s")  # noqa: T201
    assert stalls.seconds < MOST_STALLED_SECONDS


@contextmanager
def connections(hostile: Hostile, source: str, n: int) -> Iterator[list[socket.socket]]:
    """Yield so many connections from an address."""
    with ExitStack() as stack:
        yield [stack.enter_context(hostile.connect(source)) for _ in range(n)]


def test_endless_body_is_refused_before_it_is_read(
    site: Site, other: Visitor, hostile: Hostile
) -> None:
    head = (
        b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Content-Type: multipart/form-data; boundary=edge\r\n"
        b"Content-Length: 100000000000\r\n\r\n--edge\r\n"
    )
    with (
        unharmed(site, other, "endless bodies"),
        connections(hostile, BODIES, N_HOSTILE) as open_ones,
    ):
        for connection in open_ones:
            connection.sendall(head)
        began = time.monotonic()
        for connection in open_ones:
            assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
            connection.sendall(b"x" * 9_000)
        seconds = time.monotonic() - began
    assert seconds < GRACE_SECONDS / 2


def test_body_of_no_length_is_refused_in_words(site: Site) -> None:
    connection = HTTPConnection(urlsplit(site.homeroom.address).netloc, timeout=10)
    connection.request("POST", "/accounts/login/", iter([b"x"]), encode_chunked=True)
    response = connection.getresponse()
    assert response.status == 411
    assert "does not say how long it is" in response.read().decode()
    connection.close()


def test_crowd_from_one_address_is_turned_away(
    site: Site, other: Visitor, hostile: Hostile
) -> None:
    n = CONNECTIONS_PER_ADDRESS + N_HOSTILE
    with (
        unharmed(site, other, "a crowd"),
        connections(hostile, CROWD, n) as open_ones,
    ):
        answers = [connection.recv(100) for connection in open_ones[-N_HOSTILE:]]
    assert {answer[:13] for answer in answers} == {b"HTTP/1.1 503 "}
    assert all(b"Retry-After: 30" in answer for answer in answers)


def test_head_that_is_too_long_is_refused_in_words(hostile: Hostile) -> None:
    with hostile.connect(HEADS) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nCookie: " + b"x" * 40_000)
        assert b"431 Request Header Fields Too Large" in connection.recv(100)
