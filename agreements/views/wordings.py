"""The draft's clauses: the library's, the parties' own words, and clauses they add."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.acts import RuleBroken
from accounts.web import SignedInRequest, guarded
from agreements.clause_library import LIBRARY, variables_in
from agreements.clause_values import MEANING
from agreements.forms.clauses import OwnClauseForm, WordingForm
from agreements.models import Agreement
from agreements.policy import can_edit
from agreements.queries import facts_of, text_of
from agreements.queries.library import wordings_of
from agreements.services import wordings
from agreements.views.common import loaded_agreement
from agreements.views.tasks import next_after


@require_http_methods(["GET", "POST"])
@guarded
def clauses(request: SignedInRequest, number: str) -> HttpResponse:
    """List the draft's clauses, and add one of the parties' own."""
    agreement = loaded_agreement(request, number)
    form = OwnClauseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = wordings.add_own_clause(
                agreement=agreement, **form.cleaned_data, actor=request.user
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, f"{added.key} was added.")
            return redirect("draft_clauses", agreement.number)
    context = {
        "agreement": agreement,
        "decision": can_edit(request.user, agreement),
        "clauses": text_of(facts_of(agreement)),
        "form": form,
        "next": next_after(agreement, "clauses"),
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/clauses.html", context, status=status)


@require_http_methods(["GET", "POST"])
@guarded
def clause(request: SignedInRequest, number: str, key: str) -> HttpResponse:
    """Word one clause, with the library's text beside it, or restore that."""
    agreement = loaded_agreement(request, number)
    context = _context(agreement, key)
    if request.method == "POST" and "restore" in request.POST:
        wordings.restore_wording(agreement=agreement, clause=key, actor=request.user)
        messages.success(request, "The parties' own words were taken out.")
        return redirect("draft_clauses", agreement.number)
    form = WordingForm(
        request.POST or None,
        initial={
            "text": context["wording"],
            "is_indemnity": context["is_indemnity"],
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            wordings.set_wording(
                agreement=agreement, clause=key, **form.cleaned_data, actor=request.user
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, f"The wording of {key} was saved.")
            return redirect("draft_clauses", agreement.number)
    context |= {"form": form, "decision": can_edit(request.user, agreement)}
    status = 422 if form.errors else 200
    return render(request, "agreements/clause.html", context, status=status)


def _context(agreement: Agreement, key: str) -> dict[str, Any]:
    """Return a clause as it is worded now and in the library; 404 if it has none."""
    facts = facts_of(agreement)
    shown = {each["key"]: each for each in text_of(facts)}
    if key not in shown:
        raise Http404
    library = LIBRARY[key].wording_for(facts) if key in LIBRARY else ""
    mine = wordings_of(agreement).filter(key=key).first()
    return {
        "agreement": agreement,
        "clause": shown[key],
        "library": library,
        "mine": mine,
        "wording": mine.text if mine else library,
        "is_indemnity": mine.is_indemnity if mine else False,
        "variables": [
            (f"{{{name}}}", MEANING[name])
            for name in variables_in(mine.text if mine else library)
            if name in MEANING
        ],
    }
