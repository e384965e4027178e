"""Which files are on record here, by the digest that only who holds one can know."""

from collections.abc import Collection

from agreements.models import Document


def kinds_on_record(digests: Collection[str]) -> dict[str, str]:
    """Return the kind of document that each digest is on record as; absent if none."""
    return dict(
        Document.objects.filter(sha256__in=digests)
        .order_by("pk")
        .values_list("sha256", "kind")
    )
