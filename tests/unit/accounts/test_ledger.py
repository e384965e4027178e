"""Hash chains, and what verify names when somebody wrote around them."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts import history, ledger
from accounts.acting import System, act
from accounts.models import ChainHead, LedgerEntry, PendingDigest
from accounts.triggers import ensure
from partnerships.models import Organisation
from tests import make
from tests.support.intruder import unguard

pytestmark = pytest.mark.django_db


@contextmanager
def tampering(model: type[models.Model]) -> Iterator[models.QuerySet[Any]]:
    """Yield the rows of `model` as they are to somebody who owns the database."""
    unguard()
    yield model._default_manager.all()
    ensure(using="default")


def autosave(organisation: Organisation, name: str) -> None:
    with act(
        "tests.autosave",
        actor=System("C1"),
        chain=organisation.chain,
        is_save_point=False,
    ):
        organisation.name = name
        organisation.save()


def test_entries_follow_each_other_by_number_and_hash() -> None:
    organisation = make.organisation()
    for _ in range(3):
        with act("tests.act", actor=System("C1"), chain=organisation.chain):
            pass
    entries = list(LedgerEntry.objects.filter(chain=organisation.chain))
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert [entry.previous for entry in entries] == [
        ledger.GENESIS,
        entries[0].hash,
        entries[1].hash,
    ]
    assert ledger.head(organisation.chain) == (3, entries[2].hash)


def test_chain_without_entries_begins_at_genesis() -> None:
    assert ledger.head("partnership:404") == (0, ledger.GENESIS)


def test_chain_cannot_fork() -> None:
    make.organisation()
    entry = LedgerEntry.objects.get()
    entry.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save(force_insert=True)


def test_autosave_has_history_at_once_and_reaches_the_next_entry_once() -> None:
    organisation = make.organisation()
    autosave(organisation, "Saved by itself")
    row = organisation.history.latest()
    assert row.name == "Saved by itself"
    assert not LedgerEntry.objects.filter(chain=organisation.chain).exists()
    assert list(ledger.verify()) == []

    for name in ("tests.save", "tests.later"):
        with act(name, actor=System("C1"), chain=organisation.chain):
            organisation.save()
    first, second = LedgerEntry.objects.filter(chain=organisation.chain)
    assert str(row.pk) in {key for _, key, _ in first.digests}
    assert len(second.digests) == 1
    assert not PendingDigest.objects.exists()
    assert list(ledger.verify()) == []


def test_entry_survives_the_database_unchanged() -> None:
    detail = {"n_rows": 3, "keys": [1, 2], "nested": {"b": None, "a": True}}
    with act("tests.detail", actor=System("C1"), chain="system", detail=detail):
        pass
    entry = LedgerEntry.objects.get()
    assert entry.detail == detail
    assert ledger.hash_of(entry) == entry.hash


@given(detail=st.dictionaries(st.text(), st.integers() | st.text() | st.booleans()))
def test_hash_binds_every_detail(detail: dict[str, Any]) -> None:
    fields: dict[str, Any] = {
        "chain": "system",
        "number": 1,
        "at": ledger.clock.now(),
        "previous": ledger.GENESIS,
    }
    one = LedgerEntry(**fields, detail=detail)
    other = LedgerEntry(**fields, detail=detail | {"one": "more"})
    assert (ledger.hash_of(one) == ledger.hash_of(other)) == (
        detail == detail | {"one": "more"}
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("actor", "user:99"),
        ("act", "tests.other"),
        ("subject", "x:1"),
        ("detail", {"n_rows": 4}),
        ("digests", []),
        ("digests", "not even a list"),
        ("digests", [["accounts.nothing", "1", "0"], "short"]),
    ],
)
def test_changed_entry_is_named(field: str, value: object) -> None:
    make.organisation()
    with tampering(LedgerEntry) as entries:
        entries.filter(number=1).update(**{field: value})
    assert "system entry 1 was changed." in list(ledger.verify())


def test_removed_entry_is_named() -> None:
    for _ in range(3):
        make.organisation()
    with tampering(LedgerEntry) as entries:
        entries.filter(number=2).delete()
    faults = list(ledger.verify())
    assert "system: entry 2 is missing." in faults
    assert "system entry 3 does not follow the entry before it." in faults


def test_entry_cut_off_the_end_is_named() -> None:
    make.organisation()
    make.organisation()
    with tampering(LedgerEntry) as entries:
        entries.filter(number=2).delete()
    assert "system: the head does not match its newest entry." in list(ledger.verify())


def test_inserted_entry_is_named() -> None:
    make.organisation()
    LedgerEntry.objects.create(
        chain="system",
        number=2,
        at=ledger.clock.now(),
        actor="user:1",
        act="tests.forged",
        previous=ledger.head("system")[1],
        hash="f" * 64,
    )
    assert "system entry 2 was changed." in list(ledger.verify())


def test_chain_whose_head_was_removed_is_named_once() -> None:
    make.organisation()
    make.organisation()
    ChainHead.objects.all().delete()
    faults = [fault for fault in ledger.verify() if "head" in fault]
    assert faults == ["system: entries without a chain head."]


def test_changed_history_row_is_named() -> None:
    row = make.organisation().history.get()
    with tampering(type(row)) as rows:
        rows.filter(pk=row.pk).update(actor="user:99")
    kind = "partnerships.historicalorganisation"
    assert list(ledger.verify()) == [f"{kind} row {row.pk} was changed."]


def test_removed_history_row_is_named() -> None:
    organisation = make.organisation()
    row = organisation.history.get()
    with tampering(type(row)) as rows:
        rows.filter(pk=row.pk).delete()
    assert list(ledger.verify()) == [
        f"partnerships.historicalorganisation row {row.pk} was removed.",
        f"partnerships.Organisation {organisation.pk} has no history.",
    ]


def test_inserted_history_row_is_named() -> None:
    row = make.organisation().history.get()
    row.pk = None
    row.save()
    assert list(ledger.verify()) == [
        f"partnerships.historicalorganisation row {row.pk} was inserted: "
        "no ledger entry names it."
    ]


def test_row_changed_inserted_or_removed_past_history_is_named() -> None:
    changed, removed = make.organisation(), make.organisation()
    gone = removed.pk
    Organisation.objects.filter(pk=changed.pk).update(name="Rewritten")
    Organisation.objects.filter(pk=gone)._raw_delete("default")
    (inserted,) = Organisation.objects.bulk_create([Organisation(name="New")])
    assert list(ledger.verify()) == [
        f"partnerships.Organisation {changed.pk} differs from its history.",
        f"partnerships.Organisation {inserted.pk} has no history.",
        f"partnerships.Organisation {gone} was removed outside an act.",
    ]


def test_digest_that_waits_for_a_named_row_is_named() -> None:
    row = make.organisation().history.get()
    with tampering(type(row)) as rows:
        rows.filter(pk=row.pk).update(actor="user:99")
    kind = row._meta.label_lower
    row.refresh_from_db()
    PendingDigest.objects.create(
        chain="system", kind=kind, key=str(row.pk), digest=history.digest_of(row)
    )
    assert list(ledger.verify()) == [
        f"A digest of {kind} row {row.pk} waits that no autosave left.",
        f"{kind} row {row.pk} was changed.",
    ]


def test_row_that_is_named_anew_is_named() -> None:
    row = make.organisation().history.get()
    kind = row._meta.label_lower
    with act("tests.rename", actor=System("C1"), chain="system") as this:
        this.note(kind, row.pk, "0" * 64)
    assert list(ledger.verify()) == [
        f"system entry 2 names {kind} row {row.pk} with another digest."
    ]


UNREADABLE: list[tuple[type[models.Model], str, str | bytes]] = [
    (LedgerEntry, "at", "garbage"),
    (LedgerEntry, "detail", "{"),
    (LedgerEntry, "actor", b"\xff"),
    (Organisation.history.model, "history_date", "2026-13-45"),
    (Organisation, "min_cell", "many"),
    (Organisation, "name", b"\xff"),
]


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL refuses what is no such value"
)
@pytest.mark.parametrize(("model", "column", "value"), UNREADABLE)
def test_value_that_its_column_cannot_hold_is_named(
    model: type[models.Model], column: str, value: str | bytes
) -> None:
    make.organisation()
    unguard()
    order = f"UPDATE {model._meta.db_table} SET {column} = %s"  # noqa: S608 - our names
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute(order, [value])
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
    ensure(using="default")
    faults = " ".join(ledger.verify())
    assert "changed" in faults or "differs from its history" in faults


def test_command_says_that_all_is_intact() -> None:
    make.organisation()
    said = StringIO()
    call_command("verify_ledger", stdout=said)
    assert said.getvalue() == "All 1 ledger entries are intact.\n"


def test_command_names_each_fault_and_fails() -> None:
    organisation = make.organisation()
    Organisation.objects.filter(pk=organisation.pk).update(name="Rewritten")
    said = StringIO()
    with pytest.raises(CommandError, match="Faults found: 1"):
        call_command("verify_ledger", stderr=said)
    assert f"Organisation {organisation.pk} differs" in said.getvalue()
