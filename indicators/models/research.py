"""ResearchFile, ResearchDecision, ResearchFetch: files for research; no row is here."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.history import tracked
from agreements.models import Agreement, DataFlow
from agreements.models.agreements import known_states
from indicators.lifecycle import RESEARCH
from indicators.models.deliveries import Holding, LinkageRun
from partnerships.models import Organisation


class ResearchFile(models.Model):
    """One file of de-identified rows, from its making to its last download.

    known_outcomes: elements that the recipient knows already. report: what is read
    before it is signed; codebook: what goes with the file. sha256: of the file's bytes.
    file, codes: what the district holds of it in the vault. signed_name: as typed.
    source_withdrawn_at: when what it was made of turned out to be wrong.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="research_files"
    )
    flow = models.ForeignKey(
        DataFlow, on_delete=models.PROTECT, related_name="research_files"
    )
    run = models.ForeignKey(
        LinkageRun, on_delete=models.PROTECT, related_name="research_files"
    )
    recipient = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField(max_length=160)
    state = models.CharField(max_length=16, default=RESEARCH.initial)
    message = models.CharField(max_length=400, blank=True)
    period = models.CharField(max_length=20)
    k = models.PositiveSmallIntegerField()
    known_outcomes = models.JSONField(default=list)
    report = models.JSONField(default=dict)
    codebook = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    file = models.ForeignKey(
        Holding, null=True, on_delete=models.PROTECT, related_name="+"
    )
    codes = models.ForeignKey(
        Holding, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_name = models.CharField(max_length=160, blank=True)
    signed_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    source_withdrawn_at = models.DateTimeField(null=True)
    all_destroyed_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            known_states(RESEARCH.states, name="research_file_state_known"),
            models.CheckConstraint(
                condition=models.Q(k__gte=10), name="research_file_k_10_or_more"
            ),
            models.CheckConstraint(
                condition=models.Q(signed_by=None, signed_at=None, signed_name="")
                | (
                    models.Q(signed_by__isnull=False, signed_at__isnull=False)
                    & ~models.Q(signed_name="")
                ),
                name="research_file_signed_together",
            ),
            models.CheckConstraint(
                condition=models.Q(released_at=None)
                | models.Q(signed_at__isnull=False, file__isnull=False),
                name="research_file_released_signed",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("research_file", args=[self.pk])

    @property
    def state_label(self) -> str:
        """The state in words."""
        words = self.state.replace("_", " ").capitalize()
        return {
            "before_district": "With the district's counsel",
            "before_owners": "With the owners",
        }.get(self.state, words)


class ResearchDecision(models.Model):
    """One owner's own decision on one research file."""

    class State(models.TextChoices):
        OPEN = "open", "Waiting"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"

    file = models.ForeignKey(
        ResearchFile, on_delete=models.PROTECT, related_name="decisions"
    )
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
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
                fields=("file", "owner"), name="research_decision_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_by=None, decided_at=None)
                | (
                    models.Q(state__in=("approved", "declined"))
                    & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="research_decided_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.owner} on {self.file}"


class ResearchFetch(models.Model):
    """That one person fetched a file, and that its copies are destroyed, once signed.

    sha256: of what was sent. confirmed_name: as typed under the confirmation.
    """

    file = models.ForeignKey(
        ResearchFile, on_delete=models.PROTECT, related_name="fetches"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    fetched_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_name = models.CharField(max_length=160, blank=True)

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(
                    confirmed_at=None, confirmed_by=None, confirmed_name=""
                )
                | (
                    models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False)
                    & ~models.Q(confirmed_name="")
                ),
                name="research_copies_confirmed_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.file} by {self.person.name}"
