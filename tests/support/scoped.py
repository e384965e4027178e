"""Agreements that say whose rows their flows carry."""

from typing import Any

from agreements.models import Agreement
from agreements.services import sections
from partnerships.roles import Role
from tests import make


def scoped(made: Agreement, key: str, **scope: Any) -> None:
    """Say in a draft whose rows a flow carries."""
    make.add_places(made)
    sections.save_flow(
        flow=made.flows.get(key=key),
        values={f"scope_{name}": said for name, said in scope.items()},
        actor=make.who(made, "pha", Role.DIRECTOR),
    )
