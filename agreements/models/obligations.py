"""Obligation and Hold."""

from django.db import models

from accounts.history import tracked
from agreements.lifecycle import OBLIGATION
from agreements.models.agreements import Agreement, known_states
from agreements.models.approvals import Document
from partnerships.models import Organisation


class Obligation(models.Model):
    """A duty to destroy by a date, until it is discharged with evidence."""

    class Kind(models.TextChoices):
        LINKING_LIST = "linking_list", "Linking list"
        LINKED_ROWS = "linked_rows", "Linked rows"
        RESEARCH_FILES = "research_files", "Research files"
        RECORD_CODES = "record_codes", "Record codes"

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="obligations"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    state = models.CharField(max_length=20, default=OBLIGATION.initial)
    due_on = models.DateField()
    clause = models.CharField(max_length=10)
    discharged_at = models.DateTimeField(null=True)
    unrecoverable_from = models.DateTimeField(null=True)
    evidence = models.JSONField(default=list)
    certificate = models.ForeignKey(
        Document, null=True, on_delete=models.PROTECT, related_name="+"
    )

    history = tracked()

    class Meta:
        ordering = ("due_on", "pk")
        constraints = (
            known_states(OBLIGATION.states, name="obligation_state_known"),
            models.UniqueConstraint(
                fields=("agreement", "kind"),
                condition=models.Q(discharged_at=None),
                name="obligation_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.agreement} by {self.due_on}"


class Hold(models.Model):
    """An owner's stop on destruction: a parent's request or a legal demand."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="holds"
    )
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("-placed_at",)

    def __str__(self) -> str:
        return f"hold of {self.owner} on {self.agreement}"
