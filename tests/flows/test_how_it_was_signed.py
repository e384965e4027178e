"""What the evidence of a signature says: what was opened, by what authority."""

import re
from pathlib import Path

import pytest

from accounts.models import User
from agreements.models import Agreement
from agreements.services import signing
from partnerships.roles import Role
from partnerships.services.directory import record_authority
from tests import make
from tests.support.paper import printed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="signing").number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def director(made: Agreement) -> User:
    return make.who(made, "pha", Role.DIRECTOR)


def superintendent(made: Agreement) -> User:
    return make.who(made, "district", Role.SUPERINTENDENT)


def sign(made: Agreement, actor: User) -> None:
    signing.sign(
        agreement=made,
        digest=signing.frozen_of(made).sha256,
        typed_name=actor.name,
        password=make.PASSWORD,
        address=None,
        browser="",
        actor=actor,
    )


def test_sections_that_were_opened_are_in_the_evidence(made: Agreement) -> None:
    client = make.signed_in(superintendent(made))
    page = client.get(f"{made.get_absolute_url()}sign/")
    text = page.content.decode()
    anchors = re.findall(r'data-section="(\w+)"', text)
    n_clauses = len(made.rounds.get().text["clauses"])
    assert len(anchors) == len(set(anchors)) > n_clauses
    assert "Schedule 4. State terms" in text
    assert "js/sections.js" in text
    said = {
        "digest": page.context["form"]["digest"].value(),
        "typed_name": superintendent(made).name,
        "opened": f"{anchors[0]} {anchors[-1]} {anchors[0]} none_such",
        "intends": "on",
        "consents": "on",
        "password": make.PASSWORD,
    }
    refused = client.post(f"{made.get_absolute_url()}sign/", said | {"password": "x"})
    assert f'value="{said["opened"]}"' in refused.content.decode()
    client.post(f"{made.get_absolute_url()}sign/", said)
    signature = made.signatures.get()
    assert (signature.n_opened, signature.n_sections) == (2, len(anchors))
    sign(made, director(made))  # as without script
    make.work_off()
    evidence = printed(bytes(made.documents.get(kind="executed").content))
    assert f"2 of {len(anchors)}, as the browser counted" in evidence
    assert "Sections opened Not counted" in evidence


def test_authority_in_the_evidence_is_the_one_at_signing(made: Agreement) -> None:
    sign(made, director(made))
    role = made.parties.get(organisation__kind="pha").signatory
    record_authority(
        membership=role,
        authority_source="statute",
        authority_reference="Chapter 28A",
        authority_limits="",
        authority_expires_on=None,
        actor=make.SET_UP,
    )
    sign(made, superintendent(made))
    make.work_off()
    evidence = printed(bytes(made.documents.get(kind="executed").content))
    assert "Board resolution 1" in evidence
    assert "Chapter 28A" not in evidence
