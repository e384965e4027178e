"""ProofRecord, Override, StateSupplement: what was proved beside a text."""

from django.conf import settings
from django.db import models

from accounts.history import tracked
from agreements.models.agreements import Agreement
from agreements.models.schedule import DataFlow
from partnerships.models import Organisation


class ProofRecord(models.Model):
    """One record that rules look for: a notice, a determination, a consent form.

    covers and recipients: keys of organisations, or element codes of a directory
    notice. detail: what only a consent form says. part_digest: of the party's part of
    the text that its counsel read; only a review has one.
    """

    class Kind(models.TextChoices):
        ANNUAL_NOTICE = "annual", "Annual notice of rights"
        DIRECTORY_NOTICE = "directory", "Notice of directory information"
        LIMITS_NOTICE = "99.33(d)", "Notice of the limits on redisclosure"
        DEIDENTIFICATION = "deidentification", "Determination of de-identification"
        IRB = "irb", "Determination of an institutional review board"
        CONSENT_FORM = "consent", "Consent form"
        COUNSEL_REVIEW = "counsel", "Review by counsel"

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="proofs"
    )
    party = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    flow = models.ForeignKey(
        DataFlow, null=True, on_delete=models.PROTECT, related_name="proofs"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    dated_on = models.DateField()
    document = models.CharField(max_length=200)
    covers = models.JSONField(default=list)
    recipients = models.JSONField(default=list)
    detail = models.JSONField(default=dict)
    part_digest = models.CharField(max_length=64, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    history = tracked()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.party} for {self.agreement}"


class Override(models.Model):
    """That counsel of an owner whose records flow lets one finding stand."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="overrides"
    )
    rule = models.CharField(max_length=10)
    subject = models.CharField(max_length=60, blank=True)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    counsel = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField()
    decided_on = models.DateField()

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("agreement", "rule", "subject"), name="override_once"
            ),
        )

    def __str__(self) -> str:
        return f"override of {self.rule} in {self.agreement}"


class StateSupplement(models.Model):
    """A state's law, as an organisation's own counsel went through it. Shipped empty.

    terms: what counsel wrote on each topic of the checklist. keeps: records that the
    state's schedule keeps for `keeps_days` after an agreement's term.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=2)
    terms = models.JSONField(default=dict)
    keeps = models.CharField(max_length=120, blank=True)
    keeps_days = models.PositiveIntegerField(null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_on = models.DateField()
    next_review_on = models.DateField()

    history = tracked()

    class Meta:
        ordering = ("state", "organisation")
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "state"), name="state_supplement_once"
            ),
        )

    def __str__(self) -> str:
        return f"law of {self.state}, for {self.organisation}"
