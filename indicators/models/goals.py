"""Target, TargetDecision, Intervention: what partners aim at, and do for it."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.history import tracked
from agreements.models import Agreement
from agreements.models.agreements import known_states
from indicators.lifecycle import INTERVENTION, TARGET
from indicators.models.releases import Release
from partnerships.models import Organisation


class Target(models.Model):
    """A rate to be reached by two school years, from a baseline as it was printed.

    measure: its id in the release. dim, value: the group, or "" for all residents.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="targets"
    )
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, related_name="targets"
    )
    measure = models.CharField(max_length=120)
    measure_label = models.CharField(max_length=160)
    is_lower_better = models.BooleanField()
    dim = models.CharField(max_length=60, blank=True)
    value = models.CharField(max_length=120, blank=True)
    group_label = models.CharField(max_length=160)
    baseline_period = models.CharField(max_length=20)
    baseline_text = models.CharField(max_length=20)
    short_year = models.CharField(max_length=20)
    short_percent = models.PositiveSmallIntegerField()
    long_year = models.CharField(max_length=20)
    long_percent = models.PositiveSmallIntegerField()
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=12, default=TARGET.initial)
    proposed_for = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    end_reason = models.TextField(blank=True)

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            known_states(TARGET.states, name="target_state_known"),
            models.CheckConstraint(
                condition=models.Q(short_percent__lte=100, long_percent__lte=100),
                name="target_percents_to_100",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    is_lower_better=True, long_percent__lt=models.F("short_percent")
                )
                | models.Q(
                    is_lower_better=False, long_percent__gt=models.F("short_percent")
                ),
                name="target_goes_on",
            ),
            models.UniqueConstraint(
                fields=("agreement", "measure", "dim", "value"),
                condition=models.Q(state="agreed"),
                name="target_once_agreed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.measure_label}: {self.group_label}"

    def get_absolute_url(self) -> str:
        return reverse("target", args=[self.pk])


class TargetDecision(models.Model):
    """One party's own decision on a target."""

    class State(models.TextChoices):
        OPEN = "open", "Waiting"
        AGREED = "agreed", "Agreed"
        DECLINED = "declined", "Declined"

    target = models.ForeignKey(
        Target, on_delete=models.PROTECT, related_name="decisions"
    )
    party = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("target", "party"), name="target_decision_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_by=None, decided_at=None)
                | (
                    models.Q(state__in=("agreed", "declined"))
                    & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="target_decided_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.party} on {self.target}"


class Intervention(models.Model):
    """What was done, by whom and where. places: values of `dim`; none for everywhere.

    labels: the places in words, as they were chosen.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="interventions"
    )
    what = models.CharField(max_length=200)
    provider = models.CharField(max_length=160)
    dim = models.CharField(max_length=60, blank=True)
    places = models.JSONField(default=list)
    labels = models.JSONField(default=list)
    first_on = models.DateField()
    last_on = models.DateField(null=True)
    state = models.CharField(max_length=12, default=INTERVENTION.initial)
    stated_for = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    stated_at = models.DateTimeField()

    history = tracked()

    class Meta:
        ordering = ("first_on", "pk")
        constraints = (
            known_states(INTERVENTION.states, name="intervention_state_known"),
            models.CheckConstraint(
                condition=models.Q(last_on=None)
                | models.Q(last_on__gte=models.F("first_on")),
                name="intervention_ends_after_it_began",
            ),
        )

    def __str__(self) -> str:
        return f"{self.what}, by {self.provider}"
