"""One agreement, its documents."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import hooks, jobs
from accounts.acts import RuleBroken
from accounts.web import SignedInRequest, guarded
from agreements.events import WaysOn
from agreements.forms.agreements import CopyForm
from agreements.inheriting import inherited
from agreements.models import Document
from agreements.policy import (
    can_copy,
    can_edit,
    can_hold,
    can_pause,
    can_reopen,
    visible_documents,
)
from agreements.queries import (
    facts_of,
    latest_round,
    mandate_of,
    mandate_row,
    owners_of,
    standing_text,
)
from agreements.services.copying import copy_as_new
from agreements.services.signing import EXECUTE, RENDER
from agreements.signing_policy import (
    can_sign,
    checkable_papers,
    paper_party,
    receiving_for,
)
from agreements.views.common import loaded_agreement
from agreements.views.following import ways_from
from agreements.views.overview import overview_of
from agreements.views.words import mandate_in_words


@require_GET
@guarded
def agreement(request: SignedInRequest, number: str) -> HttpResponse:
    """Show where an agreement stands and what comes next."""
    row = loaded_agreement(request, number)
    facts, clauses = facts_of(row), standing_text(row)
    mandate, terms = mandate_of(row), mandate_row(row)
    may_copy = can_copy(request.user, row)
    round_ = latest_round(row)
    approvals = (
        round_.approvals.select_related("owner", "decided_by", "round")
        if round_
        else ()
    )
    executed = (
        row.documents.filter(kind=Document.Kind.EXECUTED).defer("content").first()
    )
    job = jobs.latest(EXECUTE, row) or jobs.latest(RENDER, row)
    context = {
        "agreement": row,
        "clauses": clauses,
        "inherited": inherited(facts, [each["key"] for each in clauses]),
        "mandate": mandate_in_words(facts, mandate) if mandate else [],
        "mandate_digest": terms.record_digest if terms else "",
        "ways": ways_from(row) if may_copy else {},
        "approvals": approvals,
        "signatures": row.signatures.select_related(
            "signatory__user", "signatory__organisation"
        ),
        "declines": row.declines.select_related(
            "signatory__user", "signatory__organisation"
        ),
        "papers": checkable_papers(request.user).filter(agreement=row),
        "paper_party": paper_party(request.user, row),
        "executed": executed,
        "untaken": receiving_for(request.user, executed) if executed else (),
        "receipts": (
            executed.receipts.select_related("organisation") if executed else ()
        ),
        "documents": row.documents.defer("content"),
        "obligations": row.obligations.all(),
        "holds": row.holds.filter(closed_at=None).select_related("owner"),
        "may_edit": can_edit(request.user, row),
        "may_sign": can_sign(request.user, row),
        "may_reopen": can_reopen(request.user, row),
        "may_pause": can_pause(request.user, row),
        "paused_by": [
            party.organisation.name
            for party in row.parties.select_related("organisation")
            if party.organisation_id in row.paused_by
        ],
        "may_copy": may_copy,
        "copy_form": CopyForm(auto_id=False),
        "may_hold": [o for o in owners_of(row) if can_hold(request.user, row, o)],
        "ways_on": hooks.ask(WaysOn(row, request.user)),
        "job": job if job and job.is_open else None,
        "today": facts.today,
    }
    context |= overview_of(request.user, row, facts, mandate)
    return render(request, "agreements/detail.html", context)


@require_POST
@guarded
def copy(request: SignedInRequest, number: str) -> HttpResponse:
    """Start a new draft that says what an agreement says."""
    agreement = loaded_agreement(request, number)
    form = CopyForm(request.POST)
    if not form.is_valid():
        raise RuleBroken("Open the agreement again and press the button there.")
    draft = copy_as_new(agreement=agreement, actor=request.user, **form.cleaned_data)
    messages.success(request, f"{draft.number} starts as a copy of {number}.")
    return redirect("draft", draft.number)


@require_GET
@guarded
def document(request: SignedInRequest, key: int) -> HttpResponse:
    """Send the bytes of a document."""
    row: Document = get_object_or_404(
        visible_documents(request.user).select_related("agreement"), pk=key
    )
    response = HttpResponse(bytes(row.content), content_type="application/pdf")
    response["Content-Disposition"] = (
        f'attachment; filename="{row.agreement.number}-{row.kind}.pdf"'
    )
    return response
