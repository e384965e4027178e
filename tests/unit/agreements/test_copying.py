"""Copy as new: what an agreement says begins a draft, without what it went through."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from accounts import ledger
from accounts.acts import Refused, RuleBroken
from accounts.models import LedgerEntry
from agreements.models import Agreement, SearchText
from agreements.services import sections
from agreements.services.copying import COPIED, copy_as_new
from partnerships.models import Partnership
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

ITS_OWN = {
    *("id", "partnership", "number", "state", "drafted_by", "drafters", "start_token"),
    *("starts_on", "ends_on", "implementation_on", "review_on", "destroy_by"),
    *("paused_by", "ended_because", "executed_at", "offered_until"),
    *("signed_on_paper_on", "review_held_on", "review_findings", "new_targets"),
}


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    running = make.agreement()
    draft = make.agreement(running.partnership, until="draft")
    sections.save_section(
        agreement=draft,
        section="protection",
        values={"optional_clauses": ["C19"], "min_cell": 12},
        actor=draft.drafted_by,
    )
    return running.number


@pytest.fixture
def running(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


@pytest.fixture
def client(running: Agreement) -> Client:
    return make.signed_in(running.drafted_by)


def copied(agreement: Agreement) -> Agreement:
    return copy_as_new(agreement=agreement, actor=agreement.drafted_by)


def said(agreement: Agreement) -> list[object]:
    """Return all that a copy takes over, in the order of its rows."""
    return [
        *(getattr(agreement, name) for name in COPIED),
        *agreement.parties.values_list("organisation", "capacities", "signatory"),
        *agreement.flows.values_list(
            *("key", "sender", "receiver", "grain", "basis", "frequency", "method"),
            *("scope_places", "scope_years", "scope_ages", "scope_grades"),
            *("elements__code", "elements__answers", "elements__collected_under"),
            *("purpose__text", "purpose__scope", "purpose__benefit", "purpose__uses"),
        ),
        *agreement.access.values_list("membership", "sees"),
    ]


def test_every_field_is_copied_or_its_own() -> None:
    fields = {field.name for field in Agreement._meta.concrete_fields}
    assert fields == {*COPIED} | ITS_OWN
    assert not {*COPIED} & ITS_OWN


def test_copy_says_the_same(running: Agreement) -> None:
    draft = Agreement.objects.get(optional_clauses=["C19"])
    for each in (running, draft):
        copy = copied(each)
        assert said(copy) == said(each)
        assert copy.partnership == each.partnership
        assert copy.number != each.number
        assert copy.number.casefold() in SearchText.objects.get(agreement=copy).words


def test_copy_has_no_dates_findings_or_approvals(running: Agreement) -> None:
    copy = copied(running)
    assert copy.state == "draft"
    for name in ("starts_on", "ends_on", "implementation_on", "review_on"):
        assert getattr(copy, name) is None
    assert copy.destroy_by is None
    assert set(copy.access.values_list("from_on", "until_on")) == {(None, None)}
    assert not copy.findings.exists()
    assert not copy.rounds.exists()
    assert not copy.documents.exists()
    assert copy.executed_at is None
    found = {finding.where for finding in make.check_draft(copy) if finding.blocks}
    assert "dates" in found


def test_who_has_left_is_not_copied(running: Agreement) -> None:
    analyst = make.who(running, "district", Role.ANALYST)
    superintendent = make.who(running, "district", Role.SUPERINTENDENT)
    for person in (analyst, superintendent):
        make.leaves(person)
    copy = copied(running)
    listed = set(copy.access.values_list("membership__user", flat=True))
    assert listed == set(running.access.values_list("membership__user", flat=True)) - {
        analyst.pk,
        superintendent.pk,
    }
    assert copy.parties.get(organisation__kind="district").signatory is None
    assert copy.parties.get(organisation__kind="pha").signatory is not None


def test_copy_is_in_the_ledger(running: Agreement) -> None:
    copy = copied(running)
    entry = LedgerEntry.objects.filter(chain=running.chain).latest("number")
    assert entry.act == "agreements.copy_as_new"
    assert entry.subject == f"agreements.agreement:{copy.pk}"
    assert entry.detail["copied"] == running.pk
    assert list(ledger.verify()) == []


def test_only_a_director_of_a_party_copies(running: Agreement) -> None:
    counsel = make.who(running, "pha", Role.COUNSEL)
    stranger = make.person("St Ranger", make.organisation(), Role.DIRECTOR)
    for person in (counsel, stranger):
        with pytest.raises(Refused, match="Only a director of one of the parties"):
            copy_as_new(agreement=running, actor=person)


def test_copy_waits_until_everybody_is_in_the_partnership(running: Agreement) -> None:
    row = running.partnership.participations.first()
    type(row).objects.filter(pk=row.pk).update(accepted_at=None)
    with pytest.raises(RuleBroken, match="Not every organisation has accepted"):
        copied(running)


# The page


def test_page_says_what_is_copied_and_copies_once(
    client: Client, running: Agreement
) -> None:
    page = client.get(running.get_absolute_url())
    text = " ".join(page.content.decode().split())
    assert "Dates, findings and approvals are not copied." in text
    token = {"token": page.context["copy_form"].fields["token"].initial()}
    path = f"{running.get_absolute_url()}copy/"
    before = Agreement.objects.count()
    first, second = (client.post(path, token) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Agreement.objects.count() == before + 1
    client.post(path, {"token": str(uuid4())})
    assert Agreement.objects.count() == before + 2
    assert client.post(path, {"token": "x"}).status_code == 422


def test_page_of_whoever_may_not_has_no_button(running: Agreement) -> None:
    steward = make.signed_in(make.who(running, "district", Role.STEWARD))
    path = running.get_absolute_url()
    assert b"Copy as new" not in steward.get(path).content
    assert steward.post(f"{path}copy/").status_code == 403


def test_copy_of_another_partnership_is_absent(running: Agreement) -> None:
    other: Partnership = make.partners()
    director = make.holder(other.organisations.get(kind="pha"), Role.DIRECTOR)
    path = f"{running.get_absolute_url()}copy/"
    assert make.signed_in(director).post(path).status_code == 404
