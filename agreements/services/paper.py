"""Signing on paper: the scan is recorded, and checked by another party."""

from datetime import date, timedelta

from accounts import clock
from accounts.acting import act
from accounts.acts import Conflict, RuleBroken
from accounts.history import note_evidence
from accounts.models import User
from agreements.codes import same_code
from agreements.lifecycle import PAPER
from agreements.models import Agreement, Document, PaperSignature, Party, Signature
from agreements.queries import code_of, today_of
from agreements.services.files import keep
from agreements.services.signing import finish_if_signed, frozen_of
from agreements.signing_policy import can_check_paper, can_record_paper, paper_checkers
from partnerships.services.notices import queue_notice

METHOD = "In ink on paper; the scan was checked by another party"


def record_paper(
    *,
    party: Party,
    scan: bytes,
    signer_name: str,
    signer_title: str,
    signed_on: date,
    actor: User,
) -> PaperSignature:
    """Return the record of a signature in ink; people of the other parties check it."""
    if not scan.startswith(b"%PDF-"):
        raise RuleBroken(
            "The scan must be a PDF. Scan the pages again as one PDF file."
        )
    with act(
        "agreements.record_paper", actor=actor, chain=party.agreement.chain
    ) as this:
        row = Agreement.objects.select_for_update().get(pk=party.agreement_id)
        can_record_paper(actor, row, party).require()
        frozen = frozen_of(row)
        assert party.signatory is not None
        name = party.signatory.user.name
        if signer_name.strip().casefold() != name.casefold():
            raise RuleBroken(
                f"The text names {name} as signatory. Another person's signature needs "
                "a new text that names that person."
            )
        # A day begins later in the west than in UTC.
        earliest = (frozen.created_at - timedelta(days=1)).date()
        if not earliest <= signed_on <= today_of(row):
            raise RuleBroken(
                "The day of the signature lies before the text was frozen, or in the "
                "future. Give the day that stands beside the signature."
            )
        paper = PaperSignature.objects.create(
            agreement=row,
            document=frozen,
            party=party,
            scan=keep(row, Document.Kind.SCAN, scan),
            signer_name=name,
            signer_title=signer_title.strip(),
            signed_on=signed_on,
            recorded_by=actor,
            recorded_at=clock.now(),
        )
        note_evidence(this, paper.scan)
        this.subject = f"agreements.papersignature:{paper.pk}"
        for checker in paper_checkers(paper):
            queue_notice(
                key=f"paper:{paper.pk}",
                recipient=checker,
                subject=f"{row.number}: a signature on paper waits for your check",
                body=f"{party.organisation.name} signed on paper. One person of "
                "another party compares the scan with the text.",
                path=f"{row.get_absolute_url()}paper/{paper.pk}/check/",
            )
    return paper


def confirm_paper(
    *, paper: PaperSignature, code: str, is_unaltered: bool, actor: User
) -> Signature:
    """Return the signature that a checked scan amounts to; the last one executes."""
    with act(
        "agreements.confirm_paper",
        actor=actor,
        chain=paper.agreement.chain,
        subject=paper,
    ) as this:
        row, agreement = _locked(paper, actor)
        if not same_code(code, code_of(agreement)):
            raise RuleBroken(
                "This is not the code of the text. Type what is printed on the scanned "
                "page; if it differs, the scan is of another text and must be refused."
            )
        if not is_unaltered:
            raise RuleBroken(
                "Nothing but the signature and its date may be written by hand. If "
                "anything else is, refuse the scan."
            )
        _check(row, "confirm", actor)
        signatory = row.party.signatory
        assert signatory is not None
        signature = Signature.objects.create(
            agreement=agreement,
            document=row.document,
            signatory=signatory,
            digest=row.document.sha256,
            signed_at=clock.now(),
            typed_name=row.signer_name,
            authority=signatory.authority_in_words,
            intent=f"Signed by hand for {row.party.organisation.legal_name}.",
            method=METHOD,
            address=None,
            note=(
                f"Signed on {row.signed_on:%B} {row.signed_on.day}, "
                f"{row.signed_on.year}; checked by {actor.name}; scan SHA-256 "
                f"{row.scan.sha256}"
            ),
        )
        this.detail |= {"document": row.document.sha256, "scan": row.scan.sha256}
        finish_if_signed(agreement, row.document)
    return signature


def refuse_paper(*, paper: PaperSignature, reason: str, actor: User) -> None:
    """Refuse a scan, for handwritten changes or another text; it is signed anew."""
    if not reason.strip():
        raise RuleBroken(
            "Say what is wrong with the scan, so that it can be put right."
        )
    with act(
        "agreements.refuse_paper",
        actor=actor,
        chain=paper.agreement.chain,
        subject=paper,
    ):
        row, agreement = _locked(paper, actor)
        row.reason = reason.strip()
        _check(row, "refuse", actor)
        queue_notice(
            key=f"paper-refused:{row.pk}",
            recipient=row.recorded_by,
            subject=f"{agreement.number}: the scan of your signature was refused",
            body="It must be signed again. Sign in to read why.",
            path=f"{agreement.get_absolute_url()}paper/",
        )


def _locked(paper: PaperSignature, actor: User) -> tuple[PaperSignature, Agreement]:
    agreement = Agreement.objects.select_for_update().get(pk=paper.agreement_id)
    row = (
        PaperSignature.objects.select_for_update(of=("self",))
        .select_related(
            "agreement",
            "party__organisation",
            "party__signatory__user",
            "recorded_by",
        )
        .get(pk=paper.pk)
    )
    can_check_paper(actor, row).require()
    if frozen_of(agreement) != row.document:
        raise Conflict("The text is another one now.")
    return row, agreement


def _check(row: PaperSignature, move: str, actor: User) -> None:
    row.state = PAPER.move(row.state, move)
    row.checked_by, row.checked_at = actor, clock.now()
    row.save()
