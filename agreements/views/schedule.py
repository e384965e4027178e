"""The data schedule and its purposes: flows, elements, and what they are for."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acts import RuleBroken
from accounts.web import SignedInRequest, guarded
from agreements.forms_terms import (
    ElementForm,
    FlowForm,
    NewFlowForm,
    PurposeDetailForm,
)
from agreements.models import FlowElement
from agreements.queries import facts_of
from agreements.rules.elements import ELEMENTS
from agreements.services import sections
from agreements.views.common import (
    chosen,
    draft_context,
    loaded_agreement,
    shown_flow,
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
    context = draft_context(request, agreement) | {
        "flows": [shown_flow(flow) for flow in flows],
        "form": NewFlowForm(agreement=agreement, auto_id="new_%s"),
    }
    context["n_unneeded"] = sum(flow["n_unneeded"] for flow in context["flows"])
    return render(request, "agreements/schedule.html", context)


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
        request.POST or None,
        facts=facts_of(agreement),
        initial={name: getattr(row, name) for name in sections.ELEMENT_FIELDS},
    )
    if request.method == "POST" and form.is_valid():
        sections.save_element(element=row, values=form.values, actor=request.user)
        return redirect("draft_schedule", agreement.number)
    context = draft_context(request, agreement) | {
        "form": form,
        "row": row,
        "about": ELEMENTS[row.code],
    }
    return render(request, "agreements/element.html", context)


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
    form = FlowForm(request.POST or None, initial=initial, agreement=agreement)
    if request.method == "POST" and form.is_valid():
        sections.save_flow(flow=row, values=form.cleaned_data, actor=request.user)
        messages.success(request, "Saved.")
        return redirect("draft_schedule", agreement.number)
    context = draft_context(request, agreement) | {"form": form, "row": row}
    status = 422 if form.errors else 200
    return render(request, "agreements/flow.html", context, status=status)


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
    form = PurposeDetailForm(request.POST or None, initial=initial, agreement=agreement)
    if request.method == "POST" and form.is_valid():
        sections.save_purpose(purpose=row, values=form.cleaned_data, actor=request.user)
        messages.success(request, "Saved.")
        return redirect("draft_section", agreement.number, "purpose")
    context = draft_context(request, agreement) | {"form": form, "row": row}
    status = 422 if form.errors else 200
    return render(request, "agreements/purpose.html", context, status=status)


@require_POST
@guarded
def new_purpose(request: SignedInRequest, number: str) -> HttpResponse:
    """Add a purpose, to be filled in."""
    agreement = loaded_agreement(request, number)
    row = sections.add_purpose(agreement=agreement, actor=request.user)
    return redirect("draft_purpose", agreement.number, row.pk)
