"""What follows from an agreement of each model: from its draft to the terms that run.

Each table says of which model the agreement is that it follows from. That one is signed
once, and all begin there. A table that is marked `prove` is in `run.py prove` alone.
"""

from collections import ChainMap
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from agreements.models import Agreement
from agreements.queries import is_change, mandate_of
from agreements.rules.vocabulary import AgreementKind
from tests.support.going_on import FOLLOWING, follow, signed
from tests.support.walking import Toml, Walk, read

TABLES = {path.stem: read(path) for path in sorted(FOLLOWING.glob("*.toml"))}


def test_every_kind_that_follows_from_another_has_a_table_in_the_main_suite() -> None:
    tables = [each for each in TABLES.values() if not each.get("prove")]
    kinds = {*AgreementKind} - {
        AgreementKind.MEMORANDUM,
        AgreementKind.PARTICIPATION,
        AgreementKind.OUTREACH,
    }
    assert {each["kind"] for each in tables} == {each.value for each in kinds}


@pytest.fixture(scope="module")
def before(request: pytest.FixtureRequest, past: Path) -> Iterator[Walk]:
    """Return an agreement of a model in force, once for all that follow from it."""
    with transaction.atomic():
        yield _in_force(request.param)
        transaction.set_rollback(True)


def _in_force(model: str) -> Walk:
    tables = [each for each in TABLES.values() if each["follows"] == model]
    offers = [each["offered_to"] for each in tables if "offered_to" in each]
    outside = [each.get("sides", {}) for each in tables if each["kind"] != "joi"]
    return signed(model, outside=ChainMap({}, *outside), offered_to="".join(offers))


@pytest.mark.django_db
@pytest.mark.usefixtures("present")
@pytest.mark.parametrize(
    ("before", "table"),
    [
        pytest.param(
            table["follows"],
            table,
            id=name,
            marks=[pytest.mark.prove] if table.get("prove") else [],
        )
        for name, table in TABLES.items()
    ],
    indirect=["before"],
    scope="module",
)
def test_what_follows_is_signed_and_its_terms_run(before: Walk, table: Toml) -> None:
    parent = Agreement.objects.get(pk=before.agreement.pk)
    earlier = mandate_of(parent)
    walk = follow(before, table)
    walk.prepare()
    walk.send()
    text = walk.agreement.rounds.get().text
    assert [each["key"] for each in text["clauses"]] == table["clauses"]
    assert [*walk.approve()][-1] == "approved"
    assert mandate_of(parent) == earlier
    assert [*walk.sign()][-1] == "in_force"
    runs = mandate_of(parent if is_change(walk.agreement) else walk.agreement)
    assert runs
    assert [*runs.owners] == sorted(str(walk.sides[e].pk) for e in table["owners"])
    assert {each.key: [*each.elements] for each in runs.flows} == table["flows"]
    assert runs.under == ((parent.number,) if table["kind"] == "dua" else ())
    for name, said in table["mandate"].items():
        assert getattr(runs, name) == walk.value(said), name
