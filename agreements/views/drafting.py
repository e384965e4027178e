"""The guided draft: task list, sections with autosave, live findings, sending."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.acts import RuleBroken
from accounts.web import SignedInRequest, guarded
from agreements.forms.agreements import (
    AccessForm,
    FindingForm,
    StartForm,
)
from agreements.forms.sections import SECTION_FORMS
from agreements.inheriting import inherited
from agreements.legal_items import legal_items
from agreements.lifecycle import AGREEMENT
from agreements.models import Agreement
from agreements.paths import route
from agreements.policy import can_record_finding, can_start
from agreements.queries import IN_FORCE
from agreements.queries.schedule import questions_of
from agreements.queries.ways import ways_of
from agreements.rules.engine import evaluate
from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import Finding
from agreements.rules.vocabulary import Stage
from agreements.services import drafting, sections
from agreements.services.standing import is_bound, stand_free, stand_under
from agreements.views.common import (
    chosen,
    draft_context,
    is_autosave,
    line_in,
    loaded_agreement,
    section_page,
    sections_of,
    shown,
    shown_flow,
)
from agreements.views.paths import start_of
from agreements.views.tasks import DONE, next_after, tasks_of
from agreements.views.words import seen_in_words
from partnerships.models import Organisation
from partnerships.policy import visible_partnerships

BY_DECIDING = "R-005"
FIRST_PURPOSE = ("text", "scope", "benefit")


@require_http_methods(["GET", "POST"])
@guarded
def start(request: SignedInRequest) -> HttpResponse:
    """Choose a partnership and start the draft of the route in the address."""
    can_start(request.user).require()
    asked = start_of(route(request.GET.dict()))
    form = StartForm(
        request.POST or None, partnerships=visible_partnerships(request.user)
    )
    if request.method == "POST" and form.is_valid():
        try:
            agreement = drafting.start_draft(
                **form.cleaned_data,
                kind=asked.kind,
                model=asked.model,
                part=asked.part,
                actor=request.user,
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            return redirect("draft", agreement.number)
    status = 422 if form.errors else 200
    context = {"form": form, "start": asked}
    return render(request, "agreements/start.html", context, status=status)


@require_GET
@guarded
def workspace(request: SignedInRequest, number: str) -> HttpResponse:
    """Show the draft's sections, each with one status."""
    agreement = loaded_agreement(request, number)
    if agreement.state != AGREEMENT.initial:
        return redirect(agreement)
    context = draft_context(request, agreement)
    tasks = tasks_of(agreement, context)
    context |= {
        "tasks": tasks,
        "n_done": sum(task["status"] == DONE for task in tasks),
        "line": line_in(context["facts"]),
    }
    return render(request, "agreements/draft.html", context)


@require_http_methods(["GET", "POST"])
@guarded
def section(request: SignedInRequest, number: str, section: str) -> HttpResponse:
    """Show or save one section; what can be read is saved, whatever the rest."""
    agreement = loaded_agreement(request, number)
    if section not in SECTION_FORMS or section not in sections_of(agreement):
        raise Http404
    names = sections.SECTION_FIELDS[section]
    initial = {name: getattr(agreement, name) for name in names}
    purpose = agreement.purposes.earliest("pk")
    if section == "purpose":
        initial |= {name: getattr(purpose, name) for name in FIRST_PURPOSE}
    takes_agreement = section in ("parties", "purpose", "protection")
    extra = {"agreement": agreement} if takes_agreement else {}
    posted = request.POST if request.method == "POST" else None
    form = SECTION_FORMS[section](posted, initial=initial, **extra)
    if request.method == "POST":
        form.is_valid()
        clean = form.cleaned_data
        values = {name: clean[name] for name in names if name in clean}
        sections.save_section(
            agreement=agreement, section=section, values=values, actor=request.user
        )
        if section == "purpose":
            values = {name: clean[name] for name in FIRST_PURPOSE if name in clean}
            sections.save_purpose(purpose=purpose, values=values, actor=request.user)
        if section == "parties":
            _save_parties(agreement, form.cleaned_data, request)
        agreement.refresh_from_db()
        if not form.errors and not is_autosave(request):
            messages.success(request, "Saved.")
            if "next" in request.POST:
                return redirect(next_after(agreement, section)["url"])
            return redirect("draft", agreement.number)
    context = draft_context(request, agreement)
    context |= {
        "title": sections_of(agreement)[section],
        "next": next_after(agreement, section),
        "line": line_in(context["facts"]) if section == "dates" else None,
        "purposes": agreement.purposes.all() if section == "purpose" else (),
        "parties": _parties(agreement) if section == "parties" else {},
    }
    return section_page(request, "agreements/section.html", context, form)


def _parties(agreement: Agreement) -> dict[str, Any]:
    """Return who is in a draft, and who of its partnership could be."""
    parties = agreement.parties.select_related("organisation")
    return {
        "there": parties,
        "is_fixed": is_bound(agreement),
        "parents": agreement.standings.select_related("parent"),
        "candidates": _parents(agreement).exclude(
            pk__in=agreement.standings.values("parent")
        ),
        "others": agreement.partnership.organisations.exclude(
            pk__in=parties.values("organisation")
        ),
    }


def _parents(agreement: Agreement) -> QuerySet[Agreement]:
    """Return the agreements under which a draft may stand."""
    return agreement.partnership.agreements.filter(state__in=IN_FORCE)


def _save_parties(
    agreement: Agreement, cleaned: dict[str, Any], request: SignedInRequest
) -> None:
    for party in agreement.parties.all():
        if f"signatory_{party.pk}" in cleaned:
            sections.set_signatory(
                party=party,
                signatory=cleaned[f"signatory_{party.pk}"],
                actor=request.user,
            )
        asked = {name: f"{name}_{party.pk}" for name in sections.PARTY_FIELDS}
        sections.save_party(
            party=party,
            values={
                name: cleaned[field]
                for name, field in asked.items()
                if field in cleaned
            },
            actor=request.user,
        )


@require_POST
@guarded
def parties(request: SignedInRequest, number: str) -> HttpResponse:
    """Take an organisation into a draft or out of it; stand under another text."""
    agreement = loaded_agreement(request, number)
    if "free" in request.POST:
        standing = chosen(agreement.standings.all(), request.POST["free"])
        stand_free(standing=standing, actor=request.user)
    elif "under" in request.POST:
        parent = chosen(_parents(agreement), request.POST["under"])
        stand_under(agreement=agreement, parent=parent, actor=request.user)
    elif "remove" in request.POST:
        party = chosen(agreement.parties.all(), request.POST["remove"])
        sections.remove_party(party=party, actor=request.user)
    else:
        places = agreement.partnership.organisations.all()
        organisation = chosen(places, request.POST.get("add"))
        sections.add_party(
            agreement=agreement, organisation=organisation, actor=request.user
        )
    messages.success(request, "Saved.")
    return redirect("draft_section", agreement.number, "parties")


@require_http_methods(["GET", "POST"])
@guarded
def access(request: SignedInRequest, number: str) -> HttpResponse:
    """Show the access list; add or remove a person."""
    agreement = loaded_agreement(request, number)
    entries = agreement.access.select_related(
        "membership__user", "membership__organisation"
    )
    initial = {"from_on": agreement.starts_on, "until_on": agreement.ends_on}
    form = AccessForm(
        request.POST if "add" in request.POST else None,
        initial=initial,
        agreement=agreement,
    )
    if "remove" in request.POST:
        entry = chosen(entries, request.POST["remove"])
        sections.remove_access(entry=entry, actor=request.user)
        messages.success(request, "Removed from the access list.")
        return redirect("draft_access", agreement.number)
    if form.is_bound and form.is_valid():
        sections.set_access(
            agreement=agreement, **form.cleaned_data, actor=request.user
        )
        messages.success(request, "Added to the access list.")
        return redirect("draft_access", agreement.number)
    context = draft_context(request, agreement) | {
        "entries": [(entry, seen_in_words(entry.sees)) for entry in entries],
        "form": form,
        "next": next_after(agreement, "access"),
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/access.html", context, status=status)


@require_GET
@guarded
def check(request: SignedInRequest, number: str) -> HttpResponse:
    """Show every finding and the whole document before it is sent."""
    agreement = loaded_agreement(request, number)
    context = draft_context(request, agreement)
    facts, clauses = context["facts"], context["clauses"]
    context |= {
        "later": shown(agreement, _asked_later(facts)),
        "items": legal_items(facts, clauses, evaluate(facts, Stage.DRAFT)),
        "inherited": inherited(facts, [each["key"] for each in clauses]),
        "ways": ways_of(agreement),
        "signatories": list(facts.signatories.values()),
        "has_rail": False,
    }
    return render(request, "agreements/check.html", context)


def _asked_later(facts: AgreementFacts) -> tuple[Finding, ...]:
    """Return what the rules will ask before signature, and do not ask of a draft.

    Counsel of an owner reads the text by deciding on it, so that is not asked here.
    """
    now = evaluate(facts, Stage.DRAFT)
    return tuple(
        finding
        for finding in evaluate(facts, Stage.SIGNATURE)
        if finding not in now
        and not (finding.rule == BY_DECIDING and finding.subject in facts.owners)
    )


@require_POST
@guarded
def submit(request: SignedInRequest, number: str) -> HttpResponse:
    """Send the draft to every owner's counsel."""
    agreement = loaded_agreement(request, number)
    try:
        drafting.submit(agreement=agreement, actor=request.user)
    except RuleBroken as broken:
        messages.error(request, broken.message)
        return redirect("draft_check", agreement.number)
    messages.success(
        request, f"{agreement.number} was sent to the counsel of every owner."
    )
    return redirect(agreement)


@require_http_methods(["GET", "POST"])
@guarded
def finding(request: SignedInRequest, number: str, party: int) -> HttpResponse:
    """Record what a party's counsel found about what it sends."""
    agreement = loaded_agreement(request, number)
    organisation = get_object_or_404(
        Organisation.objects.filter(pk__in=agreement.parties.values("organisation")),
        pk=party,
    )
    can_record_finding(request.user, agreement, organisation).require()
    form = FindingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        drafting.record_finding(
            agreement=agreement,
            party=organisation,
            **form.cleaned_data,
            actor=request.user,
        )
        messages.success(request, "Your finding is on record.")
        return redirect(agreement)
    flows = agreement.flows.filter(sender=organisation).exclude(receiver=organisation)
    asked = questions_of(agreement)
    context = {
        "agreement": agreement,
        "party": organisation,
        "form": form,
        "flows": [shown_flow(flow, asked) for flow in flows.select_related("receiver")],
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/finding.html", context, status=status)
