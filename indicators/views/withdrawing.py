"""A wrong delivery: what goes with it, counted, before it is withdrawn."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.web import SignedInRequest, guarded
from indicators.forms import WrongDeliveryForm
from indicators.models import Delivery
from indicators.policy import can_withdraw_delivery, visible_deliveries
from indicators.services.withdrawing import reach_of, withdraw_delivery


@require_http_methods(["GET", "POST"])
@guarded
def wrong(request: SignedInRequest, key: int) -> HttpResponse:
    """Say what is wrong with a delivery, and withdraw it with all that it led to."""
    row: Delivery = get_object_or_404(
        visible_deliveries(request.user).select_related("agreement", "sender"), pk=key
    )
    can_withdraw_delivery(request.user, row).require()
    form = WrongDeliveryForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        withdraw_delivery(delivery=row, **form.cleaned_data, actor=request.user)
        messages.success(request, "The delivery is withdrawn.")
        return redirect(row)
    reach = reach_of(row)
    context = {
        "delivery": row,
        "form": form,
        "is_kept": row.agreement.holds.filter(closed_at=None).exists(),
        "n_runs": len(reach.runs),
        "n_unpublished": len(reach.unpublished),
        "n_published": len(reach.published),
        "n_files": len(reach.files),
    }
    status = 422 if form.errors else 200
    return render(request, "indicators/wrong.html", context, status=status)
