"""Of which text counsel said that it was read, and what that counts for."""

import datetime as dt
from pathlib import Path

import pytest
from django.urls import reverse

from accounts import clock
from accounts.acts import Conflict, RuleBroken
from accounts.models import LedgerEntry
from agreements.digests import digest_of
from agreements.models import Agreement, ProofRecord
from agreements.queries import facts_of, text_standing
from agreements.rules.engine import evaluate
from agreements.rules.vocabulary import AgreementKind, Stage
from agreements.services import (
    approvals,
    changing,
    drafting,
    following,
    records,
    sections,
)
from agreements.terms_text import part_of, shown_digest
from partnerships.models import Organisation
from partnerships.roles import Role
from tests import make
from tests.support.counting import n_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

READ = ProofRecord.Kind.COUNSEL_REVIEW


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    """Make a draft that a university signs too, and an agreement in force."""
    joined = make.partners()
    university = make.organisation(kind="university")
    make.person("Una Counsel", university, Role.COUNSEL)
    make.person("Vic Officer", university, Role.SUPERINTENDENT, authority="Policy 3")
    three = make.partnership(*joined.organisations.all(), university)
    draft = make.agreement(three, until="draft")
    party = sections.add_party(
        agreement=draft, organisation=university, actor=draft.drafted_by
    )
    sections.save_party(
        party=party, values={"capacities": ["analyst"]}, actor=draft.drafted_by
    )
    sections.set_signatory(
        party=party,
        signatory=university.memberships.get(role=Role.SUPERINTENDENT),
        actor=draft.drafted_by,
    )
    return {"draft": draft.number, "in_force": make.agreement(joined).number}


@pytest.fixture
def draft(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["draft"])


@pytest.fixture
def in_force(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["in_force"])


@pytest.fixture
def university(draft: Agreement) -> Organisation:
    return draft.partnership.organisations.get(kind="university")


def unread(made: Agreement) -> dict[str, str]:
    """Return what is said of each party whose counsel has not read this text."""
    found = evaluate(facts_of(made), Stage.SIGNATURE)
    return {each.subject: each.message for each in found if each.rule == "R-005"}


def read(made: Agreement, party: Organisation, text: str = "") -> ProofRecord:
    return records.keep_record(
        agreement=made,
        party=party,
        kind=READ,
        dated_on=dt.date(2026, 1, 1),
        document="Counsel's office",
        text_digest=text,
        actor=make.holder(party, Role.COUNSEL),
    )


def change(made: Agreement, *, hours: int) -> None:
    sections.save_section(
        agreement=made,
        section="protection",
        values={"breach_hours": hours},
        actor=made.drafted_by,
    )


def test_review_keeps_the_digest_of_its_partys_part(
    draft: Agreement, university: Organisation
) -> None:
    record = read(draft, university)
    part = digest_of(part_of(text_standing(draft), str(university.pk)))
    assert record.part_digest == part
    entry = LedgerEntry.objects.filter(act="agreements.keep_record").latest("pk")
    assert entry.detail["part"] == part
    (review,) = [e for e in facts_of(draft).counsel_reviews if not e.finding]
    assert review.digest == facts_of(draft).parts[str(university.pk)] == part


def test_review_of_a_text_that_changed_counts_no_more(
    draft: Agreement, university: Organisation
) -> None:
    key = str(university.pk)
    assert "has not read this agreement" in unread(draft)[key]
    read(draft, university)
    assert key not in unread(draft)
    change(draft, hours=12)
    assert "read an earlier text" in unread(draft)[key]
    change(draft, hours=24)
    assert key not in unread(draft)


def test_change_of_what_others_send_inside_leaves_a_review_as_it_is(
    draft: Agreement, university: Organisation
) -> None:
    read(draft, university)
    inner = draft.flows.get(key="Student records").elements.get(
        code="student.preferred_first_name"
    )
    sections.unlist_elements(agreement=draft, elements=[inner], actor=draft.drafted_by)
    assert str(university.pk) not in unread(draft)


def test_finding_on_what_is_sent_is_no_review_of_the_text(draft: Agreement) -> None:
    agency = draft.partnership.organisations.get(kind="pha")
    assert draft.findings.filter(party=agency).exists()
    assert "has not read" in unread(draft)[str(agency.pk)]


def test_text_that_is_sent_stays_read_and_can_be_read_later(
    draft: Agreement, university: Organisation
) -> None:
    read(draft, university)
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    district = draft.partnership.organisations.get(kind="district")
    assert str(university.pk) not in unread(draft)
    records.strike_record(
        record=draft.proofs.get(kind=READ),
        actor=make.holder(university, Role.COUNSEL),
    )
    records.review_state(
        organisation=district,
        terms={"breach": "30 days"},
        keeps="",
        keeps_days=None,
        next_review_on=clock.today() + dt.timedelta(days=300),
        actor=make.holder(district, Role.COUNSEL),
    )  # the text keeps the law as it stood
    assert str(university.pk) in unread(draft)
    draft.refresh_from_db()
    read(draft, university)
    assert str(university.pk) not in unread(draft)


def test_owners_approval_is_its_counsels_review_of_that_text(draft: Agreement) -> None:
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    approval = draft.rounds.get().approvals.first()
    assert str(approval.owner_id) in unread(draft)
    counsel = make.holder(approval.owner, Role.COUNSEL)
    approvals.approve(approval=approval, actor=counsel)
    assert str(approval.owner_id) not in unread(draft)


def test_text_that_counsel_has_not_read_is_not_frozen_for_signature(
    draft: Agreement, university: Organisation
) -> None:
    make.counsel_read(draft)
    change(draft, hours=12)
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    for approval in draft.rounds.get().approvals.all():
        counsel = make.holder(approval.owner, Role.COUNSEL)
        approvals.approve(approval=approval, actor=counsel)
    make.work_off()
    draft.refresh_from_db()
    assert not draft.documents.filter(kind="frozen").exists()
    assert draft.state == "draft"
    read(draft, university)
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    make.work_off()
    draft.refresh_from_db()
    assert draft.state == "signing"  # the owners' approvals carried over


@pytest.mark.parametrize("kind", ["AMD", "DUA"])
def test_review_of_what_is_in_force_is_none_of_what_follows_it(
    in_force: Agreement, kind: str
) -> None:
    actor = in_force.drafted_by
    follows = (
        changing.start_change(
            agreement=in_force, kind=AgreementKind.AMENDMENT, actor=actor
        )
        if kind == "AMD"
        else following.start_project(parents=[in_force], actor=actor)
    )
    assert in_force.proofs.filter(kind=READ).count() == 2
    parties = {str(each.organisation_id) for each in follows.parties.all()}
    assert unread(follows).keys() == parties
    agency = in_force.partnership.organisations.get(kind="pha")
    read(follows, agency)
    assert unread(follows).keys() == parties - {str(agency.pk)}


# Through the pages


def test_review_is_of_the_text_that_the_page_showed(
    draft: Agreement, university: Organisation
) -> None:
    counsel = make.signed_in(make.holder(university, Role.COUNSEL))
    path = reverse("new_record", args=[draft.number, READ])
    shown = counsel.get(path).context["digest"]
    sent = {
        "party": university.pk,
        "dated_on": "2026-01-01",
        "document": "Counsel's office",
        "text": shown,
    }
    change(draft, hours=12)
    late = counsel.post(path, sent)
    assert late.status_code == 422
    page = late.content.decode()
    assert "The text has changed since you opened this page" in page
    assert "Counsel&#x27;s office" in page
    assert not draft.proofs.exists()
    assert (
        counsel.post(path, sent | {"text": late.context["digest"]}).status_code == 302
    )
    assert draft.proofs.get().kind == READ


def test_counsel_who_only_reads_is_asked_at_home_until_it_is_on_record(
    draft: Agreement, university: Organisation
) -> None:
    asked = f"{draft.number}, and record that you did"
    people = {
        kind: make.signed_in(make.who(draft, kind, Role.COUNSEL))
        for kind in ("university", "district")
    }
    assert asked not in people["university"].get("/").content.decode()
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    assert asked in people["university"].get("/").content.decode()
    assert asked not in people["district"].get("/").content.decode()
    draft.refresh_from_db()
    read(draft, university)
    assert asked not in people["university"].get("/").content.decode()


def test_home_takes_as_many_queries_with_more_texts_to_read(
    draft: Agreement, university: Organisation
) -> None:
    client = make.signed_in(make.who(draft, "university", Role.COUNSEL))
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    client.get("/")
    before = n_queries(lambda: client.get("/"))
    other = make.agreement(draft.partnership, until="draft")
    party = sections.add_party(
        agreement=other, organisation=university, actor=other.drafted_by
    )
    sections.save_party(
        party=party, values={"capacities": ["analyst"]}, actor=other.drafted_by
    )
    drafting.submit(agreement=other, actor=other.drafted_by)
    assert n_queries(lambda: client.get("/")) == before


def test_file_says_of_which_text_a_review_is(
    draft: Agreement, university: Organisation
) -> None:
    record = read(draft, university, shown_digest(text_standing(draft)))
    counsel = make.signed_in(make.holder(university, Role.COUNSEL))
    path = reverse("draft_records", args=[draft.number])
    page = counsel.get(path).content.decode()
    assert "Of the text as it stands" in page
    assert record.part_digest in page
    change(draft, hours=12)
    assert "Of an earlier text" in counsel.get(path).content.decode()


def test_review_of_another_text_than_was_shown_is_refused(
    draft: Agreement, university: Organisation
) -> None:
    with pytest.raises(Conflict, match="has changed since you opened"):
        read(draft, university, "0" * 64)
    with pytest.raises(RuleBroken, match="where the document is kept"):
        records.keep_record(
            agreement=draft,
            party=university,
            kind=READ,
            dated_on=dt.date(2026, 1, 1),
            document=" ",
            actor=make.holder(university, Role.COUNSEL),
        )
