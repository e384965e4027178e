"""User, LedgerEntry, and the untracked rows of clock, heartbeats and jobs."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models

from accounts.history import tracked


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail address."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this e-mail address, however it is capitalised."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in. Sign-in bookkeeping is not history."""

    last_login = None
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()
    history = tracked(excluded_fields=("password",))

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class ChainHead(models.Model):
    """The newest entry of each chain; its row is the chain's lock."""

    chain = models.CharField(max_length=60, primary_key=True)
    number = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.chain} {self.number}"


class LedgerEntry(models.Model):
    """One act: identifiers and digests only. Triggers refuse update and delete."""

    is_evidence = True

    chain = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    act = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, blank=True)
    detail = models.JSONField(default=dict)
    digests = models.JSONField(default=list)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("chain", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("chain", "number"), name="ledger_chain_never_forks"
            ),
        )

    def __str__(self) -> str:
        return f"{self.chain} {self.number} {self.act}"


class PendingDigest(models.Model):
    """A digest of an autosave that waits for its chain's next entry."""

    chain = models.CharField(max_length=60, db_index=True)
    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.chain} {self.kind} {self.key}"


class ClockOffset(models.Model):
    """How many days the demo's dates are ahead. One row at most."""

    days = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.days} days ahead"


class Heartbeat(models.Model):
    """When a process was last alive. Untracked."""

    process = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.process


class Job(models.Model):
    """Long work on one row: lease, fencing number, progress. Untracked.

    The row, not the broker, says what is to be done.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=40)
    subject = models.PositiveBigIntegerField()
    state = models.CharField(
        max_length=12, choices=State.choices, default=State.WAITING
    )
    fence = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    steps = models.JSONField(default=list)
    message = models.CharField(max_length=400, blank=True)
    is_cancel_requested = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject"),
                condition=models.Q(state__in=("waiting", "running")),
                name="job_one_open_per_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=("waiting", "running", "done", "failed", "cancelled")
                ),
                name="job_state_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether the work is still to be done."""
        return self.state in (self.State.WAITING, self.State.RUNNING)
