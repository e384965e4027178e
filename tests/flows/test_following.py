"""What follows from an agreement in force: changes, projects, joining."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from pytest_django import Settings

from accounts import clock
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.models import Agreement
from agreements.offer_policy import offers_to
from agreements.permission import Deliver
from agreements.queries import facts_of, mandate_of, permitted, standing_text
from agreements.rules.vocabulary import AgreementKind
from agreements.services import changing, drafting, following, sections, terms
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    """The number of an agreement in force that other agencies may join."""
    return make.agreement(offered_to="pha").number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def director(made: Agreement) -> User:
    return make.who(made, "pha", Role.DIRECTOR)


def signed(draft: Agreement) -> Agreement:
    return make.sent_and_signed(draft)


def found(draft: Agreement) -> Agreement:
    """Return a draft on whose list the agency's counsel has found again."""
    agency = draft.parties.get(organisation__kind="pha").organisation
    drafting.record_finding(
        agreement=draft,
        party=agency,
        ground="program_purpose",
        reason="It plans services for residents.",
        actor=make.holder(agency, Role.COUNSEL),
    )
    return draft


def started(made: Agreement, kind: AgreementKind) -> Agreement:
    return changing.start_change(agreement=made, kind=kind, actor=director(made))


def test_one_of_two_amendments_lists_what_it_changes_and_runs_once_signed(
    made: Agreement,
) -> None:
    draft, other = (started(made, AgreementKind.AMENDMENT) for _ in range(2))
    for each, cell in ((draft, 15), (other, 20)):
        sections.save_section(
            agreement=each,
            section="protection",
            values={"min_cell": cell},
            actor=director(made),
        )
    text = {each["key"]: each["text"] for each in standing_text(draft)}
    assert set(text) == {"C16", "C32", "C35"}
    assert "C16" in text["C32"]
    assert "15" in text["C16"]
    assert mandate_of(made).min_cell == 10

    executed = signed(draft)

    assert executed.state == "in_force"
    made.refresh_from_db()
    assert made.min_cell == 15
    assert mandate_of(made).min_cell == 15
    in_force = {each["key"]: each["text"] for each in standing_text(made)}
    assert "15" in in_force["C16"]
    assert {"C01", "C07", "C17"} <= set(in_force)

    with pytest.raises(RuleBroken, match="changed by another text"):
        signed(other)

    assert mandate_of(made).min_cell == 15


def test_amendment_that_changes_nothing_is_not_sent(made: Agreement) -> None:
    draft = started(made, AgreementKind.AMENDMENT)
    address = reverse("draft_check", args=[draft.number])
    page = make.signed_in(director(made)).get(address).content.decode()
    assert "the text has gaps" in page
    assert "Amendment (C32): what it changes." in page
    assert "Nothing stands in the way" not in page
    with pytest.raises(RuleBroken, match="what it changes"):
        drafting.submit(agreement=draft, actor=draft.drafted_by)


def test_renewal_says_what_the_review_found_and_moves_the_end(made: Agreement) -> None:
    ends_on = made.ends_on
    draft = started(made, AgreementKind.RENEWAL)
    with pytest.raises(RuleBroken, match="what the review found"):
        drafting.submit(agreement=draft, actor=director(made))
    sections.save_section(
        agreement=draft,
        section="review",
        values={
            "review_held_on": clock.today(["UTC"]),
            "review_findings": "absence fell in six of ten buildings",
            "new_targets": "the same as before",
        },
        actor=director(made),
    )
    signed(draft)

    made.refresh_from_db()
    assert made.ends_on == ends_on + timedelta(days=365)
    assert mandate_of(made).ends_on == made.ends_on
    text = {each["key"]: each["text"] for each in standing_text(made)}
    assert "six of ten buildings" in text["C41"]
    due = {each.kind: each.due_on for each in made.obligations.all()}
    assert due["linking_list"] == made.destroy_by


def test_end_by_agreement_ends_it_and_brings_destruction_forward(
    made: Agreement, settings: Settings
) -> None:
    settings.DEMO = True  # so that the clock can be moved
    draft = started(made, AgreementKind.TERMINATION)
    signed(draft)
    made.refresh_from_db()
    assert made.ends_on == draft.ends_on
    assert (
        made.number
        in {each["key"]: each["text"] for each in standing_text(made)}["C33"]
    )
    clock.advance(days=1)
    make.minute()
    made.refresh_from_db()
    draft.refresh_from_db()
    assert (made.state, draft.state) == ("ended", "ended")
    limit = draft.ends_on + timedelta(days=made.end_days + 1)
    assert all(each.due_on <= limit for each in made.obligations.all())


def project(made: Agreement) -> Agreement:
    return following.start_project(parents=[made], actor=director(made))


def test_project_is_bound_by_what_it_stands_under_and_by_its_amendments(
    made: Agreement,
) -> None:
    draft = project(made)
    assert {each["key"] for each in standing_text(draft)} >= {"C29", "C07", "C17"}
    assert "C45" not in {each["key"] for each in standing_text(draft)}
    under = signed(draft)
    assert under.state == "in_force"
    assert mandate_of(under).under == (made.number,)
    flow = under.flows.get(key="Housing list")
    sent = Deliver(
        flow="Housing list",
        sender=str(flow.sender_id),
        columns=("tenant.move_in_date",),
    )
    assert permitted(under, sent)

    amended = started(made, AgreementKind.AMENDMENT)
    kept = made.flows.get(key="Housing list").pk
    gone = amended.flows.get(key="Housing list").elements.get(
        code="tenant.move_in_date"
    )
    sections.unlist_elements(agreement=amended, elements=[gone], actor=director(made))
    assert permitted(made, sent)
    signed(found(amended))
    assert not permitted(made, sent)
    assert made.number in permitted(under, sent).reason
    assert made.flows.get(key="Housing list").pk == kept
    assert "tenant.move_in_date" not in {
        each.code for each in facts_of(made).flow("Housing list").fields
    }

    terms.pause(agreement=made, actor=director(made))
    refused = permitted(under, Deliver(flow=flow.key, sender=sent.sender, columns=()))
    assert "paused" in refused.reason
    terms.terminate(agreement=made, reason="No more.", actor=director(made))
    under.refresh_from_db()
    assert under.state == "ended"


def test_project_may_not_be_wider(made: Agreement) -> None:
    draft = project(made)
    sections.save_section(
        agreement=draft,
        section="dates",
        values={"ends_on": made.ends_on + timedelta(days=1)},
        actor=director(made),
    )
    assert "R-112" in {each.rule for each in make.check_draft(draft)}


def test_another_agency_joins_what_is_offered_to_agencies(made: Agreement) -> None:
    district = made.partnership.organisations.get(kind="district")
    other = make.organisation(name="Hillside Housing")
    di = make.person("Hilda Rector", other, Role.DIRECTOR, authority="Resolution 9")
    make.person("Hal Counsel", other, Role.COUNSEL)
    joined = make.partnership(other, district)

    assert offers_to(di).get() == made
    assert not offers_to(director(made)).exists()
    page = make.signed_in(di).get(reverse("agreement_join", args=[made.number]))
    assert "C46" in page.content.decode()

    draft = following.start_joinder(offer=made, partnership=joined, actor=di)
    text = {each["key"]: each for each in standing_text(draft)}
    assert text["C45"]["mark"] == "As offered"
    assert {flow.sender_id for flow in draft.flows.all()} == {other.pk, district.pk}
    sections.save_section(
        agreement=draft,
        section="parties",
        values={
            "sending_authority_source": "policy",
            "sending_authority": "Policy 4, Sharing with schools",
        },
        actor=di,
    )
    make.counsel_read(draft)
    joinder = make.sent_and_signed(found(draft))
    assert {each.key for each in mandate_of(joinder).parties} == {
        str(other.pk),
        str(district.pk),
    }
    assert not joinder.flows.filter(sender__kind="pha").exclude(sender=other).exists()


# Through the pages


@pytest.mark.parametrize(
    ("way", "kind"),
    [("amend", "AMD"), ("renew", "REN"), ("finish", "TER"), ("project", "DUA")],
)
def test_draft_is_started_from_the_agreements_page(
    made: Agreement, way: str, kind: str
) -> None:
    client = make.signed_in(director(made))
    address = reverse("agreement_follow", args=[made.number, way])
    assert f'href="{address}"' in client.get(made.get_absolute_url()).content.decode()
    form = client.get(address).context["form"]
    token = str(form["token"].value())
    for _ in range(2):  # pressed twice
        answer = client.post(address, {"token": token}, follow=True)
        assert answer.status_code == 200
    (draft,) = Agreement.objects.filter(standings__parent=made)
    assert draft.kind == kind
    assert draft.get_absolute_url() in answer.redirect_chain[0][0]


def test_nothing_follows_from_what_is_not_in_force(made: Agreement) -> None:
    draft = started(made, AgreementKind.AMENDMENT)
    client = make.signed_in(director(made))
    page = client.get(reverse("agreement_follow", args=[draft.number, "amend"]))
    assert page.status_code == 409


def test_offer_is_listed_to_whom_it_is_made_and_to_nobody_else(
    made: Agreement,
) -> None:
    other = make.organisation(name="Hillside Housing")
    di = make.person("Hilda Rector", other, Role.DIRECTOR)
    page = make.signed_in(di).get(reverse("offers")).content.decode()
    assert made.number in page
    district = make.organisation(kind="district")
    stranger = make.person("Stan Ranger", district, Role.DIRECTOR)
    assert (
        made.number
        not in make.signed_in(stranger).get(reverse("offers")).content.decode()
    )
    address = reverse("agreement_join", args=[made.number])
    assert make.signed_in(stranger).get(address).status_code == 404
    page = make.signed_in(di).get(address).content.decode()
    assert "C45" in page
    assert "C10" not in page
    assert make.who(made, "district", Role.STEWARD).name not in page
