"""What is read of an agreement, and in how many questions to the database."""

from pathlib import Path

import pytest

from accounts.acts import Refused
from agreements import presets, queries
from agreements.models import Agreement, FlowElement
from agreements.permission import Deliver, Destroy
from agreements.rules.vocabulary import HousingGround
from agreements.services import drafting, sections
from partnerships.roles import Role
from tests import make
from tests.support.counting import n_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

PEOPLE = {
    "Di Rector",
    "Cy Counsel",
    "Sam Steward",
    "Sol Icitor",
    "Stevie Steward",
    "Sue Perintendent",
    "Ana Lyst",
}


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="draft").number


@pytest.fixture
def draft(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def test_facts_say_what_the_draft_says(draft: Agreement) -> None:
    facts = queries.facts_of(draft)
    assert [purpose.text for purpose in facts.purposes] == [draft.purposes.get().text]
    assert {flow.key for flow in facts.flows} == {
        presets.HOUSING_LIST,
        presets.STUDENT_RECORDS,
        presets.TABLES,
    }
    assert {entry.name for entry in facts.access} == PEOPLE
    assert set(facts.signatories.values()) == {"Di Rector", "Sue Perintendent"}
    assert [review.finding for review in facts.counsel_reviews] == [
        HousingGround.PROGRAM_PURPOSE
    ]
    assert not facts.is_in_force


def test_who_left_has_no_name_among_the_facts(draft: Agreement) -> None:
    analyst = make.holder(
        draft.partnership.organisations.get(kind="district"), Role.ANALYST
    )
    make.leaves(analyst)
    names = {entry.name for entry in queries.facts_of(draft).access}
    assert names == PEOPLE - {"Ana Lyst"} | {""}


def test_owners_are_those_who_send(draft: Agreement) -> None:
    assert {owner.kind for owner in queries.owners_of(draft)} == {"pha", "district"}


def test_schedule_digest_covers_what_goes_to_others(draft: Agreement) -> None:
    agency, district = (
        draft.partnership.organisations.get(kind=kind) for kind in ("pha", "district")
    )
    before = {o: queries.schedule_digest(draft, o.pk) for o in (agency, district)}
    own = draft.flows.get(key=presets.STUDENT_RECORDS)
    sections.list_element(
        flow=draft.flows.get(key=presets.HOUSING_LIST),
        code="tenant.unit_number",
        actor=draft.drafted_by,
    )
    sections.unlist_elements(
        agreement=draft,
        elements=FlowElement.objects.filter(flow=own, code="student.middle_name"),
        actor=draft.drafted_by,
    )
    draft = Agreement.objects.get(pk=draft.pk)
    assert queries.schedule_digest(draft, agency.pk) != before[agency]
    assert queries.schedule_digest(draft, district.pk) == before[district]


def test_nothing_is_shared_under_a_draft(draft: Agreement) -> None:
    assert queries.mandate_of(draft) is None
    request = Deliver(flow=presets.HOUSING_LIST, sender="1", columns=())
    with pytest.raises(Refused, match="no signed terms"):
        queries.permitted(draft, request).require()


def test_hold_covers_what_is_held(draft: Agreement) -> None:
    destroy = Destroy(holding="blob")
    assert queries.permitted(draft, destroy, holdings=["blob"])
    make.hold(draft)
    assert not queries.permitted(draft, destroy, holdings=["blob"])


def test_facts_take_as_many_queries_with_more_rows(draft: Agreement) -> None:
    def read() -> object:
        return queries.facts_of(Agreement.objects.get(pk=draft.pk))

    before = n_queries(read)
    district = draft.partnership.organisations.get(kind="district")
    flow = draft.flows.get(key=presets.HOUSING_LIST)
    for n, code in enumerate(("tenant.unit_number", "tenant.phone", "tenant.rent")):
        sections.list_element(flow=flow, code=code, actor=draft.drafted_by)
        sections.set_access(
            agreement=draft,
            membership=make.membership(
                make.user(f"Re Ader{n}"), district, Role.ANALYST
            ),
            sees=["tables"],
            from_on=None,
            until_on=None,
            actor=draft.drafted_by,
        )
        drafting.record_finding(
            agreement=draft,
            party=district,
            ground="program_purpose",
            reason="It serves the program.",
            actor=make.holder(district, Role.COUNSEL),
        )
    assert n_queries(read) == before
