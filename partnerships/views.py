"""Home, partnerships, their ledger, people, and the demo's outbox."""

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import clock, hooks, ledger
from accounts.acts import RuleBroken
from accounts.events import NeedsOf
from accounts.models import LedgerEntry
from accounts.web import SignedInRequest, guarded
from partnerships.events import PanelsOf
from partnerships.forms import (
    AuthorityForm,
    InviteForm,
    OrganisationForm,
    PartnershipForm,
    PledgeForm,
)
from partnerships.models import Membership, Notice
from partnerships.policy import (
    acts_for,
    administered,
    can_form_partnership,
    memberships_of,
    open_invitations,
    places_to_accept,
    visible_notices,
    visible_partnerships,
)
from partnerships.roles import Capability, Role
from partnerships.services.directory import (
    add_organisation,
    end_membership,
    record_authority,
)
from partnerships.services.engagement import accept_partnership, form_partnership
from partnerships.services.people import invite_to_role
from partnerships.services.people import pledge as record_pledge

ENTRIES_SHOWN = 50
NEEDS_SHOWN = 7


@require_GET
@guarded
def home(request: SignedInRequest) -> HttpResponse:
    """Show what needs this person today."""
    needs = sorted(
        hooks.ask(NeedsOf(request.user)),
        key=lambda need: (need.due_on is None, need.due_on, need.subject),
    )
    mine = [need for need in needs if not need.is_waiting_on_others]
    context = {
        "invitations": open_invitations(request.user),
        "needs": mine[:NEEDS_SHOWN],
        "n_needs": len(mine),
        "waiting": [need for need in needs if need.is_waiting_on_others],
        "dates": hooks.ask(PanelsOf(request.user, "dates")),
        "recent": visible_notices(request.user)[:3],
        "today": _today_of(request),
        "has_rail": True,
    }
    return render(request, "partnerships/home.html", context)


def _today_of(request: SignedInRequest) -> date:
    zones = [m.organisation.time_zone for m in memberships_of(request.user)]
    return clock.today(zones or ["UTC"])


@require_http_methods(["GET", "POST"])
@guarded
def partnerships(request: SignedInRequest) -> HttpResponse:
    """List a person's partnerships; form a new one."""
    decision = can_form_partnership(request.user)
    form = PartnershipForm(request.POST or None)
    status = 422 if form.errors else 200
    if request.method == "POST":
        decision.require()
        if form.is_valid():
            own = acts_for(request.user, Capability.DRAFT)
            try:
                partnership = form_partnership(
                    name=form.cleaned_data["name"],
                    organisations=[*own, form.cleaned_data["partner"]],
                    actor=request.user,
                )
            except RuleBroken as broken:
                form.add_error(None, broken.message)
                status = broken.status
            else:
                return redirect(partnership)
    context = {
        "partnerships": visible_partnerships(request.user).prefetch_related(
            "organisations"
        ),
        "decision": decision,
        "form": form,
    }
    return render(request, "partnerships/partnerships.html", context, status=status)


@require_POST
@guarded
def accept(request: SignedInRequest, key: int) -> HttpResponse:
    """Accept an organisation's place in a partnership."""
    row = get_object_or_404(places_to_accept(request.user), pk=key)
    if row.accepted_at is not None:
        messages.info(request, f"{row.organisation.name} has accepted this already.")
        return redirect(row.partnership)
    accept_partnership(participation=row, actor=request.user)
    messages.success(request, f"{row.organisation.name} is now in the partnership.")
    return redirect(row.partnership)


@require_GET
@guarded
def partnership(request: SignedInRequest, key: int) -> HttpResponse:
    """Show one partnership: its organisations, and what upper floors hang here."""
    row = get_object_or_404(visible_partnerships(request.user), pk=key)
    context = {
        "partnership": row,
        "organisations": row.organisations.all(),
        "panels": hooks.ask(PanelsOf(request.user, "partnership", row)),
    }
    return render(request, "partnerships/partnership.html", context)


@require_GET
@guarded
def partnership_ledger(request: SignedInRequest, key: int) -> HttpResponse:
    """Show the newest entries of a partnership's chain, and its head."""
    row = get_object_or_404(visible_partnerships(request.user), pk=key)
    entries = LedgerEntry.objects.filter(chain=row.chain).order_by("-number")
    number, hash_ = ledger.head(row.chain)
    context = {
        "partnership": row,
        "entries": entries[:ENTRIES_SHOWN],
        "number": number,
        "hash": hash_,
    }
    return render(request, "partnerships/ledger.html", context)


@require_http_methods(["GET", "POST"])
@guarded
def people(request: SignedInRequest) -> HttpResponse:
    """List the people of the organisations a person looks after; invite one."""
    organisations = administered(request.user)
    if not organisations.exists():
        raise Http404
    form = InviteForm(request.POST or None, organisations=organisations)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        try:
            invite_to_role(
                **fields | {"role": Role(fields["role"])}, actor=request.user
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
            status = broken.status
        else:
            messages.success(
                request,
                f"{fields['name']} has the role. A new person is invited by e-mail.",
            )
            return redirect("people")
    context = {
        "memberships": Membership.objects.filter(
            organisation__in=organisations, ended_on=None
        ).select_related("user", "organisation"),
        "form": form,
    }
    return render(request, "partnerships/people.html", context, status=status)


@require_POST
@guarded
def leave(request: SignedInRequest, key: int) -> HttpResponse:
    """End one person's role."""
    membership = get_object_or_404(
        Membership.objects.filter(organisation__in=administered(request.user)),
        pk=key,
    )
    zone = membership.organisation.time_zone
    end_membership(membership=membership, today=clock.today([zone]), actor=request.user)
    messages.success(request, "The role has ended, and with it the access it gave.")
    return redirect("people")


@require_http_methods(["GET", "POST"])
@guarded
def authority(request: SignedInRequest, key: int) -> HttpResponse:
    """Show by what a person may sign; record it anew."""
    membership = get_object_or_404(
        Membership.objects.filter(
            organisation__in=administered(request.user), ended_on=None
        ).select_related("user", "organisation"),
        pk=key,
    )
    names = ("source", "reference", "limits", "expires_on")
    initial = {
        f"authority_{name}": getattr(membership, f"authority_{name}") for name in names
    }
    form = AuthorityForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            record_authority(
                membership=membership, **form.cleaned_data, actor=request.user
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(
                request, f"The authority of {membership.user.name} is on record."
            )
            return redirect("people")
    context = {"membership": membership, "form": form}
    status = 422 if form.errors else 200
    return render(request, "partnerships/authority.html", context, status=status)


@require_http_methods(["GET", "POST"])
@guarded
def new_organisation(request: SignedInRequest) -> HttpResponse:
    """Add an organisation that agreements can name as a party."""
    if not administered(request.user).exists():
        raise Http404
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_organisation(**form.cleaned_data, actor=request.user)
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, f"{form.cleaned_data['name']} was added.")
            return redirect("people")
    status = 422 if form.errors else 200
    return render(
        request, "partnerships/new_organisation.html", {"form": form}, status=status
    )


@require_http_methods(["GET", "POST"])
@guarded
def pledge(request: SignedInRequest) -> HttpResponse:
    """Let a person promise confidentiality, for a year."""
    held = memberships_of(request.user)
    if not held.exists():
        raise Http404
    form = PledgeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            record_pledge(
                trained_on=form.cleaned_data["trained_on"], actor=request.user
            )
        except RuleBroken as broken:
            form.add_error("trained_on", broken.message)
        else:
            messages.success(request, "Your pledge is on record.")
            return redirect("home")
    context = {"form": form, "pledged": held.exclude(pledged_on=None).first()}
    status = 422 if form.errors else 200
    return render(request, "partnerships/pledge.html", context, status=status)


@require_GET
@guarded
def outbox(request: SignedInRequest) -> HttpResponse:
    """Show the demo's outgoing mail to the people it is for."""
    if not settings.DEMO:
        raise Http404
    everybody = administered(request.user).exists()
    notices = Notice.objects.all() if everybody else visible_notices(request.user)
    context = {"notices": notices.select_related("recipient")[:100]}
    return render(request, "partnerships/outbox.html", context)
