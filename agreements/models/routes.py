"""RouteStep, Step, Delegation: how an organisation comes to its approval."""

from django.conf import settings
from django.db import models

from accounts.history import tracked
from agreements.lifecycle import STEP
from agreements.models.agreements import known_states
from agreements.models.approvals import Approval
from partnerships.models import Organisation
from partnerships.roles import Role


class What(models.TextChoices):
    """What somebody does at a step."""

    REVIEWS = "reviews", "Reviews"
    APPROVES = "approves", "Approves"
    BOARD = "board", "Records the board's item"
    SIGNS = "signs", "Signs"


ROLES = [(role.value, role.label) for role in Role if role is not Role.ADMINISTRATOR]


class RouteStep(models.Model):
    """One step of an organisation's own way to approve and sign.

    title: what the organisation calls whoever acts. is_apart: of the step that signs:
    whoever approved does not sign.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    order = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=10, choices=What.choices)
    role = models.CharField(max_length=20, choices=ROLES)
    title = models.CharField(max_length=80)
    is_apart = models.BooleanField(default=True)

    history = tracked()

    class Meta:
        ordering = ("order", "pk")

    def __str__(self) -> str:
        return f"{self.title} {self.get_what_display().lower()}"


class Step(models.Model):
    """One step of one approval: who is to act, and who did.

    decided_for: who delegated the decision. A board's item has its day, number and
    result.
    """

    approval = models.ForeignKey(
        Approval, on_delete=models.PROTECT, related_name="steps"
    )
    order = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=10, choices=What.choices)
    role = models.CharField(max_length=20, choices=ROLES)
    title = models.CharField(max_length=80)
    state = models.CharField(max_length=20, default=STEP.initial)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    board_on = models.DateField(null=True)
    board_item = models.CharField(max_length=80, blank=True)
    board_approved = models.BooleanField(null=True)

    history = tracked()

    class Meta:
        ordering = ("order", "pk")
        constraints = (
            models.UniqueConstraint(fields=("approval", "order"), name="step_once"),
            known_states(STEP.states, name="step_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state="done")
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="step_done_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.title} of {self.approval}"


class Delegation(models.Model):
    """That one person decides for another of the same organisation, for some days."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    taker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    from_on = models.DateField()
    until_on = models.DateField()
    given_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(until_on__gte=models.F("from_on")),
                name="delegation_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~models.Q(giver=models.F("taker")),
                name="delegation_to_another",
            ),
        )

    def __str__(self) -> str:
        return f"{self.giver} to {self.taker}, until {self.until_on}"
