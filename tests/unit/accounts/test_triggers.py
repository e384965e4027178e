"""The database itself refuses to change evidence."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import ledger, triggers
from accounts.models import LedgerEntry
from accounts.triggers import evidence_models
from tests import make

pytestmark = pytest.mark.django_db


def test_evidence_is_the_ledger_and_every_history() -> None:
    labels = {model._meta.label_lower for model in evidence_models()}
    assert {"accounts.ledgerentry", "accounts.historicaluser"} <= labels
    assert "accounts.user" not in labels


@pytest.mark.parametrize("is_ledger", [True, False])
def test_update_is_refused(is_ledger: bool) -> None:
    history = make.organisation().history.model
    rows = (LedgerEntry if is_ledger else history)._default_manager.all()
    with (
        pytest.raises(DatabaseError, match="evidence cannot be changed"),
        transaction.atomic(),
    ):
        rows.update(actor="user:99")


@pytest.mark.parametrize("is_ledger", [True, False])
def test_delete_is_refused(is_ledger: bool) -> None:
    history = make.organisation().history.model
    rows = (LedgerEntry if is_ledger else history)._default_manager.all()
    with (
        pytest.raises(DatabaseError, match="evidence cannot be changed"),
        transaction.atomic(),
    ):
        rows.delete()
    assert rows.exists()


on_sqlite = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL has no REPLACE"
)


@on_sqlite
@pytest.mark.parametrize("key", ["id", "chain, number"])
def test_replacing_a_row_is_refused(key: str) -> None:
    make.organisation()
    kept = LedgerEntry.objects.values().get()
    columns = ", ".join(f'"{name}"' for name in kept)
    values = {"id": "id", "chain, number": "id + 1000"}[key]
    copied = columns.replace('"id"', values, 1).replace('"actor"', "'user:99'")
    order = (
        f"INSERT OR REPLACE INTO accounts_ledgerentry ({columns})"  # noqa: S608 - ours
        f" SELECT {copied} FROM accounts_ledgerentry"
    )
    with (
        pytest.raises(DatabaseError, match="evidence cannot be changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(order)
    assert LedgerEntry.objects.values().get() == kept


def test_missing_trigger_is_named_and_set_anew() -> None:
    table = LedgerEntry._meta.db_table
    on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{table}_no_update"{on}')
    fault = f"{table}: the trigger {table}_no_update is missing or not ours."
    assert list(triggers.faults("default")) == [fault]
    assert list(ledger.verify()) == [fault]
    triggers.ensure(using="default")
    assert list(triggers.faults("default")) == []


def test_trigger_that_refuses_nothing_is_named_and_set_anew() -> None:
    table = LedgerEntry._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f'DROP TRIGGER "{table}_no_delete"')
            cursor.execute(
                f'CREATE TRIGGER "{table}_no_delete" BEFORE delete ON "{table}"'
                " BEGIN SELECT 1; END"
            )
        else:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER "{table}_no_delete"')
    (fault,) = triggers.faults("default")
    assert "accounts_ledgerentry_no_delete" in fault
    triggers.ensure(using="default")
    assert list(triggers.faults("default")) == []
