"""Comments on an agreement: an organisation's own, and those for all parties."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acts import Conflict, Refused, RuleBroken
from accounts.web import SignedInRequest, guarded
from agreements.comment_policy import (
    commenting_for,
    resolvable_comments,
    visible_comments,
)
from agreements.forms.review import CommentForm
from agreements.items import label_of
from agreements.models import Agreement, Comment
from agreements.queries import facts_of, text_of
from agreements.services import comments as services
from agreements.terms_text import terms_of
from agreements.views.common import loaded_agreement


@require_http_methods(["GET", "POST"])
@guarded
def comments(request: SignedInRequest, number: str) -> HttpResponse:
    """Show the comments that a person may read; write one."""
    agreement = loaded_agreement(request, number)
    facts = facts_of(agreement)
    text = {"terms": terms_of(facts), "clauses": text_of(facts)}
    own = commenting_for(request.user, agreement)
    form = CommentForm(
        request.POST or None,
        initial={"item": request.GET.get("item", ""), "organisation": own.first()},
        text=text,
        organisations=own,
    )
    if request.method == "POST":
        if form.is_valid() and _written(request, agreement, form):
            messages.success(request, "Your comment is on record.")
            return redirect("comments", agreement.number)
        if not own.exists():
            raise Refused("Only people of the parties comment, while the text is open.")
    rows = visible_comments(request.user).filter(agreement=agreement)
    resolvable = set(
        resolvable_comments(request.user)
        .filter(agreement=agreement)
        .values_list("pk", flat=True)
    )
    context = {
        "agreement": agreement,
        "form": form if own.exists() else None,
        "comments": [
            {
                "row": row,
                "label": label_of(row.item, text),
                "may_resolve": row.pk in resolvable,
            }
            for row in rows.select_related(
                "agreement", "author", "organisation", "resolved_by"
            )
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/comments.html", context, status=status)


def _written(request: SignedInRequest, agreement: Agreement, form: CommentForm) -> bool:
    try:
        services.comment(agreement=agreement, actor=request.user, **form.cleaned_data)
    except (Conflict, Refused):
        raise  # there is nothing to put right on this page
    except RuleBroken as broken:
        form.add_error("item", broken.message)
        return False
    return True


@require_POST
@guarded
def resolve_comment(request: SignedInRequest, key: int) -> HttpResponse:
    """Mark a comment as done with."""
    comment: Comment = get_object_or_404(
        visible_comments(request.user).select_related("agreement", "organisation"),
        pk=key,
    )
    services.resolve(comment=comment, actor=request.user)
    messages.success(request, "Resolved. It stays on record.")
    return redirect("comments", comment.agreement.number)
