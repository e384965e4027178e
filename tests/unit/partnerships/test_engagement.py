"""Forming partnerships."""

import pytest

from accounts.acts import Refused, RuleBroken
from accounts.models import LedgerEntry, User
from partnerships.models import Organisation, Partnership
from partnerships.roles import Role
from partnerships.services.engagement import form_partnership
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency() -> Organisation:
    return make.organisation()


@pytest.fixture
def district() -> Organisation:
    return make.organisation(kind="district")


@pytest.fixture
def director(agency: Organisation) -> User:
    return make.person("Di Example", agency, Role.DIRECTOR)


def test_director_forms_a_partnership_in_one_act(
    agency: Organisation, district: Organisation, director: User
) -> None:
    partnership = form_partnership(
        name="Both", organisations=[agency, district], actor=director
    )
    entry = LedgerEntry.objects.get(act="partnerships.form")
    assert set(partnership.organisations.all()) == {agency, district}
    assert entry.subject == f"partnerships.partnership:{partnership.pk}"
    assert len(entry.digests) == 3


def test_only_a_director_forms_one(
    agency: Organisation, district: Organisation
) -> None:
    admin = make.person("Ad Example", agency, Role.ADMINISTRATOR)
    with pytest.raises(Refused, match="Only a director"):
        form_partnership(name="Both", organisations=[agency, district], actor=admin)


def test_director_forms_none_between_others(
    district: Organisation, director: User
) -> None:
    third = make.organisation()
    with pytest.raises(Refused, match="their own organisation"):
        form_partnership(name="Theirs", organisations=[third, district], actor=director)


def test_one_organisation_is_no_partnership(
    agency: Organisation, director: User
) -> None:
    with pytest.raises(RuleBroken, match="needs two organisations"):
        form_partnership(name="Alone", organisations=[agency, agency], actor=director)


def test_organisation_named_twice_takes_part_once(
    agency: Organisation, district: Organisation, director: User
) -> None:
    partnership = form_partnership(
        name="Both", organisations=[agency, district, agency], actor=director
    )
    assert partnership.participations.count() == 2


def test_name_is_used_once(
    agency: Organisation, district: Organisation, director: User
) -> None:
    both = [agency, district]
    form_partnership(name="Both", organisations=both, actor=director)
    with pytest.raises(RuleBroken, match="has this name already"):
        form_partnership(name="Both", organisations=both, actor=director)
    assert Partnership.objects.count() == 1
