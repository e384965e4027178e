"""Autosaves: kept at once, whatever the rules say, and only while it is a draft."""

from datetime import date
from pathlib import Path

import pytest

from accounts import ledger
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import PendingDigest
from agreements import presets
from agreements.models import Agreement
from agreements.services import drafting, sections
from partnerships.models import Membership
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="draft").number


@pytest.fixture
def draft(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def save(draft: Agreement, section: str, **values: object) -> None:
    sections.save_section(
        agreement=draft, section=section, values=values, actor=draft.drafted_by
    )


def test_autosave_has_history_at_once_and_reaches_the_ledger_later(
    draft: Agreement,
) -> None:
    head = ledger.head(draft.chain)
    waiting = PendingDigest.objects.filter(chain=draft.chain)
    n_waiting = waiting.count()
    save(draft, "dates", list_days=20)
    draft.refresh_from_db()
    assert draft.list_days == 20
    assert ledger.head(draft.chain) == head
    assert waiting.count() == n_waiting + 1
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    assert not waiting.exists()
    assert list(ledger.verify()) == []


def test_saving_the_same_again_writes_nothing(draft: Agreement) -> None:
    n_waiting = PendingDigest.objects.count()
    save(draft, "dates", list_days=draft.list_days, end_days=draft.end_days)
    assert PendingDigest.objects.count() == n_waiting


def test_what_breaks_a_rule_is_kept_all_the_same(draft: Agreement) -> None:
    save(draft, "protection", min_cell=3)
    draft.refresh_from_db()
    assert draft.min_cell == 3
    assert any(f.rule == "R-071" and f.blocks for f in make.check_draft(draft))


def test_section_has_its_own_fields_only(draft: Agreement) -> None:
    with pytest.raises(ValueError, match="dates has no"):
        save(draft, "dates", purpose="smuggled")


def test_who_may_not_edit_saves_nothing(draft: Agreement) -> None:
    steward = make.holder(draft.partnership.organisations.get(kind="pha"), Role.STEWARD)
    with pytest.raises(Refused):
        sections.save_section(
            agreement=draft, section="dates", values={"list_days": 1}, actor=steward
        )
    draft.refresh_from_db()
    assert draft.list_days == 30


def test_signatory_belongs_to_the_party(draft: Agreement) -> None:
    of_agency, of_district = draft.parties.order_by("pk")
    with pytest.raises(RuleBroken, match="another organisation"):
        sections.set_signatory(
            party=of_agency, signatory=of_district.signatory, actor=draft.drafted_by
        )
    sections.set_signatory(party=of_agency, signatory=None, actor=draft.drafted_by)
    of_agency.refresh_from_db()
    assert of_agency.signatory is None


def test_element_is_listed_once_and_from_the_catalogue(draft: Agreement) -> None:
    flow = draft.flows.get(key=presets.HOUSING_LIST)
    listed = flow.elements.first().code
    with pytest.raises(Conflict, match="listed already"):
        sections.list_element(flow=flow, code=listed, actor=draft.drafted_by)
    with pytest.raises(RuleBroken, match="from the catalogue"):
        sections.list_element(flow=flow, code="tenant.shoe", actor=draft.drafted_by)


def test_answers_are_kept_in_one_order(draft: Agreement) -> None:
    element = draft.flows.first().elements.first()
    for answers in (["linking", "enrolled"], ["enrolled", "linking"]):
        sections.save_element(
            element=element,
            values={"answers": answers, "collected_under": "Form 1"},
            actor=draft.drafted_by,
        )
        element.refresh_from_db()
        assert element.answers == ["enrolled", "linking"]


def test_element_of_another_agreement_is_not_unlisted(draft: Agreement) -> None:
    other = drafting.start_draft(partnership=draft.partnership, actor=draft.drafted_by)
    element = other.flows.first().elements.first()
    with pytest.raises(Conflict, match="another agreement"):
        sections.unlist_elements(
            agreement=draft, elements=[element], actor=draft.drafted_by
        )
    assert other.flows.first().elements.filter(pk=element.pk).exists()


def test_person_has_one_line_on_the_access_list(draft: Agreement) -> None:
    membership = Membership.objects.get(user__name="Ana Lyst")
    for until_on in (date(2027, 1, 1), date(2027, 2, 1)):
        sections.set_access(
            agreement=draft,
            membership=membership,
            sees=["tables"],
            from_on=None,
            until_on=until_on,
            actor=draft.drafted_by,
        )
    entry = draft.access.get(membership=membership)
    assert entry.until_on == date(2027, 2, 1)
    sections.remove_access(entry=entry, actor=draft.drafted_by)
    assert not draft.access.filter(membership=membership).exists()
