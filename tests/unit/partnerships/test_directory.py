"""Organisations, sites, roles: who may add and end them."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import hooks, ledger
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import LedgerEntry, User
from partnerships.events import MembershipEnded
from partnerships.models import Membership, Organisation, Site
from partnerships.roles import Role
from partnerships.services.directory import (
    add_organisation,
    add_site,
    end_membership,
    give_role,
    record_authority,
)
from tests import make

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 5, 4)


@pytest.fixture
def agency() -> Organisation:
    return make.organisation(name="Riverbend")


@pytest.fixture
def admin(agency: Organisation) -> User:
    return make.person("Ad Example", agency, Role.ADMINISTRATOR)


@pytest.fixture
def director(agency: Organisation) -> User:
    return make.person("Di Example", agency, Role.DIRECTOR)


def last_entry() -> LedgerEntry:
    return LedgerEntry.objects.order_by("-pk")[0]


def test_administrator_adds_an_organisation(admin: User, director: User) -> None:
    organisation = add_organisation(name="New", kind="district", actor=admin)
    entry = last_entry()
    assert (entry.chain, entry.subject) == (
        ledger.SYSTEM,
        f"partnerships.organisation:{organisation.pk}",
    )
    with pytest.raises(Refused, match="Only an administrator"):
        add_organisation(name="Other", kind="district", actor=director)


def test_organisation_needs_a_time_zone_by_which_dates_can_end(admin: User) -> None:
    with pytest.raises(RuleBroken, match="not a time zone"):
        add_organisation(name="New", kind="pha", time_zone="Mars/Phobos", actor=admin)


@pytest.mark.parametrize("min_cell", [9, 31])
def test_smallest_cell_is_held_between_10_and_30(admin: User, min_cell: int) -> None:
    with pytest.raises(ValidationError):
        add_organisation(name="New", kind="pha", min_cell=min_cell, actor=admin)
    organisation = make.organisation()
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(pk=organisation.pk).update(min_cell=min_cell)


def test_administrator_adds_a_site(
    agency: Organisation, admin: User, director: User
) -> None:
    fields: dict[str, Any] = {
        "kind": "building",
        "code": "WA001000037",
        "name": "River Court",
    }
    site = add_site(organisation=agency, **fields, actor=admin)
    assert (last_entry().chain, last_entry().act) == (
        agency.chain,
        "partnerships.add_site",
    )
    assert list(agency.sites.all()) == [site]
    with pytest.raises(Refused, match="administrator"):
        add_site(organisation=agency, **fields, actor=director)


def test_site_code_is_used_once(agency: Organisation, admin: User) -> None:
    fields: dict[str, Any] = {"kind": "building", "code": "WA1", "name": "River Court"}
    add_site(organisation=agency, **fields, actor=admin)
    with pytest.raises(ValidationError):
        add_site(organisation=agency, **fields, actor=admin)
    assert Site.objects.count() == 1


def test_administrator_gives_a_role_with_its_authority(
    agency: Organisation, admin: User
) -> None:
    person = make.user()
    membership = give_role(
        user=person,
        organisation=agency,
        role=Role.DIRECTOR,
        authority_source="resolution",
        authority_reference="Board resolution 2026-14",
        actor=admin,
    )
    assert membership.role_label == "Director"
    assert last_entry().actor == f"user:{admin.pk}"
    assert list(ledger.verify()) == []


def test_only_an_administrator_gives_or_ends_roles(
    agency: Organisation, admin: User, director: User
) -> None:
    person = make.user()
    elsewhere = make.person(
        "El Example", make.organisation(kind="district"), Role.ADMINISTRATOR
    )
    for actor in (director, elsewhere, person):
        with pytest.raises(Refused):
            give_role(user=person, organisation=agency, role=Role.COUNSEL, actor=actor)
        with pytest.raises(Refused):
            end_membership(
                membership=Membership.objects.get(user=director),
                today=TODAY,
                actor=actor,
            )


def test_role_is_held_once_and_refusal_names_nobody(
    agency: Organisation, admin: User, director: User
) -> None:
    with pytest.raises(Conflict, match="director of Riverbend already") as conflict:
        give_role(user=director, organisation=agency, role=Role.DIRECTOR, actor=admin)
    assert director.name not in conflict.value.message
    membership = Membership.objects.get(user=director)
    membership.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.bulk_create([membership])


def test_role_that_ended_can_be_given_again(
    agency: Organisation, admin: User, director: User
) -> None:
    membership = Membership.objects.get(user=director)
    end_membership(membership=membership, today=TODAY, actor=admin)
    give_role(user=director, organisation=agency, role=Role.DIRECTOR, actor=admin)
    assert Membership.objects.filter(user=director).count() == 2


def test_end_of_a_role_is_announced_inside_the_act(
    admin: User, director: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Membership] = []
    monkeypatch.setitem(
        hooks._subscribers,
        MembershipEnded,
        [lambda event: heard.append(event.membership)],
    )
    membership = Membership.objects.get(user=director)
    end_membership(membership=membership, today=TODAY, actor=admin)
    assert heard == [membership]
    assert heard[0].ended_on == TODAY


def test_role_does_not_end_when_its_grants_cannot_be_taken_back(
    admin: User, director: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(event: MembershipEnded) -> None:
        raise RuleBroken("A grant is stuck.")

    monkeypatch.setitem(hooks._subscribers, MembershipEnded, [fail])
    membership = Membership.objects.get(user=director)
    with pytest.raises(RuleBroken, match="stuck"):
        end_membership(membership=membership, today=TODAY, actor=admin)
    membership.refresh_from_db()
    assert membership.ended_on is None


def test_role_ends_once(admin: User, director: User) -> None:
    membership = Membership.objects.get(user=director)
    end_membership(membership=membership, today=TODAY, actor=admin)
    with pytest.raises(Conflict, match="ended already"):
        end_membership(membership=membership, today=TODAY, actor=admin)


# Authority to sign

WRITTEN: dict[str, Any] = {
    "authority_source": "resolution",
    "authority_reference": " Board resolution 2026-14 ",
    "authority_limits": "data agreements",
    "authority_expires_on": dt.date(2027, 6, 30),
}
NONE: dict[str, Any] = {
    "authority_source": "",
    "authority_reference": "",
    "authority_limits": "",
    "authority_expires_on": None,
}


def test_administrator_records_authority_and_the_ledger_has_it(
    agency: Organisation, admin: User, director: User
) -> None:
    role = Membership.objects.get(user=director)
    changed = record_authority(membership=role, **WRITTEN, actor=admin)
    assert changed.authority_in_words == (
        "Board resolution 2026-14; limits: data agreements; until June 30, 2027"
    )
    entry = last_entry()
    assert (entry.act, entry.chain) == ("partnerships.record_authority", agency.chain)
    assert len(entry.digests) == 1
    record_authority(membership=role, **NONE, actor=admin)
    role.refresh_from_db()
    assert role.authority_in_words == ""
    assert role.history_rows.count() == 4  # type: ignore[attr-defined]
    assert list(ledger.verify()) == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"authority_reference": " "}, "Say where the authority is written"),
        ({"authority_source": ""}, "Choose what kind of authority"),
        (
            NONE | {"authority_expires_on": dt.date(2027, 1, 1)},
            "Choose what kind of authority",
        ),
    ],
)
def test_authority_is_written_somewhere(
    admin: User, director: User, said: dict[str, Any], why: str
) -> None:
    role = Membership.objects.get(user=director)
    with pytest.raises(RuleBroken, match=why):
        record_authority(membership=role, **WRITTEN | said, actor=admin)
    with pytest.raises(RuleBroken, match=why):
        give_role(
            user=make.user(),
            organisation=role.organisation,
            role=Role.SUPERINTENDENT,
            **WRITTEN | said,
            actor=admin,
        )


def test_only_its_administrator_records_an_organisations_authority(
    admin: User, director: User
) -> None:
    role = Membership.objects.get(user=director)
    elsewhere = make.person("El Where", make.organisation(), Role.ADMINISTRATOR)
    for person in (director, elsewhere):
        with pytest.raises(Refused, match="administrator may do this"):
            record_authority(membership=role, **WRITTEN, actor=person)
    with pytest.raises(RuleBroken, match="administrator signs nothing"):
        own = Membership.objects.get(user=admin)
        record_authority(membership=own, **WRITTEN, actor=admin)


def test_role_that_ended_gets_no_authority(admin: User, director: User) -> None:
    role = Membership.objects.get(user=director)
    end_membership(membership=role, today=TODAY, actor=admin)
    with pytest.raises(Conflict, match="role has ended"):
        record_authority(membership=role, **WRITTEN, actor=admin)
