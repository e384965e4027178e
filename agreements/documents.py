"""Printed documents as tagged PDFs that follow PDF/UA-1 (ISO 14289-1)."""

import hashlib
import mimetypes
from dataclasses import fields
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from django.conf import settings
from django.template.loader import render_to_string
from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from agreements.papers import (
    AgreementPages,
    CertificatePages,
    ComparisonPages,
    EvidencePages,
    Pages,
    PaperPages,
    ReportPages,
)


class ForbiddenResource(Exception):
    """A document asked for something that is not one of our static files."""


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


def render_paper(pages: PaperPages) -> bytes:
    """Return the PDF of a paper beside an agreement: a form, a notice, a packet."""
    return render("documents/paper.html", pages)


def render_comparison(pages: ComparisonPages) -> bytes:
    """Return the PDF of what differs between two texts."""
    return render("documents/comparison.html", pages)


def render_report(pages: ReportPages) -> bytes:
    """Return the PDF of what a release says of one question."""
    return render("documents/report.html", pages)


def render(
    template: str, pages: Pages, *, attachment: Attachment | None = None
) -> bytes:
    """Return the tagged PDF of a template; the same pages give the same bytes.

    Raises ForbiddenResource if the template asks for more than static files.
    """
    context = {field.name: getattr(pages, field.name) for field in fields(pages)}
    html = render_to_string(template, {**context, "pages": pages})
    base = f"{_static().as_uri()}/"
    style, fonts = _style(base)
    document = HTML(string=html, base_url=base, url_fetcher=_StaticOnly())
    try:
        return bytes(
            document.write_pdf(
                stylesheets=[style],
                font_config=fonts,
                pdf_variant="pdf/ua-1",
                pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
                finisher=_scope_headers,
                attachments=[attachment] if attachment else None,
            )
        )
    except FatalURLFetchingError as error:
        raise ForbiddenResource(str(error)) from error


@lru_cache(maxsize=1)
def _style(base: str) -> tuple[CSS, FontConfiguration]:
    """Return the style of printed documents, and the fonts that it has unpacked.

    A worker does so once: it takes a third of the time that a document takes.
    """
    fonts = FontConfiguration()
    style = CSS(
        url=f"{base}css/print.css", url_fetcher=_StaticOnly(), font_config=fonts
    )
    return style, fonts


def _scope_headers(document: Document, pdf: Any) -> None:
    """Say of each header cell whether it heads its column or its row.

    A cell under THead heads a column, as the templates have it, any other one its row
    (ISO 14289-1, 7.5; ISO 32000-1, table 349).
    """

    def parent_of(element: dict[str, Any]) -> dict[str, Any]:
        number, _, _ = element["P"].partition(b" ")
        parent: dict[str, Any] = pdf.objects[int(number)]
        return parent

    for element in pdf.objects:
        if isinstance(element, dict) and element.get("S") == "/TH":
            group = parent_of(parent_of(element))
            is_head = group.get("S") == "/THead"
            element["A"]["Scope"] = "/Column" if is_head else "/Row"


class _StaticOnly(URLFetcher):
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
