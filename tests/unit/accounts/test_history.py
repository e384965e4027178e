"""History rows: which saves make one, and the digest that the ledger keeps."""

import datetime as dt

import pytest

from accounts.acting import System, act
from accounts.history import Untracked, digest_of, tracked_models
from partnerships.models import Membership, Organisation
from partnerships.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


def test_every_model_with_history_is_known_in_a_stable_order() -> None:
    labels = [model._meta.label_lower for model in tracked_models()]
    assert labels == sorted(labels)
    assert {"accounts.user", "partnerships.membership"} <= set(labels)


def test_digest_is_the_same_before_and_after_the_database() -> None:
    person = make.person("Bo Example", make.organisation(), Role.DIRECTOR)
    membership = Membership.objects.get(user=person)
    with act("tests.end", actor=System("C1"), chain="system") as this:
        membership.ended_on = dt.date(2026, 3, 4)
        membership.save()
    (_, key, digest) = this.digests[0]
    assert digest_of(Membership.history.get(pk=key)) == digest


def test_digest_does_not_depend_on_the_zone_a_time_is_told_in() -> None:
    row = make.organisation().history.get()
    before = digest_of(row)
    row.history_date = row.history_date.astimezone(dt.timezone(dt.timedelta(hours=5)))
    assert digest_of(row) == before


def test_digest_changes_with_any_field() -> None:
    row = make.organisation().history.get()
    before = digest_of(row)
    row.min_cell += 1
    assert digest_of(row) != before


def test_saving_only_untracked_fields_needs_no_act_and_makes_no_history() -> None:
    person = make.user()
    n_rows = person.history.count()
    person.set_password("another long password")
    person.save(update_fields=["password"])
    assert person.history.count() == n_rows


def test_saving_a_tracked_field_beside_untracked_ones_needs_an_act() -> None:
    person = make.user()
    with pytest.raises(Untracked):
        person.save(update_fields=["password", "name"])


def test_history_never_holds_a_password() -> None:
    person = make.user()
    columns = {field.name for field in type(person).history.model._meta.fields}
    assert "password" not in columns


def test_fixture_loaded_past_the_services_is_refused() -> None:
    organisation = Organisation(name="Loaded", kind="pha")
    with pytest.raises(Untracked):
        organisation.save_base(raw=True)
