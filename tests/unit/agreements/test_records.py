"""Records on file: who may put them there, and what they cannot say."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from accounts import clock, ledger
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import LedgerEntry, User
from agreements import presets
from agreements.models import Agreement, CounselFinding, Override, ProofRecord
from agreements.services import approvals, drafting, records, sections, signing
from partnerships.models import Notice, Organisation
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

Kind = ProofRecord.Kind


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="draft").number


@pytest.fixture
def draft(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


@pytest.mark.parametrize("kind", [Kind.ANNUAL_NOTICE, Kind.COUNSEL_REVIEW])
def test_only_counsel_says_that_counsel_read_the_text(
    draft: Agreement, kind: Kind
) -> None:
    agency = draft.partnership.organisations.get(kind="pha")
    said: dict[str, Any] = {
        "agreement": draft,
        "party": agency,
        "kind": kind,
        "dated_on": dt.date(2026, 1, 1),
        "document": "The office",
    }
    records.keep_record(**said, actor=make.holder(agency, Role.COUNSEL))
    if kind == Kind.COUNSEL_REVIEW:
        with pytest.raises(Refused, match="counsel may do this"):
            records.keep_record(**said, actor=draft.drafted_by)
    else:
        records.keep_record(**said, actor=draft.drafted_by)


def test_what_is_no_overridable_finding_is_not_let_stand(draft: Agreement) -> None:
    agency = draft.partnership.organisations.get(kind="pha")
    for rule, broken in (("R-071", Conflict), ("R-081", Conflict)):
        with pytest.raises(broken, match="do not find this"):
            records.override(
                agreement=draft,
                owner=agency,
                rule=rule,
                subject="min_cell",
                reason="Because.",
                actor=make.holder(agency, Role.COUNSEL),
            )
    with pytest.raises(RuleBroken, match="Say why"):
        records.override(
            agreement=draft,
            owner=agency,
            rule="R-081",
            subject="list_days",
            reason=" ",
            actor=make.holder(agency, Role.COUNSEL),
        )


# What is put on file


def agency_of(made: Agreement) -> Organisation:
    return made.partnership.organisations.get(kind="pha")


def counsel_of(made: Agreement) -> User:
    return make.who(made, "pha", Role.COUNSEL)


def keep(made: Agreement, **said: Any) -> ProofRecord:
    given: dict[str, Any] = {
        "party": agency_of(made),
        "kind": Kind.ANNUAL_NOTICE,
        "dated_on": dt.date(2026, 1, 1),
        "document": " Board office ",
        "covers": ("b", "a"),
        "actor": counsel_of(made),
    }
    return records.keep_record(agreement=made, **given | said)


def test_record_says_what_it_is_and_where_it_is_kept(draft: Agreement) -> None:
    record = keep(draft)
    assert (record.document, record.covers) == ("Board office", ["a", "b"])
    assert record.recorded_by == counsel_of(draft)
    entry = LedgerEntry.objects.get(act="agreements.keep_record")
    assert entry.detail == {"record": record.pk, "kind": Kind.ANNUAL_NOTICE}
    assert list(ledger.verify()) == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"document": "  "}, "Say where the document is kept"),
        ({"dated_on": clock.today() + dt.timedelta(days=3)}, "of a day to come"),
    ],
)
def test_record_needs_a_place_and_a_day_that_came(
    draft: Agreement, said: dict[str, Any], why: str
) -> None:
    with pytest.raises(RuleBroken, match=why):
        keep(draft, **said)
    assert not draft.proofs.exists()


def test_record_is_about_a_flow_of_its_own_agreement(draft: Agreement) -> None:
    other = drafting.start_draft(partnership=draft.partnership, actor=draft.drafted_by)
    with pytest.raises(Conflict, match="another agreement"):
        keep(draft, flow=other.flows.first())
    assert keep(draft, flow=draft.flows.first()).flow == draft.flows.first()


def test_record_is_of_a_party_and_put_there_by_its_people(draft: Agreement) -> None:
    stranger = make.organisation()
    with pytest.raises(Refused, match="is no party"):
        keep(draft, party=stranger)
    for person in (
        make.who(draft, "district", Role.COUNSEL),
        make.who(draft, "pha", Role.STEWARD),
    ):
        with pytest.raises(Refused, match="may do this"):
            keep(draft, actor=person)


def test_struck_record_is_gone_and_history_keeps_it(draft: Agreement) -> None:
    record = keep(draft)
    with pytest.raises(Refused, match="may do this"):
        records.strike_record(
            record=record, actor=make.who(draft, "district", Role.COUNSEL)
        )
    records.strike_record(record=record, actor=counsel_of(draft))
    assert not draft.proofs.exists()
    kept = ProofRecord.history.model.objects
    assert set(kept.values_list("history_type", flat=True)) == {"+", "-"}
    assert list(ledger.verify()) == []


# Letting a finding stand


@pytest.fixture
def lax(draft: Agreement) -> Agreement:
    """Return a draft that keeps linked rows too long."""
    sections.save_section(
        agreement=draft,
        section="dates",
        values={"end_days": 99},
        actor=draft.drafted_by,
    )
    draft.refresh_from_db()
    return draft


def let_stand(made: Agreement, **said: Any) -> Override:
    given: dict[str, Any] = {
        "owner": agency_of(made),
        "rule": "R-082",
        "subject": "end_days",
        "reason": " The year must be over. ",
        "actor": counsel_of(made),
    }
    return records.override(agreement=made, **given | said)


def overridable(made: Agreement) -> tuple[str, str]:
    """Return rule and subject of what counsel may let stand in a draft."""
    found = records.findings_before_signature(made)
    return next((f.rule, f.subject) for f in found if f.severity == "overridable")


def test_override_tells_every_owners_counsel_and_no_reason(lax: Agreement) -> None:
    rule, subject = overridable(lax)
    decided = let_stand(lax, rule=rule, subject=subject)
    assert decided.reason == "The year must be over."
    told = Notice.objects.filter(key__startswith=f"override:{decided.pk}:")
    assert {each.recipient.name for each in told} == {"Cy Counsel", "Sol Icitor"}
    assert not any("year" in each.body for each in told)
    (finding,) = [
        each
        for each in records.findings_before_signature(lax)
        if (each.rule, each.subject) == (rule, subject)
    ]
    assert finding.override
    assert not finding.blocks


def test_finding_is_let_stand_once_and_only_by_other_counsel(lax: Agreement) -> None:
    rule, subject = overridable(lax)
    said = {"rule": rule, "subject": subject}
    with pytest.raises(Refused, match="may do this"):
        let_stand(lax, **said, actor=make.who(lax, "district", Role.COUNSEL))
    let_stand(lax, **said)
    with pytest.raises(Conflict, match="decided on this already"):
        let_stand(lax, **said)


def test_finding_about_others_records_is_theirs(lax: Agreement) -> None:
    flow = lax.flows.get(key=presets.TABLES)  # which the district sends
    for subject in (flow.key, flow.elements.first().code):
        said = {"rule": "R-011", "subject": subject}
        with pytest.raises(Refused, match="does not send"):
            let_stand(lax, **said)
        with pytest.raises(Conflict, match="do not find this"):
            let_stand(
                lax,
                **said,
                owner=flow.sender,
                actor=make.who(lax, "district", Role.COUNSEL),
            )


def test_withdrawn_override_lets_the_finding_block_again(lax: Agreement) -> None:
    rule, subject = overridable(lax)
    decided = let_stand(lax, rule=rule, subject=subject)
    with pytest.raises(Refused, match="may do this"):
        records.withdraw_override(
            decided=decided, actor=make.who(lax, "district", Role.COUNSEL)
        )
    records.withdraw_override(decided=decided, actor=counsel_of(lax))
    assert any(
        each.blocks and (each.rule, each.subject) == (rule, subject)
        for each in records.findings_before_signature(lax)
    )
    assert list(ledger.verify()) == []


def test_plain_error_is_let_stand_by_nobody(draft: Agreement) -> None:
    sections.save_section(
        agreement=draft,
        section="protection",
        values={"breach_hours": 99, "min_cell": 3},
        actor=draft.drafted_by,
    )
    found = records.findings_before_signature(draft)
    rule, subject = next((f.rule, f.subject) for f in found if f.severity == "error")
    with pytest.raises(RuleBroken, match="cannot be overridden by anybody"):
        let_stand(draft, rule=rule, subject=subject)


# Whoever drafts does not judge


def drafting_counsel(made: Agreement) -> User:
    """Return somebody who drafts for the agency and is its counsel, too."""
    both = make.person("Bo Th", agency_of(made), Role.DIRECTOR)
    make.membership(both, agency_of(made), Role.COUNSEL)
    sections.save_section(
        agreement=made, section="purpose", values={"title": "Bo's"}, actor=both
    )
    return both


def test_drafter_records_no_finding_review_or_override(draft: Agreement) -> None:
    both = drafting_counsel(draft)
    agency, n_findings = agency_of(draft), CounselFinding.objects.count()
    with pytest.raises(Refused, match="You drafted this agreement"):
        drafting.record_finding(
            agreement=draft,
            party=agency,
            ground="program_purpose",
            reason="Mine.",
            actor=both,
        )
    client = make.signed_in(both)
    path = f"{draft.get_absolute_url()}finding/{agency.pk}/"
    assert client.get(path).status_code == 403
    with pytest.raises(Refused, match="You drafted this agreement"):
        keep(draft, kind=Kind.COUNSEL_REVIEW, actor=both)
    with pytest.raises(Refused, match="You drafted this agreement"):
        let_stand(draft, actor=both)
    assert CounselFinding.objects.count() == n_findings
    assert not draft.proofs.exists()


# What stands in the way of taking a party out


def test_party_whose_signature_on_paper_is_on_record_stays(draft: Agreement) -> None:
    made = draft
    make.counsel_read(made)
    drafting.submit(agreement=made, actor=made.drafted_by)
    for approval in made.rounds.get().approvals.all():
        counsel = make.holder(approval.owner, Role.COUNSEL)
        approvals.approve(approval=approval, actor=counsel)
    make.work_off()
    made.refresh_from_db()
    make.paper(made)
    signing.reopen(agreement=made, actor=made.drafted_by)
    for flow in made.flows.all():
        sections.remove_flow(flow=flow, actor=made.drafted_by)
    party = made.parties.get(organisation__kind="pha")
    n_people = made.access.count()
    with pytest.raises(Conflict, match="on paper is on record"):
        sections.remove_party(party=party, actor=made.drafted_by)
    assert made.parties.filter(pk=party.pk).exists()
    assert made.access.count() == n_people


def test_party_with_records_on_file_stays(draft: Agreement) -> None:
    keep(draft)
    for flow in draft.flows.all():
        sections.remove_flow(flow=flow, actor=draft.drafted_by)
    party = draft.parties.get(organisation__kind="pha")
    with pytest.raises(Conflict, match="Records of this party are on file"):
        sections.remove_party(party=party, actor=draft.drafted_by)
