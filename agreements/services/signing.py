"""Freezing the text, signing its digest, executing the agreement."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from accounts import clock, hooks, jobs
from accounts.acting import System, act
from accounts.acts import Conflict, RuleBroken
from accounts.history import note_evidence
from accounts.models import User
from accounts.services import confirm_identity
from agreements.digests import digest_of
from agreements.events import FullySigned
from agreements.examined import SealedAs
from agreements.freezing import freeze
from agreements.lifecycle import AGREEMENT, PAPER
from agreements.mandate import to_record
from agreements.models import (
    Agreement,
    Document,
    Mandate,
    Party,
    Signature,
    SignatureDecline,
)
from agreements.outline import sections_of
from agreements.pages import agreement_pages, evidence_pages, spoken
from agreements.policy import can_reopen, is_system
from agreements.queries import (
    amended_by,
    facts_of,
    is_change,
    latest_round,
    outstanding_owners,
    proof_of,
    text_standing,
    today_of,
)
from agreements.rules.engine import evaluate
from agreements.rules.facts import AgreementFacts
from agreements.rules.vocabulary import Stage
from agreements.services.changing import take_effect
from agreements.services.copies import send_copies
from agreements.services.files import keep
from agreements.services.obligations import open_all
from agreements.services.rounds import void_round
from agreements.signing_policy import can_decline_to_sign, can_sign, signing_party
from agreements.terms_text import as_frozen, terms_of
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

RENDER = "agreements.render"
EXECUTE = "agreements.execute"
INTENT = "I sign {number} for {party}, and I agree to sign it electronically."
CONFIRMS = (
    "I confirm for {party} that this text of {number} says what was signed on paper on "
    "{day}, and I agree to confirm it electronically."
)
METHOD = "Password confirmed at signing"
WITH_SECOND_FACTOR = f"{METHOD}, second factor at sign-in"


_WHAT_PEOPLE_CHANGE = {
    "signatories": "who signs",
    "access": "who has access",
    "parties": "what is on record of a party",
}
"""What can change under a text that was sent, where people leave or are renamed."""


def _approved_facts(agreement: Agreement) -> AgreementFacts:
    """Return the facts, if they are still the text that every owner approved.

    The states' law is the one that the text holds, whatever counsel recorded since.
    """
    facts, round_ = facts_of(agreement), latest_round(agreement)
    approved = round_.text["terms"] if round_ else {}
    if round_:
        facts = as_frozen(facts, approved)
    terms, frozen = terms_of(facts), round_.text["clauses"] if round_ else []
    if round_ is None or digest_of({"terms": terms, "clauses": frozen}) != (
        round_.text_digest
    ):
        changed = {key for key in terms if terms[key] != approved.get(key)}
        named = [words for key, words in _WHAT_PEOPLE_CHANGE.items() if key in changed]
        raise RuleBroken(
            "The text is no longer the one that the owners approved. What has changed "
            f"since: {', '.join(named) or 'a term'}. It is a draft again. Put that "
            "right and send it; whose part is the same need not decide again."
        )
    return facts


def render_for_signature(key: int, work: jobs.Work) -> None:
    """Freeze the approved text as a PDF whose digest is signed."""
    from agreements import documents  # only workers print; slow to load

    agreement = Agreement.objects.get(pk=key)
    facts, round_ = _approved_facts(agreement), latest_round(agreement)
    findings = evaluate(facts, Stage.SIGNATURE)
    if blocking := [finding for finding in findings if finding.blocks]:
        raise RuleBroken(" ".join(finding.message for finding in blocking))
    work.step("Set the text")
    content = documents.render_agreement(
        agreement_pages(
            agreement,
            facts,
            round_.text["clauses"] if round_ else [],
            evaluate(facts, Stage.DRAFT),
            frozen_on=facts.today,
        )
    )
    work.step("Freeze the file", len(content))
    with (
        work.finish(),
        act(
            "agreements.freeze",
            actor=System("C35"),
            chain=agreement.chain,
            subject=agreement,
        ) as this,
    ):
        is_system(this.actor).require()
        row = Agreement.objects.select_for_update().get(pk=key)
        if latest_round(row) != round_:
            raise Conflict("Another text was approved meanwhile.")
        row.state = AGREEMENT.move(row.state, "freeze")
        row.save()
        document = keep(row, Document.Kind.FROZEN, content)
        note_evidence(this, document)
        for party in row.parties.select_related("signatory__user", "organisation"):
            if party.signatory is None:
                continue
            queue_notice(
                key=f"sign:{document.pk}:{party.pk}",
                recipient=party.signatory.user,
                subject=f"{row.number} is ready for your signature",
                body=f"Every owner approved. You sign for {party.organisation.name}.",
                path=f"{row.get_absolute_url()}sign/",
            )


def frozen_of(agreement: Agreement) -> Document:
    """Return the file that is signed, without its bytes."""
    document = (
        agreement.documents.filter(kind=Document.Kind.FROZEN).defer("content").first()
    )
    if document is None:
        raise Conflict("The text is not frozen for signature yet.")
    return document


def intent_of(agreement: Agreement, party: Party) -> str:
    """Return what a signatory declares: of paper, that the text says the same."""
    name = party.organisation.legal_name
    if day := agreement.signed_on_paper_on:
        return CONFIRMS.format(number=agreement.number, party=name, day=spoken(day))
    return INTENT.format(number=agreement.number, party=name)


def sign(
    *,
    agreement: Agreement,
    digest: str,
    typed_name: str,
    password: str,
    address: str | None,
    browser: str,
    actor: User,
    opened: Collection[str] = (),
) -> Signature:
    """Return a signatory's signature over the frozen file's digest.

    digest: of the file that the person was shown. opened: anchors of the sections that
    were opened on the page, as far as anything counted. The last signature executes.
    """
    confirm_identity(user=actor, password=password)
    if typed_name.strip().casefold() != actor.name.casefold():
        raise RuleBroken(f"Type your name as it is on record: {actor.name}.")
    with act("agreements.sign", actor=actor, chain=agreement.chain) as this:
        row = Agreement.objects.select_for_update().get(pk=agreement.pk)
        can_sign(actor, row).require()
        document = frozen_of(row)
        if document.sha256 != digest:
            raise Conflict("The text is another one now. Read it again, then sign.")
        party = signing_party(actor, row)
        assert party is not None
        assert party.signatory is not None
        anchors = {each.anchor for each in sections_of(text_standing(row))}
        signature = Signature.objects.create(
            agreement=row,
            document=document,
            signatory=party.signatory,
            digest=digest,
            signed_at=clock.now(),
            typed_name=typed_name.strip(),
            authority=party.signatory.authority_in_words,
            intent=intent_of(row, party),
            n_opened=len(anchors.intersection(opened)),
            n_sections=len(anchors),
            method=(WITH_SECOND_FACTOR if settings.SECOND_FACTOR_REQUIRED else METHOD),
            address=address,
            browser=browser[:300],
        )
        this.subject = f"agreements.signature:{signature.pk}"
        this.detail |= {"document": digest}
        finish_if_signed(row, document)
    return signature


def finish_if_signed(agreement: Agreement, document: Document) -> None:
    """Ask for the execution once every party has signed. Called inside an act."""
    signed = agreement.signatures.filter(document=document).values("signatory")
    if not agreement.parties.filter(signs=True).exclude(signatory__in=signed).exists():
        hooks.publish(FullySigned(agreement))


def decline_to_sign(*, agreement: Agreement, reason: str, actor: User) -> None:
    """Decline to sign: the text is a draft again, and every signature on it void."""
    if not reason.strip():
        raise RuleBroken("Say why you decline: the other parties read it.")
    with act("agreements.decline_to_sign", actor=actor, chain=agreement.chain) as this:
        row = Agreement.objects.select_for_update().get(pk=agreement.pk)
        can_decline_to_sign(actor, row).require()
        party = signing_party(actor, row)
        assert party is not None
        assert party.signatory is not None
        declined = SignatureDecline.objects.create(
            agreement=row,
            document=frozen_of(row),
            signatory=party.signatory,
            reason=reason.strip(),
            declined_at=clock.now(),
        )
        this.subject = f"agreements.signaturedecline:{declined.pk}"
        _to_draft(row, "decline")
        for told in row.parties.select_related("organisation"):
            for capability in (Capability.DRAFT, Capability.APPROVE, Capability.SIGN):
                for person in people_with(capability, told.organisation):
                    queue_notice(
                        key=f"not-signed:{declined.pk}",
                        recipient=person,
                        subject=f"{party.organisation.name} declined to sign "
                        f"{row.number}",
                        body="It is a draft again, and every signature on it is void. "
                        "Sign in to read why.",
                        path=row.get_absolute_url(),
                    )


def execute(key: int, work: jobs.Work) -> None:
    """Seal the executed file, freeze the mandate, open the duties to destroy."""
    from agreements import documents, seal  # only workers print; slow to load

    agreement = Agreement.objects.get(pk=key)
    frozen = agreement.documents.filter(kind=Document.Kind.FROZEN).first()
    if frozen is None or frozen.content_digest() != frozen.sha256:
        raise RuleBroken("The signed file is not the one that was frozen.")
    facts = replace(_approved_facts(agreement), proof=proof_of(agreement))
    if blocking := [f for f in evaluate(facts, Stage.EXECUTION) if f.blocks]:
        raise RuleBroken(" ".join(finding.message for finding in blocking))
    executed_at = clock.now()
    runs = amended_by(agreement) or agreement
    mandate = to_record(freeze(facts, agreement=runs.number, text_digest=frozen.sha256))
    work.step("Write the evidence pages")
    evidence = evidence_pages(
        agreement,
        facts,
        frozen,
        executed_at=executed_at,
        authority=seal.authority_fingerprint(),
        mandate_digest=digest_of(mandate),
        effective_on=_effective_on(agreement),
    )
    content = documents.render_executed(evidence, frozen=bytes(frozen.content))
    work.step("Seal the file")
    sealed = seal.seal(content, reason=SealedAs.EXECUTED.reason(agreement.number))
    with work.finish():
        _record_execution(key, frozen, sealed, mandate, executed_at)


def _effective_on(agreement: Agreement) -> date:
    """Return the later of the last signature's day and the stated first day.

    What was signed on paper took effect by those signatures.
    """
    signed_on = agreement.signed_on_paper_on or today_of(agreement)
    return max(signed_on, agreement.starts_on or signed_on)


def _record_execution(
    key: int,
    frozen: Document,
    sealed: bytes,
    mandate: dict[str, Any],
    executed_at: datetime,
) -> None:
    row = Agreement.objects.select_for_update().get(pk=key)
    with act(
        "agreements.execute", actor=System("C31"), chain=row.chain, subject=row
    ) as this:
        is_system(this.actor).require()
        if frozen_of(row) != frozen:
            raise Conflict("Another text was frozen meanwhile.")
        if is_change(row):
            take_effect(row)
        row.state = AGREEMENT.move(row.state, "execute")
        row.executed_at = executed_at
        row.save()
        document = keep(row, Document.Kind.EXECUTED, sealed)
        note_evidence(this, document)
        record = Mandate.objects.create(
            agreement=row,
            record=mandate,
            record_digest=digest_of(mandate),
            created_at=executed_at,
        )
        note_evidence(this, record)
        this.detail |= {"mandate": record.record_digest}
        if not is_change(row):
            open_all(agreement=row)
        send_copies(row)


def reopen(*, agreement: Agreement, actor: User) -> None:
    """Take a text that was sent back to its draft; every signature on it is void."""
    with act(
        "agreements.reopen", actor=actor, chain=agreement.chain, subject=agreement
    ):
        row = Agreement.objects.select_for_update().get(pk=agreement.pk)
        can_reopen(actor, row).require()
        told = [
            *_asked_to_decide(row),
            *(party.signatory.user for party in _signing(row) if party.signatory),
        ]
        _to_draft(row, "take_back" if row.state == "review" else "reopen")
        for person in told:
            queue_notice(
                key=f"reopened:{row.pk}:{row.rounds.count()}",
                recipient=person,
                subject=f"{row.number} is a draft again",
                body="Its text changes, so nothing is to be decided or signed now.",
                path=row.get_absolute_url(),
            )


def _signing(row: Agreement) -> QuerySet[Party]:
    """Return the parties that are asked to sign now, with their signatories."""
    asked = row.parties if row.state != "review" else row.parties.none()
    return asked.select_related("signatory__user")


def _asked_to_decide(row: Agreement) -> Iterator[User]:
    """Yield the counsel of the owners whose decision is waited for."""
    round_ = latest_round(row)
    for approval in outstanding_owners(round_) if round_ else ():
        yield from people_with(Capability.APPROVE, approval.owner)


def _to_draft(row: Agreement, move: str = "reopen") -> None:
    row.state = AGREEMENT.move(row.state, move)
    row.save()
    for paper in row.papers.filter(state=PAPER.initial):
        paper.state = PAPER.move(paper.state, "void")
        paper.save()
    if round_ := latest_round(row):
        void_round(round_)


def stop_signing(key: int, message: str) -> None:
    """Send a text that cannot be frozen or executed back to its drafter."""
    row = Agreement.objects.select_for_update().get(pk=key)
    if not AGREEMENT.allows(row.state, "reopen"):
        return  # a director took it back to its draft meanwhile
    with act("agreements.reopen", actor=System("C32"), chain=row.chain, subject=row):
        _to_draft(row)
        queue_notice(
            key=f"reopened:{row.pk}:{row.rounds.count()}",
            recipient=row.drafted_by,
            subject=f"{row.number} is a draft again",
            body=message,
            path=row.get_absolute_url(),
        )
