"""Freezing the text, signing its digest, executing the agreement."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.conf import settings

from accounts import clock, hooks, jobs
from accounts.acting import System, act
from accounts.acts import Conflict, RuleBroken
from accounts.history import note_evidence
from accounts.models import User
from accounts.services import confirm_identity
from agreements.digests import digest_of, sha256_of
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
from agreements.policy import (
    can_decline_to_sign,
    can_reopen,
    can_sign,
    is_system,
    signing_party,
)
from agreements.queries import (
    facts_of,
    latest_round,
    proof_of,
    text_standing,
    today_of,
)
from agreements.rules.engine import evaluate
from agreements.rules.facts import AgreementFacts
from agreements.rules.vocabulary import Stage
from agreements.services.copies import send_copies
from agreements.services.obligations import open_all
from agreements.services.rounds import void_round
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


def _approved_facts(agreement: Agreement) -> AgreementFacts:
    """Return the facts, if they are still the text that every owner approved.

    The states' law is the one that the text holds, whatever counsel recorded since.
    """
    facts = facts_of(agreement)
    if round_ := latest_round(agreement):
        facts = as_frozen(facts, round_.text["terms"])
        text = {"terms": terms_of(facts), "clauses": round_.text["clauses"]}
        if digest_of(text) == round_.text_digest:
            return facts
    raise RuleBroken(
        "The text is no longer the one that the owners approved: a party, its "
        "signatory or a person on the access list has changed since. An owner's "
        "counsel must send it back, and it is approved again."
    )


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


def keep(agreement: Agreement, kind: str, content: bytes) -> Document:
    """Return the bytes of a file, kept for good. Called inside an act."""
    return Document.objects.create(
        agreement=agreement,
        kind=kind,
        content=content,
        sha256=sha256_of(content),
        created_at=clock.now(),
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
    mandate = to_record(
        freeze(facts, agreement=agreement.number, text_digest=frozen.sha256)
    )
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
        open_all(agreement=row)
        send_copies(row)


def reopen(*, agreement: Agreement, actor: User) -> None:
    """Take an approved text back to its draft; every signature on it is void."""
    with act(
        "agreements.reopen", actor=actor, chain=agreement.chain, subject=agreement
    ):
        row = Agreement.objects.select_for_update().get(pk=agreement.pk)
        can_reopen(actor, row).require()
        _to_draft(row)
        for party in row.parties.select_related("signatory__user"):
            if party.signatory:
                queue_notice(
                    key=f"reopened:{row.pk}:{row.rounds.count()}",
                    recipient=party.signatory.user,
                    subject=f"{row.number} is a draft again",
                    body="Its text changes, so nothing is to be signed now.",
                    path=row.get_absolute_url(),
                )


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
