"""SearchText."""

from django.db import models

from agreements.models.agreements import Agreement


class SearchText(models.Model):
    """What the register searches of one agreement. Derived from it; untracked.

    edition: of the clauses and labels that it was made with.
    """

    agreement = models.OneToOneField(
        Agreement,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="search_text",
    )
    edition = models.CharField(max_length=64)
    words = models.TextField()

    def __str__(self) -> str:
        return f"words of {self.agreement}"
