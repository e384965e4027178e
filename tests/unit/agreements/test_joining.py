"""Whoever joins, joins for an organisation of their own, with whoever offers."""

from pathlib import Path

import pytest
from django.urls import reverse

from accounts.acts import Refused, RuleBroken
from accounts.models import User
from agreements.models import Agreement
from agreements.services.following import start_joinder
from partnerships.models import Organisation
from partnerships.roles import Role
from tests import make
from tests.support.going_on import signed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(offered_to="pha").number


@pytest.fixture
def offer(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def agency(name: str) -> tuple[Organisation, User]:
    """Return an agency that is no party, and its director."""
    made = make.organisation(name=name)
    return made, make.person("Hilda Rector", made, Role.DIRECTOR)


def offering(offer: Agreement) -> Organisation:
    return offer.partnership.organisations.get(kind="district")


def refused(offer: Agreement, made: Organisation, actor: User) -> None:
    """Demand that nobody joins in the partnership of an agency and whoever offers."""
    n_before = Agreement.objects.count()
    with pytest.raises(RuleBroken, match="a partnership of your organisation"):
        start_joinder(
            offer=offer,
            partnership=make.partnership(made, offering(offer)),
            actor=actor,
        )
    assert Agreement.objects.count() == n_before


def test_own_agency_joins(offer: Agreement) -> None:
    own, director = agency("Hillside Housing")
    joined = make.partnership(own, offering(offer))
    draft = start_joinder(offer=offer, partnership=joined, actor=director)
    parties = {party.organisation for party in draft.parties.all()}
    assert parties == {own, offering(offer)}


def test_who_is_of_a_kind_that_shares_nothing_yet_drafts_what_it_will_share() -> None:
    walk = signed("7b", offered_to="provider")
    offer = walk.agreement
    own = make.organisation(name="Hillside Family Center", kind="provider")
    director = make.person("Hilda Rector", own, Role.DIRECTOR)
    joined = make.partnership(own, walk.sides["care"])
    draft = start_joinder(offer=offer, partnership=joined, actor=director)
    assert not draft.flows.exists()
    page = make.signed_in(director).get(
        reverse("draft_section", args=[draft.number, "purpose"])
    )
    assert offer.purposes.get().text in page.content.decode()


def test_nobody_joins_for_another_agency(offer: Agreement) -> None:
    other, _ = agency("Riverside Housing")
    _, director = agency("Hillside Housing")
    refused(offer, other, director)


def test_no_agency_joins_with_whoever_offers_nothing(offer: Agreement) -> None:
    own, director = agency("Hillside Housing")
    elsewhere = make.partnership(own, make.organisation(kind="district"))
    with pytest.raises(RuleBroken, match="with whoever offers"):
        start_joinder(offer=offer, partnership=elsewhere, actor=director)


def test_a_party_does_not_join_what_it_signed(offer: Agreement) -> None:
    director = make.who(offer, "pha", Role.DIRECTOR)
    with pytest.raises(Refused, match="not offered to your organisation"):
        start_joinder(offer=offer, partnership=offer.partnership, actor=director)


def test_who_only_reads_does_not_join(offer: Agreement) -> None:
    own, _ = agency("Hillside Housing")
    steward = make.person("Stella Steward", own, Role.STEWARD)
    joined = make.partnership(own, offering(offer))
    with pytest.raises(Refused):
        start_joinder(offer=offer, partnership=joined, actor=steward)
