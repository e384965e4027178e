"""Printed documents: what each of them says, and its tagged PDF.

Every page class is all that its template knows, so the same pages always give the
same bytes. The PDFs follow PDF/UA-1 (ISO 14289-1).
"""

import hashlib
import mimetypes
from dataclasses import dataclass, fields
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from django.conf import settings
from django.template.loader import render_to_string
from weasyprint import HTML, Attachment
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse


class ForbiddenResource(Exception):
    """A document asked for something that is not one of our static files."""


@dataclass(frozen=True, slots=True)
class Term:
    """One line of the key terms: "Threshold", "Counts under 10 are suppressed"."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class PartyLine:
    """A party with its legal name and what it does here, in words."""

    name: str
    kind: str
    state: str
    capacity: str


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause as signed; blank lines in `text` part its paragraphs."""

    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A data element that a flow carries, and the question it answers."""

    label: str
    element: str
    category: str
    question: str


@dataclass(frozen=True, slots=True)
class FlowTable:
    """What one party sends another. destroyed: when the receiver destroys it."""

    sender: str
    receiver: str
    grain: str
    basis: str
    frequency: str
    method: str
    destroyed: str
    fields: tuple[FieldLine, ...]


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person who may see identifiable data."""

    name: str
    title: str
    party: str
    sees: str
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class DateLine:
    """A date that the agreement sets."""

    label: str
    on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class FindingLine:
    """What a rule found, and how counsel answered."""

    rule: str
    severity: str
    message: str
    answer: str


@dataclass(frozen=True, slots=True)
class SignatoryLine:
    """Who signs for a party, and by what authority."""

    name: str
    title: str
    party: str
    authority: str


@dataclass(frozen=True, slots=True)
class AgreementPages:
    """An agreement as it is frozen for signature.

    frozen_on: the day the text was fixed; it dates the file.
    """

    number: str
    title: str
    kind: str
    version: int
    frozen_on: date
    purpose: str
    key_terms: tuple[Term, ...]
    parties: tuple[PartyLine, ...]
    clauses: tuple[ClauseText, ...]
    flows: tuple[FlowTable, ...]
    people: tuple[PersonLine, ...]
    dates: tuple[DateLine, ...]
    findings: tuple[FindingLine, ...]
    signatories: tuple[SignatoryLine, ...]
    demo: bool = False

    @property
    def dated(self) -> str:
        """The date that the file carries."""
        return self.frozen_on.isoformat()


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """The head of a chain: every entry before it is fixed by its digest."""

    chain: str
    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """An owner's approval with the digests of the whole text and of its own part."""

    party: str
    name: str
    title: str
    approved_at: datetime
    whole_digest: str
    part_digest: str


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """The evidence of one signature. digest: SHA-256 of the file that was signed."""

    name: str
    title: str
    party: str
    authority: str
    method: str
    signed_at: datetime
    digest: str
    intent: str


@dataclass(frozen=True, slots=True)
class EvidencePages:
    """How an agreement was approved, signed and executed."""

    number: str
    title: str
    kind: str
    version: int
    executed_at: datetime
    effective_on: date
    ends_on: date
    frozen_name: str
    frozen_digest: str
    parties: tuple[PartyLine, ...]
    approvals: tuple[ApprovalLine, ...]
    signatures: tuple[SignatureLine, ...]
    sealed_by: str
    seal_authority: str
    ledger: LedgerHead
    demo: bool = False

    @property
    def dated(self) -> str:
        """The date that the file carries."""
        return self.executed_at.isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class DestroyedLine:
    """A holding that was destroyed here, its key first."""

    kind: str
    owner: str
    n_rows: int
    media: str
    destroyed_at: datetime
    unrecoverable_at: datetime


@dataclass(frozen=True, slots=True)
class AttestedLine:
    """A copy that a partner's custodian attests to have destroyed."""

    party: str
    custodian: str
    media: str
    method: str
    destroyed_on: date


@dataclass(frozen=True, slots=True)
class CertificatePages:
    """A certificate of destruction. exceptions: what was kept and why, or ""."""

    number: str
    agreement_number: str
    agreement_title: str
    agreement_digest: str
    clause: str
    issued_at: datetime
    owners: tuple[PartyLine, ...]
    destroyed: tuple[DestroyedLine, ...]
    attested: tuple[AttestedLine, ...]
    performer: str
    sealed_by: str
    seal_authority: str
    ledger: LedgerHead
    exceptions: str = ""
    demo: bool = False

    @property
    def dated(self) -> str:
        """The date that the file carries."""
        return self.issued_at.isoformat(timespec="seconds")

    @property
    def n_rows(self) -> int:
        """How many rows were destroyed in all."""
        return sum(line.n_rows for line in self.destroyed)

    @property
    def unrecoverable_at(self) -> datetime | None:
        """When the last copy of the last key is gone; None if none was held here."""
        return max((line.unrecoverable_at for line in self.destroyed), default=None)


Pages = AgreementPages | EvidencePages | CertificatePages


def render_agreement(pages: AgreementPages) -> bytes:
    """Return the PDF of an agreement, which is frozen and then signed."""
    return render("documents/agreement.html", pages)


def render_executed(pages: EvidencePages, *, frozen: bytes) -> bytes:
    """Return the evidence pages with the frozen PDF attached, byte for byte."""
    attachment = Attachment(
        file_obj=BytesIO(frozen),
        name=pages.frozen_name,
        description=f"The signed text of {pages.number}",
        created=pages.executed_at,
        modified=pages.executed_at,
        relationship="Source",
    )
    return render("documents/executed.html", pages, attachment=attachment)


def render_certificate(pages: CertificatePages) -> bytes:
    """Return the PDF of a certificate of destruction."""
    return render("documents/certificate.html", pages)


def render(
    template: str, pages: Pages, *, attachment: Attachment | None = None
) -> bytes:
    """Return the tagged PDF of a template; the same pages give the same bytes.

    Raises ForbiddenResource if the template asks for more than static files.
    """
    context = {field.name: getattr(pages, field.name) for field in fields(pages)}
    html = render_to_string(template, {**context, "pages": pages})
    document = HTML(
        string=html, base_url=f"{_static().as_uri()}/", url_fetcher=_StaticOnly()
    )
    try:
        return bytes(
            document.write_pdf(
                pdf_variant="pdf/ua-1",
                pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
                attachments=[attachment] if attachment else None,
            )
        )
    except FatalURLFetchingError as error:
        raise ForbiddenResource(str(error)) from error


class _StaticOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Serves our static files and nothing else: no network, no other file."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        address = urlsplit(url)
        path = Path(url2pathname(address.path)).resolve()
        if address.scheme != "file" or not path.is_relative_to(_static()):
            raise FatalURLFetchingError("Documents use our static files only.")
        if not path.is_file():
            raise FatalURLFetchingError(f"There is no static file {path.name}.")
        kind, _ = mimetypes.guess_type(path.name)
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})


def _static() -> Path:
    return Path(settings.STATICFILES_DIRS[0]).resolve()
