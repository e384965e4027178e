"""The data schedule and its purposes: flows, elements, and what they are for."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts import hooks
from accounts.acts import RuleBroken
from accounts.web import SignedInRequest, guarded, render_region
from agreements.events import LikelyOf
from agreements.forms.sections import BREAKDOWN_CHOICES
from agreements.forms.terms import (
    ElementForm,
    FlowForm,
    NewFlowForm,
    PurposeDetailForm,
)
from agreements.models import Agreement, FlowElement
from agreements.queries import facts_of
from agreements.queries.schedule import questions_of
from agreements.rules.elements import ELEMENTS
from agreements.services import sections
from agreements.views.common import (
    chosen,
    draft_context,
    is_autosave,
    loaded_agreement,
    section_page,
    shown_flow,
)
from agreements.views.tasks import next_after


@require_http_methods(["GET", "POST"])
@guarded
def schedule(request: SignedInRequest, number: str) -> HttpResponse:
    """Show the data schedule; list what is needed, unlist, drop what is not."""
    agreement = loaded_agreement(request, number)
    flows = agreement.flows.select_related("sender", "receiver").prefetch_related(
        "elements"
    )
    asked = questions_of(agreement)
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
        if "complete" in request.POST:
            flow = chosen(flows, request.POST["complete"])
            sections.list_needed(flow=flow, actor=request.user)
            messages.success(request, "Listed. Remove what you do not need.")
            return redirect("draft_schedule", agreement.number)
        if "show_by" in request.POST or "leave_out" in request.POST:
            _shown_otherwise(request, agreement)
            return redirect("draft_schedule", agreement.number)
        unwanted = (
            [chosen(elements, request.POST["remove"])]
            if "remove" in request.POST
            else [
                element
                for element in elements
                if "tidy" in request.POST and asked.isdisjoint(element.answers)
            ]
        )
        sections.unlist_elements(
            agreement=agreement, elements=unwanted, actor=request.user
        )
        messages.success(request, "Removed from the schedule.")
        return redirect("draft_schedule", agreement.number)
    context = draft_context(request, agreement) | {
        "flows": [shown_flow(flow, asked) for flow in flows],
        "form": NewFlowForm(agreement=agreement, auto_id="new_%s"),
        "next": next_after(agreement, "schedule"),
    }
    context["n_unneeded"] = sum(flow["n_unneeded"] for flow in context["flows"])
    context["likely"] = hooks.ask(LikelyOf(agreement, request.user))
    context["is_working"] = any(each.is_working for each in context["likely"])
    return render_region(
        request, "agreements/schedule.html", "agreements/_likely.html", context
    )


def _shown_otherwise(request: SignedInRequest, agreement: Agreement) -> None:
    """Show the tables by a breakdown of the catalogue more, or by one less."""
    added, left = (request.POST.get(name, "") for name in ("show_by", "leave_out"))
    known = [code for code, _ in BREAKDOWN_CHOICES]
    if not {added, left} - {""} <= {*known}:
        raise Http404
    wanted = {*agreement.breakdowns, added} - {left}
    sections.save_section(
        agreement=agreement,
        section="purpose",
        values={"breakdowns": [code for code in known if code in wanted]},
        actor=request.user,
    )
    messages.success(
        request,
        f"Tables are shown by {added}."
        if added
        else f"{left.capitalize()} is left out.",
    )


@require_http_methods(["GET", "POST"])
@guarded
def element(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    """Say what one element answers and how its sender came to have it."""
    agreement = loaded_agreement(request, number)
    row = get_object_or_404(
        FlowElement.objects.filter(flow__agreement=agreement).select_related("flow"),
        pk=key,
    )
    form = ElementForm(
        request.POST if request.method == "POST" else None,
        facts=facts_of(agreement),
        initial={name: getattr(row, name) for name in sections.ELEMENT_FIELDS},
    )
    if request.method == "POST":
        form.is_valid()
        sections.save_element(element=row, values=form.values, actor=request.user)
        if not form.errors and not is_autosave(request):
            return redirect("draft_schedule", agreement.number)
    context = draft_context(request, agreement)
    context |= {"row": row, "about": ELEMENTS[row.code]}
    return section_page(request, "agreements/element.html", context, form)


@require_http_methods(["GET", "POST"])
@guarded
def flow(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    """Say how, why and on what ground something is sent; or take it out."""
    agreement = loaded_agreement(request, number)
    row = get_object_or_404(agreement.flows.select_related("sender"), pk=key)
    if "remove" in request.POST:
        sections.remove_flow(flow=row, actor=request.user)
        messages.success(request, "Removed from the schedule.")
        return redirect("draft_schedule", agreement.number)
    initial = {name: getattr(row, name) for name in sections.FLOW_FIELDS}
    posted = request.POST if request.method == "POST" else None
    form = FlowForm(posted, initial=initial, agreement=agreement, flow=row)
    if request.method == "POST":
        form.is_valid()
        sections.save_flow(flow=row, values=form.cleaned_data, actor=request.user)
        if not form.errors and not is_autosave(request):
            messages.success(request, "Saved.")
            return redirect("draft_schedule", agreement.number)
    context = draft_context(request, agreement) | {"row": row}
    return section_page(request, "agreements/flow.html", context, form)


@require_POST
@guarded
def new_flow(request: SignedInRequest, number: str) -> HttpResponse:
    """Add something that one party sends another."""
    agreement = loaded_agreement(request, number)
    form = NewFlowForm(request.POST, agreement=agreement)
    if form.is_valid():
        try:
            row = sections.add_flow(
                agreement=agreement, **form.cleaned_data, actor=request.user
            )
        except RuleBroken as broken:
            messages.error(request, broken.message)
        else:
            return redirect("draft_flow", agreement.number, row.pk)
    else:
        messages.error(request, "Name it, and choose who sends it and who receives it.")
    return redirect("draft_schedule", agreement.number)


@require_http_methods(["GET", "POST"])
@guarded
def purpose(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    """Say what one purpose is and what its legal ground must know; or take it out."""
    agreement = loaded_agreement(request, number)
    row = get_object_or_404(agreement.purposes, pk=key)
    if "remove" in request.POST:
        sections.remove_purpose(purpose=row, actor=request.user)
        messages.success(request, "The purpose was removed.")
        return redirect("draft_section", agreement.number, "purpose")
    initial = {name: getattr(row, name) for name in sections.PURPOSE_FIELDS}
    posted = request.POST if request.method == "POST" else None
    form = PurposeDetailForm(posted, initial=initial, agreement=agreement)
    if request.method == "POST":
        form.is_valid()
        sections.save_purpose(purpose=row, values=form.cleaned_data, actor=request.user)
        if not form.errors and not is_autosave(request):
            messages.success(request, "Saved.")
            return redirect("draft_section", agreement.number, "purpose")
    context = draft_context(request, agreement) | {"row": row}
    return section_page(request, "agreements/purpose.html", context, form)


@require_POST
@guarded
def new_purpose(request: SignedInRequest, number: str) -> HttpResponse:
    """Add a purpose, to be filled in."""
    agreement = loaded_agreement(request, number)
    row = sections.add_purpose(agreement=agreement, actor=request.user)
    return redirect("draft_purpose", agreement.number, row.pk)
