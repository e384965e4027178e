"""How often one address may do what costs us something.

The cache holds a keyed digest of the address, for one period, and nothing else of it.
"""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts import clock
from accounts.acts import RuleBroken


class TooOften(RuleBroken):
    """This address has done it as often as it may for now (HTTP 429)."""

    status = 429

    def __init__(self, within: timedelta) -> None:
        minutes = round(within.total_seconds() / 60)
        super().__init__(
            "This was asked for too many times from your network. Wait "
            f"{minutes} minutes, then try again."
        )


def take_turn(request: HttpRequest, *, of: str, most: int, within: timedelta) -> None:
    """Count one turn `of` something for the address a request comes from.

    Raises TooOften past `most` turns in a period as long as `within`.
    """
    seconds = int(within.total_seconds())
    period = int(clock.now().timestamp()) // seconds
    address = salted_hmac(of, _network(request)).hexdigest()
    key = f"turns:{of}:{period}:{address}"
    cache.add(key, 0, timeout=2 * seconds)
    if cache.incr(key) > most:
        raise TooOften(within)


def _network(request: HttpRequest) -> str:
    """Return the address; of IPv6 the network that one subscriber has."""
    address = ip_address(get_adapter().get_client_ip(request))
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)
