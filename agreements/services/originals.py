"""The original of an agreement signed on paper: taken as a draft, kept once sent."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from accounts import clock
from accounts.acting import Act
from accounts.acts import Conflict, RuleBroken
from accounts.history import note_evidence
from accounts.models import User
from agreements.checking import look_inside
from agreements.digests import sha256_of
from agreements.examined import Verdict
from agreements.models import Agreement, Document, PaperOriginal
from agreements.policy import can_edit
from agreements.queries import today_of
from agreements.services.files import keep
from agreements.services.sections import autosaving

CAP_BYTES = 20 * 1024**2
_AGAIN = "Scan the signed pages again as one PDF."
_REFUSED: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.EMPTY: f"There is nothing in this file. {_AGAIN}",
        Verdict.NOT_PDF: "This is not a PDF. Scan the signed pages as one PDF.",
        Verdict.UNREADABLE: f"This PDF is damaged and cannot be read. {_AGAIN}",
        Verdict.TOO_COMPLEX: "Reading this PDF takes more time or memory than a scan "
        f"does, so it was stopped. {_AGAIN}",
        Verdict.ENCRYPTED: "This PDF is locked with a password, so the other parties "
        "could not read it. Save it without one.",
        **dict.fromkeys(
            (Verdict.ADDED, Verdict.CHANGED, Verdict.BROKEN),
            "This PDF carries a signature or seal that does not fit its content: it "
            f"was changed since. {_AGAIN}",
        ),
    }
)


def save_original(
    *, agreement: Agreement, signed_on: date, content: bytes | None, actor: User
) -> PaperOriginal:
    """Return the original of a draft with the day of its signatures.

    content: of the PDF; None keeps the one that is there. Raises RuleBroken, and stores
    nothing, if it is no PDF, is damaged or locked, or holds more than pages.
    """
    can_edit(actor, agreement).require()  # before anything examines a file
    if signed_on > today_of(agreement):
        raise RuleBroken(
            "The day of the signatures lies in the future. Give the day of the last "
            "signature on the original."
        )
    if content is not None:
        _require_pages_alone(content)
    with autosaving(agreement, actor) as row:
        original = row.originals.first() or PaperOriginal(agreement=row)
        if content is not None:
            original.content, original.sha256 = content, sha256_of(content)
            original.uploaded_by, original.uploaded_at = actor, clock.now()
            original.save()
        elif original.pk is None:
            raise RuleBroken("Choose the PDF of the original.")
        if row.signed_on_paper_on != signed_on:
            row.signed_on_paper_on = signed_on
            row.save()
    return original


def _require_pages_alone(content: bytes) -> None:
    """Refuse what is no PDF, and a PDF that holds more than pages to read."""
    if len(content) > CAP_BYTES:
        raise RuleBroken(
            f"The file is larger than {CAP_BYTES // 1024**2} MB. Scan it in black and "
            "white, or with fewer dots to the inch."
        )
    found = look_inside(content)
    if why := _REFUSED.get(found.verdict):
        raise RuleBroken(f"{why} Nothing was stored.")
    if found.active:
        raise RuleBroken(
            f"This PDF holds more than pages to read: {', '.join(found.active)}. Print "
            "it to a new PDF, or scan the paper. Nothing was stored."
        )


def remove_original(*, agreement: Agreement, actor: User) -> None:
    """Take the original off a draft, which is then signed here like any other."""
    with autosaving(agreement, actor) as row:
        original = row.originals.defer("content").first()
        if original is None:
            raise Conflict("There is no original to take off.")
        original.delete()
        row.signed_on_paper_on = None
        row.save()


def keep_original(agreement: Agreement, this: Act) -> None:
    """Keep the original with the agreement's documents, for good.

    Called by `submit`, inside its act.
    """
    original = agreement.originals.first()
    if original is None:
        return
    content = bytes(original.content)
    if sha256_of(content) != original.sha256:
        raise RuleBroken("The original is not the file that was uploaded. Replace it.")
    kept = agreement.documents.filter(kind=Document.Kind.ORIGINAL)
    if not kept.filter(sha256=original.sha256).exists():
        note_evidence(this, keep(agreement, Document.Kind.ORIGINAL, content))
    this.detail |= {"original": original.sha256}
