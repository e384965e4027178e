"""How often an address may: counted per network and period, named nowhere."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from accounts import clock
from accounts.limits import TooOften, take_turn

MINUTES = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def one_moment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    cache.clear()


def turn(address: str, *, of: str = "check") -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    take_turn(request, of=of, most=2, within=MINUTES)


def test_an_address_has_so_many_turns_and_no_more() -> None:
    turn("192.0.2.1")
    turn("192.0.2.1")
    with pytest.raises(TooOften, match="10 minutes") as refusal:
        turn("192.0.2.1")
    assert refusal.value.status == 429


def test_addresses_and_deeds_are_counted_apart() -> None:
    for _ in range(2):
        turn("192.0.2.1")
        turn("192.0.2.2")
        turn("192.0.2.1", of="another")


def test_a_subscriber_of_ipv6_is_one_address() -> None:
    turn("2001:db8::1")
    turn("2001:db8::2")
    turn("2001:db8:0:1::1")
    with pytest.raises(TooOften):
        turn("2001:db8::3")


def test_the_next_period_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    turn("192.0.2.1")
    turn("192.0.2.1")
    later = clock.now() + MINUTES
    monkeypatch.setattr(clock, "now", lambda: later)
    turn("192.0.2.1")


def test_the_cache_never_sees_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def add(key: str, value: int, timeout: int) -> None:
        seen.append(key)

    with monkeypatch.context() as patch:
        patch.setattr(cache, "add", add)
        with pytest.raises(ValueError, match="not found"):
            turn("192.0.2.1")
    (key,) = seen
    assert "192.0.2" not in key
