"""Keys of the drop box: put on record and withdrawn, and in the ledger."""

from pathlib import Path

import asyncssh
import pytest

from accounts.acts import RuleBroken
from accounts.models import LedgerEntry
from agreements.models import Agreement
from indicators.models import DropBoxKey
from indicators.services import dropbox
from partnerships.roles import Role
from tests import make
from tests.support.dropping import Program

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement().number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def test_an_administrator_puts_a_key_on_record_and_withdraws_it(
    made: Agreement,
) -> None:
    agency = made.partnership.organisations.get(kind="pha")
    admin = make.person("Ad Min", agency, Role.ADMINISTRATOR)
    steward = make.who(made, "pha", Role.STEWARD)
    client = make.signed_in(admin)
    pair = asyncssh.generate_private_key("ecdsa-sha2-nistp256", comment="sam@example")
    typed = {
        "organisation": agency.pk,
        "holder": steward.pk,
        "label": "Export",
        "public_key": pair.export_public_key().decode(),
    }
    assert client.post("/data/drop-box/", typed).status_code == 302
    key = DropBoxKey.objects.get()
    assert key.fingerprint == pair.get_fingerprint()
    assert "sam@example" not in key.public_key
    again = client.post("/data/drop-box/", typed)
    assert again.status_code == 422
    assert "on record already" in again.content.decode()
    assert "Export" in again.content.decode()
    page = make.signed_in(steward).get("/data/drop-box/").content.decode()
    assert key.fingerprint in page
    assert "Withdraw<" not in page
    path = f"/data/drop-box/keys/{key.pk}/withdraw/"
    assert make.signed_in(steward).post(path).status_code == 403
    assert client.post(path).status_code == 302
    assert client.post(path).status_code == 409
    acts = LedgerEntry.objects.filter(chain=agency.chain, act__contains="drop_box_key")
    assert [entry.act.partition("_")[0] for entry in acts.order_by("number")] == [
        "indicators.add",
        "indicators.withdraw",
    ]


def test_a_key_is_only_for_a_steward_of_the_organisation(made: Agreement) -> None:
    program = Program(made)
    with pytest.raises(RuleBroken, match="Only a data steward"):
        dropbox.add_key(
            organisation=program.key.organisation,
            holder=make.who(made, "district", Role.STEWARD),
            label="Export",
            public_key=asyncssh.generate_private_key("ssh-ed25519")
            .export_public_key()
            .decode(),
            actor=program.admin,
        )
