"""Every file that the line makes can be read by whoever does not see it."""

from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.test import Client
from pytest_django import Settings

from accounts import clock
from agreements.models import Agreement
from agreements.services import obligations, printing
from agreements.services.copying import copy_as_new
from agreements.services.versions import save_version
from tests import make
from tests.support.tagged import faults, kinds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement().number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def kept(kind: str) -> Callable[[Agreement, Settings], bytes]:
    """Return how a file is had that the line has made already."""
    return lambda made, settings: bytes(made.documents.get(kind=kind).content)


def paper(key: str) -> Callable[[Agreement, Settings], bytes]:
    """Return how a paper beside the agreement is printed."""

    def printed(made: Agreement, settings: Settings) -> bytes:
        printing.request_paper(agreement=made, paper=key, actor=made.drafted_by)
        make.work_off()
        return bytes(made.documents.get(kind=key).content)

    return printed


def comparison(made: Agreement, settings: Settings) -> bytes:
    """Return what differs between a draft and the template, as a file."""
    draft = copy_as_new(agreement=made, actor=made.drafted_by)
    save_version(agreement=draft, actor=draft.drafted_by)
    client: Client = make.signed_in(draft.drafted_by)
    answer = client.get(
        f"/agreements/{draft.number}/versions/changes.pdf",
        {"earlier": "template", "later": "now"},
    )
    assert answer.status_code == 200
    return bytes(answer.content)


def certificate(made: Agreement, settings: Settings) -> bytes:
    """Return the certificate of what was destroyed on its date."""
    settings.DEMO = True
    make.housing_list(made)
    clock.advance(days=500)
    obligations.fall_due()
    make.minute()
    make.minute()
    duty = made.obligations.get(kind="linking_list")
    return bytes(duty.certificate.content)


FILES: dict[str, Callable[[Agreement, Settings], bytes]] = {
    "frozen": kept("frozen"),
    "executed": kept("executed"),
    "comparison": comparison,
    "certificate": certificate,
    **{key: paper(key) for key in ("pub", "nda", "brd")},
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_lacks_nothing_that_readers_need(
    made: Agreement, settings: Settings, name: str
) -> None:
    content = FILES[name](made, settings)
    assert faults(content) == []
    with pikepdf.open(BytesIO(content)) as file:
        found = Counter(kinds(file))
        assert made.number[:4] in str(file.docinfo.Title)
    assert found["/H2"] >= 1
    assert found["/TD"] >= 2
