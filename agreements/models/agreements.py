"""Agreement, Standing, Party, Mandate, and a year's numbers."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.history import tracked
from agreements.lifecycle import AGREEMENT
from agreements.rules.vocabulary import Renewal
from partnerships.models import Membership, Organisation, Partnership


def known_states(states: frozenset[str], *, name: str) -> models.CheckConstraint:
    """Return the constraint that holds `state` to a machine's states."""
    return models.CheckConstraint(
        condition=models.Q(state__in=sorted(states)), name=name
    )


class Agreement(models.Model):
    """One agreement, from its first draft to its end.

    refresh: how often each analysis is made again, by its key; yearly unless it says.
    onward: people outside to whom a receiver may pass records on, as {owner, name,
    interest, basis}. subcontractors: as {party, name, has_flow_down}. offered_to: the
    kind of organisation that may join until `offered_until` (clause C46).
    review_held_on, review_findings and new_targets: what a renewal says of the review.
    signed_on_paper_on: the day of the signatures on its original, which is on record.
    """

    partnership = models.ForeignKey(
        Partnership, on_delete=models.PROTECT, related_name="agreements"
    )
    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=8, default="MOU")
    model = models.CharField(max_length=4, default="2")
    state = models.CharField(max_length=20, default=AGREEMENT.initial)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    drafters = models.JSONField(default=list)
    title = models.CharField(max_length=160)
    public_summary = models.TextField(blank=True)
    measures = models.JSONField(default=list)
    breakdowns = models.JSONField(default=list)
    refresh = models.JSONField(default=dict)
    min_cell = models.PositiveSmallIntegerField(null=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    implementation_on = models.DateField(null=True)
    review_on = models.DateField(null=True)
    renewal = models.CharField(max_length=10, blank=True, default=Renewal.WRITTEN)
    list_days = models.PositiveSmallIntegerField(null=True)
    release_days = models.PositiveSmallIntegerField(null=True)
    end_days = models.PositiveSmallIntegerField(null=True)
    destroy_by = models.DateField(null=True)
    covers_copies = models.BooleanField(default=True)
    breach_hours = models.PositiveSmallIntegerField(null=True)
    contacts = models.CharField(max_length=300, blank=True)
    optional_clauses = models.JSONField(default=list)
    onward = models.JSONField(default=list)
    subcontractors = models.JSONField(default=list)
    offered_to = models.CharField(max_length=20, blank=True)
    offered_until = models.DateField(null=True)
    sending_authority_source = models.CharField(max_length=40, blank=True)
    sending_authority = models.CharField(max_length=200, blank=True)
    signed_on_paper_on = models.DateField(null=True)
    paused_by = models.JSONField(default=list)
    ended_because = models.TextField(blank=True)
    review_held_on = models.DateField(null=True)
    review_findings = models.TextField(blank=True)
    new_targets = models.TextField(blank=True)
    executed_at = models.DateTimeField(null=True)
    start_token = models.UUIDField(null=True)

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            known_states(AGREEMENT.states, name="agreement_state_known"),
            models.UniqueConstraint(
                fields=("partnership", "drafted_by", "start_token"),
                name="agreement_started_once",
            ),
            models.CheckConstraint(
                condition=models.Q(min_cell=None)
                | models.Q(min_cell__gte=1, min_cell__lte=99),
                name="agreement_min_cell_sane",
            ),
        )

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("agreement", args=[self.number])

    @property
    def chain(self) -> str:
        """The ledger chain of the agreement's partnership."""
        return f"partnership:{self.partnership_id}"

    @property
    def state_label(self) -> str:
        """The state in words."""
        return self.state.replace("_", " ").capitalize()


class Standing(models.Model):
    """That an agreement stands under another one, whose terms bind it.

    terms_digest: of a change, the terms in force on which it was drafted.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="standings"
    )
    parent = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="dependants"
    )
    terms_digest = models.CharField(max_length=64, blank=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("agreement", "parent"), name="standing_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(agreement=models.F("parent")),
                name="standing_not_under_itself",
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement} under {self.parent}"


class NumberSeries(models.Model):
    """The last number given in a year; its row is the series' lock. Untracked."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Party(models.Model):
    """One organisation and the capacities in which it acts."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="parties"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    capacities = models.JSONField(default=list)
    signs = models.BooleanField(default=True)
    signatory = models.ForeignKey(
        Membership, null=True, on_delete=models.PROTECT, related_name="+"
    )

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("agreement", "organisation"), name="party_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation} in {self.agreement}"


class Mandate(models.Model):
    """The executed terms as one frozen record. Triggers refuse any change."""

    is_evidence = True

    agreement = models.OneToOneField(
        Agreement, on_delete=models.PROTECT, related_name="mandate"
    )
    record = models.JSONField()
    record_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"mandate of {self.agreement}"
