"""People outside, records on file, overrides, and the states' law."""

from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acts import RuleBroken
from accounts.web import SignedInRequest, as_key, guarded
from agreements.forms.records import OverrideForm, RecordForm, StateForm
from agreements.forms.terms import OnwardForm, SubcontractorForm
from agreements.models import Agreement, ProofRecord, StateSupplement
from agreements.queries import text_standing
from agreements.rules.facts import AgreementFacts
from agreements.services import records, sections
from agreements.states import TOPICS
from agreements.terms_text import shown_digest
from agreements.views.common import (
    draft_context,
    loaded_agreement,
    shown,
)
from agreements.views.tasks import next_after
from partnerships.models import Organisation
from partnerships.policy import acts_for, memberships_of
from partnerships.roles import Capability

LISTS = {"onward": OnwardForm, "subcontractors": SubcontractorForm}


@require_http_methods(["GET", "POST"])
@guarded
def outside(request: SignedInRequest, number: str) -> HttpResponse:
    """List who else handles records: parties onward, and subcontractors."""
    agreement = loaded_agreement(request, number)
    forms = {
        name: form(
            request.POST if request.POST.get("add") == name else None,
            agreement=agreement,
            auto_id=f"{name}_%s",
        )
        for name, form in LISTS.items()
    }
    if request.method == "POST":
        changed = _changed_list(request, agreement, forms)
        if changed is not None:
            sections.save_section(
                agreement=agreement,
                section="outside",
                values=changed,
                actor=request.user,
            )
            messages.success(request, "Saved.")
            return redirect("draft_outside", agreement.number)
    names = {
        str(party.organisation_id): party.organisation.name
        for party in agreement.parties.select_related("organisation")
    }
    context = draft_context(request, agreement) | {
        "onward": [
            line | {"for": names.get(line["owner"], "")} for line in agreement.onward
        ],
        "subcontractors": [
            line | {"for": names.get(line["party"], "")}
            for line in agreement.subcontractors
        ],
        "forms": forms,
        "next": next_after(agreement, "outside"),
    }
    status = 422 if any(form.errors for form in forms.values()) else 200
    return render(request, "agreements/outside.html", context, status=status)


def _changed_list(
    request: SignedInRequest, agreement: Agreement, forms: dict[str, Any]
) -> dict[str, Any] | None:
    """Return the list as a post would have it; None where it cannot be read."""
    name, _, place = request.POST.get("remove", "").partition(":")
    if name in LISTS and (at := as_key(place)) is not None:
        lines = list(getattr(agreement, name))
        del lines[at : at + 1]
        return {name: lines}
    adding = forms.get(request.POST.get("add", ""))
    if adding is None or not adding.is_valid():
        return None
    name = request.POST["add"]
    return {name: [*getattr(agreement, name), adding.cleaned_data]}


@require_http_methods(["GET", "POST"])
@guarded
def on_file(request: SignedInRequest, number: str) -> HttpResponse:
    """List the records that rules look for; strike one."""
    agreement = loaded_agreement(request, number)
    rows = agreement.proofs.select_related("party", "flow", "recorded_by")
    if request.method == "POST":
        row = get_object_or_404(rows, pk=as_key(request.POST.get("strike")))
        records.strike_record(record=row, actor=request.user)
        messages.success(request, "The record was taken off the file.")
        return redirect("draft_records", agreement.number)
    context = draft_context(request, agreement)
    context |= {
        "records": [
            {"row": each, "read": _text_read(each, context["facts"])} for each in rows
        ],
        "kinds": ProofRecord.Kind.choices,
        "next": next_after(agreement, "records"),
        "states": _states(request, agreement),
    }
    return render(request, "agreements/records.html", context)


def _text_read(row: ProofRecord, facts: AgreementFacts) -> str:
    """Return of which text a review is, in words; "" for what is no review."""
    if row.kind != ProofRecord.Kind.COUNSEL_REVIEW:
        return ""
    is_current = row.part_digest == facts.parts.get(str(row.party_id))
    return "Of the text as it stands" if is_current else "Of an earlier text"


def _states(request: SignedInRequest, agreement: Agreement) -> list[dict[str, Any]]:
    """Return each party's own supplement on its state, if its counsel made one."""
    organisations = Organisation.objects.filter(
        pk__in=agreement.parties.values("organisation")
    ).exclude(state="")
    own = set(memberships_of(request.user).values_list("organisation", flat=True))
    found = StateSupplement.objects.filter(
        organisation__in=organisations, state=F("organisation__state")
    )
    reviewed = {each.organisation_id: each for each in found}
    return [
        {"party": each, "row": reviewed.get(each.pk), "is_own": each.pk in own}
        for each in organisations
    ]


@require_http_methods(["GET", "POST"])
@guarded
def new_record(request: SignedInRequest, number: str, kind: str) -> HttpResponse:
    """Put a record on file."""
    agreement = loaded_agreement(request, number)
    if kind not in ProofRecord.Kind.values:
        raise Http404
    form = RecordForm(request.POST or None, agreement=agreement, kind=kind)
    if request.method == "POST" and form.is_valid():
        try:
            records.keep_record(
                agreement=agreement,
                **form.record,
                text_digest=request.POST.get("text", ""),
                actor=request.user,
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, "The record is on file.")
            return redirect("draft_records", agreement.number)
    context = {
        "agreement": agreement,
        "form": form,
        "title": ProofRecord.Kind(kind).label,
    }
    if kind == ProofRecord.Kind.COUNSEL_REVIEW:
        context["digest"] = shown_digest(text_standing(agreement))
    status = 422 if form.errors else 200
    return render(request, "agreements/new_record.html", context, status=status)


@require_http_methods(["GET", "POST"])
@guarded
def override(request: SignedInRequest, number: str, rule: str) -> HttpResponse:
    """Let counsel of an owner decide that one finding may stand."""
    agreement = loaded_agreement(request, number)
    asked = request.POST if request.method == "POST" else request.GET
    subject = asked.get("subject", "")
    standing = [
        finding
        for finding in records.findings_before_signature(agreement)
        if (finding.rule, finding.subject) == (rule, subject)
    ]
    if not standing:
        raise Http404
    own = acts_for(request.user, Capability.APPROVE).filter(
        pk__in=agreement.flows.values("sender")
    )
    form = OverrideForm(request.POST or None, initial={"subject": subject})
    if request.method == "POST" and form.is_valid():
        try:
            records.override(
                agreement=agreement,
                owner=own.first() or agreement.flows.earliest("pk").sender,
                rule=rule,
                **form.cleaned_data,
                actor=request.user,
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(
                request, "Your decision is on record; every owner is told."
            )
            return redirect("draft_check", agreement.number)
    context = {
        "agreement": agreement,
        "finding": shown(agreement, tuple(standing[:1]))[0],
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/override.html", context, status=status)


@require_POST
@guarded
def withdraw_override(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    """Take back counsel's decision on a finding."""
    agreement = loaded_agreement(request, number)
    row = get_object_or_404(agreement.overrides.select_related("owner"), pk=key)
    records.withdraw_override(decided=row, actor=request.user)
    messages.success(request, "The decision was taken back; the finding blocks again.")
    return redirect("draft_check", agreement.number)


@require_http_methods(["GET", "POST"])
@guarded
def state_law(request: SignedInRequest, key: int) -> HttpResponse:
    """Show an organisation's own state supplement; let its counsel renew it."""
    organisation = get_object_or_404(
        Organisation.objects.filter(
            pk__in=memberships_of(request.user).values("organisation")
        ),
        pk=key,
    )
    row = (
        StateSupplement.objects.filter(
            organisation=organisation, state=organisation.state
        )
        .select_related("reviewed_by")
        .first()
    )
    initial = (
        {f"topic_{name}": row.terms.get(name, "") for name in TOPICS}
        | {"keeps": row.keeps, "keeps_days": row.keeps_days}
        if row
        else {}
    )
    form = StateForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            records.review_state(
                organisation=organisation,
                terms=form.terms,
                keeps=form.cleaned_data["keeps"],
                keeps_days=form.cleaned_data["keeps_days"],
                next_review_on=form.cleaned_data["next_review_on"],
                actor=request.user,
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, f"The law of {organisation.state} is on record.")
            return redirect("state_law", organisation.pk)
    context = {"organisation": organisation, "row": row, "form": form}
    status = 422 if form.errors else 200
    return render(request, "agreements/state_law.html", context, status=status)
