"""Records beside a text: proofs on file, counsel's overrides, a state's law."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q

from accounts import clock
from accounts.acting import act
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import User
from agreements.digests import digest_of
from agreements.models import (
    Agreement,
    DataFlow,
    Override,
    ProofRecord,
    StateSupplement,
)
from agreements.queries import facts_of, owners_of, text_standing, today_of
from agreements.record_policy import (
    can_keep_record,
    can_override,
    can_review,
    can_review_state,
)
from agreements.rules.engine import evaluate
from agreements.rules.rule import Finding, Severity
from agreements.rules.vocabulary import Stage
from agreements.services.library import load_clauses
from agreements.terms_text import part_of, shown_digest
from partnerships.models import Organisation
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

BEFORE_SIGNATURE = (Stage.DRAFT, Stage.SIGNATURE)


def keep_record(
    *,
    agreement: Agreement,
    party: Organisation,
    kind: str,
    dated_on: date,
    document: str,
    actor: User,
    flow: DataFlow | None = None,
    covers: tuple[str, ...] = (),
    recipients: tuple[str, ...] = (),
    detail: Mapping[str, Any] | None = None,
    text_digest: str = "",
) -> ProofRecord:
    """Return a new record on file: what it is, of which day, and where it is kept.

    document: where the paper itself can be found. covers and recipients: keys of
    organisations, or element codes of a directory notice. text_digest: of the text as
    counsel was shown it; a review is of the party's part of the text as it stands.
    """
    if not document.strip():
        raise RuleBroken("Say where the document is kept, so that others can find it.")
    if dated_on > today_of(agreement):
        raise RuleBroken("A record cannot be of a day to come. Correct its date.")
    if flow is not None and flow.agreement_id != agreement.pk:
        raise Conflict("The flow belongs to another agreement.")
    if kind == ProofRecord.Kind.COUNSEL_REVIEW:
        load_clauses()  # what counsel read names the version of each clause
    with act(
        "agreements.keep_record", actor=actor, chain=agreement.chain, subject=agreement
    ) as this:
        row = Agreement.objects.select_for_update().get(pk=agreement.pk)
        can_keep_record(actor, row, party).require()
        part = ""
        if kind == ProofRecord.Kind.COUNSEL_REVIEW:
            can_review(actor, row, party).require()
            part = _part_read(row, party, text_digest)
            this.detail |= {"part": part}
        record = ProofRecord.objects.create(
            agreement=row,
            party=party,
            flow=flow,
            kind=ProofRecord.Kind(kind),
            dated_on=dated_on,
            document=document.strip(),
            covers=sorted(covers),
            recipients=sorted(recipients),
            detail=dict(detail or {}),
            part_digest=part,
            recorded_by=actor,
            recorded_at=clock.now(),
        )
        this.detail |= {"record": record.pk, "kind": record.kind}
    return record


def _part_read(row: Agreement, party: Organisation, text_digest: str) -> str:
    """Return the digest of a party's part; Conflict if another text was read."""
    text = text_standing(row)
    if text_digest and shown_digest(text) != text_digest:
        raise Conflict(
            "The text has changed since you opened this page, so what you read is not "
            "what stands now. Read what changed, then record the review."
        )
    return digest_of(part_of(text, str(party.pk)))


def strike_record(*, record: ProofRecord, actor: User) -> None:
    """Take a record off the file; history keeps that it was there."""
    agreement = record.agreement
    with act(
        "agreements.strike_record",
        actor=actor,
        chain=agreement.chain,
        subject=agreement,
        detail={"record": record.pk},
    ):
        row = Agreement.objects.select_for_update().get(pk=agreement.pk)
        can_keep_record(actor, row, record.party).require()
        record.delete()


def findings_before_signature(agreement: Agreement) -> tuple[Finding, ...]:
    """Return what the rules ask of a draft, and what they will ask before it is signed.

    A finding of both stages is there once.
    """
    facts = facts_of(agreement)
    found = [each for stage in BEFORE_SIGNATURE for each in evaluate(facts, stage)]
    return tuple(dict.fromkeys(found))


def override(
    *,
    agreement: Agreement,
    owner: Organisation,
    rule: str,
    subject: str,
    reason: str,
    actor: User,
) -> Override:
    """Return counsel's decision that one finding may stand; every owner is told."""
    if not reason.strip():
        raise RuleBroken("Say why it may stand: the reason is printed and signed.")
    with act(
        "agreements.override", actor=actor, chain=agreement.chain, subject=agreement
    ) as this:
        row = Agreement.objects.select_for_update().get(pk=agreement.pk)
        can_override(actor, row, owner).require()
        _require_own(row, owner, subject)
        _require_overridable(row, rule, subject)
        decided = Override.objects.create(
            agreement=row,
            rule=rule,
            subject=subject,
            owner=owner,
            counsel=actor,
            reason=reason.strip(),
            decided_on=today_of(row),
        )
        this.detail |= {"rule": rule, "owner": owner.pk}
        for other in owners_of(row):
            for counsel in people_with(Capability.APPROVE, other):
                queue_notice(
                    key=f"override:{decided.pk}",
                    recipient=counsel,
                    subject=f"A finding on {row.number} is let stand",
                    body=(
                        f"Counsel of {owner.name} decided on rule {rule}. You read the "
                        "reason in the draft."
                    ),
                    path=row.get_absolute_url(),
                )
    return decided


def _require_own(row: Agreement, owner: Organisation, subject: str) -> None:
    """Refuse counsel a finding that is about records of others alone.

    subject: the key of a flow, or the code of an element, or neither.
    """
    about = row.flows.filter(Q(key=subject) | Q(elements__code=subject))
    if about.exists() and not about.filter(sender=owner).exists():
        raise Refused(
            f"This is about records that {owner.name} does not send. Counsel of the "
            "organisation that sends them decides."
        )


def _require_overridable(row: Agreement, rule: str, subject: str) -> None:
    standing = [
        finding
        for finding in findings_before_signature(row)
        if (finding.rule, finding.subject) == (rule, subject)
    ]
    if not standing:
        raise Conflict("The rules do not find this any more, so nothing must stand.")
    if any(each.severity is not Severity.OVERRIDABLE for each in standing):
        raise RuleBroken(f"Rule {rule} cannot be overridden by anybody. Mend it.")
    if any(each.override for each in standing):
        raise Conflict("Counsel decided on this already.")


def withdraw_override(*, decided: Override, actor: User) -> None:
    """Take back a decision: the finding blocks again."""
    agreement = decided.agreement
    with act(
        "agreements.withdraw_override",
        actor=actor,
        chain=agreement.chain,
        subject=agreement,
        detail={"rule": decided.rule, "owner": decided.owner_id},
    ):
        row = Agreement.objects.select_for_update().get(pk=agreement.pk)
        can_override(actor, row, decided.owner).require()
        decided.delete()


def review_state(
    *,
    organisation: Organisation,
    terms: Mapping[str, str],
    keeps: str,
    keeps_days: int | None,
    next_review_on: date,
    actor: User,
) -> StateSupplement:
    """Return an organisation's own supplement on its state, gone through today.

    A text that was sent for approval keeps the law as it stood then.
    """
    today = clock.today([organisation.time_zone])
    if next_review_on <= today:
        raise RuleBroken("The next review is later than today. Choose another day.")
    if not organisation.state:
        raise RuleBroken(
            f"No state is on record for {organisation.name}. Ask your administrator."
        )
    if not any(text.strip() for text in terms.values()):
        raise RuleBroken("Nothing is filled in. Write what you found on each topic.")
    with act(
        "agreements.review_state",
        actor=actor,
        chain=organisation.chain,
        subject=organisation,
    ) as this:
        can_review_state(actor, organisation).require()
        own = {"organisation": organisation, "state": organisation.state}
        row = StateSupplement.objects.select_for_update().filter(
            **own
        ).first() or StateSupplement(**own)
        row.terms, row.keeps, row.keeps_days = dict(terms), keeps, keeps_days
        row.reviewed_by = actor
        row.reviewed_on, row.next_review_on = today, next_review_on
        row.save()
        this.detail |= {"state": row.state}
    return row
