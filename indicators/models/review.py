"""Reading: one person's look at one pair, which only the vault can name."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.history import tracked
from indicators.models.deliveries import LinkageRun


class Reading(models.Model):
    """What one person said of one pair. The pair is a random code, and no name is here.

    Why somebody could not tell is chosen from a list, since words would name people.
    """

    class Answer(models.TextChoices):
        SAME = "same", "Same person"
        DIFFERENT = "different", "Different people"
        UNSURE = "unsure", "Cannot tell"

    class Reason(models.TextChoices):
        LITTLE = "little", "Too little is given to compare"
        TWINS = "twins", "They may be twins or siblings"
        MIXED = "mixed", "One record seems to mix two people"
        DIFFERS = "differs", "Some fields speak for it and some against"

    run = models.ForeignKey(
        LinkageRun, on_delete=models.PROTECT, related_name="readings"
    )
    code = models.CharField(max_length=16)
    ordinal = models.PositiveSmallIntegerField()
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    taken_at = models.DateTimeField()
    answer = models.CharField(max_length=12, choices=Answer.choices, blank=True)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    answered_at = models.DateTimeField(null=True)
    score_seen_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("run", "code", "ordinal"), name="reading_one_at_a_time"
            ),
            models.UniqueConstraint(
                fields=("run", "code", "reader"), name="reading_once_each"
            ),
            models.CheckConstraint(
                condition=models.Q(ordinal__in=(1, 2)), name="reading_first_or_second"
            ),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at=None)
                | (
                    models.Q(answer__in=("same", "different", "unsure"))
                    & models.Q(answered_at__isnull=False)
                ),
                name="reading_answered_together",
            ),
            models.CheckConstraint(
                condition=~models.Q(answer="") | models.Q(score_seen_at=None),
                name="reading_answered_before_score",
            ),
            models.CheckConstraint(
                condition=(models.Q(answer="unsure") & ~models.Q(reason=""))
                | (~models.Q(answer="unsure") & models.Q(reason="")),
                name="reading_reason_where_unsure",
            ),
        )

    def __str__(self) -> str:
        return f"pair {self.code} of {self.run}"

    def get_absolute_url(self) -> str:
        return reverse("pair", args=[self.pk])
