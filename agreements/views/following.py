"""What follows from an agreement in force: changes, projects, joining."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.acts import Conflict, RuleBroken
from accounts.web import SignedInRequest, guarded
from agreements.clause_library import DOCUMENTS
from agreements.forms.following import FollowForm, JoinForm
from agreements.models import Agreement
from agreements.offer_policy import offers_to
from agreements.policy import can_copy
from agreements.queries import IN_FORCE, is_change, standing_text
from agreements.queries.in_force import CHANGES, offering_in
from agreements.rules.vocabulary import AgreementKind, SharingModel
from agreements.services.changing import start_change
from agreements.services.drafting import start_draft
from agreements.services.following import start_joinder, start_project
from agreements.views.common import loaded_agreement
from partnerships.policy import visible_partnerships


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One thing that can follow from an agreement, and what its page says."""

    kind: AgreementKind
    label: str
    heading: str
    says: str


WAYS = {
    "amend": Way(
        kind=AgreementKind.AMENDMENT,
        label="Amend it",
        heading="Amend",
        says="The draft begins with all that is in force. Change what should be "
        "different. The amendment lists those clauses alone, and every owner approves "
        "and signs it. Until then everything goes on as it is.",
    ),
    "renew": Way(
        kind=AgreementKind.RENEWAL,
        label="Renew it",
        heading="Renew",
        says="The draft proposes a term of the same length after this one. Say what "
        "the review found. Every owner approves and signs; nothing renews itself.",
    ),
    "finish": Way(
        kind=AgreementKind.TERMINATION,
        label="End it by agreement",
        heading="End",
        says="The draft proposes today as the last day. Once all have signed, sharing "
        "ends on that day and destruction comes forward. To stop at once, pause it, or "
        "end it early for your organisation alone.",
    ),
    "project": Way(
        kind=AgreementKind.DATA_USE,
        label="Start a project under it",
        heading="Start a data use agreement under",
        says="The project begins as wide as the agreements above it, so narrow it: "
        "remove the fields and the people that its question does not need. Their terms "
        "bind it, and every owner whose records it uses signs.",
    ),
    "outside": Way(
        kind=AgreementKind.REDISCLOSURE,
        label="Let somebody outside analyze",
        heading="Start a redisclosure agreement beside",
        says="Rows leave the system for an analyst outside it only under an agreement "
        "that the owners sign, whose records they are. The draft lists what the owners "
        "may let the analyst have.",
    ),
}


def ways_from(agreement: Agreement) -> dict[str, Way]:
    """Return what may follow from an agreement, by the address of its page."""
    if agreement.state not in IN_FORCE or is_change(agreement):
        return {}
    kind = AgreementKind(agreement.kind.lower())
    is_system = SharingModel(agreement.model).is_system
    left_out = {
        AgreementKind.DATA_USE: kind is AgreementKind.DATA_USE,
        AgreementKind.REDISCLOSURE: not is_system or kind is AgreementKind.REDISCLOSURE,
    }
    return {
        slug: way for slug, way in WAYS.items() if not left_out.get(way.kind, False)
    }


@require_http_methods(["GET", "POST"])
@guarded
def follow(request: SignedInRequest, number: str, way: str) -> HttpResponse:
    """Explain what follows from an agreement in one way, and start its draft."""
    agreement = loaded_agreement(request, number)
    if way not in WAYS:
        raise Http404
    can_copy(request.user, agreement).require()
    asked = ways_from(agreement).get(way)
    if asked is None:
        raise Conflict(
            f"{agreement.number} is not in force, or is no agreement from which this "
            "can start."
        )
    above = (
        agreement.partnership.agreements.filter(state__in=IN_FORCE)
        .exclude(pk=agreement.pk)
        .exclude(kind__in=(*CHANGES, AgreementKind.DATA_USE.upper()))
        if asked.kind is AgreementKind.DATA_USE
        else Agreement.objects.none()
    )
    form = FollowForm(_posted(request), above=above)
    if request.method == "POST" and form.is_valid():
        token, also = form.cleaned_data["token"], form.cleaned_data.get("also", [])
        try:
            draft = _started(agreement, asked.kind, [agreement, *also], request, token)
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, f"{draft.number} is a draft now.")
            return redirect("draft", draft.number)
    context = {"agreement": agreement, "way": asked, "form": form}
    status = 422 if form.errors else 200
    return render(request, "agreements/follow.html", context, status=status)


def _posted(request: SignedInRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _started(
    agreement: Agreement,
    kind: AgreementKind,
    parents: list[Agreement],
    request: SignedInRequest,
    token: UUID | None,
) -> Agreement:
    actor = request.user
    if kind is AgreementKind.DATA_USE:
        return start_project(parents=parents, actor=actor, token=token)
    if kind is AgreementKind.REDISCLOSURE:
        return start_draft(
            partnership=agreement.partnership,
            kind=kind,
            model=SharingModel(agreement.model),
            actor=actor,
            token=token,
        )
    return start_change(agreement=agreement, kind=kind, actor=actor, token=token)


@require_GET
@guarded
def offers(request: SignedInRequest) -> HttpResponse:
    """List the agreements that the person's organisations may join today."""
    rows = offers_to(request.user)
    context = {
        "columns": ("Agreement", "Offered by", "Joining ends"),
        "offers": [
            {"row": row, "by": [party.organisation.name for party in offering_in(row)]}
            for row in rows
        ],
    }
    return render(request, "agreements/offers.html", context)


@require_http_methods(["GET", "POST"])
@guarded
def join(request: SignedInRequest, number: str) -> HttpResponse:
    """Show the terms that an agreement offers, and start to join it.

    Parties, fields and people are each joinder's own: those of others are not shown.
    """
    offer = get_object_or_404(offers_to(request.user), number=number)
    offering = offering_in(offer)
    partnerships = (
        visible_partnerships(request.user)
        .filter(organisations__in=[party.organisation_id for party in offering])
        .distinct()
    )
    form = JoinForm(_posted(request), partnerships=partnerships)
    if request.method == "POST" and form.is_valid():
        try:
            draft = start_joinder(offer=offer, **form.cleaned_data, actor=request.user)
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, f"{draft.number} is a draft now.")
            return redirect("draft", draft.number)
    context = {
        "offer": offer,
        "by": [party.organisation.name for party in offering],
        "form": form,
        "has_partnership": partnerships.exists(),
        "clauses": [
            clause
            for clause in standing_text(offer)
            if clause["key"] not in DOCUMENTS[AgreementKind.JOINDER].mandatory
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/join.html", context, status=status)
