"""Keeps what the register searches: written with every change of a draft."""

from django.db import transaction

from agreements.clause_library import LIBRARY
from agreements.digests import digest_of
from agreements.models import Agreement, SearchText
from agreements.queries import searched_texts, with_all_facts
from agreements.rules.elements import ELEMENTS
from agreements.searching import searchable

EDITION = digest_of(
    {
        "clauses": [[each.key, each.digest] for each in LIBRARY.values()],
        "labels": [[each.code, each.label] for each in ELEMENTS.values()],
    }
)
MOST_AT_ONCE = 100


def write_search_text(agreement: Agreement) -> None:
    """Write down the words by which an agreement is found now."""
    locked = Agreement.objects.select_for_update(of=("self",), no_key=True)
    with transaction.atomic():
        row = with_all_facts(locked).get(pk=agreement.pk)
        SearchText.objects.update_or_create(
            agreement=row,
            defaults={
                "edition": EDITION,
                "words": searchable(searched_texts(row)),
            },
        )


def renew_search_texts() -> int:
    """Return how many texts were written that were made of older clauses, or never."""
    stale = Agreement.objects.exclude(search_text__edition=EDITION)[:MOST_AT_ONCE]
    for agreement in stale:
        write_search_text(agreement)
    return len(stale)
