"""The papers beside an agreement: read on the page, or printed by a worker."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts import jobs
from accounts.web import SignedInRequest, guarded
from agreements.clause_library import DOCUMENTS, papers_of
from agreements.paper_pages import paper_pages
from agreements.policy import can_print
from agreements.queries import facts_of
from agreements.rules.engine import evaluate
from agreements.rules.vocabulary import Stage
from agreements.services import printing
from agreements.views.common import loaded_agreement


@require_GET
@guarded
def papers(request: SignedInRequest, number: str) -> HttpResponse:
    """List the papers that the agreement has."""
    agreement = loaded_agreement(request, number)
    printed = agreement.documents.filter(kind__in=printing.PAPERS).defer("content")
    context = {
        "agreement": agreement,
        "papers": papers_of(facts_of(agreement)),
        "printed": printed,
    }
    return render(request, "agreements/papers.html", context)


@require_http_methods(["GET", "POST"])
@guarded
def paper(request: SignedInRequest, number: str, key: str) -> HttpResponse:
    """Show one paper, or ask a worker to print it."""
    agreement = loaded_agreement(request, number)
    facts = facts_of(agreement)
    if key not in {each.key for each in papers_of(facts)}:
        raise Http404
    if request.method == "POST":
        printing.request_paper(agreement=agreement, paper=key, actor=request.user)
        messages.success(
            request, "A worker prints it. Reload this page in a few seconds."
        )
        return redirect(reverse("papers", args=[agreement.number]))
    context = {
        "agreement": agreement,
        "paper": DOCUMENTS[key],
        "pages": paper_pages(
            agreement,
            facts,
            evaluate(facts, Stage.DRAFT),
            paper=key,
            made_on=facts.today,
        ),
        "decision": can_print(request.user, agreement),
        "job": jobs.latest(f"{printing.PRINT}{key}", agreement),
    }
    return render(request, "agreements/paper.html", context)
