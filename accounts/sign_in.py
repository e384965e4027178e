"""How allauth is bent to Homeroom: closed sign-up, tracked password changes."""

from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts import demo, ledger
from accounts.acting import act
from accounts.acts import Refused


class Adapter(DefaultAccountAdapter):
    """People are invited; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: an account comes from an invitation."""
        return False

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        """Refuse demonstration people anywhere but in the demo on this machine."""
        is_demo_person = user.email.endswith(f"@{demo.DOMAIN}")
        address = ip_address(request.META.get("REMOTE_ADDR") or "0.0.0.0")  # noqa: S104 - not bound, only compared
        if is_demo_person and not (settings.DEMO and address.is_loopback):
            raise Refused("Accounts of the demonstration work nowhere else.")
        return super().pre_login(request, user, **kwargs)

    def set_password(self, user: Any, password: str) -> None:
        """Store a new password as an act of its owner."""
        with act(
            "accounts.set_password", actor=user, chain=ledger.SYSTEM, subject=user
        ):
            user.set_password(password)
            user.save(update_fields=["password"])
