"""Arrival, Layout: files at the door; what a sender said of its headings."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.history import tracked
from agreements.models import Agreement
from agreements.models.agreements import known_states
from indicators.lifecycle import ARRIVAL
from indicators.models.deliveries import Delivery
from partnerships.models import Organisation

OPEN = ("waiting", "examined")


class Arrival(models.Model):
    """Files that came for one flow and are not kept yet: sealed, and only for a day.

    sealed: where its sealed parts lie, by their name: key, blob, size and SHA-256. What
    was found in the files is one of those parts, so that it goes with them.
    """

    class Way(models.TextChoices):
        PAGE = "page", "The page for loading data"
        DROP_BOX = "drop_box", "The drop box"

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="arrivals"
    )
    flow = models.CharField(max_length=40)
    sender = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    way = models.CharField(max_length=12, choices=Way.choices, default=Way.PAGE)
    state = models.CharField(max_length=12, default=ARRIVAL.initial)
    has_exclusion_attested = models.BooleanField(default=False)
    files_sha256 = models.CharField(max_length=64)
    n_files = models.PositiveSmallIntegerField()
    sealed = models.JSONField(default=dict)
    arrived_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    delivery = models.OneToOneField(
        Delivery, null=True, on_delete=models.PROTECT, related_name="arrival"
    )

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            known_states(ARRIVAL.states, name="arrival_state_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=OPEN, ended_at=None)
                | (~models.Q(state__in=OPEN) & models.Q(ended_at__isnull=False)),
                name="arrival_ended_together",
            ),
            models.CheckConstraint(
                condition=models.Q(state="kept", delivery__isnull=False)
                | (~models.Q(state="kept") & models.Q(delivery=None)),
                name="arrival_kept_as_delivery",
            ),
            models.UniqueConstraint(
                fields=("agreement", "flow"),
                condition=models.Q(state__in=OPEN),
                name="arrival_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"arrival {self.pk} for {self.flow} under {self.agreement}"

    def get_absolute_url(self) -> str:
        """Return the page of what was found in the files."""
        return reverse("arrival", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether it can still be kept or cancelled."""
        return self.state in OPEN


class Layout(models.Model):
    """What a sender said of one set of headings: headings and codes, no value.

    headings: a digest of all of them. answers: as `Answers` of `indicators.arrivals`.
    """

    sender = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="layouts"
    )
    flow = models.CharField(max_length=40)
    headings = models.CharField(max_length=64)
    answers = models.JSONField(default=dict)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField()

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("sender", "flow", "headings"), name="layout_once"
            ),
        )

    def __str__(self) -> str:
        return f"layout {self.pk} of {self.sender} for {self.flow}"
