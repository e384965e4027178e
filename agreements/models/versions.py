"""TextVersion and Proposal."""

from django.conf import settings
from django.db import models

from accounts.history import tracked
from agreements.lifecycle import PROPOSAL
from agreements.models.agreements import Agreement, known_states


class TextVersion(models.Model):
    """An agreement's text as it stood at a save point.

    text: terms and clauses, as an approval round freezes them. template: the clauses
    that the library gave then for the same facts, without any choice of the parties.
    """

    class Made(models.TextChoices):
        SAVED = "saved", "Saved by a drafter"
        SUBMITTED = "submitted", "Sent for approval"
        IMPORTED = "imported", "Kept when a partner's file came in"

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160)
    text = models.JSONField()
    template = models.JSONField()
    digest = models.CharField(max_length=64)
    made = models.CharField(max_length=12, choices=Made.choices)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField()

    history = tracked()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(
                fields=("agreement", "number"), name="version_number_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement} version {self.number}"


class Proposal(models.Model):
    """One change or comment that a partner's Word file holds.

    clause: "" where it belongs to no clause. starts_at: where `before` begins in the
    clause of the version that was sent; None where no place in it can be told.
    """

    class Kind(models.TextChoices):
        INSERTED = "inserted", "Inserted"
        DELETED = "deleted", "Deleted"
        REPLACED = "replaced", "Replaced"
        COMMENT = "comment", "Comment"
        UNTRACKED = "untracked", "Changed without tracking"

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="proposals"
    )
    version = models.ForeignKey(
        TextVersion, on_delete=models.PROTECT, related_name="proposals"
    )
    clause = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    starts_at = models.PositiveIntegerField(null=True)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    author = models.CharField(max_length=120, blank=True)
    stated_at = models.DateTimeField(null=True)
    file_digest = models.CharField(max_length=64)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    imported_at = models.DateTimeField()
    state = models.CharField(max_length=12, default=PROPOSAL.initial)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            known_states(PROPOSAL.states, name="proposal_state_known"),
            models.CheckConstraint(
                condition=models.Q(
                    state=PROPOSAL.initial, decided_by=None, decided_at=None
                )
                | (
                    ~models.Q(state=PROPOSAL.initial)
                    & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="proposal_decided_together",
            ),
        )

    def __str__(self) -> str:
        return f"proposal {self.pk} on {self.agreement}"

    @property
    def state_label(self) -> str:
        """The state in words."""
        return self.state.replace("_", " ").capitalize()

    @property
    def is_appliable(self) -> bool:
        """Whether accepting it can write wording: it has its place in a clause."""
        return bool(self.clause) and self.starts_at is not None
