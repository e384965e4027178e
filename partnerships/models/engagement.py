"""Partnership and Participation."""

from django.db import models
from django.urls import reverse

from accounts.history import tracked
from partnerships.models.directory import Organisation


class Partnership(models.Model):
    """Organisations that share under agreements of their own."""

    name = models.CharField(max_length=120, unique=True)
    organisations = models.ManyToManyField(
        Organisation, through="Participation", related_name="partnerships"
    )

    history = tracked()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("partnership", args=[self.pk])

    @property
    def chain(self) -> str:
        """The partnership's ledger chain."""
        return f"partnership:{self.pk}"


class Participation(models.Model):
    """One organisation's place in one partnership, once it has accepted it."""

    partnership = models.ForeignKey(
        Partnership, on_delete=models.PROTECT, related_name="participations"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="participations"
    )

    accepted_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("partnership", "organisation"), name="participation_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation} in {self.partnership}"
