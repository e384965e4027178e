"""ApprovalRound, Approval, Document, Signature."""

import hashlib

from django.conf import settings
from django.db import models

from accounts.history import tracked
from agreements.items import label_of
from agreements.lifecycle import APPROVAL
from agreements.models.agreements import Agreement, known_states
from agreements.rules.vocabulary import HousingGround
from partnerships.models import Membership, Organisation


class CounselFinding(models.Model):
    """Counsel's ground for what its organisation sends, on the list as it stood."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="findings"
    )
    party = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    counsel = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ground = models.CharField(
        max_length=20,
        choices=[
            (
                HousingGround.PROGRAM_PURPOSE.value,
                "It serves a purpose directly connected with running the program",
            ),
            (HousingGround.RESIDENT_CONSENT.value, "The residents consent to it"),
        ],
    )
    reason = models.TextField()
    schedule_digest = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()

    history = tracked()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"finding of {self.party} on {self.agreement}"


class ApprovalRound(models.Model):
    """One frozen text put before every owner's counsel."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="rounds"
    )
    number = models.PositiveSmallIntegerField()
    text = models.JSONField()
    text_digest = models.CharField(max_length=64)
    part_digests = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    is_open = models.BooleanField(default=True)

    history = tracked()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(
                fields=("agreement", "number"), name="round_number_once"
            ),
            models.UniqueConstraint(
                fields=("agreement",),
                condition=models.Q(is_open=True),
                name="round_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement} round {self.number}"


class Approval(models.Model):
    """One owner's own decision on one text. Nobody decides it for the owner."""

    round = models.ForeignKey(
        ApprovalRound, on_delete=models.PROTECT, related_name="approvals"
    )
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, default=APPROVAL.initial)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    item = models.CharField(max_length=120, blank=True)
    reason = models.TextField(blank=True)
    part_digest = models.CharField(max_length=64, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    history = tracked()

    class Meta:
        ordering = ("pk",)
        permissions = (("decide_approval", "Can decide this approval"),)
        constraints = (
            models.UniqueConstraint(fields=("round", "owner"), name="approval_once"),
            known_states(APPROVAL.states, name="approval_state_known"),
            models.CheckConstraint(
                condition=models.Q(
                    state=APPROVAL.initial, decided_by=None, decided_at=None
                )
                | models.Q(state="void", decided_by=None, decided_at=None)
                | (
                    ~models.Q(state=APPROVAL.initial)
                    & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="approval_decided_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.owner} on {self.round}"

    @property
    def state_label(self) -> str:
        """The state in words."""
        words = {"carried": "approved before, and carried over,"}
        return words.get(self.state, self.state.replace("_", " "))

    @property
    def item_label(self) -> str:
        """What the owner asks to change, in words."""
        return label_of(self.item, self.round.text)


class Document(models.Model):
    """The bytes of one PDF. Triggers refuse any change."""

    is_evidence = True

    class Kind(models.TextChoices):
        FROZEN = "frozen", "Text for signature"
        SCAN = "scan", "Scan of a signature on paper"
        ORIGINAL = "original", "Original signed on paper"
        EXECUTED = "executed", "Executed agreement"
        CERTIFICATE = "certificate", "Certificate of destruction"
        CONSENT_FORM = "con", "Consent form"
        SUMMARY = "pub", "Summary for the public"
        PLEDGE = "nda", "Pledge of confidentiality"
        DETERMINATION = "det", "Determination of de-identification"
        NOTICE = "not", "Notice of the limits on redisclosure"
        BOARD_PACKET = "brd", "Board packet"

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="documents"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.agreement}"

    def content_digest(self) -> str:
        """The SHA-256 of the bytes as they are now, in hexadecimal."""
        return hashlib.sha256(bytes(self.content)).hexdigest()


class Signature(models.Model):
    """One signatory's signature over the digest of the frozen PDF.

    authority: by which the person signed, as it was on record then. n_opened: how many
    of the text's `n_sections` the browser saw opened before.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="signatures"
    )
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    signatory = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+"
    )
    digest = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    typed_name = models.CharField(max_length=120)
    authority = models.CharField(max_length=500)
    intent = models.CharField(max_length=500)
    method = models.CharField(max_length=80)
    n_opened = models.PositiveSmallIntegerField(default=0)
    n_sections = models.PositiveSmallIntegerField(default=0)
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True)

    history = tracked()

    class Meta:
        ordering = ("signed_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("document", "signatory"), name="signature_once"
            ),
            models.CheckConstraint(
                condition=models.Q(n_opened__lte=models.F("n_sections")),
                name="signature_opened_what_is_there",
            ),
        )

    def __str__(self) -> str:
        return f"{self.signatory.user} on {self.agreement}"

    @property
    def opened_in_words(self) -> str:
        """How many sections of the text the signer opened; nobody counts unaided."""
        if not self.n_opened:
            return "Not counted"
        return f"{self.n_opened} of {self.n_sections}, as the browser counted"
