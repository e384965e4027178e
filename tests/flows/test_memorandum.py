"""From a draft to a sealed PDF, and every way in which it must not get there."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts import clock, jobs, ledger
from accounts.acting import act
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import LedgerEntry, User
from agreements import presets, seal
from agreements.digests import digest_of
from agreements.models import Agreement, Mandate
from agreements.policy import can_approve, can_sign
from agreements.services import approvals, drafting, obligations, sections, signing
from indicators.models import Holding
from indicators.services import destruction
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

At = Callable[[str], Agreement]


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    joined = make.partners()
    states = ("draft", "review", "signing", "in_force", "approved")  # whose job waits
    return {state: make.agreement(joined, until=state).number for state in states}


@pytest.fixture
def at(numbers: dict[str, str]) -> At:
    """Return a function that gives the agreement that stands in a state."""
    return lambda state: Agreement.objects.get(number=numbers[state])


def who(made: Agreement, kind: str, role: Role) -> User:
    return make.holder(made.partnership.organisations.get(kind=kind), role)


def director(made: Agreement) -> User:
    return who(made, "pha", Role.DIRECTOR)


def superintendent(made: Agreement) -> User:
    return who(made, "district", Role.SUPERINTENDENT)


def approve_all(made: Agreement) -> None:
    for approval in made.rounds.get(is_open=True).approvals.all():
        counsel = make.holder(approval.owner, Role.COUNSEL)
        approvals.approve(approval=approval, actor=counsel)


def sign(made: Agreement, actor: User, **changes: Any) -> None:
    said = {
        "digest": made.documents.filter(kind="frozen").first().sha256,
        "typed_name": actor.name,
        "password": make.PASSWORD,
        "address": "127.0.0.1",
        "browser": "",
    }
    signing.sign(agreement=made, actor=actor, **said | changes)


def states_of(made: Agreement) -> list[str]:
    return [approval.state for approval in made.rounds.first().approvals.all()]


# The whole way, as people walk it


def test_memorandum_is_made_through_its_pages(at: At) -> None:
    joined = at("draft").partnership
    agency, district = (joined.organisations.get(kind=k) for k in ("pha", "district"))
    people = {
        "director": make.holder(agency, Role.DIRECTOR),
        "counsel": make.holder(agency, Role.COUNSEL),
        "solicitor": make.holder(district, Role.COUNSEL),
        "superintendent": make.holder(district, Role.SUPERINTENDENT),
    }
    clients = {name: signed_in(person) for name, person in people.items()}
    page = clients["director"]
    draft = went_to(page.post("/agreements/new/", {"partnership": joined.pk}))
    made = Agreement.objects.first()
    assert draft == f"{made.get_absolute_url()}draft/"
    went_to(page.post(f"{draft}purpose/", PURPOSE))
    went_to(page.post(f"{draft}parties/", AUTHORITY | signatories_of(made)))
    went_to(page.post(f"{draft}protection/", PROTECTION))
    assert b"has not recorded a finding" in page.get(f"{draft}check/").content
    went_to(page.post(f"{draft}submit/"))
    assert Agreement.objects.get(pk=made.pk).state == "draft"
    went_to(
        clients["counsel"].post(
            f"{made.get_absolute_url()}finding/{agency.pk}/",
            {"ground": "program_purpose", "reason": "It plans services."},
        )
    )
    went_to(page.post(f"{draft}submit/"))
    review = f"{made.get_absolute_url()}review/"
    for name, owner in (("counsel", agency), ("solicitor", district)):
        approval = made.rounds.get().approvals.get(owner=owner)
        assert b"Approve" in clients[name].get(review).content
        went_to(clients[name].post(review, {"approval": approval.pk, "approve": "1"}))
    make.work_off()
    for name in ("director", "superintendent"):
        form = clients[name].get(f"{made.get_absolute_url()}sign/").content.decode()
        digest = re.search(r'name="digest" value="(\w+)"', form)[1]
        signature = SIGNATURE | {"digest": digest, "typed_name": people[name].name}
        went_to(clients[name].post(f"{made.get_absolute_url()}sign/", signature))
    make.work_off()
    made.refresh_from_db()
    assert made.state == "in_force"
    executed = made.documents.get(kind="executed")
    sent = clients["solicitor"].get(f"/documents/{executed.pk}/")
    assert sent["Content-Type"] == "application/pdf"
    assert seal.verify(sent.content)
    assert b"What now runs" in clients["solicitor"].get(made.get_absolute_url()).content
    assert list(ledger.verify()) == []


PURPOSE = {
    "title": "School attendance",
    "purpose": "learn in which buildings children miss much school",
    "scope": "children in family developments",
    "benefit": "both learn where help is needed",
    "measures": list(presets.MEASURES),
    "breakdowns": ["building", "school"],
    "public_summary": "We learn which buildings need help.",
}
AUTHORITY = {"sending_authority_source": "policy", "sending_authority": "Policy 7.3"}
PROTECTION = {"min_cell": "10", "breach_hours": "24", "contacts": "both offices"}
SIGNATURE = {"intends": "on", "consents": "on", "password": make.PASSWORD}


def signatories_of(made: Agreement) -> dict[str, int]:
    return {f"signatory_{p.pk}": p.signatory_id for p in made.parties.all()}


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def went_to(response: Any) -> str:
    assert response.status_code == 302, response.content.decode()[:2000]
    return response["Location"]


# Drafting


def test_blocking_findings_stop_a_draft_from_being_sent(at: At) -> None:
    made = drafting.start_draft(
        partnership=at("draft").partnership, actor=director(at("draft"))
    )
    head = ledger.head(made.chain)
    with pytest.raises(RuleBroken, match="must be put right before this can be sent"):
        drafting.submit(agreement=made, actor=made.drafted_by)
    made.refresh_from_db()
    assert made.state == "draft"
    assert not made.rounds.exists()
    assert ledger.head(made.chain) == head


def change_schedule(made: Agreement) -> None:
    element = sections.list_element(
        flow=made.flows.get(key=presets.HOUSING_LIST),
        code="tenant.unit_number",
        actor=made.drafted_by,
    )
    sections.set_answers(
        element=element,
        answers=[presets.LINKING],
        collected_under="Form HUD-50058",
        actor=made.drafted_by,
    )


def change_purpose(made: Agreement) -> None:
    sections.save_section(
        agreement=made,
        section="purpose",
        values={"purpose": "find out who moves"},
        actor=made.drafted_by,
    )


@pytest.mark.parametrize("change", [change_schedule, change_purpose])
def test_counsels_finding_lapses_when_what_it_covers_changes(
    at: At, change: Callable[[Agreement], None]
) -> None:
    made = at("draft")
    assert not lacks_finding(made)
    change(made)
    assert lacks_finding(made)
    with pytest.raises(RuleBroken, match="has not recorded a finding"):
        drafting.submit(agreement=made, actor=made.drafted_by)
    drafting.record_finding(
        agreement=made,
        party=made.partnership.organisations.get(kind="pha"),
        ground="program_purpose",
        reason="It still plans services.",
        actor=who(made, "pha", Role.COUNSEL),
    )
    assert not lacks_finding(made)


def lacks_finding(made: Agreement) -> bool:
    made = Agreement.objects.get(pk=made.pk)
    return any(
        finding.rule == "R-061" and finding.blocks
        for finding in drafting.check_draft(made)
    )


# Approving


def test_drafter_cannot_approve_even_as_counsel(at: At) -> None:
    made = at("draft")
    drafter = made.drafted_by
    agency = made.partnership.organisations.get(kind="pha")
    make.membership(drafter, agency, Role.COUNSEL)
    drafting.submit(agreement=made, actor=drafter)
    approval = made.rounds.get().approvals.get(owner=agency)
    with pytest.raises(Refused, match="You drafted this"):
        approvals.approve(approval=approval, actor=drafter)
    with pytest.raises(Refused, match="You drafted this"):
        approvals.send_back(approval=approval, reason="Mine.", actor=drafter)
    assert states_of(made) == ["waiting", "waiting"]
    assert can_approve(who(made, "pha", Role.COUNSEL), approval)


@pytest.mark.parametrize("make_somebody", [make.user, make.superuser])
def test_administrator_and_superuser_approve_for_nobody(
    at: At, make_somebody: Callable[[], User]
) -> None:
    made = at("review")
    somebody = make_somebody()
    for owner in made.partnership.organisations.all():
        make.membership(somebody, owner, Role.ADMINISTRATOR)
    head = ledger.head(made.chain)
    for approval in made.rounds.get().approvals.all():
        with pytest.raises(Refused, match="counsel may do this"):
            approvals.approve(approval=approval, actor=somebody)
        with pytest.raises(Refused):
            approvals.send_back(approval=approval, reason="No.", actor=somebody)
    assert states_of(made) == ["waiting", "waiting"]
    assert ledger.head(made.chain) == head


def test_counsel_decides_for_its_own_organisation_only(at: At) -> None:
    made = at("review")
    of_agency = made.rounds.get().approvals.get(owner__kind="pha")
    with pytest.raises(Refused):
        approvals.approve(approval=of_agency, actor=who(made, "district", Role.COUNSEL))
    assert states_of(made) == ["waiting", "waiting"]


def test_one_approval_does_not_stand_for_the_other(at: At) -> None:
    made = at("review")
    approval = made.rounds.get().approvals.get(owner__kind="pha")
    approvals.approve(approval=approval, actor=who(made, "pha", Role.COUNSEL))
    made.refresh_from_db()
    assert made.state == "review"
    assert jobs.latest(signing.RENDER, made) is None


def test_sending_back_voids_the_round(at: At) -> None:
    made = at("review")
    first = made.rounds.get()
    of_agency, of_district = first.approvals.order_by("owner__kind").reverse()
    approvals.approve(approval=of_agency, actor=who(made, "pha", Role.COUNSEL))
    solicitor = who(made, "district", Role.COUNSEL)
    approvals.send_back(approval=of_district, reason="Too long.", actor=solicitor)
    made.refresh_from_db()
    assert made.state == "draft"
    assert sorted(states_of(made)) == ["changes_asked", "void"]
    drafting.submit(agreement=made, actor=made.drafted_by)
    assert made.rounds.first().number == first.number + 1
    assert states_of(made) == ["waiting", "waiting"]
    with pytest.raises(Refused):
        approvals.approve(approval=of_district, actor=solicitor)


# Freezing


def rewrite(made: Agreement) -> None:
    """Change the text as somebody would who writes round the services."""
    with act("tests.rewrite", actor=make.SET_UP, chain=made.chain, subject=made):
        made.purpose = "something nobody approved"
        made.save()


def analyst_leaves(made: Agreement) -> None:
    make.leaves(who(made, "district", Role.ANALYST))


@pytest.mark.parametrize("change", [rewrite, analyst_leaves])
def test_text_that_changed_after_approval_is_not_frozen(
    at: At, change: Callable[[Agreement], None]
) -> None:
    made = at("approved")
    change(made)
    make.work_off()
    made.refresh_from_db()
    assert made.state == "draft"
    assert not made.documents.exists()
    assert states_of(made) == ["void", "void"]
    told = Notice.objects.get(subject__contains=f"{made.number} is a draft again")
    assert told.recipient == made.drafted_by
    assert "no longer the one that the owners approved" in told.body


def test_draft_is_closed_once_it_is_approved(at: At) -> None:
    made = at("approved")
    with pytest.raises(Refused, match="no longer a draft"):
        change_purpose(made)
    with pytest.raises(Refused, match="no longer a draft"):
        change_schedule(made)
    entry = made.access.first()
    with pytest.raises(Refused, match="no longer a draft"):
        sections.remove_access(entry=entry, actor=made.drafted_by)


class Overtaken(jobs.Work):
    """Work during whose first step the text is reopened, changed and approved."""

    def step(self, name: str, count: int | None = None) -> None:
        if not self.steps:
            made = Agreement.objects.get(state="approved")
            signing.reopen(agreement=made, actor=made.drafted_by)
            sections.save_section(
                agreement=made,
                section="purpose",
                values={"benefit": "another benefit"},
                actor=made.drafted_by,
            )
            drafting.submit(agreement=made, actor=made.drafted_by)
            approve_all(made)
        super().step(name, count)


def test_worker_that_was_overtaken_freezes_no_old_text(at: At) -> None:
    made = at("approved")
    claimed = jobs.claim(jobs.latest(signing.RENDER, made).pk)
    work = Overtaken(job_id=claimed.job_id, fence=claimed.fence)
    with pytest.raises(Conflict, match="Another text was approved meanwhile"):
        signing.render_for_signature(made.pk, work)
    assert not made.documents.exists()


# Signing


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"password": "not the password"}, "password is not right"),
        ({"typed_name": "Somebody Else"}, "Type your name"),
        ({"digest": "0" * 64}, "another one now"),
    ],
)
def test_signature_needs_name_password_and_the_text_shown(
    at: At, changes: dict[str, str], why: str
) -> None:
    made = at("signing")
    with pytest.raises(RuleBroken, match=why):
        sign(made, director(made), **changes)
    assert not made.signatures.exists()


@pytest.mark.parametrize(
    ("kind", "role"),
    [("pha", Role.COUNSEL), ("pha", Role.STEWARD), ("district", Role.ANALYST)],
)
def test_only_the_named_signatory_signs(at: At, kind: str, role: Role) -> None:
    made = at("signing")
    with pytest.raises(Refused, match="Only the signatory"):
        sign(made, who(made, kind, role))
    assert not made.signatures.exists()


def test_nobody_signs_twice_or_for_both(at: At) -> None:
    made = at("signing")
    sign(made, director(made))
    with pytest.raises(Refused, match="You have signed already"):
        sign(made, director(made))
    assert made.signatures.count() == 1
    assert not jobs.latest(signing.EXECUTE, made)


def test_nothing_is_signed_before_it_is_frozen(at: At) -> None:
    made = at("approved")
    assert can_sign(director(made), made).reason == (
        f"{made.number} is not open for signature."
    )


def test_text_that_changed_after_signing_is_signed_anew(at: At) -> None:
    made = at("signing")
    sign(made, superintendent(made))
    analyst_leaves(made)
    sign(made, director(made))
    make.work_off()
    made.refresh_from_db()
    assert made.state == "draft"
    assert states_of(made) == ["void", "void"]
    drafting.submit(agreement=made, actor=made.drafted_by)
    approve_all(made)
    make.work_off()
    made.refresh_from_db()
    assert made.state == "signing"
    assert made.documents.filter(kind="frozen").count() == 2
    for signatory in (director(made), superintendent(made)):
        assert can_sign(signatory, made)


def test_signatory_needs_authority_on_record(at: At) -> None:
    made = at("signing")
    signatory = made.parties.get(organisation__kind="pha").signatory
    with act("tests.strip", actor=make.SET_UP, chain=made.chain, subject=signatory):
        signatory.authority_source = ""
        signatory.save()
    with pytest.raises(Refused, match="No authority to sign"):
        sign(made, director(made))


# Reopening


@pytest.mark.parametrize("state", ["approved", "signing"])
def test_director_takes_the_text_back_and_nothing_given_stands(
    at: At, state: str
) -> None:
    made = at(state)
    signing.reopen(agreement=made, actor=director(made))
    made.refresh_from_db()
    assert made.state == "draft"
    assert states_of(made) == ["void", "void"]
    assert not can_sign(director(made), made)
    told = Notice.objects.filter(subject__contains=f"{made.number} is a draft again")
    assert {notice.recipient for notice in told} == {
        director(made),
        superintendent(made),
    }


def test_others_take_no_text_back(at: At) -> None:
    made = at("signing")
    for person in (superintendent(made), who(made, "pha", Role.COUNSEL)):
        with pytest.raises(Refused, match="Only a director"):
            signing.reopen(agreement=made, actor=person)
    with pytest.raises(Refused, match="Only a text that waits"):
        signing.reopen(agreement=at("in_force"), actor=director(made))


def test_worker_lets_a_text_be_that_was_taken_back(at: At) -> None:
    made = at("approved")
    signing.reopen(agreement=made, actor=director(made))
    change_purpose(made)
    make.work_off()
    made.refresh_from_db()
    assert made.state == "draft"
    assert jobs.latest(signing.RENDER, made).state == "failed"
    assert not jobs.lapsed()


# The executed agreement


def test_executed_file_holds_the_signed_one_byte_for_byte(at: At) -> None:
    made = at("in_force")
    frozen = bytes(made.documents.get(kind="frozen").content)
    executed = bytes(made.documents.get(kind="executed").content)
    with pikepdf.open(BytesIO(executed)) as file:
        (attached,) = file.attachments.values()
        assert attached.get_file().read_bytes() == frozen
    assert {signature.digest for signature in made.signatures.all()} == {
        made.documents.get(kind="frozen").sha256
    }


def test_seal_holds_until_one_byte_changes(at: At) -> None:
    executed = bytes(at("in_force").documents.get(kind="executed").content)
    report = seal.verify(executed)
    assert report.intact
    assert report.covers_whole_file
    changed = executed.replace(b"/Type /Page", b"/Type /Pagf", 1)
    assert not seal.verify(changed)


def test_mandate_is_bound_to_the_signed_text_and_to_the_ledger(at: At) -> None:
    made = at("in_force")
    mandate = made.mandate
    assert mandate.record_digest == digest_of(mandate.record)
    assert mandate.record["text_digest"] == made.documents.get(kind="frozen").sha256
    entry = LedgerEntry.objects.get(act="agreements.execute", chain=made.chain)
    assert entry.detail == {"mandate": mandate.record_digest}
    assert [
        "agreements.mandate",
        str(mandate.pk),
        mandate.record_digest,
    ] in entry.digests


@pytest.mark.parametrize(
    "tamper",
    [
        lambda record: record | {"min_cell": 1},
        lambda record: record | {"flows": "none"},
        lambda record: {},
        lambda record: [],
    ],
    ids=["other term", "unreadable term", "empty", "no record"],
)
def test_tampered_mandate_stops_sharing_and_never_destruction(
    at: At, tamper: Callable[[Any], Any], settings: Settings
) -> None:
    made = at("in_force")
    make.housing_list(made)
    rewrite_evidence(made.mandate, tamper(made.mandate.record))
    with pytest.raises(Refused, match="signed terms"):
        make.student_records(made)
    assert signed_in(director(made)).get(made.get_absolute_url()).status_code == 200
    assert "agreements.mandate row" in " ".join(ledger.verify())
    settings.DEMO = True
    clock.advance(days=500)
    obligations.fall_due()
    duty = made.obligations.get(kind="linking_list")
    jobs.run(jobs.latest(destruction.JOB, duty).pk)
    assert Holding.objects.get().state == "destroyed"


def rewrite_evidence(row: Mandate, record: Any) -> None:
    """Change a record as somebody would who holds the database."""
    table = row._meta.db_table
    where = f' ON "{table}"' if connection.vendor == "postgresql" else ""
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{table}_no_update"{where}')
    Mandate.objects.filter(pk=row.pk).update(record=record)
