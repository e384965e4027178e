"""Every tracked write happens inside one act by one actor."""

import pytest
from django.db import transaction

from accounts import acting, ledger
from accounts.acting import System, act, label_of
from accounts.history import Untracked
from accounts.models import LedgerEntry, User
from partnerships.models import Organisation
from tests import make

pytestmark = pytest.mark.django_db


def test_tracked_write_outside_an_act_is_refused() -> None:
    with pytest.raises(Untracked):
        Organisation.objects.create(name="Nobody's", kind="pha")
    assert not Organisation.objects.exists()


def test_tracked_change_and_removal_outside_an_act_are_refused() -> None:
    organisation = make.organisation(name="Riverbend")
    organisation.name = "Other"
    with pytest.raises(Untracked):
        organisation.save()
    with pytest.raises(Untracked), transaction.atomic():
        organisation.delete()
    assert Organisation.objects.get().name == "Riverbend"


def test_one_act_makes_one_entry_over_all_its_history() -> None:
    organisation = make.organisation()
    before = LedgerEntry.objects.count()
    with act("tests.twice", actor=System("C1"), chain=organisation.chain):
        for name in ("First", "Second"):
            organisation.name = name
            organisation.save()
    entry = LedgerEntry.objects.get(act="tests.twice")
    rows = organisation.history.filter(chain=organisation.chain)
    assert LedgerEntry.objects.count() == before + 1
    assert {key for _, key, _ in entry.digests} == {str(row.pk) for row in rows}
    assert len(entry.digests) == 2


def test_entry_names_actor_and_subject_by_identifier_only() -> None:
    person = make.user("Ada Lovelace")
    organisation = Organisation(name="New", kind="pha")
    with act("tests.add", actor=person, chain="system", subject=organisation):
        organisation.save()
    entry = LedgerEntry.objects.get(act="tests.add")
    assert entry.actor == f"user:{person.pk}"
    assert entry.subject == f"partnerships.organisation:{organisation.pk}"
    assert "Lovelace" not in str(vars(entry))


def test_system_actor_names_its_clause() -> None:
    assert label_of(System("C31")) == "system:C31"


def test_act_that_fails_leaves_no_row_no_history_and_no_entry() -> None:
    organisation = make.organisation(name="Riverbend")
    before = ledger.head("system")

    def fail() -> None:
        with act("tests.fail", actor=System("C1"), chain="system"):
            organisation.name = "Other"
            organisation.save()
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    organisation.refresh_from_db()
    assert organisation.name == "Riverbend"
    assert organisation.history.count() == 1
    assert ledger.head("system") == before
    assert acting.current() is None


def test_inner_act_has_an_entry_and_digests_of_its_own() -> None:
    one, two = make.organisation(), make.organisation()
    with act("tests.outer", actor=System("C1"), chain="system"):
        one.save()
        with act("tests.inner", actor=System("C2"), chain=two.chain):
            two.save()
        one.save()
    outer = LedgerEntry.objects.get(act="tests.outer")
    inner = LedgerEntry.objects.get(act="tests.inner")
    assert (len(outer.digests), len(inner.digests)) == (2, 1)
    assert list(ledger.verify()) == []


def test_removal_inside_an_act_leaves_history() -> None:
    organisation = make.organisation()
    key = organisation.pk
    with act("tests.remove", actor=System("C1"), chain="system"):
        organisation.delete()
    last = Organisation.history.filter(id=key).first()
    assert last is not None
    assert last.history_type == "-"
    assert list(ledger.verify()) == []


def test_history_names_actor_and_chain() -> None:
    person = make.user()
    organisation = make.organisation()
    with act("tests.save", actor=person, chain=organisation.chain):
        organisation.save()
    row = organisation.history.latest()
    assert (row.actor, row.chain) == (f"user:{person.pk}", organisation.chain)
    assert row.history_user_id == person.pk
    assert User.objects.get(pk=row.history_user_id) == person
