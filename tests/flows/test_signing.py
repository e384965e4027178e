"""From an approved text to a sealed PDF, and what must never get signed."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pytest_django import Settings

from accounts import clock, history, jobs, ledger
from accounts.acting import act
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import LedgerEntry, User
from agreements import presets, seal
from agreements.digests import digest_of
from agreements.models import Agreement, Mandate
from agreements.services import approvals, drafting, obligations, sections, signing
from agreements.signing_policy import can_sign
from indicators.models import Holding
from indicators.services import destruction
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support.intruder import unguard

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

At = Callable[[str], Agreement]


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    running = make.agreement()
    joined = running.partnership
    states = ("signing", "approved")  # whose job waits
    others = {state: make.agreement(joined, until=state) for state in states}
    return {"in_force": running.number} | {s: each.number for s, each in others.items()}


@pytest.fixture
def at(numbers: dict[str, str]) -> At:
    """Return a function that gives the agreement that stands in a state."""
    return lambda state: Agreement.objects.get(number=numbers[state])


def director(made: Agreement) -> User:
    return make.who(made, "pha", Role.DIRECTOR)


def superintendent(made: Agreement) -> User:
    return make.who(made, "district", Role.SUPERINTENDENT)


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


def change_schedule(made: Agreement) -> None:
    element = sections.list_element(
        flow=made.flows.get(key=presets.HOUSING_LIST),
        code="tenant.unit_number",
        actor=made.drafted_by,
    )
    sections.save_element(
        element=element,
        values={
            "answers": [presets.LINKING],
            "collected_under": "Form HUD-50058",
        },
        actor=made.drafted_by,
    )


def change_purpose(made: Agreement) -> None:
    sections.save_purpose(
        purpose=made.purposes.get(),
        values={"text": "find out who moves"},
        actor=made.drafted_by,
    )


# Freezing


def rewrite(made: Agreement) -> None:
    """Change the text as somebody would who writes round the services."""
    with act("tests.rewrite", actor=make.SET_UP, chain=made.chain, subject=made):
        made.min_cell = 12  # nobody approved it
        made.save()


def analyst_leaves(made: Agreement) -> None:
    make.leaves(make.who(made, "district", Role.ANALYST))


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
    with pytest.raises(Conflict, match="no longer a draft"):
        change_purpose(made)
    with pytest.raises(Conflict, match="no longer a draft"):
        change_schedule(made)
    entry = made.access.first()
    with pytest.raises(Conflict, match="no longer a draft"):
        sections.remove_access(entry=entry, actor=made.drafted_by)


class Overtaken(jobs.Work):
    """Work during whose first step the text is reopened, changed and approved."""

    def step(self, name: str, count: int | None = None) -> None:
        if not self.steps:
            made = Agreement.objects.get(state="approved")
            signing.reopen(agreement=made, actor=made.drafted_by)
            sections.save_purpose(
                purpose=made.purposes.get(),
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
        sign(made, make.who(made, kind, role))
    assert not made.signatures.exists()


def test_nobody_signs_twice_or_for_both(at: At) -> None:
    made = at("signing")
    sign(made, director(made))
    with pytest.raises(Conflict, match="You have signed already"):
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
    sign(made, director(made))
    analyst_leaves(made)  # before a worker comes to execute it
    make.work_off()
    made.refresh_from_db()
    assert made.state == "draft"
    assert states_of(made) == ["void", "void"]
    (gone,) = made.access.exclude(membership__ended_on=None)
    sections.remove_access(entry=gone, actor=made.drafted_by)
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
    for person in (superintendent(made), make.who(made, "pha", Role.COUNSEL)):
        with pytest.raises(Refused, match="Only a director"):
            signing.reopen(agreement=made, actor=person)
    with pytest.raises(Conflict, match="Only a text that waits"):
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
        history.digest_of(mandate),
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
    assert (
        make.signed_in(director(made)).get(made.get_absolute_url()).status_code == 200
    )
    assert "agreements.mandate row" in " ".join(ledger.verify())
    settings.DEMO = True
    clock.advance(days=500)
    obligations.fall_due()
    duty = made.obligations.get(kind="linking_list")
    jobs.run(jobs.latest(destruction.JOB, duty).pk)
    assert Holding.objects.get().state == "destroyed"


def rewrite_evidence(row: Mandate, record: Any) -> None:
    """Change a record as somebody would who holds the database."""
    unguard()
    Mandate.objects.filter(pk=row.pk).update(record=record)
