"""Which version of each library clause is in use, as the rows record it."""

from django.db.models import QuerySet

from agreements.clause_library import LIBRARY, Clause
from agreements.models import Agreement, ClauseVersion, ClauseWording


def versions_in_use() -> dict[str, int]:
    """Return the version of each clause's present text, of those that are recorded."""
    return {
        key: number
        for key, number, digest in ClauseVersion.objects.values_list(
            "key", "number", "digest"
        )
        if key in LIBRARY and LIBRARY[key].digest == digest
    }


def unrecorded_clauses() -> list[Clause]:
    """Return the clauses of the library whose present text no row records."""
    recorded = versions_in_use()
    return [clause for key, clause in LIBRARY.items() if key not in recorded]


def wordings_of(agreement: Agreement) -> QuerySet[ClauseWording]:
    """Return an agreement's own wordings."""
    return ClauseWording.objects.filter(agreement=agreement)
