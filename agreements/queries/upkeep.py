"""What an agreement in force asks of its parties today."""

from dataclasses import replace
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from agreements.models import AccessEntry, Agreement, Obligation, Standing
from agreements.queries.facts import facts_of
from agreements.queries.in_force import CHANGES, mandate_row
from agreements.rules import facts as f
from agreements.rules.people import REVIEW_DAYS, TRAINING_DAYS
from agreements.rules.vocabulary import Capacity


def running_text(agreement: Agreement) -> Agreement:
    """Return the agreement whose text runs: its last executed change, or itself."""
    row = mandate_row(agreement)
    return row.agreement if row else agreement


def facts_today(agreement: Agreement) -> f.AgreementFacts:
    """Return the facts of the text that runs, and of what is kept under it."""
    facts = facts_of(running_text(agreement))
    holders = facts.acting_as(Capacity.LINKER) or facts.parties
    return replace(
        facts,
        is_in_force=agreement.state == "in_force",
        datasets=tuple(
            _dataset(duty, holder=holders[0].key)
            for duty in agreement.obligations.select_related("certificate")
        ),
    )


def _dataset(duty: Obligation, *, holder: str) -> f.Dataset:
    kinds = (Obligation.Kind.LINKING_LIST, Obligation.Kind.RECORD_CODES)
    is_list = duty.kind in kinds
    done, certificate = duty.discharged_at, duty.certificate
    return f.Dataset(
        key=duty.get_kind_display(),
        holder=holder,
        has_identifiers=is_list,
        has_analysis=not is_list,
        destroy_by=duty.due_on,
        destroyed_on=timezone.localtime(done).date() if done else None,
        certified_on=(
            timezone.localtime(certificate.created_at).date() if certificate else None
        ),
    )


def access_now(agreement: Agreement) -> QuerySet[AccessEntry]:
    """Return the lines of the access list that runs, of people who are still here."""
    return _of_the_present().filter(agreement=running_text(agreement))


def _of_the_present() -> QuerySet[AccessEntry]:
    return AccessEntry.objects.filter(
        membership__ended_on=None, membership__user__is_active=True
    )


def lapsed(today: date) -> Q:
    """Return which lines of an access list count no more (R-092)."""
    trained = today - timedelta(days=TRAINING_DAYS)
    reviewed = today - timedelta(days=REVIEW_DAYS)
    return (
        Q(membership__trained_on__lt=trained)
        | Q(membership__pledged_on__lt=trained)
        | Q(reviewed_on__lt=reviewed)
        | Q(reviewed_on=None, from_on__lt=reviewed)
        | Q(reviewed_on=None, from_on=None, agreement__starts_on__lt=reviewed)
    )


def with_lapsed_access(today: date) -> QuerySet[Agreement]:
    """Return the agreements in force some of whose people's access has lapsed."""
    texts = _of_the_present().filter(lapsed(today)).values("agreement")
    changed = Standing.objects.filter(agreement__in=texts, agreement__kind__in=CHANGES)
    return Agreement.objects.filter(
        Q(pk__in=texts) | Q(pk__in=changed.values("parent")), state="in_force"
    ).exclude(kind__in=CHANGES)
