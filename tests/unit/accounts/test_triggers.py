"""The database itself refuses to change evidence."""

import pytest
from django.db import DatabaseError, transaction

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
