"""Versions of a text: compare any two, on the page, as PDF and as Word."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import clock
from accounts.web import SignedInRequest, guarded
from agreements import word
from agreements.compare import compared
from agreements.forms.versions import NOW, CompareForm
from agreements.lifecycle import AGREEMENT
from agreements.models import Agreement
from agreements.outline import Source
from agreements.papers import ComparisonPages
from agreements.policy import can_edit
from agreements.queries import (
    source_of,
    template_now,
    text_standing,
    today_of,
)
from agreements.services.versions import save_version
from agreements.views.common import loaded_agreement


@require_GET
@guarded
def compare(request: SignedInRequest, number: str) -> HttpResponse:
    """List the versions, and show what differs between two texts."""
    agreement = loaded_agreement(request, number)
    form = _form(request, agreement)
    earlier, later = form.asked
    comparison = compared(*_texts(agreement, form))
    context = {
        "agreement": agreement,
        "versions": form.saved.values(),
        "form": form,
        "earlier": form.name_of(earlier),
        "later": form.name_of(later),
        "comparison": comparison,
        "clauses": comparison.clauses if form.shows_all else comparison.changed,
        "query": f"?earlier={earlier}&later={later}",
        "decision": can_edit(request.user, agreement),
        "n_open": agreement.proposals.filter(state="open").count(),
    }
    return render(request, "agreements/versions.html", context)


def _form(request: SignedInRequest, agreement: Agreement) -> CompareForm:
    versions = agreement.versions.select_related("saved_by", "agreement").defer(
        "text", "template"
    )
    form = CompareForm(request.GET, versions=versions)
    earlier, later = form.asked
    form.data = request.GET.dict() | {"earlier": earlier, "later": later}
    return form


def _texts(agreement: Agreement, form: CompareForm) -> list[dict[str, Any]]:
    """Return the earlier and the later text; a version has the template of its time."""
    saved = [form.saved[key] for key in form.asked if key in form.saved]
    if not saved and agreement.state != AGREEMENT.initial:
        saved = list(form.saved.values())[:1]  # what was sent for approval

    def text(key: str) -> dict[str, Any]:
        if key in form.saved:
            kept: dict[str, Any] = form.saved[key].text
            return kept
        if key == NOW:
            return text_standing(agreement)
        if saved:
            return saved[0].text | {"clauses": saved[0].template}
        return template_now(agreement)

    return [text(key) for key in form.asked]


@require_POST
@guarded
def save(request: SignedInRequest, number: str) -> HttpResponse:
    """Save a version of the draft, and go where its button stands."""
    agreement = loaded_agreement(request, number)
    version = save_version(agreement=agreement, actor=request.user)
    if "word" in request.POST:
        return redirect("version_word", number, version.number)
    messages.success(request, f"The text is kept as version {version.number}.")
    return redirect("versions", number)


@require_GET
@guarded
def word_file(request: SignedInRequest, number: str, position: int) -> HttpResponse:
    """Send a version as a Word file that can be edited and brought back."""
    agreement = loaded_agreement(request, number)
    version = get_object_or_404(
        agreement.versions.select_related("agreement"), number=position
    )
    content = word.write_text(source_of(version), version.text)
    return _file(content, word.MEDIA_TYPE, f"{number}-version-{position}.docx")


@require_GET
@guarded
def comparison_word(request: SignedInRequest, number: str) -> HttpResponse:
    """Send what differs between two texts as tracked changes of a Word file."""
    agreement = loaded_agreement(request, number)
    form = _form(request, agreement)
    earlier, later = form.asked
    saved = form.saved.get(later)
    source = source_of(saved) if saved else _unsaved(agreement, form.name_of(later))
    old, new = _texts(agreement, form)
    content = word.write_comparison(
        source, new, compared(old, new), form.name_of(earlier)
    )
    return _file(content, word.MEDIA_TYPE, f"{number}-{earlier}-to-{later}.docx")


def _unsaved(agreement: Agreement, name: str) -> Source:
    """Return what a file says of a text that is no version: it cannot be brought in."""
    return Source(agreement.number, agreement.title, name, 0, "", clock.now())


@require_GET
@guarded
def comparison_pdf(request: SignedInRequest, number: str) -> HttpResponse:
    """Send what differs between two texts as a tagged PDF."""
    from agreements import documents  # slow to load; only for who wants paper

    agreement = loaded_agreement(request, number)
    form = _form(request, agreement)
    earlier, later = form.asked
    comparison = compared(*_texts(agreement, form))
    content = documents.render_comparison(
        ComparisonPages(
            number=number,
            title=agreement.title,
            earlier=form.name_of(earlier),
            later=form.name_of(later),
            made_on=today_of(agreement),
            clauses=comparison.changed,
            terms=comparison.terms,
            demo=settings.DEMO,
        )
    )
    return _file(content, "application/pdf", f"{number}-{earlier}-to-{later}.pdf")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
