"""A partner's edited Word file: what it proposes, and what becomes of that."""

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.acts import Refused, RuleBroken
from accounts.uploads import (
    MemoryUploadHandler,
    expects_uploads,
    require_whole_upload,
)
from accounts.web import SignedInRequest, guarded
from agreements.compare import Mark, Piece, redline
from agreements.forms.versions import WordFileForm
from agreements.models import Agreement, Proposal
from agreements.policy import can_edit
from agreements.services.proposals import (
    accept_proposal,
    import_word,
    set_aside_proposal,
)
from agreements.views.common import chosen, loaded_agreement

CAP_BYTES = 10 * 1024**2


class WordUploadHandler(MemoryUploadHandler):
    """Keeps a Word file in memory alone, and says what to do with a larger one."""

    advice = "Take pictures and embedded files out of the file, and send it again."


@expects_uploads(cap_bytes=CAP_BYTES)  # `_bring_in` checks the token
@require_http_methods(["GET", "POST"])
@guarded
def bring_in(request: SignedInRequest, number: str) -> HttpResponse:
    """Read a partner's Word file; what it proposes waits for decisions."""
    agreement = loaded_agreement(request, number)
    if request.method == "POST":
        can_edit(request.user, agreement).require()
        request.upload_handlers = [WordUploadHandler(request, cap_bytes=CAP_BYTES)]
    return _bring_in(request, agreement)


@csrf_protect
def _bring_in(request: SignedInRequest, agreement: Agreement) -> HttpResponse:
    form, status = WordFileForm(), 200
    if request.method == "POST":
        form, status = WordFileForm(request.POST, request.FILES), 422
        try:
            require_whole_upload(request)
            if form.is_valid():
                file: InMemoryUploadedFile = form.cleaned_data["file"]
                found = import_word(
                    agreement=agreement, content=file.read(), actor=request.user
                )
                messages.success(request, _told(len(found)))
                return redirect("proposals", agreement.number)
        except RuleBroken as broken:
            form.errors.clear()  # a form that was cut off lacks its file, too
            form.add_error(None, broken.message)
            status = broken.status
    context = {
        "agreement": agreement,
        "form": form,
        "decision": can_edit(request.user, agreement),
        "cap_mb": CAP_BYTES // 1024**2,
    }
    return render(request, "agreements/bring_in.html", context, status=status)


def _told(n_found: int) -> str:
    if n_found == 1:
        return "The file holds one change or comment. Nothing of it has been applied."
    return (
        f"The file holds {n_found} changes and comments. None of them has been applied."
    )


@require_http_methods(["GET", "POST"])
@guarded
def decide(request: SignedInRequest, number: str) -> HttpResponse:
    """Show the open proposals clause by clause; accept one or set it aside."""
    agreement = loaded_agreement(request, number)
    rows = agreement.proposals.all()
    if request.method == "POST":
        if "accept" in request.POST:
            row = chosen(rows, request.POST["accept"])
            return _decided(request, agreement, row, is_accepted=True)
        row = chosen(rows, request.POST.get("set_aside"))
        return _decided(request, agreement, row, is_accepted=False)
    return _page(request, agreement)


def _decided(
    request: SignedInRequest, agreement: Agreement, row: Proposal, *, is_accepted: bool
) -> HttpResponse:
    service = accept_proposal if is_accepted else set_aside_proposal
    try:
        service(proposal=row, actor=request.user)
    except RuleBroken as broken:
        if isinstance(broken, Refused):
            raise
        return _page(request, agreement, refused=(row.pk, broken))
    done = "Accepted" if is_accepted else "Set aside"
    messages.success(request, f"{done}: {row.get_kind_display().lower()}, {row.place}.")
    return redirect("proposals", agreement.number)


def _page(
    request: SignedInRequest,
    agreement: Agreement,
    refused: tuple[int, RuleBroken] | None = None,
) -> HttpResponse:
    rows = list(
        agreement.proposals.select_related(
            "imported_by", "decided_by"
        ).prefetch_related("version")  # one text for all that a file proposes
    )
    groups: dict[str, list[dict[str, Any]]] = {}
    open_rows = [row for row in rows if row.decided_at is None]
    for row in sorted(open_rows, key=lambda row: (not row.clause, row.pk)):
        groups.setdefault(_group(row), []).append(
            _shown(row, refused[1].message if refused and refused[0] == row.pk else "")
        )
    context = {
        "agreement": agreement,
        "groups": [
            {"heading": name, "id": f"group-{position}", "proposals": shown}
            for position, (name, shown) in enumerate(groups.items())
        ],
        "decided": [row for row in rows if row.decided_at is not None],
        "decision": can_edit(request.user, agreement),
    }
    status = refused[1].status if refused else 200
    return render(request, "agreements/proposals.html", context, status=status)


def _group(row: Proposal) -> str:
    if not row.clause:
        return "In no clause"
    return row.place.removeprefix("Heading of ").removeprefix("Order: ")


def _shown(row: Proposal, refusal: str) -> dict[str, Any]:
    return {
        "row": row,
        "refusal": refusal,
        "is_comment": row.kind == Proposal.Kind.COMMENT,
        "pieces": _in_context(row),
        "has_place": row.kind == Proposal.Kind.COMMENT or row.is_appliable,
    }


def _in_context(row: Proposal) -> tuple[Piece, ...]:
    """Return a change with the words around it, as far as its place is known."""
    pieces = redline(row.before, row.after)
    if row.starts_at is None or not row.clause:
        return pieces
    text = next(
        (c["text"] for c in row.version.text["clauses"] if c["key"] == row.clause), ""
    )
    end = row.starts_at + len(row.before)
    ahead, after = text[: row.starts_at][-80:], text[end:][:80]
    around = (Piece(Mark.SAME, ahead), *pieces, Piece(Mark.SAME, after))
    return tuple(piece for piece in around if piece.text)
