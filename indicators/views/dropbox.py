"""The drop box's page: where it is, and whose keys open it."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acts import RuleBroken
from accounts.web import SignedInRequest, guarded
from indicators.forms import KeyForm
from indicators.models.dropbox import account_of
from indicators.policy import drop_boxes, visible_keys
from indicators.services.dropbox import add_key, withdraw_key
from partnerships.policy import administered


@require_http_methods(["GET", "POST"])
@guarded
def drop_box(request: SignedInRequest) -> HttpResponse:
    """Show the drop boxes that a person looks after or delivers to; add a key."""
    boxes = drop_boxes(request.user)
    if not boxes.exists():
        raise Http404
    kept = administered(request.user)
    form = KeyForm(request.POST or None, organisations=kept) if kept else None
    if request.method == "POST" and form is None:
        raise Http404
    status = 200
    if form is not None and request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                key = add_key(**form.cleaned_data, actor=request.user)
            except RuleBroken as broken:
                form.add_error(None, broken.message)
                status = broken.status
            else:
                messages.success(request, f"“{key.label}” opens the drop box now.")
                return redirect("drop_box")
    context = {
        "boxes": [(box, account_of(box)) for box in boxes],
        "host": settings.SFTP_PUBLIC_HOST,
        "port": settings.SFTP_PORT,
        "keys": visible_keys(request.user).select_related("organisation", "holder"),
        "kept": set(kept.values_list("pk", flat=True)),
        "form": form,
    }
    return render(request, "indicators/drop_box.html", context, status=status)


@require_POST
@guarded
def withdraw(request: SignedInRequest, key: int) -> HttpResponse:
    """Withdraw a key."""
    row = get_object_or_404(
        visible_keys(request.user).select_related("organisation"), pk=key
    )
    withdraw_key(key=row, actor=request.user)
    messages.success(request, f"“{row.label}” opens nothing any more.")
    return redirect("drop_box")
