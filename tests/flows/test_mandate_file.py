"""The executed terms as a file that anybody who holds it can check."""

import hashlib
import json
from pathlib import Path

import jsonschema
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import LedgerEntry
from agreements.mandate import from_record
from agreements.models import Agreement, Mandate
from agreements.queries import mandate_of
from partnerships.roles import Role
from tests import make
from tests.support.intruder import unguard
from tests.support.paper import printed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement().number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


@pytest.fixture
def counsel(made: Agreement) -> Client:
    return make.signed_in(make.who(made, "district", Role.COUNSEL))


def test_a_party_downloads_what_ledger_and_evidence_pages_vouch_for(
    made: Agreement, counsel: Client
) -> None:
    address = reverse("mandate", args=[made.number])
    page = counsel.get(made.get_absolute_url()).content.decode()
    assert f'href="{address}"' in page
    answer = counsel.get(address)
    assert answer["Content-Type"] == "application/json"
    assert f'filename="{made.number}-mandate.json"' in answer["Content-Disposition"]
    digest = hashlib.sha256(answer.content).hexdigest()
    entry = LedgerEntry.objects.get(act="agreements.execute", chain=made.chain)
    assert entry.detail["mandate"] == digest
    assert digest in page
    executed = bytes(made.documents.get(kind="executed").content)
    assert digest in printed(executed).replace(" ", "")
    assert from_record(json.loads(answer.content)) == mandate_of(made)


def test_the_published_schema_takes_the_downloaded_file(
    made: Agreement, counsel: Client, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://homeroom.example"
    published = Client().get(reverse("mandate_schema"))
    assert published.status_code == 200
    assert not published.cookies
    schema = published.json()
    assert schema["$id"] == f"https://homeroom.example{reverse('mandate_schema')}"
    record = counsel.get(reverse("mandate", args=[made.number])).json()
    checked = jsonschema.Draft202012Validator(schema)
    checked.validate(record)
    assert not checked.is_valid(record | {"min_cell": 0})


def test_others_find_no_terms_and_a_draft_has_none(made: Agreement) -> None:
    stranger = make.user()
    address = reverse("mandate", args=[made.number])
    assert make.signed_in(stranger).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    draft = make.agreement(until="draft")
    drafter = make.signed_in(draft.drafted_by)
    assert drafter.get(reverse("mandate", args=[draft.number])).status_code == 404


def test_a_record_that_was_rewritten_is_not_sent(
    made: Agreement, counsel: Client
) -> None:
    unguard()
    Mandate.objects.filter(agreement=made).update(
        record=made.mandate.record | {"min_cell": 1}
    )
    answer = counsel.get(reverse("mandate", args=[made.number]))
    assert answer.status_code == 409
    assert b"no longer matches its digest" in answer.content
