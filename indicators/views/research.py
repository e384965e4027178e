"""Research files: make, read, sign, decide, fetch."""

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import jobs
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.web import SignedInRequest, guarded, render_region
from indicators.forms import (
    CopiesForm,
    DecisionForm,
    DeterminationForm,
    ResearchFileForm,
    SendBackForm,
    WithdrawalForm,
)
from indicators.models import ResearchDecision, ResearchFile
from indicators.policy import readable
from indicators.research_pages import (
    ATTACK_COLUMNS,
    CODEBOOK_COLUMNS,
    COLUMN_COLUMNS,
    COPIES,
    FETCH_COLUMNS,
    attack_rows,
    codebook_rows,
    column_rows,
    decision_lines,
    destroyed_in_words,
    determination,
    fetch_rows,
    report_facts,
    signed_in_words,
)
from indicators.research_policy import (
    can_confirm_copies,
    can_decide_file,
    can_determine,
    can_discard_file,
    can_fetch,
    can_make,
    can_put_forward,
    can_withdraw_file,
    reads_counts,
    reads_how_it_was_made,
    research_flows,
    source_runs,
    visible_research,
)
from indicators.services import research as services
from indicators.services import research_ending
from indicators.services.research_making import (
    JOB,
    earlier_files,
    holds_list,
    least_k,
    make_research_file,
    published_beside,
)

CHUNK = 65_536


@require_GET
@guarded
def research_files(request: SignedInRequest) -> HttpResponse:
    """List research files, and the flows of which one can be made."""
    flows = research_flows(request.user)
    context = {
        "files": visible_research(request.user).select_related(
            "agreement", "recipient"
        ),
        "flows": [flow for flow in flows if can_make(request.user, flow)],
    }
    return render(request, "indicators/research_files.html", context)


@require_http_methods(["GET", "POST"])
@guarded
def new_research_file(request: SignedInRequest, key: int) -> HttpResponse:
    """Ask for a research file of one flow."""
    flow = get_object_or_404(research_flows(request.user), pk=key)
    can_make(request.user, flow).require()
    runs = source_runs(flow)
    form = ResearchFileForm(
        request.POST or None,
        runs=runs,
        outcomes=list(flow.elements.values_list("code", flat=True)),
        initial={"k": least_k(flow)},
    )
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        asked["known_outcomes"] = tuple(asked.get("known_outcomes", ()))
        try:
            file = make_research_file(flow=flow, **asked, actor=request.user)
        except RuleBroken as broken:
            form.add_error(None, broken.message)
            status = broken.status
        else:
            return redirect(file)
    context = {"flow": flow, "form": form, "has_runs": runs.exists()}
    return render(request, "indicators/new_research_file.html", context, status=status)


def _file(request: SignedInRequest, key: int) -> ResearchFile:
    file: ResearchFile = get_object_or_404(
        visible_research(request.user).select_related(
            "agreement",
            "author",
            "file",
            "flow__sender",
            "recipient",
            "run__agreement",
            "run__tenants",
            "signed_by",
        ),
        pk=key,
    )
    return file


def _context(request: SignedInRequest, row: ResearchFile) -> dict[str, Any]:
    user = request.user
    job = jobs.latest(JOB, row)
    context: dict[str, Any] = {
        "file": row,
        "is_open": bool(job and job.is_open),
        "codebook_columns": CODEBOOK_COLUMNS,
        "columns": codebook_rows(row.codebook),
        "may_fetch": can_fetch(user, row),
        "may_confirm": can_confirm_copies(user, row),
        "copies_sentence": COPIES.format(recipient=row.recipient.name),
        "copies_form": CopiesForm(auto_id="id_copies_%s"),
        "destroyed": destroyed_in_words(row),
        "reads_report": reads_how_it_was_made(user, row),
    }
    if not context["reads_report"]:
        return context
    is_exact = reads_counts(user, row)
    decisions = list(row.decisions.select_related("owner", "decided_by"))
    for decision in decisions:
        decision.file = row
    return context | {
        "facts": report_facts(row, is_exact=is_exact),
        "determination": determination(row),
        "signed": signed_in_words(row),
        "earlier": list(earlier_files(row)),
        "releases": readable(user, published_beside(row)),
        "holds_list": holds_list(row.recipient, row.run.agreement),
        "column_columns": COLUMN_COLUMNS,
        "column_rows": column_rows(row.report),
        "attack_columns": ATTACK_COLUMNS,
        "attack_rows": attack_rows(row, is_exact=is_exact),
        "fetch_columns": FETCH_COLUMNS,
        "fetch_rows": fetch_rows(row),
        "decisions": decision_lines(row, decisions, user),
        "mine": next((d for d in decisions if can_decide_file(user, d)), None),
        "may_put_forward": can_put_forward(user, row),
        "may_discard": can_discard_file(user, row),
        "may_determine": can_determine(user, row),
        "may_withdraw": can_withdraw_file(user, row),
        "determination_form": DeterminationForm(),
        "back_form": SendBackForm(auto_id="id_back_%s"),
        "decision_form": DecisionForm(auto_id="id_decision_%s"),
        "withdrawal_form": WithdrawalForm(),
    }


@require_GET
@guarded
def research_file(request: SignedInRequest, key: int) -> HttpResponse:
    """Show one research file: what goes, how it was tested, who decides."""
    return render_region(
        request,
        "indicators/research_file.html",
        "indicators/_research_file.html",
        _context(request, _file(request, key)),
    )


def _done(
    request: SignedInRequest,
    row: ResearchFile,
    do: Callable[[], None],
    *,
    said: str,
    form: tuple[str, forms.Form] | None = None,
) -> HttpResponse:
    """Return to the file once `do` is done; or the page again, with what was wrong."""
    try:
        do()
    except (Conflict, Refused):
        raise
    except RuleBroken as broken:
        if form is None:
            raise
        name, bound = form
        bound.is_valid()
        bound.add_error(None, broken.message)
        return render(
            request,
            "indicators/research_file.html",
            _context(request, row) | {name: bound},
            status=422,
        )
    messages.success(request, said)
    return redirect(row)


@require_POST
@guarded
def forward(request: SignedInRequest, key: int) -> HttpResponse:
    """Put a file before the district."""
    row = _file(request, key)
    return _done(
        request,
        row,
        lambda: services.put_forward(file=row, actor=request.user),
        said="The district's counsel was asked to determine what it is.",
    )


@require_POST
@guarded
def discard(request: SignedInRequest, key: int) -> HttpResponse:
    """Take back a file that is not signed."""
    row = _file(request, key)
    return _done(
        request,
        row,
        lambda: services.discard_file(file=row, actor=request.user),
        said="The research file is discarded.",
    )


@require_POST
@guarded
def sign(request: SignedInRequest, key: int) -> HttpResponse:
    """Take the signature under a determination."""
    row = _file(request, key)
    can_determine(request.user, row).require()
    form = DeterminationForm(request.POST)
    return _done(
        request,
        row,
        lambda: services.determine(
            file=row,
            sha256=request.POST.get("sha256", ""),
            typed_name=request.POST.get("typed_name", ""),
            password=request.POST.get("password", ""),
            actor=request.user,
        ),
        said="Your determination is signed. Every owner's data steward was asked.",
        form=("determination_form", form),
    )


@require_POST
@guarded
def back(request: SignedInRequest, key: int) -> HttpResponse:
    """Send a file back instead of signing."""
    row = _file(request, key)
    can_determine(request.user, row).require()
    reason = request.POST.get("reason", "")
    return _done(
        request,
        row,
        lambda: services.send_back(file=row, reason=reason, actor=request.user),
        said="The file is sent back, and its author was told.",
        form=("back_form", SendBackForm(request.POST, auto_id="id_back_%s")),
    )


@require_POST
@guarded
def decide_research(request: SignedInRequest, key: int) -> HttpResponse:
    """Take one owner's decision."""
    decision = get_object_or_404(
        ResearchDecision.objects.filter(
            file__in=visible_research(request.user)
        ).select_related("owner", "file"),
        pk=key,
    )
    row = decision.file = _file(request, decision.file_id)
    can_decide_file(request.user, decision).require()
    return _done(
        request,
        row,
        lambda: services.decide_file(
            decision=decision,
            approve="approve" in request.POST,
            reason=request.POST.get("reason", ""),
            actor=request.user,
        ),
        said=f"{decision.owner.name} has decided.",
        form=("decision_form", DecisionForm(request.POST, auto_id="id_decision_%s")),
    )


@require_POST
@guarded
def withdraw(request: SignedInRequest, key: int) -> HttpResponse:
    """Stop the downloads of a file, with a reason."""
    row = _file(request, key)
    can_withdraw_file(request.user, row).require()
    reason = request.POST.get("reason", "")
    return _done(
        request,
        row,
        lambda: services.withdraw_file(file=row, reason=reason, actor=request.user),
        said="The file is withdrawn. Whoever fetched it was told to destroy it.",
        form=("withdrawal_form", WithdrawalForm(request.POST)),
    )


@require_POST
@guarded
def confirm(request: SignedInRequest, key: int) -> HttpResponse:
    """Take the signature that copies of a withdrawn file are destroyed."""
    row = _file(request, key)
    can_confirm_copies(request.user, row).require()
    return _done(
        request,
        row,
        lambda: research_ending.confirm_copies(
            file=row,
            typed_name=request.POST.get("typed_name", ""),
            password=request.POST.get("password", ""),
            actor=request.user,
        ),
        said="Your confirmation is signed and recorded.",
        form=("copies_form", CopiesForm(request.POST, auto_id="id_copies_%s")),
    )


@require_POST
@guarded
def fetched(request: SignedInRequest, key: int) -> HttpResponseBase:
    """Send the file to its recipient; the ledger keeps who has it."""
    row = _file(request, key)
    content = services.fetch(file=row, actor=request.user)
    response = StreamingHttpResponse(_chunks(content), content_type="text/csv")
    name = f"{row.agreement.number}-research-{row.pk}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]


@require_GET
@guarded
def codebook(request: SignedInRequest, key: int) -> HttpResponse:
    """Send the codebook of a file as JSON."""
    row = _file(request, key)
    response = HttpResponse(
        services.codebook_of(row), content_type="application/json; charset=utf-8"
    )
    name = f"{row.agreement.number}-research-{row.pk}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
