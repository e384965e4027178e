"""Files that are kept for good."""

from accounts import clock
from agreements.digests import sha256_of
from agreements.models import Agreement, Document


def keep(agreement: Agreement, kind: str, content: bytes) -> Document:
    """Return the bytes of a file, kept for good. Called inside an act."""
    return Document.objects.create(
        agreement=agreement,
        kind=kind,
        content=content,
        sha256=sha256_of(content),
        created_at=clock.now(),
    )
