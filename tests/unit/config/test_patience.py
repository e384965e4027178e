"""A connection is given up when it is silent or hardly sends, and never otherwise."""

import errno
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
