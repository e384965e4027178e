"""Delivery, Holding, LinkageRun: what arrived, what is kept, what was linked."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.history import tracked
from agreements.models import Agreement
from agreements.models.agreements import known_states
from indicators.lifecycle import DELIVERY, HOLDING, LINKAGE
from partnerships.models import Organisation


class Holding(models.Model):
    """One encrypted blob in the vault: whose, under which agreement, until when."""

    class Kind(models.TextChoices):
        TENANTS = "tenants", "Housing list"
        STUDENTS = "students", "Student records"
        CROSSWALK = "crosswalk", "Pairs of linked people"
        LINKED = "linked", "Linked rows without names"
        REVIEW = "review", "Pairs for a person to read"
        RESEARCH = "research", "Research file"
        CODES = "codes", "Record codes of a research file"
        BUILDINGS = "buildings", "Addresses of buildings"
        COUNTS = "counts", "Counts made by a district"

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="holdings"
    )
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=12, default=HOLDING.initial)
    blob = models.CharField(max_length=64, unique=True)
    key = models.CharField(max_length=64)
    n_rows = models.PositiveIntegerField()
    n_bytes = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)
    unrecoverable_from = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            known_states(HOLDING.states, name="holding_state_known"),
            models.CheckConstraint(
                condition=models.Q(state="held", destroyed_at=None)
                | models.Q(state="destroyed", destroyed_at__isnull=False),
                name="holding_destroyed_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} under {self.agreement}"

    @property
    def is_held(self) -> bool:
        """Whether it still can be read."""
        return self.state == HOLDING.initial


class Delivery(models.Model):
    """One accepted delivery under one flow, with its receipt: no row is here.

    n_repeats: pairs of its records that may be one person under two numbers.
    Why one was withdrawn is chosen from a list, since words would name people.
    """

    class Wrong(models.TextChoices):
        PEOPLE = "people", "It holds people who should have been left out"
        RECORDS = "records", "It holds records that may not be shared"
        VALUES = "values", "Values in it are wrong"
        PERIOD = "period", "It is of another period"
        FILE = "file", "It is another file than was meant"
        PART = "part", "A part of it is missing"

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="deliveries"
    )
    flow = models.CharField(max_length=40)
    sender = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    delivered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=12, default=DELIVERY.initial)
    holding = models.ForeignKey(
        Holding, on_delete=models.PROTECT, related_name="deliveries"
    )
    n_rows = models.PositiveIntegerField()
    n_set_aside = models.PositiveIntegerField()
    n_repeats = models.PositiveIntegerField(default=0)
    files_sha256 = models.CharField(max_length=64)
    receipt = models.JSONField(default=dict)
    has_exclusion_attested = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    wrong = models.CharField(max_length=12, choices=Wrong.choices, blank=True)
    all_destroyed_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            known_states(DELIVERY.states, name="delivery_state_known"),
            models.CheckConstraint(
                condition=(
                    models.Q(state="withdrawn")
                    & models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                    & ~models.Q(wrong="")
                )
                | (
                    ~models.Q(state="withdrawn")
                    & models.Q(withdrawn_at=None, withdrawn_by=None, wrong="")
                    & models.Q(all_destroyed_at=None)
                ),
                name="delivery_withdrawn_together",
            ),
            models.UniqueConstraint(
                fields=("agreement", "flow"),
                condition=models.Q(state="accepted"),
                name="delivery_one_current",
            ),
        )

    def __str__(self) -> str:
        return f"{self.flow} under {self.agreement}"

    def get_absolute_url(self) -> str:
        return reverse("delivery", args=[self.pk])


class LinkageRun(models.Model):
    """One linking of two deliveries: counts and the model's version, no pair."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="runs"
    )
    tenants = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="+")
    students = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, default=LINKAGE.initial)
    message = models.CharField(max_length=400, blank=True)
    school_year = models.CharField(max_length=20, blank=True)
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    model_version = models.CharField(max_length=40, blank=True)
    model_hash = models.CharField(max_length=64, blank=True)
    counts = models.JSONField(default=dict)
    quality = models.JSONField(default=dict)
    crosswalk = models.ForeignKey(
        Holding, null=True, on_delete=models.PROTECT, related_name="+"
    )
    linked = models.ForeignKey(
        Holding, null=True, on_delete=models.PROTECT, related_name="+"
    )
    review = models.ForeignKey(
        Holding, null=True, on_delete=models.PROTECT, related_name="+"
    )
    n_to_read = models.PositiveIntegerField(default=0)
    n_readings = models.PositiveIntegerField(default=0)
    readings_used = models.CharField(max_length=64, blank=True)
    repeats_used = models.CharField(max_length=64, blank=True)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            known_states(LINKAGE.states, name="linkage_state_known"),
            models.UniqueConstraint(
                fields=("tenants", "students"),
                condition=models.Q(state__in=("waiting", "linked", "failed")),
                name="linkage_once_per_pair",
            ),
        )

    def __str__(self) -> str:
        return f"linkage {self.pk} under {self.agreement}"
