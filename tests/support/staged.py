"""The demonstration's partnership and its people."""

from accounts import demo as stage
from accounts.models import User
from indicators.management.commands import seed_demo
from partnerships.models import Partnership


def demo() -> Partnership:
    """Return the demonstration's partnership, with its cast and its other pair."""
    organisations = seed_demo.make_organisations()
    seed_demo.make_sites(organisations)
    seed_demo.make_people(organisations)
    seed_demo.make_partnerships(organisations)
    seed_demo.review_states(organisations)
    return Partnership.objects.get(organisations__name=stage.AGENCY)


def cast(account: str) -> User:
    """Return one of the demonstration's people."""
    return User.objects.get(email=f"{account}@{stage.DOMAIN}")
