"""The guided draft: task list, sections with autosave, live findings, sending."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import clock
from accounts.acts import RuleBroken
from accounts.web import SignedInRequest, guarded, render_region
from agreements import presets
from agreements.clause_library import DOCUMENTS
from agreements.forms import (
    SECTION_FORMS,
    AccessForm,
    AddElementForm,
    ElementForm,
    FindingForm,
    StartForm,
)
from agreements.lifecycle import AGREEMENT
from agreements.models import Agreement, FlowElement
from agreements.paths import ROUTES, route
from agreements.policy import can_edit, can_record_finding, can_start
from agreements.queries import facts_of, text_of, today_of
from agreements.rules.elements import ELEMENTS
from agreements.rules.vocabulary import AgreementKind
from agreements.services import drafting, sections
from agreements.views.common import (
    SECTIONS,
    chosen,
    loaded_agreement,
    section_url,
    shown,
)
from agreements.views.paths import STARTED
from partnerships.models import Organisation
from partnerships.policy import visible_partnerships

USUAL_ROUTE = "2"


@require_http_methods(["GET", "POST"])
@guarded
def start(request: SignedInRequest) -> HttpResponse:
    """Choose a partnership and start the draft of the route in the address."""
    can_start(request.user).require()
    found = route(request.GET.dict())
    is_found = found.route is not None and found.document in STARTED
    way = found.route if found.route and is_found else ROUTES[USUAL_ROUTE]
    kind = found.document if found.document and is_found else AgreementKind.MEMORANDUM
    form = StartForm(
        request.POST or None, partnerships=visible_partnerships(request.user)
    )
    if request.method == "POST" and form.is_valid():
        try:
            agreement = drafting.start_draft(
                **form.cleaned_data,
                kind=kind,
                model=way.model,
                part=way.part or "",
                actor=request.user,
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            return redirect("draft", agreement.number)
    status = 422 if form.errors else 200
    context = {"form": form, "route": way, "name": DOCUMENTS[kind].name}
    return render(request, "agreements/start.html", context, status=status)


def _draft_context(request: SignedInRequest, agreement: Agreement) -> dict[str, Any]:
    findings = shown(agreement, drafting.check_draft(agreement))
    return {
        "agreement": agreement,
        "findings": findings,
        "n_blocking": sum(finding["blocks"] for finding in findings),
        "decision": can_edit(request.user, agreement),
        "saved_at": clock.now(),
        "today": today_of(agreement),
        "has_rail": True,
    }


@require_GET
@guarded
def workspace(request: SignedInRequest, number: str) -> HttpResponse:
    """Show the draft's sections, each with one status."""
    agreement = loaded_agreement(request, number)
    if agreement.state != AGREEMENT.initial:
        return redirect(agreement)
    context = _draft_context(request, agreement)
    open_sections = {f["where"] for f in context["findings"] if f["blocks"]}
    context["tasks"] = [
        {
            "title": title,
            "url": section_url(agreement, section),
            "status": "Needs a fix" if section in open_sections else "Done",
        }
        for section, title in SECTIONS.items()
    ]
    context["n_done"] = sum(task["status"] == "Done" for task in context["tasks"])
    return render(request, "agreements/draft.html", context)


@require_http_methods(["GET", "POST"])
@guarded
def section(request: SignedInRequest, number: str, section: str) -> HttpResponse:
    """Show or save one section; what can be read is saved, whatever the rest."""
    agreement = loaded_agreement(request, number)
    if section not in SECTION_FORMS:
        raise Http404
    names = sections.SECTION_FIELDS[section]
    initial = {name: getattr(agreement, name) for name in names}
    takes_agreement = section in ("parties", "protection")
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
        if section == "parties":
            _save_signatories(agreement, form.cleaned_data, request)
        agreement.refresh_from_db()
        if not form.errors and "HX-Request" not in request.headers:
            messages.success(request, "Saved.")
            return redirect("draft", agreement.number)
    context = _draft_context(request, agreement) | {
        "form": form,
        "section": section,
        "title": SECTIONS[section],
    }
    response = render_region(
        request, "agreements/section.html", "agreements/_findings.html", context
    )
    if form.errors and "HX-Request" not in request.headers:
        response.status_code = 422
    return response


def _save_signatories(
    agreement: Agreement, cleaned: dict[str, Any], request: SignedInRequest
) -> None:
    for party in agreement.parties.all():
        if f"signatory_{party.pk}" in cleaned:
            sections.set_signatory(
                party=party,
                signatory=cleaned[f"signatory_{party.pk}"],
                actor=request.user,
            )


@require_http_methods(["GET", "POST"])
@guarded
def schedule(request: SignedInRequest, number: str) -> HttpResponse:
    """Show the data schedule by direction; list, unlist, drop what is not needed."""
    agreement = loaded_agreement(request, number)
    flows = agreement.flows.select_related("sender", "receiver").prefetch_related(
        "elements"
    )
    if request.method == "POST":
        elements = FlowElement.objects.filter(flow__agreement=agreement).select_related(
            "flow"
        )
        if "add" in request.POST:
            flow = chosen(flows, request.POST["add"])
            element = sections.list_element(
                flow=flow, code=request.POST.get("code", ""), actor=request.user
            )
            return redirect("draft_element", agreement.number, element.pk)
        unwanted = (
            [chosen(elements, request.POST["remove"])]
            if "remove" in request.POST
            else [
                element
                for element in elements
                if not element.answers and "tidy" in request.POST
            ]
        )
        sections.unlist_elements(
            agreement=agreement, elements=unwanted, actor=request.user
        )
        messages.success(request, "Removed from the schedule.")
        return redirect("draft_schedule", agreement.number)
    context = _draft_context(request, agreement) | {
        "flows": [_shown_flow(flow) for flow in flows]
    }
    context["n_unneeded"] = sum(flow["n_unneeded"] for flow in context["flows"])
    return render(request, "agreements/schedule.html", context)


def _shown_flow(flow: Any) -> dict[str, Any]:
    rows = [
        {
            "element": element,
            "about": ELEMENTS[element.code],
            "kind": ELEMENTS[element.code].category.in_words,
            "answers": [presets.ANALYSES[key].lower() for key in element.answers],
        }
        for element in flow.elements.all()
    ]
    return {
        "flow": flow,
        "rows": rows,
        "is_inside": flow.sender_id == flow.receiver_id,
        "n_unneeded": sum(not row["answers"] for row in rows),
        "form": AddElementForm(
            listed={row["element"].code for row in rows}, auto_id=f"flow{flow.pk}_%s"
        ),
    }


@require_http_methods(["GET", "POST"])
@guarded
def element(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    """Say what one element answers and how its sender came to have it."""
    agreement = loaded_agreement(request, number)
    row = get_object_or_404(
        FlowElement.objects.filter(flow__agreement=agreement).select_related("flow"),
        pk=key,
    )
    initial = {"answers": row.answers, "collected_under": row.collected_under}
    form = ElementForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        sections.set_answers(element=row, **form.cleaned_data, actor=request.user)
        return redirect("draft_schedule", agreement.number)
    context = _draft_context(request, agreement) | {
        "form": form,
        "row": row,
        "about": ELEMENTS[row.code],
    }
    return render(request, "agreements/element.html", context)


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
    context = _draft_context(request, agreement) | {"entries": entries, "form": form}
    status = 422 if form.errors else 200
    return render(request, "agreements/access.html", context, status=status)


@require_GET
@guarded
def check(request: SignedInRequest, number: str) -> HttpResponse:
    """Show every finding and the whole document before it is sent."""
    agreement = loaded_agreement(request, number)
    context = _draft_context(request, agreement) | {
        "clauses": text_of(facts_of(agreement)),
        "has_rail": False,
    }
    return render(request, "agreements/check.html", context)


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
    context = {
        "agreement": agreement,
        "party": organisation,
        "form": form,
        "flows": [_shown_flow(flow) for flow in flows.select_related("receiver")],
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/finding.html", context, status=status)
