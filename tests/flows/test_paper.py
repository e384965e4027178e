"""Declining, signing on paper, authority that ends, and every party's copy."""

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client

from accounts import clock, ledger
from accounts.acting import act
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import User
from agreements.codes import code_from, same_code
from agreements.models import Agreement, PaperSignature
from agreements.pages import agreement_pages, evidence_pages
from agreements.queries import code_of, facts_of, text_of
from agreements.services import approvals, copies, drafting, paper, signing
from agreements.signing_policy import can_sign
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

At = Callable[[str], Agreement]


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    running = make.agreement()
    waiting = make.agreement(running.partnership, until="signing")
    return {"in_force": running.number, "signing": waiting.number}


@pytest.fixture
def at(numbers: dict[str, str]) -> At:
    """Return a function that gives the agreement that stands in a state."""
    return lambda state: Agreement.objects.get(number=numbers[state])


def director(made: Agreement) -> User:
    return make.who(made, "pha", Role.DIRECTOR)


def solicitor(made: Agreement) -> User:
    return make.who(made, "district", Role.COUNSEL)


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


def confirm(made: PaperSignature, **said: Any) -> None:
    given: dict[str, Any] = {"code": code_of(made.agreement), "is_unaltered": True}
    checker = solicitor(made.agreement)
    paper.confirm_paper(paper=made, actor=checker, **given | said)


def url(made: Agreement, place: str) -> str:
    return f"{made.get_absolute_url()}{place}"


# Whose page it is


def test_signing_page_is_its_signatorys_alone(at: At) -> None:
    made = at("signing")
    for kind, role in (
        *(("pha", Role.COUNSEL), ("pha", Role.STEWARD)),
        *(("district", Role.COUNSEL), ("district", Role.ANALYST)),
    ):
        client = make.signed_in(make.who(made, kind, role))
        assert client.get(url(made, "sign/")).status_code == 404
        assert client.post(url(made, "sign/decline/")).status_code == 404
    for signatory in (director(made), superintendent(made)):
        page = make.signed_in(signatory).get(url(made, "sign/"))
        assert page.status_code == 200


def test_signing_takes_three_activations_at_most(at: At) -> None:
    """The mail's link, signing in, and Sign: three."""
    made, person = at("signing"), superintendent(at("signing"))
    notice = Notice.objects.get(recipient=person, path=url(made, "sign/"))
    client = Client()
    asked = client.get(notice.path)  # 1
    inside = client.post(  # 2
        asked["Location"], {"login": person.email, "password": make.PASSWORD}
    )
    form = client.get(inside["Location"]).context["form"]
    said = {"digest": form["digest"].value(), "typed_name": person.name}
    ticked = {"intends": "on", "consents": "on", "password": make.PASSWORD}
    client.post(inside["Location"], said | ticked)  # 3
    assert made.signatures.get().signatory.user == person


# Declining


def test_declining_voids_signatures_and_tells_everybody(at: At) -> None:
    made = at("signing")
    sign(made, director(made))
    client = make.signed_in(superintendent(made))
    assert client.post(url(made, "sign/decline/"), {"reason": " "}).status_code == 422
    client.post(url(made, "sign/decline/"), {"reason": "The board must act first."})
    made.refresh_from_db()
    assert made.state == "draft"
    page = client.get(made.get_absolute_url()).content.decode()
    assert "The board must act first." in page
    told = Notice.objects.filter(subject__contains="declined to sign")
    assert {"Di Rector", "Cy Counsel", "Sol Icitor", "Sue Perintendent"} == {
        each.recipient.name for each in told
    }
    assert not any("board" in each.body for each in told)
    assert list(ledger.verify()) == []


def test_declined_text_is_signed_anew_by_everybody(at: At) -> None:
    made = at("signing")
    sign(made, director(made))
    signing.decline_to_sign(agreement=made, reason="Wait.", actor=superintendent(made))
    drafting.submit(agreement=made, actor=made.drafted_by)  # approvals carry over
    make.work_off()
    made.refresh_from_db()
    assert made.state == "signing"
    for person in (director(made), superintendent(made)):
        assert can_sign(person, made)


def test_only_a_signatory_declines_and_before_signing(at: At) -> None:
    made = at("signing")
    with pytest.raises(Refused, match="may decline"):
        signing.decline_to_sign(agreement=made, reason="No.", actor=solicitor(made))
    sign(made, director(made))
    with pytest.raises(Conflict, match="signed already"):
        signing.decline_to_sign(agreement=made, reason="No.", actor=director(made))


# Authority


def test_authority_that_ended_signs_nothing(at: At) -> None:
    made = at("signing")
    signatory = made.parties.get(organisation__kind="pha").signatory
    with act("tests.lapse", actor=make.SET_UP, chain=made.chain, subject=signatory):
        signatory.authority_expires_on = clock.today() - timedelta(days=3)
        signatory.save()
    with pytest.raises(Refused, match=r"authority to sign for .* ended on"):
        sign(made, director(made))
    with pytest.raises(Refused, match="ended on"):
        make.paper(made)


# Signing on paper


def test_paper_is_recorded_by_one_party_and_checked_by_another(at: At) -> None:
    made = at("signing")
    sign(made, superintendent(made))
    counsel = make.signed_in(make.who(made, "pha", Role.COUNSEL))
    page = counsel.get(url(made, "paper/"))
    code = code_of(made)
    assert code in page.content.decode()
    said = {
        "scan": SimpleUploadedFile("scan.pdf", b"%PDF-1.7 scanned"),
        "signer_name": director(made).name,
        "signer_title": "Executive director",
        "signed_on": clock.today(["America/Los_Angeles"]).isoformat(),
    }
    assert counsel.post(url(made, "paper/"), said).status_code == 302
    row = made.papers.get()
    assert made.signatures.count() == 1
    check = url(made, f"paper/{row.pk}/check/")
    for person in (make.who(made, "pha", Role.COUNSEL), director(made)):
        assert make.signed_in(person).get(check).status_code == 404
    checker = make.signed_in(solicitor(made))
    assert check in checker.get(made.get_absolute_url()).content.decode()
    wrong = checker.post(check, {"code": "0000-0000-0000", "is_unaltered": "on"})
    assert wrong.status_code == 422
    done = checker.post(check, {"code": code.lower(), "is_unaltered": "on"})
    assert done.status_code == 302
    signature = made.signatures.get(signatory__user=director(made))
    assert "on paper" in signature.method.lower()
    assert row.scan.sha256 in signature.note
    make.work_off()
    made.refresh_from_db()
    assert made.state == "in_force"


def test_handwritten_changes_are_refused_and_signed_again(at: At) -> None:
    row = make.paper(at("signing"))
    with pytest.raises(RuleBroken, match="Nothing but the signature"):
        confirm(row, is_unaltered=False)
    paper.refuse_paper(
        paper=row, reason="C17 was changed by hand.", actor=solicitor(row.agreement)
    )
    row.refresh_from_db()
    assert row.state == "refused"
    assert not row.agreement.signatures.exists()
    with pytest.raises(Conflict, match="waits for no check"):
        confirm(row)
    told = Notice.objects.get(subject__contains="was refused")
    assert told.recipient == row.recorded_by
    assert "C17" not in told.body
    again = make.paper(row.agreement)
    confirm(again)
    assert row.agreement.signatures.count() == 1


def test_checker_belongs_to_no_other_side(at: At) -> None:
    row = make.paper(at("signing"))
    both = solicitor(row.agreement)
    make.membership(both, row.party.organisation, Role.STEWARD)
    with pytest.raises(Refused, match="another party"):
        confirm(row)


def test_waiting_paper_stands_in_the_way_of_other_signatures(at: At) -> None:
    row = make.paper(at("signing"))
    with pytest.raises(Conflict, match="recorded already"):
        make.paper(row.agreement)
    with pytest.raises(Conflict, match="on paper waits"):
        sign(row.agreement, director(row.agreement))
    approval = row.agreement.rounds.first().approvals.first()
    with pytest.raises(Conflict, match="has a signature already"):
        approvals.withdraw(
            approval=approval, actor=make.holder(approval.owner, Role.COUNSEL)
        )


def test_reopened_text_voids_the_paper(at: At) -> None:
    row = make.paper(at("signing"))
    signing.reopen(agreement=row.agreement, actor=director(row.agreement))
    row.refresh_from_db()
    assert row.state == "void"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"scan": b"GIF89a"}, "must be a PDF"),
        ({"signer_name": "Somebody Else"}, r"names .* as signatory"),
        ({"signed_on": clock.today() + timedelta(days=9)}, "in the future"),
        ({"signed_on": clock.today() - timedelta(days=9)}, "before the text"),
    ],
)
def test_record_of_paper_must_fit_the_text(
    at: At, changes: dict[str, Any], why: str
) -> None:
    made = at("signing")
    with pytest.raises(RuleBroken, match=why):
        make.paper(made, **changes)
    assert not made.documents.filter(kind="scan").exists()


def test_code_is_printed_with_the_text(at: At) -> None:
    made = at("signing")
    facts = facts_of(made)
    pages = agreement_pages(made, facts, text_of(facts), (), frozen_on=facts.today)
    context = {each.name: getattr(pages, each.name) for each in fields(pages)}
    html = render_to_string("documents/agreement.html", {**context, "pages": pages})
    assert f"<strong>{code_of(made)}</strong>" in html
    assert code_of(made) == code_from(made.rounds.first().text_digest)
    assert same_code(f" {code_of(made).lower().replace('-', ' ')} ", code_of(made))
    assert not same_code("", code_of(made))


def test_evidence_tells_routes_declines_and_refusals(at: At) -> None:
    made = at("signing")
    signing.decline_to_sign(
        agreement=made, reason="Privileged.", actor=superintendent(made)
    )
    drafting.submit(agreement=made, actor=made.drafted_by)
    make.work_off()
    made.refresh_from_db()
    paper.refuse_paper(paper=make.paper(made), reason="Ink.", actor=solicitor(made))
    told = evidence_pages(
        made,
        facts_of(made),
        signing.frozen_of(made),
        executed_at=clock.now(),
        effective_on=clock.today(),
        mandate_digest="aa" * 32,
        authority="bb" * 32,
    )
    assert len(told.approvals) == 2
    assert all("earlier text" in each.steps[0] for each in told.approvals)
    declined, refused = told.events
    assert declined.startswith("Sue Perintendent declined")
    assert "refused by Sol Icitor" in refused
    assert "Privileged" not in str(told)


def test_evidence_names_each_step_of_a_route(at: At) -> None:
    made = at("in_force")
    told = evidence_pages(
        made,
        facts_of(made),
        signing.frozen_of(made),
        executed_at=clock.now(),
        effective_on=clock.today(),
        mandate_digest="aa" * 32,
        authority="bb" * 32,
    )
    names = {each.steps[0].partition(",")[0] for each in told.approvals}
    assert names == {"Counsel"}
    assert "Cy Counsel" in str([each.steps for each in told.approvals])


# Copies


def test_every_party_takes_its_copy_and_leaves_a_receipt(at: At) -> None:
    made = at("in_force")
    told = Notice.objects.filter(key__startswith=f"executed:{made.pk}:")
    assert {"Sol Icitor", "Cy Counsel", "Di Rector", "Sue Perintendent"} <= {
        each.recipient.name for each in told
    }
    executed = made.documents.get(kind="executed")
    take = f"/documents/{executed.pk}/take/"
    for person in (director(made), solicitor(made)):
        client = make.signed_in(person)
        assert take in client.get(made.get_absolute_url()).content.decode()
        sent = client.post(take, follow=True)
        assert sent["Content-Type"] == "application/pdf"
        page = client.get(made.get_absolute_url()).content.decode()
        assert take not in page
    assert [each.received_by for each in executed.receipts.all()] == [
        director(made),
        solicitor(made),
    ]
    head = ledger.head(made.chain)
    copies.take_copy(document=executed, actor=superintendent(made))
    assert ledger.head(made.chain) == head


def test_only_the_executed_file_is_delivered_and_to_parties(at: At) -> None:
    made = at("in_force")
    frozen = made.documents.get(kind="frozen")
    with pytest.raises(Refused, match="Only the executed file"):
        copies.take_copy(document=frozen, actor=director(made))
    stranger = make.person("St Ranger", make.organisation(), Role.DIRECTOR)
    with pytest.raises(Refused, match="Only the parties"):
        copies.take_copy(document=made.documents.get(kind="executed"), actor=stranger)
