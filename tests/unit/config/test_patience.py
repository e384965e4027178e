"""A connection is given up when it is silent or slow, either way, and only then."""

import errno
import io
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from config import patience
from config.patience import PatientSocket, Stalled


@pytest.fixture
def ends(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[PatientSocket, socket.socket]]:
    monkeypatch.setattr(patience, "SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(patience, "GRACE_SECONDS", 0.5)
    ours, theirs = socket.socketpair()
    with theirs, PatientSocket(fileno=ours.detach()) as patient:
        patient.begin()
        yield patient, theirs


def drip(end: socket.socket, *, n: int, data: bytes) -> threading.Thread:
    def send() -> None:
        for _ in range(n):
            end.send(data)
            time.sleep(0.05)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def test_silent_client_is_given_up(ends: tuple[PatientSocket, socket.socket]) -> None:
    patient, _ = ends
    with pytest.raises(Stalled) as given_up:
        patient.recv(10)
    assert given_up.value.errno == errno.ECONNRESET  # which gunicorn does not log
    assert patient.has_stalled
    assert patient.gettimeout() is None


def test_dripping_client_is_given_up(ends: tuple[PatientSocket, socket.socket]) -> None:
    patient, theirs = ends
    thread = drip(theirs, n=20, data=b"x")
    received = b""
    with pytest.raises(Stalled):
        while True:
            received += patient.recv(10)
    thread.join()
    assert 5 <= len(received) <= 12


def test_client_that_keeps_sending_is_heard_out(
    ends: tuple[PatientSocket, socket.socket],
) -> None:
    patient, theirs = ends
    thread = drip(theirs, n=20, data=b"x" * 4_000)
    n_received = 0
    while n_received < 20 * 4_000:
        n_received += len(patient.recv(10_000))
    thread.join()
    assert not patient.has_stalled


def test_next_request_has_its_own_time(
    ends: tuple[PatientSocket, socket.socket],
) -> None:
    patient, theirs = ends
    with pytest.raises(Stalled):
        patient.recv(1)
    patient.begin()
    theirs.send(b"x")
    assert patient.recv(1) == b"x"
    assert not patient.has_stalled


def test_shorter_limit_of_the_server_holds(
    ends: tuple[PatientSocket, socket.socket],
) -> None:
    patient, _ = ends
    patient.settimeout(0.02)
    began = time.monotonic()
    with pytest.raises(Stalled):
        patient.recv(1)
    assert time.monotonic() - began < 0.15
    assert patient.gettimeout() == 0.02


def test_steady_client_is_given_up_when_the_body_takes_too_long(
    ends: tuple[PatientSocket, socket.socket],
) -> None:
    patient, theirs = ends
    patient.body_seconds = 0.3
    thread = drip(theirs, n=20, data=b"x" * 4_000)
    with pytest.raises(Stalled):
        while True:
            patient.recv(10_000)
    thread.join()


def test_client_that_does_not_read_is_given_up(
    ends: tuple[PatientSocket, socket.socket],
) -> None:
    patient, _ = ends
    began = time.monotonic()
    with pytest.raises(Stalled):
        patient.sendall(b"x" * 10_000_000)
    assert time.monotonic() - began < 0.5
    assert patient.gettimeout() is None


def test_client_that_hardly_reads_is_given_up(
    ends: tuple[PatientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SLOWEST_BYTES_PER_SECOND", 20_000_000)
    patient, theirs = ends
    stopped = threading.Event()

    def read() -> None:
        while not stopped.wait(0.05):
            theirs.recv(10_000)

    thread = threading.Thread(target=read)
    thread.start()
    with pytest.raises(Stalled):
        patient.sendall(b"x" * 10_000_000)
    stopped.set()
    thread.join()


def test_whole_answer_reaches_a_client_that_reads(
    ends: tuple[PatientSocket, socket.socket],
) -> None:
    patient, theirs = ends
    answer = bytes(range(256)) * 4_000
    received = bytearray()

    def read() -> None:
        while len(received) < len(answer) * 2 + 100:
            received.extend(theirs.recv(100_000))

    thread = threading.Thread(target=read)
    thread.start()
    patient.sendall(answer)
    assert patient.sendfile(io.BytesIO(answer)) == len(answer)
    assert patient.sendfile(io.BytesIO(answer), 50, 100) == 100
    thread.join()
    assert bytes(received) == answer * 2 + answer[50:150]


def test_time_to_make_the_answer_is_not_the_clients(
    ends: tuple[PatientSocket, socket.socket],
) -> None:
    patient, _ = ends
    patient.send(b"HTTP/1.1 100 Continue")
    time.sleep(0.6)
    patient.send(b"x")
    assert not patient.has_stalled


def test_head_is_gathered_and_received_with_what_follows(
    ends: tuple[PatientSocket, socket.socket],
) -> None:
    patient, theirs = ends
    patient.setblocking(False)
    with pytest.raises(BlockingIOError):
        patient.gather()
    for part, is_whole in ((b"\r\n\r\nGET / HTTP", False), (b"/1.1\r\n\r\nab", True)):
        theirs.send(part)
        assert patient.gather()
        assert patient.has_head is is_whole
    patient.setblocking(True)
    theirs.send(b"c")
    head = b"\r\n\r\nGET / HTTP/1.1\r\n\r\nab"
    assert patient.recv(4) + patient.recv(100) == head
    assert patient.recv(100) == b"c"
    assert not patient.has_begun


def test_head_has_a_largest_size(ends: tuple[PatientSocket, socket.socket]) -> None:
    patient, theirs = ends
    theirs.send(b"x" * patience.MOST_HEAD_BYTES)
    while not patient.is_head_too_long:
        assert patient.gather()
    theirs.close()
    assert not patient.gather()
