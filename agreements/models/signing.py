"""PaperOriginal, PaperSignature, SignatureDecline, Receipt."""

from django.conf import settings
from django.db import models

from accounts.history import tracked
from agreements.lifecycle import PAPER
from agreements.models.agreements import Agreement, Party, known_states
from agreements.models.approvals import Document
from partnerships.models import Membership, Organisation


class PaperOriginal(models.Model):
    """The PDF of an agreement that was signed on paper, until its text is sent.

    It can be replaced and removed, so history keeps its digest alone; what is sent for
    approval is kept as a Document.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="originals"
    )
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()

    history = tracked(excluded_fields=("content",))

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("agreement",), name="original_one"),
        )

    def __str__(self) -> str:
        return f"original of {self.agreement}"


class PaperSignature(models.Model):
    """A signature in ink on the printed text, until another party has checked it."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="papers"
    )
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="papers")
    scan = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    signer_name = models.CharField(max_length=120)
    signer_title = models.CharField(max_length=120)
    signed_on = models.DateField()
    state = models.CharField(max_length=20, default=PAPER.initial)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            known_states(PAPER.states, name="paper_state_known"),
            models.UniqueConstraint(
                fields=("document", "party"),
                condition=models.Q(state=PAPER.initial),
                name="paper_one_waiting",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by=None, checked_at=None)
                | models.Q(checked_by__isnull=False, checked_at__isnull=False),
                name="paper_checked_together",
            ),
        )

    def __str__(self) -> str:
        return f"paper signature {self.pk} on {self.agreement}"


class SignatureDecline(models.Model):
    """That a signatory would not sign a text, and why."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="declines"
    )
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    signatory = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField()
    declined_at = models.DateTimeField()

    history = tracked()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.signatory.user} declined {self.agreement}"


class Receipt(models.Model):
    """That a party has its copy of the executed file, since somebody first took it."""

    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="receipts"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField()

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("document", "organisation"), name="receipt_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation} has {self.document}"
