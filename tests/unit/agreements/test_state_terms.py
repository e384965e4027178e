"""Schedule 4: the law of the parties' states, as their own counsel recorded it."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts import clock, ledger
from accounts.acting import act
from accounts.acts import Refused, RuleBroken
from agreements.items import changes_between
from agreements.models import Agreement, StateSupplement
from agreements.pages import agreement_pages
from agreements.queries import facts_of, text_of
from agreements.rules.engine import evaluate
from agreements.rules.vocabulary import Stage
from agreements.schedules import NONE_FILED, schedules_of
from agreements.services import approvals, drafting, records, signing
from agreements.terms_text import as_frozen, part_of, terms_of
from partnerships.models import Organisation
from partnerships.roles import Role
from tests import make
from tests.support.paper import printed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

A_YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    joined = make.partners()
    return {
        state: make.agreement(joined, until=state).number
        for state in ("draft", "approved")
    }


@pytest.fixture
def draft(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["draft"])


@pytest.fixture
def approved(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["approved"])


def side(made: Agreement, kind: str) -> Organisation:
    return made.partnership.organisations.get(kind=kind)


def review(organisation: Organisation, words: str, **said: Any) -> StateSupplement:
    given: dict[str, Any] = {
        "terms": {"breach": words, "board": " "},
        "keeps": "",
        "keeps_days": None,
        "next_review_on": clock.today() + A_YEAR,
    }
    return records.review_state(
        organisation=organisation,
        actor=make.holder(organisation, Role.COUNSEL),
        **given | said,
    )


def schedule(made: Agreement) -> list[tuple[str, ...]]:
    terms = terms_of(facts_of(made))
    (found,) = [each for each in schedules_of(terms) if each.key == "states"]
    assert found.heading == "Schedule 4. State terms"
    return [row.cells for row in found.rows]


def test_schedule_says_who_went_through_the_law_and_what_it_holds(
    draft: Agreement,
) -> None:
    agency = side(draft, "pha")
    review(agency, "Within 30 days.", keeps="Contracts", keeps_days=10)
    assert draft.ends_on is not None
    until = draft.ends_on + timedelta(days=10)
    rows = schedule(draft)
    (by,) = [r for r in rows if r[1] == "Gone through by" and "Cy Counsel" in r[2]]
    assert by[2].startswith("Cy Counsel for Its legal name, ")
    assert "; next review " in by[2]
    assert ("WA", "Deadline for telling of a breach", "Within 30 days.") in rows
    kept = f"Contracts, until {until:%B} {until.day}, {until.year}"
    assert ("WA", "Kept longer by law", kept) in rows
    assert not [row for row in rows if row[1] == "When a board must approve"]


def test_state_that_nobody_went_through_says_so(draft: Agreement) -> None:
    elsewhere = make.agreement(make.partners(), until="draft")
    assert schedule(elsewhere) == [("WA", "State terms", NONE_FILED)]


def test_supplement_is_the_organisations_own(draft: Agreement) -> None:
    """A stranger's review of the same state says nothing about this agreement."""
    elsewhere = make.agreement(make.partners(), until="draft")
    assert "R-006" in rules_before_signature(elsewhere)
    stranger = make.organisation()
    make.person("St Ranger", stranger, Role.COUNSEL)
    review(stranger, "Nothing.")
    assert "R-006" in rules_before_signature(elsewhere)
    assert "Nothing." not in str(schedule(elsewhere))
    review(side(elsewhere, "district"), "Within 5 days.")
    assert "R-006" not in rules_before_signature(elsewhere)
    for organisation in (stranger, side(elsewhere, "district")):
        row = StateSupplement.objects.get(organisation=organisation)
        assert row.state == "WA"


def rules_before_signature(made: Agreement) -> set[str]:
    return {each.rule for each in evaluate(facts_of(made), Stage.SIGNATURE)}


def test_each_party_reviews_for_itself_and_renews_only_its_own(
    draft: Agreement,
) -> None:
    review(side(draft, "pha"), "The agency says so.")
    review(side(draft, "district"), "The district says so.")
    review(side(draft, "pha"), "The agency says otherwise.")
    words = [row[2] for row in schedule(draft)]
    assert "The agency says otherwise." in words
    assert "The district says so." in words
    assert "The agency says so." not in words


def test_only_own_counsel_reviews(draft: Agreement) -> None:
    with pytest.raises(Refused, match="counsel may do this"):
        records.review_state(
            organisation=side(draft, "district"),
            terms={"breach": "At once."},
            keeps="",
            keeps_days=None,
            next_review_on=clock.today() + A_YEAR,
            actor=make.who(draft, "pha", Role.COUNSEL),
        )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"terms": {"breach": " "}}, "Nothing is filled in"),
        ({"next_review_on": date(2020, 1, 1)}, "later than today"),
    ],
)
def test_review_says_something_and_when_the_next_is(
    draft: Agreement, said: dict[str, Any], why: str
) -> None:
    with pytest.raises(RuleBroken, match=why):
        review(side(draft, "pha"), "30 days", **said)


def test_organisation_without_a_state_has_no_law_to_review(draft: Agreement) -> None:
    agency = side(draft, "pha")
    with act("tests.move", actor=make.SET_UP, chain=agency.chain, subject=agency):
        agency.state = ""
        agency.save()
    with pytest.raises(RuleBroken, match="No state is on record"):
        review(agency, "30 days")


def test_what_is_printed_is_in_the_digest_and_in_every_owners_part(
    draft: Agreement,
) -> None:
    before = {"terms": terms_of(facts_of(draft)), "clauses": []}
    review(side(draft, "pha"), "Within 3 days.")
    after = {"terms": terms_of(facts_of(draft)), "clauses": []}
    assert before != after
    for kind in ("pha", "district"):
        owner = str(side(draft, kind).pk)
        parts = part_of(before, owner), part_of(after, owner)
        (change,) = changes_between(*parts)
        assert change.label == "State terms: WA, Its legal name"
        assert "Within 3 days." in change.after


def test_review_after_sending_changes_no_frozen_text(approved: Agreement) -> None:
    round_ = approved.rounds.get()
    review(side(approved, "pha"), "Another law by now.")
    assert "Another law by now." in str(schedule(approved))
    make.work_off()
    approved.refresh_from_db()
    assert approved.state == "signing"
    frozen = printed(bytes(approved.documents.get(kind="frozen").content))
    assert "Schedule 4. State terms" in frozen
    assert "Nothing stricter than this agreement." in frozen
    assert "Another law by now." not in frozen
    for person in (
        make.who(approved, "pha", Role.DIRECTOR),
        make.who(approved, "district", Role.SUPERINTENDENT),
    ):
        signing.sign(
            agreement=approved,
            digest=signing.frozen_of(approved).sha256,
            typed_name=person.name,
            password=make.PASSWORD,
            address=None,
            browser="",
            actor=person,
        )
    make.work_off()
    approved.refresh_from_db()
    assert approved.state == "in_force"
    assert approved.rounds.get() == round_
    assert list(ledger.verify()) == []


def test_frozen_law_is_what_signature_is_asked_about(approved: Agreement) -> None:
    """What a text does not hold cannot be mended behind the owners' backs."""
    elsewhere = make.agreement(make.partners(), until="draft")
    terms = terms_of(facts_of(elsewhere))
    review(side(elsewhere, "pha"), "Too late.")
    now = facts_of(elsewhere)
    asked = {each.rule for each in evaluate(as_frozen(now, terms), Stage.SIGNATURE)}
    assert "R-006" in asked
    assert as_frozen(now, terms_of(now)) == now


def test_changed_law_asks_every_owner_again(approved: Agreement) -> None:
    director = make.who(approved, "pha", Role.DIRECTOR)
    signing.reopen(agreement=approved, actor=director)
    review(side(approved, "district"), "Within 2 days.")
    drafting.submit(agreement=approved, actor=director)
    states = approved.rounds.first().approvals.values_list("state", flat=True)
    assert set(states) == {"waiting"}
    for approval in approved.rounds.first().approvals.all():
        actor = make.holder(approval.owner, Role.COUNSEL)
        approvals.approve(approval=approval, actor=actor)


def test_pdf_prints_what_the_schedule_says(draft: Agreement) -> None:
    review(side(draft, "pha"), "Within 30 days.")
    facts = facts_of(draft)
    pages = agreement_pages(draft, facts, text_of(facts), (), frozen_on=facts.today)
    printed_rows = [(line.state, line.topic, line.term) for line in pages.states]
    assert printed_rows == schedule(draft)


def test_counsel_finds_schedule_and_own_form_on_pages(approved: Agreement) -> None:
    agency = side(approved, "pha")
    review(agency, "Within 30 days.")
    client = make.signed_in(make.who(approved, "pha", Role.COUNSEL))
    file = client.get(f"{approved.get_absolute_url()}draft/records/").content.decode()
    assert f"/states/{agency.pk}/" in file
    assert f"/states/{side(approved, 'district').pk}/" not in file
    form = client.get(f"/states/{agency.pk}/").content.decode()
    assert "Within 30 days." in form
    assert client.get(f"/states/{side(approved, 'district').pk}/").status_code == 404
    page = client.get(f"{approved.get_absolute_url()}review/").content.decode()
    assert "Schedule 4. State terms" in page
    assert "Nothing stricter than this agreement." in page
